package sigv4

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credentials sign requests of our own.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// String and GoString keep the secret and the token out of logs.
func (c Credentials) String() string { return "sigv4.Credentials(" + c.AccessKeyID + ")" }

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

// HashPayload returns the payload hash of a body, for Sign.
func HashPayload(body []byte) string {
	sum := sha256.Sum256(body)
	return string(appendHex(nil, sum[:]))
}

// Sign signs req with an Authorization header. payloadHash is HashPayload of the
// body or, for S3, one of the values x-amz-content-sha256 may have. It sets
// X-Amz-Date, X-Amz-Security-Token and, for S3, X-Amz-Content-Sha256, and signs the
// host, Content-Type, Content-MD5 and every X-Amz header.
func Sign(req *http.Request, cred Credentials, region, service, payloadHash string, now time.Time) {
	now = now.UTC()
	h := req.Header
	h.Del("Authorization")
	h.Set("X-Amz-Date", now.Format(timeFormat))
	if cred.SessionToken != "" {
		h.Set("X-Amz-Security-Token", cred.SessionToken)
	}
	if dialectOf(service) == S3 {
		h.Set("X-Amz-Content-Sha256", payloadHash)
	}
	c := clientRequest(req, service, payloadHash)
	scope := strings.Join([]string{now.Format(dateFormat), region, service, terminator}, "/")
	h.Set("Authorization", algorithm+" Credential="+cred.AccessKeyID+"/"+scope+
		", SignedHeaders="+c.signedHeaders+", Signature="+c.sign(cred, now, region, service, scope))
}

// Presign adds to the query of req's URL what lets anybody send req as it is
// within expires, at most a week. Headers that req has of those that Sign signs
// must be sent too. The body is not signed.
func Presign(req *http.Request, cred Credentials, region, service string, expires time.Duration, now time.Time) {
	now = now.UTC()
	scope := strings.Join([]string{now.Format(dateFormat), region, service, terminator}, "/")
	payload := emptyHash
	if dialectOf(service) == S3 {
		payload = unsignedPayload
	}
	c := clientRequest(req, service, payload)
	q := url.Values{
		"X-Amz-Algorithm":     {algorithm},
		"X-Amz-Credential":    {cred.AccessKeyID + "/" + scope},
		"X-Amz-Date":          {now.Format(timeFormat)},
		"X-Amz-Expires":       {strconv.FormatInt(int64(expires/time.Second), 10)},
		"X-Amz-SignedHeaders": {c.signedHeaders},
	}
	if cred.SessionToken != "" {
		q.Set("X-Amz-Security-Token", cred.SessionToken)
	}
	if req.URL.RawQuery != "" {
		req.URL.RawQuery += "&"
	}
	req.URL.RawQuery += q.Encode()
	c.query = req.URL.RawQuery
	req.URL.RawQuery += "&X-Amz-Signature=" + c.sign(cred, now, region, service, scope)
}

func dialectOf(service string) Dialect {
	if service == "s3" {
		return S3
	}
	return Service
}

func clientRequest(req *http.Request, service, payload string) *canonical {
	names := []string{"host"}
	for name := range req.Header {
		if strings.HasPrefix(name, "X-Amz-") || name == "Content-Type" || name == "Content-Md5" {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	c := &canonical{
		method: req.Method, path: req.URL.EscapedPath(), query: req.URL.RawQuery,
		host: req.Host, header: req.Header, length: -1, payload: payload,
		signedHeaders: strings.Join(names, ";"), dialect: dialectOf(service),
	}
	if c.host == "" {
		c.host = req.URL.Host
	}
	return c
}

func (c *canonical) sign(cred Credentials, now time.Time, region, service, scope string) string {
	var s scratch
	c.build(&s)
	s.stringToSign(algorithm, now.Format(timeFormat), scope)
	key := NewKey(cred.SecretAccessKey, now.Format(dateFormat), region, service)
	return string(key.sign(nil, s.sts))
}
