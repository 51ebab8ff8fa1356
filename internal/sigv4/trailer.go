package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	maxTrailers      = 16
	trailerSignature = "x-amz-trailer-signature"
)

func malformedTrailer() *Error {
	return fail(KindTrailer, http.StatusBadRequest, "MalformedTrailerError",
		"The request contained trailing data that was not well-formed or did not conform to our published schema.")
}

// readTrailers reads the trailing headers: those announced, each once, and after
// signed chunks the signature over them.
func (c *chunkReader) readTrailers() error {
	signature, blank := "", 0
	for signature == "" || !c.signed {
		name, value, err := c.trailer()
		if err == io.EOF || err == nil && name == "" && !c.signed {
			break
		}
		switch {
		case err != nil:
			return err
		case name == "": // some clients put an empty line before the signature
			if blank++; blank > 2 {
				return malformedTrailer()
			}
		case name == trailerSignature && c.signed:
			signature = value
		case !slices.Contains(c.announced, name), c.hasTrailer(name):
			return malformedTrailer()
		default:
			c.trailers = append(c.trailers, Field{name, value})
		}
	}
	for _, name := range c.announced {
		if !c.hasTrailer(name) {
			return malformedTrailer()
		}
	}
	if c.signed {
		return c.verifyTrailers(signature)
	}
	return nil
}

func (c *chunkReader) hasTrailer(name string) bool {
	return slices.ContainsFunc(c.trailers, func(f Field) bool { return f.Name == name })
}

// trailer reads one line; name is "" for an empty one. io.EOF means that the body
// ended before it.
func (c *chunkReader) trailer() (name, value string, err error) {
	line, err := c.br.ReadSlice('\n')
	switch {
	case err == io.EOF && len(line) == 0:
		return "", "", io.EOF
	case err == bufio.ErrBufferFull:
		return "", "", malformedTrailer()
	case err == io.EOF:
		return "", "", incompleteBody()
	case err != nil:
		return "", "", err
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return "", "", nil
	}
	n, v, ok := bytes.Cut(line, []byte(":"))
	n = bytes.Trim(n, " \t")
	if !ok || len(n) == 0 {
		return "", "", malformedTrailer()
	}
	return strings.ToLower(string(n)), string(bytes.Trim(v, " \t")), nil
}

// verifyTrailers checks the signature over the trailing headers in canonical form.
func (c *chunkReader) verifyTrailers(signature string) error {
	if len(signature) != hexSum {
		return malformedTrailer()
	}
	sorted := slices.Clone(c.trailers)
	slices.SortFunc(sorted, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	var canon []byte
	for _, f := range sorted {
		canon = append(canon, f.Name...)
		canon = append(canon, ':')
		canon = append(canon, f.Value...)
		canon = append(canon, '\n')
	}
	c.sum = sha256.Sum256(canon)
	copy(c.provided[:], signature)
	return c.verify("AWS4-HMAC-SHA256-TRAILER", false)
}
