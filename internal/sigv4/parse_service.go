package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

func incomplete(message string) *Error {
	return fail(KindMalformed, http.StatusForbidden, "IncompleteSignature", message)
}

// hashed shows a header in an error without repeating what may be a secret.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (req *Request) parseServiceHeader(auth string, rules *Rules) (*Request, error) {
	scheme, rest, _ := strings.Cut(auth, " ")
	var c components
	if scheme == algorithm {
		c = parseComponents(rest)
	}
	line, ok := firstValue(req.http.Header, "X-Amz-Date")
	if !ok {
		line, ok = firstValue(req.http.Header, "Date")
	}
	switch {
	case scheme == algorithm4A:
		return nil, fail(KindUnsupported, http.StatusForbidden, "IncompleteSignature",
			"Unsupported signing algorithm 'AWS4-ECDSA-P256-SHA256'.")
	case c.malformed:
		return nil, incomplete("Invalid key=value pair (missing equal-sign) in Authorization header " +
			"(hashed with SHA-256 and encoded with Base64): '" + hashed(auth) + "'.")
	case !c.complete() || !ok:
		return nil, incomplete(missingParts(&c, ok) + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(auth))
	}
	t, ok := parseAnyTime(line)
	if !ok {
		return nil, incomplete("Date must be in ISO-8601 'basic format'. Got '" + line + "'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	req.Auth, req.algorithm = Header, scheme
	req.Time, req.dateLine = t, line
	req.SignedHeaders, req.Signature = c.signedHeaders, c.signature
	req.SessionToken, _ = firstValue(req.http.Header, "X-Amz-Security-Token")
	return req.checkService(c.credential, rules)
}

func missingParts(c *components, date bool) string {
	var b strings.Builder
	for _, p := range []struct{ name, value string }{
		{"Credential", c.credential}, {"Signature", c.signature}, {"SignedHeaders", c.signedHeaders},
	} {
		if p.value == "" {
			b.WriteString("Authorization header requires '" + p.name + "' parameter. ")
		}
	}
	if !date {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return b.String()
}

// parseServiceQuery reads a presigned request to a service such as STS. Its
// X-Amz-Expires does not count: these services take such a URL within 15 minutes
// of its date whatever it says.
func (req *Request) parseServiceQuery(q *queryAuth, rules *Rules) (*Request, error) {
	if q.algorithm.value != algorithm {
		return nil, fail(KindUnsupported, http.StatusForbidden, "IncompleteSignature",
			"Unsupported AWS 'algorithm': '"+q.algorithm.value+"'. ")
	}
	var missing strings.Builder
	for _, p := range []struct {
		name string
		param
	}{
		{"X-Amz-Credential", q.credential}, {"X-Amz-Signature", q.signature},
		{"X-Amz-SignedHeaders", q.signedHeaders}, {"X-Amz-Date", q.date},
	} {
		if p.value == "" {
			missing.WriteString("AWS query-string parameters must include '" + p.name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return nil, incomplete(missing.String() + "Re-examine the query-string parameters.")
	}
	t, ok := parseTime(q.date.value)
	if !ok {
		return nil, incomplete("Date must be in ISO-8601 'basic format'. Got '" + q.date.value + "'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	req.Auth, req.algorithm = Query, algorithm
	req.Time, req.dateLine = t, q.date.value
	req.SignedHeaders, req.Signature = q.signedHeaders.value, q.signature.value
	req.SessionToken = q.token.value
	if !q.token.ok {
		req.SessionToken, _ = firstValue(req.http.Header, "X-Amz-Security-Token")
	}
	return req.checkService(q.credential.value, rules)
}

func (req *Request) checkService(raw string, rules *Rules) (*Request, error) {
	if err := serviceTime(req.Time, rules.Now.UTC()); err != nil {
		return nil, err
	}
	cred := cutCredential(raw)
	if err := cred.checkService(raw, req.Time, rules); err != nil {
		return nil, err
	}
	req.setCredential(&cred)
	return checked(req, req.checkSigned())
}

func serviceTime(t, now time.Time) error {
	at := func(t time.Time) string { return t.Format(timeFormat) }
	if low := now.Add(-maxSkew); t.Before(low) {
		return fail(KindSkew, http.StatusForbidden, "SignatureDoesNotMatch",
			"Signature expired: "+at(t)+" is now earlier than "+at(low)+" ("+at(now)+" - 15 min.)")
	}
	if high := now.Add(maxSkew); t.After(high) {
		return fail(KindSkew, http.StatusForbidden, "SignatureDoesNotMatch",
			"Signature not yet current: "+at(t)+" is still later than "+at(high)+" ("+at(now)+" + 15 min.)")
	}
	return nil
}
