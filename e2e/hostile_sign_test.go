package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestSignaturesTampered changes each part of a signed request in turn.
func TestSignaturesTampered(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	target, body := "/"+h.bucket+"/tampered?x-id=PutObject", []byte("text")
	date := time.Now().UTC().Format("20060102")
	authorization := func(old, now string) func(*http.Request) {
		return func(r *http.Request) {
			was := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(was, old, now, 1))
			if r.Header.Get("Authorization") == was {
				t.Fatalf("%q is not in %q", old, was)
			}
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	const malformed, mismatch = "AuthorizationHeaderMalformed", "SignatureDoesNotMatch"
	for _, c := range []struct {
		name, code string
		status     int
		edit       func(*http.Request)
	}{
		{"the method", mismatch, 403, func(r *http.Request) {
			r.Method = "POST"
			r.URL.RawQuery = "uploads"
			r.Body = http.NoBody
			r.ContentLength = 0
		}},
		{"the path", mismatch, 403, func(r *http.Request) { r.URL.Path += "2" }},
		{"the query", mismatch, 403, func(r *http.Request) { r.URL.RawQuery += "&versionId=1" }},
		{"the query's value", mismatch, 403, func(r *http.Request) { r.URL.RawQuery = "x-id=GetObject" }},
		{"the host", mismatch, 403, func(r *http.Request) { r.Host = "127.0.0.2" }},
		{"a signed header", mismatch, 403, header("X-Amz-Meta-Colour", "red")},
		{"a header taken away", mismatch, 403, func(r *http.Request) { r.Header.Del("X-Amz-Meta-Colour") }},
		{"a header more", "AccessDenied", 403, header("X-Amz-Acl", "public-read")},
		{"a copy's source more", "AccessDenied", 403, header("X-Amz-Copy-Source", "/hostile/x")},
		{"the payload's hash", mismatch, 403, header("X-Amz-Content-Sha256", payloadHash([]byte("other")))},
		{"the payload unsigned", mismatch, 403, header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")},
		{"the date", mismatch, 403, header("X-Amz-Date", time.Now().Add(-time.Minute).UTC().Format("20060102T150405Z"))},
		{"a date that is none", "AccessDenied", 403, header("X-Amz-Date", "yesterday")},
		{"no date", "AccessDenied", 403, func(r *http.Request) { r.Header.Del("X-Amz-Date") }},
		{"the signature", mismatch, 403, authorization("Signature=", "Signature=00")},
		{"an empty signature", malformed, 400, func(r *http.Request) {
			was := r.Header.Get("Authorization")
			r.Header.Set("Authorization", was[:strings.Index(was, "Signature=")+len("Signature=")])
		}},
		{"the list of signed headers", mismatch, 403, authorization("SignedHeaders=", "SignedHeaders=accept;")},
		{"host not signed", "AccessDenied", 403, authorization("host;", "")},
		{"the access key", "InvalidAccessKeyId", 403, authorization(h.keys.AccessKeyID, "AKIAIOSFODNN7EXAMPLE")},
		{"the account's other key", mismatch, 403, authorization(h.keys.AccessKeyID, h.profileKeys("blue").AccessKeyID)},
		{"the region", malformed, 400, authorization("us-east-1", "eu-west-1")},
		{"the scope's date", malformed, 400, authorization(date, "20200101")},
		{"the terminator", malformed, 400, authorization("aws4_request", "aws4")},
		{"no scope", malformed, 400, authorization("/"+date+"/us-east-1/s3/aws4_request", "")},
		{"another algorithm", "InvalidArgument", 400, authorization("AWS4-HMAC-SHA256", "AWS9-HMAC-SHA256")},
		{"no parts", "InvalidArgument", 400, header("Authorization", "AWS4-HMAC-SHA256")},
		{"nonsense", "InvalidArgument", 400, header("Authorization", "let me in")},
		{"Version 2", mismatch, 403, header("Authorization", "AWS "+h.keys.AccessKeyID+":c2lnbmF0dXJl")},
		{"a token beside a long-term key", "AccessDenied", 403, header("X-Amz-Security-Token", "bm9uZQ==")},
		{"none at all", "AccessDenied", 403, func(r *http.Request) { r.Header.Del("Authorization") }},
		{"two ways at once", "InvalidArgument", 400, func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := h.signedS3(t, h.keys, "PUT", target, body, "X-Amz-Meta-Colour", "blue")
			c.edit(req)
			a := send(t, req).fails(t, c.status, c.code)
			if bytes.Contains(a.body, []byte(h.keys.SecretAccessKey)) {
				t.Error("the answer holds the secret key")
			}
		})
	}
	for name, at := range map[string]time.Time{"slow": time.Now().Add(-16 * time.Minute), "fast": time.Now().Add(16 * time.Minute), "years": time.Unix(0, 0)} {
		req := h.request(t, "PUT", target, body)
		a := send(t, sign(t, req, h.keys, "s3", payloadHash(body), at)).fails(t, 403, "RequestTimeTooSkewed")
		if !bytes.Contains(a.body, []byte("<MaxAllowedSkewMilliseconds>900000<")) {
			t.Errorf("%s clock: %s", name, a.body)
		}
	}
	wrong := h.keys
	wrong.SecretAccessKey = strings.Repeat("w", 40)
	send(t, h.signedS3(t, wrong, "PUT", target, body)).fails(t, 403, mismatch)
}

// TestServiceSignaturesTampered: the same for the services of the Query and JSON
// protocols, in their words.
func TestServiceSignaturesTampered(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	form := []byte("Action=CreateUser&Version=2010-05-08&UserName=mallory")
	post := func(body []byte, at time.Time, c credentials) *http.Request {
		req := h.request(t, "POST", "/", body)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return sign(t, req, c, "iam", payloadHash(body), at)
	}
	wrong := h.keys
	wrong.SecretAccessKey = strings.Repeat("w", 40)
	session := h.keys
	session.SessionToken = "bm9uZQ=="
	other := post(form, time.Now(), h.keys)
	other.Body = http.NoBody
	other.ContentLength = 0
	swapped := post([]byte("Action=ListUsers&Version=2010-05-08&UserName=mallory"), time.Now(), h.keys)
	swapped.Body = h.request(t, "POST", "/", form).Body
	swapped.ContentLength = int64(len(form))
	for _, c := range []struct {
		name, code string
		req        *http.Request
	}{
		{"another secret", "SignatureDoesNotMatch", post(form, time.Now(), wrong)},
		{"another body", "SignatureDoesNotMatch", swapped},
		{"no body", "SignatureDoesNotMatch", other},
		{"an old signature", "SignatureDoesNotMatch", post(form, time.Now().Add(-time.Hour), h.keys)},
		{"a signature of the future", "SignatureDoesNotMatch", post(form, time.Now().Add(time.Hour), h.keys)},
		{"a key that is none", "InvalidClientTokenId", post(form, time.Now(), credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"})},
		{"a token that is none", "InvalidClientTokenId", post(form, time.Now(), session)},
		{"unsigned", "MissingAuthenticationToken", func() *http.Request {
			r := post(form, time.Now(), h.keys)
			r.Header.Del("Authorization")
			return r
		}()},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := send(t, c.req).succeeds(t, 403)
			if !bytes.Contains(a.body, []byte("<Code>"+c.code+"</Code>")) || a.Header.Get("X-Amzn-Requestid") == "" {
				t.Errorf("answered %s, want %s", a.body, c.code)
			}
		})
	}
	req := h.request(t, "POST", "/", []byte("{}"))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128.ListAccounts")
	a := send(t, sign(t, req, wrong, "organizations", payloadHash([]byte("{}")), time.Now())).succeeds(t, 400)
	if !bytes.Contains(a.body, []byte("InvalidSignatureException")) {
		t.Errorf("Organizations answered %s", a.body)
	}
	if users, err := h.iam(h.keys).ListUsers(t.Context(), nil); err != nil || len(users.Users) != 0 {
		t.Errorf("users were made: %v %v", users, err)
	}
}

// TestSessionTokensTampered: a session is what STS made and nothing else.
func TestSessionTokensTampered(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	out := must(h.sts(h.keys).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))(t).Credentials
	good := credentials{AccessKeyID: *out.AccessKeyId, SecretAccessKey: *out.SecretAccessKey, SessionToken: *out.SessionToken}
	send(t, h.signedS3(t, good, "GET", "/"+h.bucket, nil)).succeeds(t, 200)
	blue := h.profileKeys("blue")
	theirs := must(h.sts(blue).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))(t).Credentials
	for i := 0; i < len(good.SessionToken); i += 7 {
		bad := good
		b := []byte(bad.SessionToken)
		if b[i] ^= 1; b[i] < '+' {
			continue
		}
		bad.SessionToken = string(b)
		if a := send(t, h.signedS3(t, bad, "GET", "/"+h.bucket, nil)); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Fatalf("byte %d changed: %d %s", i, a.StatusCode, a.body)
		}
	}
	for name, c := range map[string]credentials{
		"cut":           {good.AccessKeyID, good.SecretAccessKey, good.SessionToken[:len(good.SessionToken)-4]},
		"another's":     {good.AccessKeyID, good.SecretAccessKey, *theirs.SessionToken},
		"with our key":  {h.keys.AccessKeyID, h.keys.SecretAccessKey, good.SessionToken},
		"very long":     {good.AccessKeyID, good.SecretAccessKey, strings.Repeat("QUFB", 2048)},
		"another's key": {*theirs.AccessKeyId, good.SecretAccessKey, good.SessionToken},
	} {
		if a := send(t, h.signedS3(t, c, "GET", "/"+h.bucket, nil)); a.StatusCode != 400 && a.StatusCode != 403 || bytes.Contains(a.body, []byte("ListBucketResult")) {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	send(t, h.signedS3(t, credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: good.SecretAccessKey}, "GET", "/"+h.bucket, nil)).fails(t, 403, "InvalidAccessKeyId")
	for _, secret := range []string{good.SessionToken, good.SecretAccessKey, *theirs.SessionToken, *theirs.SecretAccessKey} {
		if strings.Contains(h.stderr.String(), secret) {
			t.Error("the log holds a session's secrets")
		}
	}
}
