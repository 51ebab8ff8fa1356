package sigv2

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

const (
	maxSkew      = 15 * time.Minute
	maxParams    = 2048
	serverFormat = "2006-01-02T15:04:05Z"
	scheme       = "AWS"
)

// Rules say what the server takes a request for.
type Rules struct {
	// Resource is the escaped path as sent, with "/BUCKET" before it where the
	// bucket is in the host.
	Resource string
	// Selects tells of a query parameter whether it chooses an operation. Such a
	// parameter is signed, and so are those of AWS's own list.
	Selects func(parameter string) bool
	// Now is the server's time.
	Now time.Time
}

// Request is a request whose signature has the right form and time. It is not
// authenticated before Verify returned nil.
type Request struct {
	Auth         sigv4.Auth // Header or Query
	AccessKeyID  string
	Signature    string
	SessionToken string
	Time         time.Time // of signing; zero for a presigned URL

	http     *http.Request
	params   []param
	resource string
	bare     bool // resource is a bucket that was sent without a slash behind it
	selects  func(string) bool
	date     string // the line that is signed
}

// param is a query parameter, decoded.
type param struct {
	name, value string
	bare        bool // without an equals sign
}

// Claims tells whether r is signed so, and in no other way.
func Claims(r *http.Request) bool {
	q := r.URL.RawQuery
	if auth := r.Header["Authorization"]; len(auth) > 0 {
		name, _, ok := strings.Cut(auth[0], " ")
		return ok && strings.EqualFold(name, scheme) && (q == "" || !hasAny(parseQuery(q), "Signature", "X-Amz-Algorithm"))
	}
	if q == "" || !strings.Contains(q, "=") {
		return false
	}
	params := parseQuery(q)
	return hasAny(params, "Signature", "AWSAccessKeyId") && !hasAny(params, "X-Amz-Algorithm")
}

func hasAny(params []param, names ...string) bool {
	for _, p := range params {
		for _, name := range names {
			if p.name == name {
				return true
			}
		}
	}
	return false
}

func refuse(kind sigv4.Kind, status int, code, message string, fields ...sigv4.Field) error {
	return &sigv4.Error{Kind: kind, Code: code, Message: message, Status: status, Fields: fields}
}

// hoisted are the headers that say what the body must be and that clients put into
// the query of a URL that they sign. Operations look for them among the headers.
var hoisted = []string{"Content-Md5", "Content-Type", "X-Amz-Content-Sha256"}

// hoist puts those that are in the query alone among the headers of the request, so
// that they bind whoever uses the URL wherever they stand.
func (req *Request) hoist() {
	for _, name := range hoisted {
		if req.http.Header[name] != nil {
			continue
		}
		for _, p := range req.params {
			if strings.EqualFold(p.name, name) {
				req.http.Header[name] = []string{p.value}
				break
			}
		}
	}
}

// Parse reads how r, which Claims, is signed, and refuses what can be refused
// without the secret. Headers that a URL has in its query it adds to those of r.
func Parse(r *http.Request, rules Rules) (*Request, error) {
	req := &Request{http: r, resource: rules.Resource, selects: rules.Selects, params: parseQuery(r.URL.RawQuery)}
	if len(req.params) > maxParams {
		return nil, refuse(sigv4.KindTooLarge, http.StatusBadRequest, "RequestHeaderSectionTooLarge",
			"Your request header section exceeds the maximum allowed size.", sigv4.Field{Name: "MaxSizeAllowed", Value: "8192"})
	}
	if len(req.resource) > 1 && strings.LastIndexByte(req.resource, '/') == 0 {
		req.resource, req.bare = req.resource+"/", true
	}
	var err error
	if auth := r.Header["Authorization"]; len(auth) > 0 {
		err = req.parseHeader(auth[0], rules.Now)
	} else {
		err = req.parseQuery(rules.Now)
	}
	if err != nil {
		return nil, err
	}
	if req.Auth == sigv4.Query {
		req.hoist()
	}
	req.SessionToken, _ = req.amz("x-amz-security-token")
	return req, nil
}

func (req *Request) parseHeader(auth string, now time.Time) error {
	_, rest, _ := strings.Cut(auth, " ")
	var ok bool
	req.AccessKeyID, req.Signature, ok = strings.Cut(strings.TrimSpace(rest), ":")
	if !ok || req.AccessKeyID == "" || req.Signature == "" || strings.Contains(req.Signature, ":") {
		return refuse(sigv4.KindMalformed, http.StatusBadRequest, "InvalidArgument",
			"AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
			sigv4.Field{Name: "ArgumentName", Value: "Authorization"}, sigv4.Field{Name: "ArgumentValue", Value: auth})
	}
	req.Auth = sigv4.Header
	// With x-amz-date, which is among the signed headers, the line stays empty.
	text, amz := req.amz("x-amz-date")
	if !amz {
		text = req.header("Date")
		req.date = text
	}
	t, ok := sigv4.ParseDate(text)
	if !ok {
		return refuse(sigv4.KindMissingDate, http.StatusForbidden, "AccessDenied",
			"AWS authentication requires a valid Date or x-amz-date header")
	}
	if skew := now.Sub(t); skew > maxSkew || skew < -maxSkew {
		return refuse(sigv4.KindSkew, http.StatusForbidden, "RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.",
			sigv4.Field{Name: "RequestTime", Value: text}, sigv4.Field{Name: "ServerTime", Value: now.UTC().Format(serverFormat)},
			sigv4.Field{Name: "MaxAllowedSkewMilliseconds", Value: "900000"})
	}
	req.Time = t
	return nil
}

func (req *Request) parseQuery(now time.Time) error {
	key, ok1 := req.param("AWSAccessKeyId")
	signature, ok2 := req.param("Signature")
	expires, ok3 := req.param("Expires")
	if !ok1 || !ok2 || !ok3 {
		return refuse(sigv4.KindMalformed, http.StatusForbidden, "AccessDenied",
			"Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
	seconds, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return refuse(sigv4.KindMalformed, http.StatusForbidden, "AccessDenied",
			"Invalid date (should be seconds since epoch): "+expires)
	}
	if end := time.Unix(seconds, 0).UTC(); now.After(end) {
		return refuse(sigv4.KindExpired, http.StatusForbidden, "AccessDenied", "Request has expired",
			sigv4.Field{Name: "Expires", Value: end.Format(serverFormat)},
			sigv4.Field{Name: "ServerTime", Value: now.UTC().Format(serverFormat)})
	}
	req.Auth, req.AccessKeyID, req.Signature, req.date = sigv4.Query, key, signature, expires
	return nil
}

// param is the first value of a query parameter.
func (req *Request) param(name string) (string, bool) {
	for _, p := range req.params {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

func (req *Request) header(name string) string {
	return strings.Join(req.http.Header[name], ",")
}

// amz is the value of an x-amz- header, given in lower case, which a presigned
// URL may have among its parameters.
func (req *Request) amz(name string) (string, bool) {
	if v, ok := req.http.Header[http.CanonicalHeaderKey(name)]; ok {
		return strings.Join(v, ","), true
	}
	for _, p := range req.params {
		if strings.EqualFold(p.name, name) {
			return p.value, true
		}
	}
	return "", false
}

// parseQuery decodes a query string as url.ParseQuery does, so that what is
// signed is what the operation reads, but keeps the order. A pair that cannot be
// decoded is none: the gateway refuses such a query.
func parseQuery(query string) []param {
	var params []param
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err1 == nil && err2 == nil {
			params = append(params, param{name, value, !ok})
		}
		if len(params) > maxParams {
			break
		}
	}
	return params
}
