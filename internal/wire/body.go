package wire

import "io"

// Body is the streamed body of a request. Trailer returns a trailing header,
// by any spelling of its name, once Read has returned io.EOF.
type Body interface {
	io.Reader
	Trailer(name string) (string, bool)
}

// NewBody wraps a reader that has no trailers.
func NewBody(r io.Reader) Body { return plainBody{r} }

type plainBody struct{ io.Reader }

func (plainBody) Trailer(string) (string, bool) { return "", false }
