package sigv4

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Body is a verified payload. Bytes may come out before what covers them is
// verified, since a chunk's signature stands for the whole chunk: whoever reads
// must act on them only after io.EOF, which comes only when every byte, the
// declared length and all trailing headers are verified. Any other error means
// that the body is not what was signed. Errors are *Error, or the source's own.
//
// A Body starts no goroutine, keeps no more than one small buffer whatever the
// size of a chunk, and needs no closing. It is for one reader at a time.
type Body struct {
	src    io.Reader
	read   func(p []byte) (int, error)
	err    error // sticky
	length int64
	hash   hash.Hash
	sum    [sha256.Size]byte
	want   string // the hash that was signed, of Hashed
	chunks chunkReader
}

// Body verifies src, the body as it came in. For signed chunks it must follow a
// successful Verify. It fails for aws-chunked framing whose decoded length or
// trailing headers are not announced as they have to be.
func (req *Request) Body(src io.Reader) (*Body, error) {
	b := &Body{src: src, length: lengthOf(req.http)}
	switch req.Payload {
	case Unsigned:
		b.read = b.readPlain
	case Hashed:
		b.hash, b.want = sha256.New(), req.PayloadHash
		b.read = b.readHashed
	default:
		if err := b.chunked(req); err != nil {
			return nil, err
		}
	}
	if req.http.Header["X-Amz-Trailer"] != nil && req.Payload != SignedChunksTrailer && req.Payload != UnsignedChunksTrailer {
		return nil, malformedTrailer()
	}
	return b, nil
}

// Length is the number of bytes that the body must have: the decoded length of an
// aws-chunked one, else the Content-Length. It is -1 when the request did not say.
func (b *Body) Length() int64 { return b.length }

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.read(p)
	b.err = err
	return n, err
}

func (b *Body) readPlain(p []byte) (int, error) {
	n, err := b.src.Read(p)
	return n, cutShort(err)
}

func (b *Body) readHashed(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.hash.Write(p[:n])
	if err != io.EOF {
		return n, cutShort(err)
	}
	b.hash.Sum(b.sum[:0])
	if have := string(appendHex(nil, b.sum[:])); !strings.EqualFold(have, b.want) {
		return 0, fail(KindPayload, http.StatusBadRequest, "XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.",
			Field{"ClientComputedContentSHA256", b.want}, Field{"S3ComputedContentSHA256", have})
	}
	return n, io.EOF
}

// cutShort names a body that ended before its Content-Length.
func cutShort(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return incompleteBody()
	}
	return err
}

func incompleteBody() *Error {
	return fail(KindIncompleteBody, http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly")
}

func wrongLength(want, have int64) *Error {
	return fail(KindIncompleteBody, http.StatusBadRequest, "IncompleteBody",
		"You did not provide the number of bytes specified by the Content-Length HTTP header",
		Field{"NumberBytesExpected", strconv.FormatInt(want, 10)}, Field{"NumberBytesProvided", strconv.FormatInt(have, 10)})
}

// lengthOf is the length that a request says its body has, -1 if it does not say.
// To net/http, HTTP/1.1 without Content-Length is an empty body; S3 asks for the
// header where there is an object to come.
func lengthOf(r *http.Request) int64 {
	if r.ContentLength == 0 && r.ProtoMajor == 1 && r.Method == http.MethodPut && len(r.Header["Content-Length"]) == 0 {
		return -1
	}
	return r.ContentLength
}

// Trailer returns a trailing header that the body carried, after io.EOF. The name
// is in lower case.
func (b *Body) Trailer(name string) (string, bool) {
	if b.err == io.EOF {
		for _, f := range b.chunks.trailers {
			if f.Name == name {
				return f.Value, true
			}
		}
	}
	return "", false
}

// Trailers returns all of them, in lower case and in the order sent.
func (b *Body) Trailers() []Field {
	if b.err != io.EOF {
		return nil
	}
	return b.chunks.trailers
}

// Announced returns the trailing headers that x-amz-trailer names, in lower case.
// A body that lacks one of them fails, so a caller may choose hashes by it.
func (b *Body) Announced() []string { return b.chunks.announced }

// StripChunked removes aws-chunked from a Content-Encoding, since it is framing
// and not stored with an object.
func StripChunked(contentEncoding string) string {
	if !strings.Contains(strings.ToLower(contentEncoding), "aws-chunked") {
		return contentEncoding
	}
	var keep []string
	for enc := range strings.SplitSeq(contentEncoding, ",") {
		if enc = strings.TrimSpace(enc); enc != "" && !strings.EqualFold(enc, "aws-chunked") {
			keep = append(keep, enc)
		}
	}
	return strings.Join(keep, ",")
}
