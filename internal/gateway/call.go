package gateway

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// call is one request on its way.
type call struct {
	g    *Gateway
	r    *http.Request
	w    *answer
	ids  requestIDs
	now  time.Time
	addr address // S3 alone

	mount *mount // the service it is for
	sig   *sigv4.Request
	proof proof
	form  *form // of a browser's upload
	op    *wire.Operation
	req   wire.Request
	in    any
	info  *caller.Info
	who   *identity

	body     *countingReader
	asked    asked  // what was decided
	resource string // ARN of the first resource asked for
	reason   string // of a refusal
	code     string // of an error, once it is to be written
	charged  bool   // to the requester, not to the owner of the bucket
	seen     caller.Seen
	out      any // of the operation, once it has succeeded
	// aclAllowed says that it was an ACL that allowed something.
	aclAllowed bool
}

// ServeHTTP answers one request and records it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{g: g, r: r, w: &answer{ResponseWriter: w, clock: g.clock}, ids: newRequestIDs(), now: g.clock()}
	c.addr = splitAddress(r.Host, rawPathOf(r.RequestURI), g.domains, g.regions[0])
	if !c.addr.virtualHost && isAdmin(r) {
		g.adminHandler.ServeHTTP(w, r)
		return
	}
	if g.decisions != nil {
		c.w.call = c
	}
	code := c.answer()
	rec := c.record(code)
	c.addS3(rec)
	g.sink.Add(r.Context(), rec)
	c.logParts(rec, func(part *record.Record) { g.accessLogs.Add(r.Context(), part) })
}

func isAdmin(r *http.Request) bool {
	return len(r.URL.Path) > len(adminPrefix) && r.URL.Path[:len(adminPrefix)] == adminPrefix
}

// answer runs the request and writes its answer; it returns the error code that
// went out, "" for none. A panic is a bug of ours and ends as InternalError.
func (c *call) answer() (code string) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			c.g.logger.Error("panic", "request_id", c.requestID(), "panic", p, "stack", string(debug.Stack()))
			code = c.fail(wire.InternalError())
		}
	}()
	c.body = &countingReader{r: c.r.Body, clock: c.g.clock}
	if err := c.route(); err != nil {
		return c.fail(err)
	}
	if c.mount == c.g.s3 {
		if c.r.Method == http.MethodOptions {
			return c.preflight()
		}
		c.allowOrigin()
		if c.addr.endpoint == websiteEndpoint {
			return c.website()
		}
	}
	out, err := c.run()
	if err == nil {
		c.out = out
		if c.charged {
			c.w.Header().Set("X-Amz-Request-Charged", "requester")
		}
		err = c.op.Encode(c.answerWriter(), out, c.wireIDs())
		if err == nil {
			return ""
		}
		if c.w.started() {
			c.broken(err)
			return "InternalError"
		}
	}
	return c.fail(err)
}

// run takes the request, whose service is known, through all stages up to the
// service's answer.
func (c *call) run() (any, error) {
	if err := c.authenticate(); err != nil {
		return nil, err
	}
	if err := c.findOperation(); err != nil {
		return nil, err
	}
	if c.addr.endpoint == accelerateEndpoint {
		if err := c.accelerated(); err != nil {
			return nil, err
		}
	}
	if !c.op.Implemented(c.mount.impl) {
		return nil, wire.NotImplemented(c.op.Name)
	}
	if c.op.Unsigned {
		c.forgetSigner()
	}
	if err := c.decode(); err != nil {
		return nil, err
	}
	ctx := caller.With(c.r.Context(), c.info)
	if c.mount == c.g.s3 {
		// What is asked on and what is used are two transactions.
		ctx = store.Steady(ctx)
	}
	if c.who.cred != nil {
		c.used()
	}
	ctx, err := c.authorize(ctx)
	if err != nil {
		return nil, err
	}
	return c.callOperation(ctx)
}

// forgetSigner makes the caller of an operation that asks for no signature
// anonymous, whoever has signed it: what the request holds says who asks.
func (c *call) forgetSigner() {
	c.who = c.g.anonymous
	c.info.Identity, c.info.Session, c.info.Tags, c.info.AccessKeyID = &policy.Caller{}, nil, nil, ""
}

func (c *call) decode() (err error) {
	if c.mount == c.g.s3 && c.unmeasured() {
		return s3api.NotImplemented("Transfer-Encoding")
	}
	if c.mount == c.g.s3 && (c.op.StreamingInput || !c.body.done) {
		if err := s3.CheckSumHeaders(maps.Keys(c.r.Header)); err != nil {
			return err
		}
	}
	if c.mount.s3Like && !c.op.StreamingInput && (c.op.Checksum.Required || !c.body.done) {
		if c.req.Body, err = s3.Digested(c.op, c.r.Header.Get, c.req.Body, c.req.Length); err != nil {
			return err
		}
	}
	if c.in, err = c.op.Decode(&c.req); err != nil {
		return err
	}
	return c.op.Validate(c.in)
}

// unmeasured tells whether the request sends its body in the chunks of HTTP, of
// which S3 takes none but those that hold aws-chunked and its decoded length.
func (c *call) unmeasured() bool {
	writes := c.r.Method == http.MethodPut || c.r.Method == http.MethodPost
	return writes && c.r.ContentLength < 0 && c.sig != nil && !c.sig.Payload.Chunked()
}

// fail writes an error. One that no service meant for the client is logged and
// becomes InternalError.
func (c *call) fail(err error) string {
	e := c.asWire(err)
	c.code = e.Code
	if c.w.started() {
		c.broken(err)
		return e.Code
	}
	c.leaveBody()
	if c.op != nil {
		err = c.op.EncodeError(c.w, e, c.wireIDs())
	} else {
		err = c.answering().EncodeError(c.w, c.r.Method, e, c.wireIDs())
	}
	if err != nil {
		c.g.logger.Debug("could not write an error", "request_id", c.requestID(), "error", err)
	}
	return e.Code
}

// leaveBody closes the connection after the answer: what is left of a refused
// request's body is not worth reading.
func (c *call) leaveBody() {
	if c.r.ContentLength != 0 && !c.body.done {
		c.w.Header().Set("Connection", "close")
	}
}

// broken ends a response that has begun and cannot be finished: the client must
// not take it for whole.
func (c *call) broken(err error) {
	if c.r.Context().Err() == nil {
		c.g.logger.Log(c.r.Context(), slog.LevelError, "an answer broke off", "request_id", c.requestID(), "operation", c.opName(), "error", err)
	}
	if conn, _, err := http.NewResponseController(c.w.ResponseWriter).Hijack(); err == nil {
		conn.Close()
	}
}

func (c *call) asWire(err error) *wire.Error {
	if e, ok := wire.AsError(err); ok {
		return e
	}
	var s *sigv4.Error
	if errors.As(err, &s) {
		return c.signatureError(s)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() && c.body.failed {
		return &wire.Error{
			Code: "RequestTimeout", Status: http.StatusBadRequest,
			Message: "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
		}
	}
	if c.body.failed || errors.Is(err, context.Canceled) && c.r.Context().Err() != nil {
		return &wire.Error{
			Code: "IncompleteBody", Status: http.StatusBadRequest,
			Message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
		}
	}
	c.g.logger.Error("unexpected error", "request_id", c.requestID(), "operation", c.opName(), "error", err)
	return wire.InternalError()
}

func (c *call) opName() string {
	if c.op == nil {
		return ""
	}
	return c.op.Name
}

// answering is the service in whose form an error is told. A client of a service
// that is not served reads that of one with the same protocol.
func (c *call) answering() *wire.Service {
	if c.mount == nil && c.r.Header.Get("X-Amz-Target") != "" {
		return c.g.byPackage["organizations"].api
	}
	return c.mountOrS3().api
}

// mountOrS3 is the service whose words an error takes before any was told.
func (c *call) mountOrS3() *mount {
	if c.mount != nil {
		return c.mount
	}
	return c.g.s3
}

func (c *call) isS3() bool { return c.mountOrS3().s3Like }

func (c *call) requestID() string {
	if c.isS3() {
		return c.ids.s3
	}
	return c.ids.uuid
}

func (c *call) wireIDs() wire.IDs {
	return wire.IDs{Request: c.requestID(), Host: c.ids.host}
}

func (c *call) record(code string) *record.Record {
	rec := &record.Record{
		RequestID: c.requestID(), Start: c.now, Duration: c.g.clock().Sub(c.now),
		Service: c.mountOrS3().api.Package, Operation: c.opName(), Method: c.r.Method, Path: c.r.URL.EscapedPath(),
		Host: c.r.Host, UserAgent: c.r.UserAgent(), SourceIP: c.g.sourceIP(c.r).String(), Resource: c.resource,
		Status: c.w.status, ErrorCode: code, Reason: c.reason, BytesOut: c.w.bytes,
	}
	if c.body != nil {
		rec.BytesIn = c.body.n
	}
	if c.info != nil {
		rec.AccessKeyID, rec.CallerARN, rec.Account = c.info.AccessKeyID, c.info.Identity.ARN, c.info.Account()
	}
	return rec
}
