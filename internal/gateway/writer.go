package gateway

import (
	"net/http"
	"time"
)

// answer is the response writer of one request: it counts what goes out and
// knows whether the header has gone.
type answer struct {
	http.ResponseWriter
	status  int
	bytes   int64
	renewed time.Time
}

// extend gives an answer that moves more time, once a second at most. The first
// call of each request replaces what is left of the one before it.
func (a *answer) extend() {
	if now := time.Now(); now.Sub(a.renewed) > time.Second {
		a.renewed = now
		http.NewResponseController(a.ResponseWriter).SetWriteDeadline(now.Add(stallTimeout))
	}
}

func (a *answer) WriteHeader(status int) {
	a.extend()
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.extend()
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// started tells whether the status line has gone out, after which an error can
// only break the connection.
func (a *answer) started() bool { return a.status != 0 }
