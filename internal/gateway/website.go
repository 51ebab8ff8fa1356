package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/service/s3/website"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// site is a request to the website endpoint of a bucket.
type site struct {
	*call
	ctx    context.Context
	config *s3api.WebsiteConfiguration // nil: not found
	at     website.Request             // as the rules see it
}

// websiteHeaders are what a request to a website may say of what it wants; all
// else of it is not looked at.
var websiteHeaders = [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Range"}

// website answers a request to a website's host. Whoever sends it, whatever it is
// signed with, is anybody: each object that takes part in the answer is asked for
// as GetObject or HeadObject is, by the anonymous caller.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
func (c *call) website() string {
	c.sig, c.who = &sigv4.Request{Auth: sigv4.Anonymous}, c.g.anonymous
	c.info = c.callerInfo()
	s := &site{call: c, ctx: store.Steady(caller.With(c.r.Context(), c.info)), at: website.Request{
		Scheme: c.scheme(), Host: plainHost(c.r.Host), Key: c.addr.key, Query: c.r.URL.RawQuery,
	}}
	return s.serve()
}

func (s *site) serve() string {
	if err := s.find(); err != nil {
		return s.refuse(s.asWire(err))
	}
	if to := website.Before(s.config, &s.at); to != nil {
		return s.redirect(to, nil)
	}
	out, err := s.fetch(s.r.Method, website.Document(s.config, s.at.Key), s.r.Header)
	if err == nil {
		return s.send(out)
	}
	e := s.asWire(err)
	switch {
	case e.Status == http.StatusNotModified:
		return s.fail(e)
	case e.Status == http.StatusNotFound || e.Status == http.StatusForbidden:
		if s.isDirectory() {
			return s.redirect(website.ToDirectory(s.at.Key), found)
		}
	}
	if to := website.After(s.config, &s.at, e.Status); to != nil {
		return s.redirect(to, nil)
	}
	return s.refuse(e)
}

// find finds the website's configuration, unless the request cannot be one to a
// website.
func (s *site) find() (err error) {
	switch {
	case s.r.Method != http.MethodGet && s.r.Method != http.MethodHead:
		return s3api.MethodNotAllowed(s.r.Method, s.resourceType()).WithHeader("Allow", "GET, HEAD")
	case !s.addr.ok:
		return invalidURI(rawPathOf(s.r.RequestURI))
	}
	s.config, err = s.g.buckets.Website(s.ctx, s.addr.bucket)
	return err
}

// fetch asks for an object by the way of every request. Of the request's header
// it takes websiteHeaders.
func (s *site) fetch(method, key string, header http.Header) (any, error) {
	s.op = s.mount.api.Operation("GetObject")
	if method == http.MethodHead {
		s.op = s.mount.api.Operation("HeadObject")
	}
	s.prepare(method, key, header)
	var err error
	if s.in, err = s.op.Decode(&s.req); err != nil {
		return nil, err
	}
	if err := s.op.Validate(s.in); err != nil {
		return nil, err
	}
	ctx, err := s.authorize(s.ctx)
	if err != nil {
		return nil, err
	}
	return s.callOperation(ctx)
}

// prepare is the request for one of the objects.
func (s *site) prepare(method, key string, header http.Header) {
	s.req = wire.Request{Method: method, Bucket: s.addr.bucket, Key: key, Query: url.Values{}, Header: http.Header{}}
	for _, name := range websiteHeaders {
		if v, ok := header[name]; ok {
			s.req.Header[name] = v
		}
	}
}

// isDirectory tells whether what was asked for has an index document that anybody
// may read: it must make no difference whether what is not there may be known.
func (s *site) isDirectory() bool {
	key, ok := website.DirectoryDocument(s.config, s.at.Key)
	if !ok {
		return false
	}
	op := s.op
	_, err := s.fetch(http.MethodHead, key, nil)
	s.op = op
	return err == nil
}

// send sends an object, or the client where the object says.
func (s *site) send(out any) string {
	location := ""
	switch o := out.(type) {
	case *s3api.GetObjectOutput:
		if o.WebsiteRedirectLocation != nil {
			location = *o.WebsiteRedirectLocation
			o.Body.Close()
		}
	case *s3api.HeadObjectOutput:
		if o.WebsiteRedirectLocation != nil {
			location = *o.WebsiteRedirectLocation
		}
	}
	if location != "" {
		return s.redirect(website.ToLocation(location), nil)
	}
	s.leaveBody()
	return s.encode(s.w, out)
}

func (s *site) encode(w http.ResponseWriter, out any) string {
	err := s.op.Encode(w, out, s.wireIDs())
	if err == nil {
		return ""
	}
	if s.w.started() {
		s.broken(err)
		return "InternalError"
	}
	return s.page(s.asWire(err), nil)
}

// found is what the page of a redirect to a directory says.
var found = &wire.Error{Code: "Found", Message: "Resource Found", Status: http.StatusFound}

// redirect sends the client elsewhere, with a page that says so unless it is nil.
func (s *site) redirect(to *website.Redirect, page *wire.Error) string {
	s.w.Header()["Location"] = []string{to.Location}
	if page != nil {
		s.page(page, nil)
		return ""
	}
	s.idHeaders()
	s.leaveBody()
	if to.Status != http.StatusNotModified {
		s.w.Header()["Content-Length"] = []string{"0"}
	}
	s.w.WriteHeader(to.Status)
	return ""
}

// refuse answers a client's error with the bucket's error document if it has one
// that anybody may read, else with a page of ours.
func (s *site) refuse(e *wire.Error) string {
	if s.config == nil || s.config.ErrorDocument == nil || s.config.ErrorDocument.Key == nil || e.Status/100 != 4 {
		return s.page(e, nil)
	}
	out, err := s.fetch(s.r.Method, *s.config.ErrorDocument.Key, nil)
	if err != nil {
		return s.page(e, s.asWire(err))
	}
	s.code = e.Code
	s.errorHeaders(e)
	s.leaveBody()
	if code := s.encode(withStatus{s.w, e.Status}, out); code != "" {
		return code
	}
	return e.Code
}

// page writes a page that says what went wrong.
func (s *site) page(e, also *wire.Error) string {
	s.code = e.Code
	s.errorHeaders(e)
	s.leaveBody()
	page := website.Page(e, also, s.wireIDs())
	h := s.w.Header()
	h["Content-Type"] = []string{"text/html; charset=utf-8"}
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	s.w.WriteHeader(e.Status)
	if s.r.Method == http.MethodHead {
		return e.Code
	}
	if _, err := s.w.Write(page); err != nil {
		s.g.logger.Debug("could not write an error", "request_id", s.requestID(), "error", err)
	}
	return e.Code
}

func (s *site) errorHeaders(e *wire.Error) {
	h := s.w.Header()
	for name, values := range e.Header {
		h[name] = values
	}
	s.idHeaders()
	website.Header(h, e)
}

func (s *site) idHeaders() {
	h := s.w.Header()
	h["x-amz-request-id"], h["x-amz-id-2"] = []string{s.ids.s3}, []string{s.ids.host}
}

// withStatus is a writer on which every answer has one status.
type withStatus struct {
	*answer
	status int
}

func (w withStatus) WriteHeader(int) { w.answer.WriteHeader(w.status) }

// plainHost is a host as a client named it, without a port that is no number: it
// goes into the URLs of redirects.
func plainHost(host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return host
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return name
	}
	return host
}

// scheme is the scheme of the URL that the client used, as far as a trusted proxy
// tells it.
func (c *call) scheme() string {
	if c.r.TLS != nil {
		return "https"
	}
	peer, err := netip.ParseAddrPort(c.r.RemoteAddr)
	if err == nil && c.g.trusted(peer.Addr().Unmap()) && strings.EqualFold(c.r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https"
	}
	return "http"
}
