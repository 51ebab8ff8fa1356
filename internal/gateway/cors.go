package gateway

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	s3api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// corsMethods are the methods that a preflight may ask for.
const corsMethods = " GET PUT HEAD POST DELETE "

// preflight answers a browser that asks whether a page may send a request. It
// needs no signature and no permission: the bucket's rules say all there is.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
func (c *call) preflight() string {
	grant, err := c.askPreflight()
	if err != nil {
		return c.fail(err)
	}
	h := c.w.Header()
	writeGrant(h, grant)
	h["x-amz-request-id"], h["x-amz-id-2"] = []string{c.ids.s3}, []string{c.ids.host}
	h["Content-Length"] = []string{"0"}
	c.leaveBody()
	c.w.WriteHeader(http.StatusOK)
	return ""
}

func (c *call) askPreflight() (*s3.CORSGrant, error) {
	if !c.addr.ok {
		return nil, invalidURI(rawPathOf(c.r.RequestURI))
	}
	origin, method := c.r.Header.Get("Origin"), c.r.Header.Get("Access-Control-Request-Method")
	if origin == "" {
		return nil, badPreflight("Insufficient information. Origin request header needed.")
	}
	grant, err := c.g.buckets.CORS(c.r.Context(), c.addr.bucket, c.corsRequest(method))
	var e *wire.Error
	switch {
	case errors.As(err, &e) && e.Code == "NoSuchBucket":
		return nil, c.refusePreflight("CORSResponse: Bucket not found", "BUCKET")
	case errors.Is(err, s3.ErrNoCORS):
		return nil, c.refusePreflight("CORSResponse: CORS is not enabled for this bucket.", c.resourceType())
	case method == "":
		return nil, badPreflight("Invalid Access-Control-Request-Method: null")
	case !strings.Contains(corsMethods, " "+method+" "):
		return nil, badPreflight("Invalid Access-Control-Request-Method: " + method)
	case errors.Is(err, s3.ErrCORSRefused):
		return nil, c.refusePreflight("", c.resourceType())
	}
	return grant, err
}

func badPreflight(message string) *wire.Error {
	return &wire.Error{Code: "BadRequest", Message: message, Status: http.StatusBadRequest}
}

// refusePreflight refuses a request that the bucket's rules do not let a page
// send; "" is the usual message.
func (c *call) refusePreflight(message, resourceType string) *wire.Error {
	method := c.r.Header.Get("Access-Control-Request-Method")
	if method == "" {
		method = http.MethodOptions
	}
	return s3api.NewError("AccessForbidden", message,
		wire.Field{Name: "Method", Value: method}, wire.Field{Name: "ResourceType", Value: resourceType})
}

func (c *call) resourceType() string {
	if c.addr.key != "" {
		return "OBJECT"
	}
	return "BUCKET"
}

func (c *call) corsRequest(method string) *s3.CORSRequest {
	q := &s3.CORSRequest{Origin: c.r.Header.Get("Origin"), Method: method}
	for _, list := range c.r.Header["Access-Control-Request-Headers"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				q.Headers = append(q.Headers, name)
			}
		}
	}
	return q
}

// allowOrigin says in the headers of the answer, whatever it will be, what a page
// of another origin may see of it. Requests of no page cost nothing.
func (c *call) allowOrigin() {
	if c.r.Header.Get("Origin") == "" || c.addr.bucket == "" || !c.addr.ok {
		return
	}
	grant, err := c.g.buckets.CORS(c.r.Context(), c.addr.bucket, c.corsRequest(c.r.Method))
	if err == nil {
		writeGrant(c.w.Header(), grant)
		return
	}
	var e *wire.Error
	if !errors.Is(err, s3.ErrNoCORS) && !errors.Is(err, s3.ErrCORSRefused) && !errors.As(err, &e) {
		c.g.logger.Error("reading a bucket's CORS rules", "request_id", c.requestID(), "error", err)
	}
}

// writeGrant writes what a rule grants. Caches must keep the answers to different
// pages apart.
func writeGrant(h http.Header, g *s3.CORSGrant) {
	h["Access-Control-Allow-Origin"] = []string{g.Origin}
	h["Access-Control-Allow-Methods"] = []string{strings.Join(g.Rule.AllowedMethods, ", ")}
	if len(g.Headers) > 0 {
		h["Access-Control-Allow-Headers"] = []string{strings.Join(g.Headers, ", ")}
	}
	if len(g.Rule.ExposeHeaders) > 0 {
		h["Access-Control-Expose-Headers"] = []string{strings.Join(g.Rule.ExposeHeaders, ", ")}
	}
	if g.Rule.MaxAgeSeconds != nil {
		h["Access-Control-Max-Age"] = []string{strconv.Itoa(int(*g.Rule.MaxAgeSeconds))}
	}
	if g.Credentials {
		h["Access-Control-Allow-Credentials"] = []string{"true"}
	}
	h["Vary"] = []string{"Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}
}
