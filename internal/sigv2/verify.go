package sigv2

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// signed are the query parameters that AWS signs: those that choose what is done
// or what is answered. The operations' own come from Rules.Selects.
var signed = map[string]bool{
	"accelerate": true, "acl": true, "analytics": true, "cors": true, "defaultObjectAcl": true, "delete": true,
	"inventory": true, "lifecycle": true, "location": true, "logging": true, "metrics": true, "notification": true,
	"object-lock": true, "partNumber": true, "policy": true, "replication": true, "requestPayment": true,
	"restore": true, "select": true, "select-type": true, "storageClass": true, "tagging": true, "torrent": true,
	"uploadId": true, "uploads": true, "versionId": true, "versioning": true, "versions": true, "website": true,
	"response-cache-control": true, "response-content-disposition": true, "response-content-encoding": true,
	"response-content-language": true, "response-content-type": true, "response-expires": true,
}

// Sign is the signature of a text: of a string to sign, or of the policy of a
// form in base64.
func Sign(secret, text string) string {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Matches tells, in constant time, whether signature is that of text.
func Matches(secret, text, signature string) bool {
	return subtle.ConstantTimeCompare([]byte(Sign(secret, text)), []byte(signature)) == 1
}

// Verify checks the signature. It returns S3's SignatureDoesNotMatch, or nil.
func (req *Request) Verify(secret string) error {
	text := req.StringToSign(true)
	if req.ambiguous() {
		return sigv4.Mismatch(req.AccessKeyID, []byte(text), req.Signature)
	}
	if Matches(secret, text, req.Signature) {
		return nil
	}
	// Clients disagree on "?acl=", which some sign as "?acl", and on a bucket in the
	// path, which S3 has with a slash behind it and some as it is sent. All of these
	// name the same request.
	variants := []string{req.StringToSign(false)}
	if bucket, ok := strings.CutSuffix(req.resource, "/"); ok && req.bare {
		as := *req
		as.resource = bucket
		variants = append(variants, as.StringToSign(true), as.StringToSign(false))
	}
	for _, variant := range variants {
		if variant != text && Matches(secret, variant, req.Signature) {
			return nil
		}
	}
	return sigv4.Mismatch(req.AccessKeyID, []byte(text), req.Signature)
}

// ambiguous tells whether the text to be signed can be read as that of another
// request, for parameters stand in it decoded: a line feed in one that counts as a
// header would hide headers in it, an ampersand in one that chooses something would
// hide others. Whoever was given a URL could so take from it what it was to be
// bound by.
func (req *Request) ambiguous() bool {
	for _, p := range req.params {
		name := strings.ToLower(p.name)
		switch {
		case strings.HasPrefix(name, "x-amz-"):
			if strings.ContainsAny(name, ":\r\n") || strings.ContainsAny(p.value, "\r\n") {
				return true
			}
		case name == "content-md5" || name == "content-type":
			if strings.ContainsAny(p.value, "\r\n") {
				return true
			}
		case req.chooses(p.name):
			for i, piece := range strings.Split(p.value, "&") {
				if piece, _, _ = strings.Cut(piece, "="); i > 0 && req.chooses(piece) {
					return true
				}
			}
		}
	}
	return false
}

// chooses tells whether a parameter is signed.
func (req *Request) chooses(name string) bool {
	return signed[name] || req.selects != nil && req.selects(name)
}

// StringToSign is what is signed. asSent keeps the equals sign of a parameter
// that has one and no value.
func (req *Request) StringToSign(asSent bool) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s); b.WriteByte('\n') }
	line(req.http.Method)
	line(req.standard("Content-Md5"))
	line(req.standard("Content-Type"))
	line(req.date)
	for _, h := range req.amzHeaders() {
		line(h)
	}
	b.WriteString(req.canonicalResource(asSent))
	return b.String()
}

// standard is a header, which the signer of a URL may have put into its query.
func (req *Request) standard(name string) string {
	if v := req.header(name); v != "" || req.Auth != sigv4.Query {
		return strings.TrimSpace(v)
	}
	for _, p := range req.params {
		if strings.EqualFold(p.name, name) {
			return strings.TrimSpace(p.value)
		}
	}
	return ""
}

// amzHeaders are the x-amz- headers, sorted. A parameter of such a name counts
// as a header, for operations read it as one: where both are there and differ,
// both are in the text, and no signer will have signed that.
func (req *Request) amzHeaders() []string {
	values := map[string][]string{}
	for name, v := range req.http.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			for _, s := range v {
				values[name] = append(values[name], strings.TrimSpace(s))
			}
		}
	}
	for _, p := range req.params {
		name := strings.ToLower(p.name)
		if !strings.HasPrefix(name, "x-amz-") {
			continue
		}
		v := strings.TrimSpace(p.value)
		if req.http.Header[http.CanonicalHeaderKey(name)] != nil && strings.Join(values[name], ",") == v {
			continue
		}
		values[name] = append(values[name], v)
	}
	lines := make([]string, 0, len(values))
	for name, v := range values {
		lines = append(lines, name+":"+strings.Join(v, ","))
	}
	slices.SortFunc(lines, func(a, b string) int {
		x, _, _ := strings.Cut(a, ":")
		y, _, _ := strings.Cut(b, ":")
		return strings.Compare(x, y)
	})
	return lines
}

func (req *Request) canonicalResource(asSent bool) string {
	var chosen []param
	for _, p := range req.params {
		if req.chooses(p.name) {
			chosen = append(chosen, p)
		}
	}
	slices.SortStableFunc(chosen, func(a, b param) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString(req.resource)
	for i, p := range chosen {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.name)
		if p.value != "" || !p.bare && asSent {
			b.WriteString("=" + p.value)
		}
	}
	return b.String()
}
