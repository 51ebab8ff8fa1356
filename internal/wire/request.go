package wire

import (
	"errors"
	"io"
	"net/http"
	"net/url"
)

// DefaultMaxBody bounds a request body that is held in memory, in bytes.
const DefaultMaxBody = 1 << 20

// Request is what routing and decoding take from an HTTP request.
type Request struct {
	Method string
	// Path is the escaped path (url.URL.EscapedPath), for every service but S3.
	Path string
	// Bucket and Key are S3's path, split and unescaped; "" where it has none.
	Bucket, Key string
	// Query is the parsed query string; for query and ec2 with the parameters
	// of the body merged in, see ParseForm.
	Query  url.Values
	Header http.Header
	// Body is nil where there is none. Its reader is not closed here.
	Body Body
	// Length is the number of bytes of the payload (decoded, where it came in
	// aws-chunked), or -1 if that is unknown.
	Length int64

	labels []label // of Path, by Route
}

type label struct{ name, value string }

// ErrBodyTooLarge says that a body exceeds its bound.
var ErrBodyTooLarge = errors.New("request body too large")

// ReadBody reads a body of at most limit bytes into memory; a longer one is
// ErrBodyTooLarge.
func ReadBody(r io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, ErrBodyTooLarge
	}
	// What a client says of the length earns it no more than this in advance.
	size := min(max(length+1, 512), 64<<10)
	b := make([]byte, 0, size)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return nil, ErrBodyTooLarge
		}
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *Request) read(limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return ReadBody(r.Body, r.Length, limit)
}

// BodyLimit is the bound of the operation's body in bytes, or -1 for a stream.
func (op *Operation) BodyLimit() int64 {
	switch {
	case op.StreamingInput:
		return -1
	case op.MaxBody > 0:
		return op.MaxBody
	}
	return DefaultMaxBody
}

func (op *Operation) tooLarge() *Error {
	switch op.Service.Protocol {
	case RESTXML:
		return &Error{Code: "MaxMessageLengthExceeded", Message: "Your request was too big.", Status: 400}
	case JSON, RESTJSON:
		return &Error{Code: "RequestEntityTooLargeException", Message: "Request size exceeded the limit.", Status: 413}
	}
	return &Error{Code: "RequestEntityTooLarge", Message: "Request size exceeded the limit.", Status: 413}
}
