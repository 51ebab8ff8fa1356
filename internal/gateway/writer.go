package gateway

import (
	"net/http"
	"time"
)

// answer is the response writer of one request: it counts what goes out and
// knows whether the header has gone.
type answer struct {
	http.ResponseWriter
	call    *call // whose decisions are kept before the first byte; nil: none are
	status  int
	bytes   int64
	renewed time.Time
	clock   func() time.Time // may be nil
	first   time.Time        // when the answer began
	// kept says that status, headers and white space have gone out while the
	// operation ran, and that a whole body may follow.
	kept bool
	// ended says that the operation is over: the next bytes are the body's.
	ended bool
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
	if a.kept {
		return
	}
	if a.status == 0 && status >= 200 {
		a.begin(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.extend()
	if a.status == 0 {
		a.begin(http.StatusOK)
	}
	whole := len(p)
	if a.kept && a.ended {
		a.kept = false // from here on an error can only break the connection
		p = afterKeepAlive(p)
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	if err == nil {
		n = whole
	}
	return n, err
}

func (a *answer) flush() { http.NewResponseController(a.ResponseWriter).Flush() }

func (a *answer) begin(status int) {
	a.status = status
	if a.clock != nil {
		a.first = a.clock()
	}
	if a.call != nil {
		a.call.keepDecisions(status)
	}
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// started tells whether the status line has gone out, after which an error can
// only break the connection.
func (a *answer) started() bool { return a.status != 0 && !a.kept }
