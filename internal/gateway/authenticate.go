package gateway

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/sigv2"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// authenticate verifies the signature and finds who made it. After it the body
// that is left to read can be trusted as far as it was read to its end.
func (c *call) authenticate() error {
	rules := sigv4.Rules{Dialect: sigv4.Service, Service: c.mount.api.SigningName, Regions: c.g.regions, Now: c.now}
	if c.mount.s3Like {
		rules.Dialect = sigv4.S3
		rules.Regions = c.g.regions[:1]
	}
	if c.mount.global {
		rules.Regions = c.g.globalRegions
	}
	if c.mount == c.g.s3 {
		if c.isForm() {
			return c.authenticateForm(rules)
		}
		if sigv2.Claims(c.r) {
			return c.authenticateV2(rules)
		}
	}
	var err error
	if c.sig, err = sigv4.Parse(c.r, rules); err != nil {
		return err
	}
	c.proof = proof{authTypes[c.sig.Auth], signatureV4, func(secret string, body []byte) error {
		return c.sig.Verify(c.g.keys.Key(c.sig, secret), body)
	}}
	if c.mount.s3Like {
		return c.authenticateS3(rules.Dialect)
	}
	return c.authenticateService(rules.Dialect)
}

// proof is how a request proves who made it, whichever version of the signature
// it has.
type proof struct {
	authType string // as s3:authType names it, "" for none
	version  string // as s3:signatureversion names it
	verify   func(secret string, body []byte) error
}

// What s3:authType and s3:signatureversion name.
const (
	authPOST    = "POST"
	signatureV4 = "AWS4-HMAC-SHA256"
	signatureV2 = "AWS"
)

var authTypes = map[sigv4.Auth]string{sigv4.Header: "REST-HEADER", sigv4.Query: "REST-QUERY-STRING"}

// authenticateV2 is authenticateS3 for Signature Version 2, which does not cover
// the body.
func (c *call) authenticateV2(rules sigv4.Rules) error {
	resource := rawPathOf(c.r.RequestURI)
	if c.addr.virtualHost {
		resource = "/" + c.addr.bucket + resource
	}
	v2, err := sigv2.Parse(c.r, sigv2.Rules{Resource: resource, Selects: c.mount.api.Subresource, Now: c.now})
	if err != nil {
		return err
	}
	if c.sig, err = sigv4.Foreign(c.r); err != nil {
		return err
	}
	c.sig.Auth, c.sig.AccessKeyID, c.sig.SessionToken, c.sig.Time = v2.Auth, v2.AccessKeyID, v2.SessionToken, v2.Time
	c.proof = proof{authTypes[v2.Auth], signatureV2, func(secret string, _ []byte) error { return v2.Verify(secret) }}
	return c.authenticateS3(rules.Dialect)
}

// authenticateS3 leaves the body to be verified while it streams.
func (c *call) authenticateS3(d sigv4.Dialect) error {
	if err := c.identify(d, nil); err != nil {
		return err
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return invalidURI(c.r.RequestURI)
	}
	c.req.Query = query
	body, err := c.sig.Body(c.stallingBody())
	if err != nil {
		return err
	}
	c.req.Length = body.Length()
	c.req.Body = body
	if v := c.r.Header["Content-Encoding"]; len(v) > 0 && c.sig.Payload.Chunked() {
		c.stripChunked(v)
	}
	return nil
}

// stripChunked takes aws-chunked, which is of the transport, out of the object's
// Content-Encoding. The signature has been verified on the header as it came.
func (c *call) stripChunked(values []string) {
	if rest := sigv4.StripChunked(strings.Join(values, ",")); rest != "" {
		c.r.Header["Content-Encoding"] = []string{rest}
	} else {
		delete(c.r.Header, "Content-Encoding")
	}
}

// authenticateService reads the whole body, which is small and is what was
// signed.
func (c *call) authenticateService(d sigv4.Dialect) error {
	body, err := wire.ReadBody(c.stallingBody(), c.r.ContentLength, wire.DefaultMaxBody)
	if errors.Is(err, wire.ErrBodyTooLarge) {
		return &wire.Error{Code: "RequestEntityTooLarge", Message: "Request size exceeded the limit.", Status: http.StatusRequestEntityTooLarge}
	}
	if err != nil {
		return err
	}
	if err := c.identify(d, body); err != nil {
		return err
	}
	c.req.Query, err = url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return invalidURI(c.r.RequestURI)
	}
	if p := c.mount.api.Protocol; p == wire.Query || p == wire.EC2 {
		form, err := wire.ParseForm(body)
		if err != nil {
			return err
		}
		for name, v := range form {
			c.req.Query[name] = v
		}
		return nil
	}
	c.req.Body, c.req.Length = bytesBody(body), int64(len(body))
	return nil
}

// identify finds the secret of the access key, verifies with it, and says who
// the caller is.
func (c *call) identify(d sigv4.Dialect, body []byte) error {
	if c.sig.Auth == sigv4.Anonymous {
		c.who = c.g.anonymous
		c.info = c.callerInfo()
		return nil
	}
	cred, err := c.g.directory.Credentials(c.r.Context(), c.sig.AccessKeyID, c.sig.SessionToken)
	if err != nil {
		return c.credentialError(d, err)
	}
	if err := c.proof.verify(cred.Secret, body); err != nil {
		return err
	}
	// Only who holds the secret learns that a session is over.
	if cred.Expired(c.now) {
		return sigv4.ExpiredToken(d, c.sig.SessionToken)
	}
	c.who = &identity{cred: cred}
	c.info = c.callerInfo()
	return nil
}

func (c *call) callerInfo() *caller.Info {
	info := &caller.Info{
		Identity: &policy.Caller{}, AccessKeyID: c.sig.AccessKeyID, RequestID: c.requestID(), HostID: c.ids.host, Time: c.now,
		Region: c.g.regions[0], SourceIP: c.g.sourceIP(c.r), SecureTransport: c.r.TLS != nil, UserAgent: c.r.UserAgent(),
		IfRange: c.r.Header.Get("If-Range"),
		Host:    c.r.Host, VirtualHost: c.addr.virtualHost, Seen: &c.seen,
	}
	if c.sig.Region != "" {
		info.Region = c.sig.Region
	}
	if c.who.cred != nil {
		info.Identity, info.Session = c.who.cred.Caller, callerSession(c.who.cred.Session)
		info.Tags = c.who.cred.Principal.Tags
	}
	return info
}

// callerSession is what services are told of temporary credentials.
func callerSession(s *directory.SessionInfo) *caller.Session {
	if s == nil {
		return nil
	}
	return &caller.Session{
		Name: s.Name, Issued: s.Issued, Expires: s.Expires, MFA: s.MFA, SourceIdentity: s.SourceIdentity, Transitive: s.Transitive,
		Tags: s.Tags, Context: s.Context, Restricted: s.Restricted,
	}
}

// used notes that the access key, and the user or role behind it, asked for
// something, be it allowed or not.
func (c *call) used() {
	c.g.directory.Used(c.info.AccessKeyID, c.who.cred.RoleID(), c.info.Region, c.mount.api.SigningName)
	namespace, action := c.op.Tracked()
	c.g.directory.Accessed(c.who.cred, namespace, action, c.info.Region)
}

// credentialError words what the directory found wrong with a key or token.
func (c *call) credentialError(d sigv4.Dialect, err error) error {
	switch {
	case errors.Is(err, directory.ErrUnknownKey), errors.Is(err, directory.ErrInactiveKey):
		return sigv4.UnknownKey(d, c.sig.AccessKeyID)
	case errors.Is(err, directory.ErrToken), errors.Is(err, directory.ErrGone):
		return sigv4.InvalidToken(d, c.sig.SessionToken)
	case errors.Is(err, directory.ErrExpired):
		return sigv4.ExpiredToken(d, c.sig.SessionToken)
	}
	return err
}

// signatureError turns a refusal of package sigv4 into the service's protocol.
func (c *call) signatureError(s *sigv4.Error) *wire.Error {
	e := &wire.Error{Code: s.Code, Message: s.Message, Status: s.Status}
	if p := c.mountOrS3().api.Protocol; p == wire.JSON || p == wire.RESTJSON {
		e.Code, e.Status = s.JSON()
		return e
	}
	for _, f := range s.Fields {
		e.Fields = append(e.Fields, wire.Field{Name: f.Name, Value: f.Value})
		if f.Name == "Region" && c.isS3() && c.addr.bucket != "" {
			e = e.WithHeader("x-amz-bucket-region", f.Value) // by which SDKs find their way
		}
	}
	return e
}
