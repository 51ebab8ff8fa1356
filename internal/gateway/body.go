package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/wire"
)

// countingReader counts a request's body and remembers how reading it ended, so
// that a client's broken connection is not taken for a failure of ours.
type countingReader struct {
	r      io.Reader
	n      int64
	clock  func() time.Time // may be nil
	end    time.Time        // when it had been read to its end
	done   bool
	failed bool

	rc      *http.ResponseController
	now     func() time.Time
	renewed time.Time
	last    time.Time // when it must have come, zero for never
}

func (b *countingReader) Read(p []byte) (int, error) {
	b.extend()
	n, err := b.r.Read(p)
	b.n += int64(n)
	if err != nil {
		b.done = true
		if b.clock != nil {
			b.end = b.clock()
		}
		b.failed = !errors.Is(err, io.EOF)
		if b.rc != nil { // net/http goes on reading, to learn when the client hangs up
			b.rc.SetReadDeadline(time.Time{})
		}
	}
	return n, err
}

// extend gives a body that moves more time. The deadline is renewed at most once
// a second, for it is not free.
func (b *countingReader) extend() {
	if b.rc == nil {
		return
	}
	if now := b.now(); now.Sub(b.renewed) > time.Second {
		b.renewed = now
		until := now.Add(stallTimeout)
		if !b.last.IsZero() && b.last.Before(until) {
			until = b.last
		}
		b.rc.SetReadDeadline(until) // where it is not supported there is nothing to bound
	}
}

// stallingBody is the request's body with a bound on how long it may stand still.
func (c *call) stallingBody() io.Reader {
	if c.r.Body == nil || c.r.Body == http.NoBody {
		c.body.done = true
		return http.NoBody
	}
	c.body.rc, c.body.now = http.NewResponseController(c.w.ResponseWriter), time.Now
	return c.body
}

// bytesBody is a body that is in memory.
func bytesBody(b []byte) wire.Body { return wire.NewBody(bytes.NewReader(b)) }
