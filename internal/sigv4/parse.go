package sigv4

import (
	"net/http"
	"strings"
	"time"
)

// Auth is the way in which a request is signed.
type Auth uint8

// The ways of signing.
const (
	Anonymous Auth = iota // not at all
	Header                // the Authorization header
	Query                 // a presigned URL
)

// Request is a request whose signature has the right form, time and scope. It is
// not authenticated before Verify returned nil.
type Request struct {
	Auth Auth
	// Claim is empty when anonymous.
	Claim
	// SignedHeaders as sent, separated by semicolons.
	SignedHeaders string
	Signature     string
	// Time of signing, UTC.
	Time time.Time
	// Expires is how long after Time a presigned URL of S3 holds; else zero.
	Expires time.Duration
	// SessionToken as sent, or "". It is covered by the signature.
	SessionToken string
	// Payload is how the body is to be verified, PayloadHash the value that says so.
	Payload     Payload
	PayloadHash string

	algorithm string // as sent: it opens the string to sign
	dateLine  string // as sent
	scope     string
	dialect   Dialect
	http      *http.Request
	key       *Key // set by Verify
	foreign   bool // Verify has nothing to say of it
}

// Parse reads how r is signed and refuses all that can be refused without the
// secret: more than one mechanism, unsupported ones, malformed or missing parts, a
// wrong scope, a request too old or too new, an expired URL, and headers that
// would have to be signed. An unsigned request is no error: its Auth is Anonymous.
//
// r must be as it came in: the target that was signed is r.RequestURI. Errors are
// *Error, in the order in which AWS looks.
func Parse(r *http.Request, rules Rules) (*Request, error) {
	req := &Request{dialect: rules.Dialect, http: r}
	query := requestQuery(r)
	var q queryAuth
	if query != "" {
		q = scanQuery(query)
		if q.params > maxParams {
			return nil, tooLarge()
		}
	}
	presigned := q.algorithm.ok
	auth, hasHeader := firstValue(r.Header, "Authorization")
	if rules.Dialect == Service {
		switch {
		case hasHeader:
			return req.parseServiceHeader(auth, &rules)
		case presigned:
			return req.parseServiceQuery(&q, &rules)
		}
		return req, nil
	}
	switch {
	case hasHeader && (presigned || q.v2Signature):
		return nil, mechanisms(Field{"ArgumentName", "Authorization"}, Field{"ArgumentValue", auth})
	case auth != "":
		return req.parseS3Header(auth, &rules)
	case presigned && q.v2Signature:
		return nil, mechanisms(Field{"ArgumentName", "Authorization"})
	case presigned:
		return req.parseS3Query(&q, &rules)
	case q.v2Signature:
		return nil, unsupportedV2()
	}
	return checked(req, req.anonymousPayload())
}

// Foreign is a request that is not signed here: another package verifies its
// signature, and the caller fills in who it claims to be. Its body is held to what
// x-amz-content-sha256 says of it, which cannot be signed chunks.
func Foreign(r *http.Request) (*Request, error) {
	req := &Request{dialect: S3, http: r, foreign: true}
	return checked(req, req.anonymousPayload())
}

// checked makes sure that nobody gets hold of a request that was refused.
func checked(req *Request, err error) (*Request, error) {
	if err != nil {
		return nil, err
	}
	return req, nil
}

// components are the parts of an Authorization header.
type components struct {
	credential, signedHeaders, signature string
	malformed                            bool // a part is no key=value, or comes twice
}

func parseComponents(s string) (c components) {
	for s != "" {
		var part string
		part, s, _ = strings.Cut(s, ",")
		part = strings.Trim(part, " \t")
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			c.malformed = c.malformed || part != ""
			continue
		}
		var to *string
		switch name {
		case "Credential":
			to = &c.credential
		case "SignedHeaders":
			to = &c.signedHeaders
		case "Signature":
			to = &c.signature
		default:
			continue
		}
		if *to != "" {
			c.malformed = true
		}
		*to = value
	}
	return c
}

func (c *components) complete() bool {
	return c.credential != "" && c.signedHeaders != "" && c.signature != "" && !c.malformed
}

// param is a query parameter's value and whether it was there.
type param struct {
	value string
	ok    bool
}

func (p *param) set(raw string) {
	if !p.ok {
		*p = param{queryUnescape(raw), true}
	}
}

// queryAuth are a query's authentication parameters; the first of each counts.
type queryAuth struct {
	algorithm, credential, date, expires, signedHeaders, signature, token, payload param

	v2Signature bool
	params      int
}

func scanQuery(query string) (q queryAuth) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		q.params++
		name, value, _ := strings.Cut(pair, "=")
		name = queryUnescape(name)
		if !strings.HasPrefix(name, "X-Amz-") {
			q.v2Signature = q.v2Signature || name == "Signature"
			continue
		}
		switch name[len("X-Amz-"):] {
		case "Algorithm":
			q.algorithm.set(value)
		case "Credential":
			q.credential.set(value)
		case "Date":
			q.date.set(value)
		case "Expires":
			q.expires.set(value)
		case "SignedHeaders":
			q.signedHeaders.set(value)
		case "Signature":
			q.signature.set(value)
		case "Security-Token":
			q.token.set(value)
		case "Content-Sha256":
			q.payload.set(value)
		}
	}
	return q
}

func (req *Request) setCredential(c *credential) {
	req.Claim, req.scope = c.claim(), c.scope
}

// firstValue is Header.Get that tells an empty header from none. The name must be
// canonical.
func firstValue(h http.Header, name string) (string, bool) {
	v, ok := h[name]
	if !ok || len(v) == 0 {
		return "", ok
	}
	return v[0], true
}

// requestPath is the path as sent, with its escapes.
func requestPath(r *http.Request) string {
	target := r.RequestURI
	if target == "" { // a request that did not come in: ours, or a test's
		if p := r.URL.EscapedPath(); p != "" {
			return p
		}
		return "/"
	}
	path, _, _ := strings.Cut(target, "?")
	if strings.HasPrefix(path, "/") {
		return path
	}
	// The absolute form, which clients send to proxies.
	if _, rest, ok := strings.Cut(path, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
		return "/"
	}
	return path
}

// requestQuery is the query as sent.
func requestQuery(r *http.Request) string {
	if r.RequestURI == "" {
		return r.URL.RawQuery
	}
	_, q, _ := strings.Cut(r.RequestURI, "?")
	return q
}
