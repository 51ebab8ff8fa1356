package gateway

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// mount is one service in the gateway.
type mount struct {
	api  *wire.Service
	impl service
	// s3Like services sign, name requests and word refusals as S3 does.
	s3Like bool
	// global services accept us-east-1 whatever region the server is.
	global bool
}

const s3ControlPath = "/v20180820/"

// route tells the service, from what the caller signed down to what it can only
// have meant: credential scope, X-Amz-Target, Action parameter, path.
func (c *call) route() error {
	if c.addr.endpoint == websiteEndpoint {
		c.mount = c.g.s3
		return nil
	}
	if c.mount = c.g.findMount(c.r, rawPathOf(c.r.RequestURI), c.addr.virtualHost); c.mount == nil {
		return &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: "This server does not serve the service that the request was signed for.",
		}
	}
	return nil
}

func (g *Gateway) findMount(r *http.Request, path string, virtualHost bool) *mount {
	if claim, ok := sigv4.Peek(r); ok {
		if claim.Service == "s3" && isS3Control(r, path) {
			return g.byPackage["s3control"]
		}
		m := g.bySigningName[claim.Service]
		if path == "/" || m != nil && m.s3Like {
			return m
		}
		return g.s3 // the others are at "/"; where there is a bucket's name, S3 says that the service is wrong
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		prefix := target[:max(strings.LastIndexByte(target, '.'), 0)]
		for _, m := range g.byPackage {
			if m.api.TargetPrefix != "" && m.api.TargetPrefix == prefix {
				return m
			}
		}
	}
	if isS3Control(r, path) {
		return g.byPackage["s3control"]
	}
	if m := g.unsignedQuery(r, path, virtualHost); m != nil {
		return m
	}
	return g.s3
}

// isS3Control tells S3 Control from S3, which share a signing name: the account
// is named in a header that only S3 Control has.
func isS3Control(r *http.Request, path string) bool {
	return strings.HasPrefix(path, s3ControlPath) && r.Header.Get("X-Amz-Account-Id") != ""
}

// unsignedQuery finds the service of a request in the Query protocol that has no
// signature. Such a request goes to "/" with a form, or names its Action in the
// query string; S3 has neither, but at a bucket's own host a listing has any query.
func (g *Gateway) unsignedQuery(r *http.Request, path string, virtualHost bool) *mount {
	if path != "/" {
		return nil
	}
	form := r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if !form && (virtualHost || !r.URL.Query().Has("Action")) {
		return nil
	}
	version := r.URL.Query().Get("Version")
	for _, m := range g.byPackage {
		if m.api.Protocol == wire.Query && m.api.APIVersion == version {
			return m
		}
	}
	return g.byPackage["sts"] // the only one with operations that need no signature
}

// findOperation finds the operation row. It comes after the signature, so that
// nobody unknown learns which operations there are.
func (c *call) findOperation() error {
	c.req.Method, c.req.Header = c.r.Method, c.r.Header
	if c.mount == c.g.s3 {
		if !c.addr.ok {
			return invalidURI(rawPathOf(c.r.RequestURI))
		}
		c.req.Bucket, c.req.Key = c.addr.bucket, c.addr.key
	} else {
		c.req.Path = rawPathOf(c.r.RequestURI)
	}
	if c.form != nil {
		c.op, c.req.Header, c.req.Key = c.mount.api.Operation("PostObject"), c.form.header, c.form.key
		return nil
	}
	op, err := c.mount.api.Route(&c.req)
	if c.sig.Auth == sigv4.Anonymous && !c.mount.s3Like && (err != nil || !op.Unsigned) {
		return sigv4.MissingToken(sigv4.Service)
	}
	if err != nil {
		return err
	}
	if c.mount == c.g.s3 && op.Name == "PostObject" {
		return notAForm()
	}
	c.op = op
	return nil
}

func invalidURI(path string) *wire.Error {
	return &wire.Error{
		Code: "InvalidURI", Message: "Couldn't parse the specified URI.", Status: http.StatusBadRequest,
		Fields: []wire.Field{{Name: "URI", Value: strings.TrimPrefix(path, "/")}},
	}
}
