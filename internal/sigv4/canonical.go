package sigv4

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// canonical is what a canonical request is made of.
type canonical struct {
	method, path, query string // path and query as sent
	host                string
	header              http.Header
	length              int64 // Content-Length where the header is missing; -1 unknown
	signedHeaders       string
	payload             string
	dialect             Dialect
	presigned           bool // leave X-Amz-Signature out of the query
	normalPath          bool // S3: decode and encode the path instead of taking it as sent
}

// scratch is the memory in which strings to sign are built.
type scratch struct {
	canon, sts, query []byte
	pairs             []pair
}

// pair is one query parameter as offsets into scratch.query, encoded.
type pair struct{ start, eq, end int }

const maxScratch = 64 << 10 // larger buffers are not kept

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) free() {
	if cap(s.canon)+cap(s.query) <= maxScratch {
		scratches.Put(s)
	}
}

// build writes the canonical request into s.canon.
func (c *canonical) build(s *scratch) {
	b := append(s.canon[:0], c.method...)
	b = append(b, '\n')
	b = c.appendPath(b)
	b = append(b, '\n')
	b = c.appendQuery(b, s)
	b = append(b, '\n')
	for list := c.signedHeaders; list != ""; {
		var name string
		name, list, _ = strings.Cut(list, ";")
		b = append(b, name...)
		b = append(b, ':')
		b = c.appendHeader(b, name)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, c.signedHeaders...)
	b = append(b, '\n')
	s.canon = append(b, c.payload...)
}

func (c *canonical) appendPath(b []byte) []byte {
	switch {
	case c.dialect == Service:
		return appendPathEncoded(b, cleanPath(c.path))
	case c.normalPath:
		return appendPathNormal(b, c.path)
	case c.path == "":
		return append(b, '/')
	}
	return append(b, c.path...)
}

// cleanPath removes dot segments and empty ones as RFC 3986 and SigV4 have it; a
// trailing slash stays.
func cleanPath(p string) string {
	if p == "" || p == "/" {
		return "/"
	}
	if !strings.Contains(p, "//") && !strings.Contains(p, "/.") {
		return p
	}
	var out []string
	last := ""
	for seg := range strings.SplitSeq(p, "/") {
		last = seg
		switch seg {
		case "", ".":
		case "..":
			out = out[:max(len(out)-1, 0)]
		default:
			out = append(out, seg)
		}
	}
	if len(out) == 0 {
		return "/"
	}
	clean := "/" + strings.Join(out, "/")
	if last == "" || last == "." || last == ".." {
		clean += "/"
	}
	return clean
}

// appendQuery encodes the parameters and sorts them by their encoded names, then
// values.
func (c *canonical) appendQuery(b []byte, s *scratch) []byte {
	if c.query == "" {
		return b
	}
	q, pairs := s.query[:0], s.pairs[:0]
	for rest := c.query; rest != ""; {
		var raw string
		raw, rest, _ = strings.Cut(rest, "&")
		if raw == "" {
			continue
		}
		name, value, _ := strings.Cut(raw, "=")
		p := pair{start: len(q)}
		q = appendQueryNormal(q, name)
		p.eq = len(q)
		if c.presigned && string(q[p.start:p.eq]) == "X-Amz-Signature" {
			q = q[:p.start]
			continue
		}
		q = append(q, '=')
		q = appendQueryNormal(q, value)
		p.end = len(q)
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		if n := bytes.Compare(q[x.start:x.eq], q[y.start:y.eq]); n != 0 {
			return n
		}
		return bytes.Compare(q[x.eq:x.end], q[y.eq:y.end])
	})
	for i, p := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, q[p.start:p.end]...)
	}
	s.query, s.pairs = q, pairs
	return b
}

// appendHeader writes the canonical value of a header: values joined by commas,
// trimmed, runs of blanks as one space. Some headers Go keeps elsewhere.
func (c *canonical) appendHeader(b []byte, name string) []byte {
	if name == "host" {
		return appendTrimmed(b, c.host)
	}
	values := c.header[canonicalName(name)]
	if values == nil && name == "content-length" && c.length >= 0 {
		return strconv.AppendInt(b, c.length, 10)
	}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendTrimmed(b, v)
	}
	return b
}

// canonicalName is http.CanonicalHeaderKey without an allocation for the names
// that nearly every request signs.
func canonicalName(name string) string {
	switch name {
	case "x-amz-date":
		return "X-Amz-Date"
	case "x-amz-content-sha256":
		return "X-Amz-Content-Sha256"
	case "x-amz-security-token":
		return "X-Amz-Security-Token"
	case "x-amz-target":
		return "X-Amz-Target"
	case "x-amz-user-agent":
		return "X-Amz-User-Agent"
	case "amz-sdk-invocation-id":
		return "Amz-Sdk-Invocation-Id"
	case "amz-sdk-request":
		return "Amz-Sdk-Request"
	case "x-amz-decoded-content-length":
		return "X-Amz-Decoded-Content-Length"
	case "x-amz-trailer":
		return "X-Amz-Trailer"
	case "x-amz-sdk-checksum-algorithm":
		return "X-Amz-Sdk-Checksum-Algorithm"
	case "x-amz-checksum-crc32":
		return "X-Amz-Checksum-Crc32"
	case "x-amz-checksum-crc64nvme":
		return "X-Amz-Checksum-Crc64nvme"
	case "x-amz-checksum-mode":
		return "X-Amz-Checksum-Mode"
	}
	return http.CanonicalHeaderKey(name)
}

func appendTrimmed(b []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	blank := false
	for i := range len(v) {
		if v[i] == ' ' || v[i] == '\t' {
			blank = true
			continue
		}
		if blank {
			b = append(b, ' ')
			blank = false
		}
		b = append(b, v[i])
	}
	return b
}

// stringToSign writes the string to sign for s.canon into s.sts.
func (s *scratch) stringToSign(algorithm, date, scope string) {
	sum := sha256.Sum256(s.canon)
	b := append(s.sts[:0], algorithm...)
	b = append(b, '\n')
	b = append(b, date...)
	b = append(b, '\n')
	b = append(b, scope...)
	b = append(b, '\n')
	s.sts = appendHex(b, sum[:])
}
