package e2e

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// bare sends a presigned request as somebody does who has only its URL.
func bare(t *testing.T, method, target string, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return send(t, req)
}

// presignAt presigns a request at a time of one's own.
func (s *server) presignAt(t *testing.T, c credentials, method, target string, expires string, at time.Time) string {
	t.Helper()
	req := s.request(t, method, target, nil)
	q := req.URL.Query()
	q.Set("X-Amz-Expires", expires)
	req.URL.RawQuery = q.Encode()
	signed, _, err := awsv4.NewSigner().PresignHTTP(context.Background(), c.aws(), req, "UNSIGNED-PAYLOAD", "s3", "us-east-1", at,
		func(o *awsv4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestPresignedURLs: what the SDK presigns, a bare HTTP client does.
func TestPresignedURLs(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	keys := s.profileKeys("green")
	c := s.s3(keys)
	bucket, key := "presigned", "a b/ü+%.txt"
	makeBucket(t, c, bucket)
	p := s3.NewPresignClient(c)

	put := must(p.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key}))(t)
	bare(t, put.Method, put.URL, "put by URL").succeeds(t, 200)
	get := must(p.PresignGetObject(t.Context(), &s3.GetObjectInput{
		Bucket: &bucket, Key: &key, ResponseContentType: aws.String("text/x-asked"), ResponseContentDisposition: aws.String(`attachment; filename="x.txt"`),
	}))(t)
	a := bare(t, get.Method, get.URL, "").succeeds(t, 200)
	if string(a.body) != "put by URL" || a.Header.Get("Content-Type") != "text/x-asked" || a.Header.Get("Content-Disposition") != `attachment; filename="x.txt"` {
		t.Errorf("the URL gives %q with %v", a.body, a.Header)
	}
	head := must(p.PresignHeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}))(t)
	if a := bare(t, head.Method, head.URL, "").succeeds(t, 200); a.ContentLength != 10 {
		t.Errorf("HEAD says %d bytes", a.ContentLength)
	}
	bare(t, "GET", head.URL, "").fails(t, 403, "SignatureDoesNotMatch")
	remove := must(p.PresignDeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}))(t)
	bare(t, remove.Method, remove.URL, "").succeeds(t, 204)
	bare(t, get.Method, get.URL, "").fails(t, 404, "NoSuchKey")

	// A header that was signed has to come.
	typed := must(p.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, ContentType: aws.String("text/x"), Metadata: map[string]string{"a": "b"}}))(t)
	bare(t, typed.Method, typed.URL, "x").fails(t, 403, "SignatureDoesNotMatch")
	req := must(http.NewRequest(typed.Method, typed.URL, bytes.NewReader([]byte("x"))))(t)
	for name, values := range typed.SignedHeader {
		req.Header[name] = values
	}
	send(t, req).succeeds(t, 200)
	if out := must(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}))(t); *out.ContentType != "text/x" || out.Metadata["a"] != "b" {
		t.Errorf("the object has %v %v", *out.ContentType, out.Metadata)
	}
}

// TestPresignedURLsTampered: every part of a presigned URL is under its signature.
func TestPresignedURLsTampered(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	keys := s.profileKeys("green")
	c := s.s3(keys)
	makeBucket(t, c, "tampered")
	putText(t, c, "tampered", "key", "secret text")
	putText(t, c, "tampered", "key2", "another")
	now := time.Now()
	good := s.presignAt(t, keys, "GET", "/tampered/key", "300", now)
	if a := bare(t, "GET", good, "").succeeds(t, 200); string(a.body) != "secret text" {
		t.Fatalf("the URL gives %q", a.body)
	}
	set := func(name, value string) func(*url.URL, url.Values) {
		return func(_ *url.URL, q url.Values) {
			if value == "" {
				q.Del(name)
			} else {
				q.Set(name, value)
			}
		}
	}
	date := now.UTC().Format("20060102")
	scope := func(s string) string { return keys.AccessKeyID + "/" + s }
	const malformed = "AuthorizationQueryParametersError"
	for _, c := range []struct {
		name, code string
		status     int
		edit       func(*url.URL, url.Values)
	}{
		{"another key", "SignatureDoesNotMatch", 403, func(u *url.URL, _ url.Values) { u.Path += "2" }},
		{"another bucket", "SignatureDoesNotMatch", 403, func(u *url.URL, _ url.Values) { u.Path = "/tamperee/key" }},
		{"a parameter more", "SignatureDoesNotMatch", 403, set("response-content-type", "text/html")},
		{"a subresource", "SignatureDoesNotMatch", 403, set("acl", "x")},
		{"the signature", "SignatureDoesNotMatch", 403, func(_ *url.URL, q url.Values) {
			b := []byte(q.Get("X-Amz-Signature"))
			b[0] = "0123456789abcdef0"[strings.IndexByte("0123456789abcdef", b[0])+1]
			q.Set("X-Amz-Signature", string(b))
		}},
		{"no hex in the signature", "SignatureDoesNotMatch", 403, set("X-Amz-Signature", strings.Repeat("z", 64))},
		{"a longer life", "SignatureDoesNotMatch", 403, set("X-Amz-Expires", "600000")},
		{"another time of signing", "SignatureDoesNotMatch", 403, set("X-Amz-Date", now.Add(-time.Second).UTC().Format("20060102T150405Z"))},
		{"fewer signed headers", "AccessDenied", 403, set("X-Amz-SignedHeaders", "x")},
		{"more signed headers", "SignatureDoesNotMatch", 403, set("X-Amz-SignedHeaders", "host;user-agent")},
		{"another access key", "InvalidAccessKeyId", 403, set("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/"+date+"/us-east-1/s3/aws4_request")},
		{"another region", malformed, 400, set("X-Amz-Credential", scope(date+"/eu-west-1/s3/aws4_request"))},
		{"another service", malformed, 400, set("X-Amz-Credential", scope(date+"/us-east-1/iam/aws4_request"))},
		{"another terminator", malformed, 400, set("X-Amz-Credential", scope(date+"/us-east-1/s3/aws5_request"))},
		{"another date in the scope", malformed, 400, set("X-Amz-Credential", scope("20200101/us-east-1/s3/aws4_request"))},
		{"no scope", malformed, 400, set("X-Amz-Credential", keys.AccessKeyID)},
		{"no signature", malformed, 400, set("X-Amz-Signature", "")},
		{"no credential", malformed, 400, set("X-Amz-Credential", "")},
		{"no date", malformed, 400, set("X-Amz-Date", "")},
		{"no expiry", malformed, 400, set("X-Amz-Expires", "")},
		{"no signed headers", malformed, 400, set("X-Amz-SignedHeaders", "")},
		{"a negative life", malformed, 400, set("X-Amz-Expires", "-1")},
		{"a life that is no number", malformed, 400, set("X-Amz-Expires", "soon")},
		{"a life of more than a week", malformed, 400, set("X-Amz-Expires", "604801")},
		{"another algorithm", malformed, 400, set("X-Amz-Algorithm", "AWS4-HMAC-MD5")},
		{"a token that is none", "InvalidToken", 400, set("X-Amz-Security-Token", "bm9uZQ==")},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := must(url.Parse(good))(t)
			q := u.Query()
			c.edit(u, q)
			u.RawQuery = q.Encode()
			a := bare(t, "GET", u.String(), "").fails(t, c.status, c.code)
			if bytes.Contains(a.body, []byte("secret text")) {
				t.Error("the object is in the answer")
			}
		})
	}
	for name, target := range map[string]string{
		"long ago":              s.presignAt(t, keys, "GET", "/tampered/key", "60", now.Add(-2*time.Hour)),
		"a week and a bit ago":  s.presignAt(t, keys, "GET", "/tampered/key", "604800", now.Add(-169*time.Hour)),
		"within its first hour": s.presignAt(t, keys, "GET", "/tampered/key", "1", now.Add(-time.Minute)),
	} {
		a := bare(t, "GET", target, "").fails(t, 403, "AccessDenied")
		if f := a.failure(); f.Message != "Request has expired" || !bytes.Contains(a.body, []byte("<X-Amz-Expires>")) || !bytes.Contains(a.body, []byte("<ServerTime>")) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	bare(t, "GET", s.presignAt(t, keys, "GET", "/tampered/key", "60", now.Add(2*time.Hour)), "").fails(t, 403, "AccessDenied")
	bare(t, "GET", s.presignAt(t, keys, "GET", "/tampered/key", "604800", now.Add(-167*time.Hour)), "").succeeds(t, 200)
}

// TestPresignedByASession carries the session's token in the URL.
func TestPresignedByASession(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	w := newWorld(t, s)
	c := s.s3(s.profileKeys("green"))
	makeBucket(t, c, "by-session")
	putText(t, c, "by-session", "key", "text")
	w.user("green", "ann")
	w.aws("green", "iam", "put-user-policy", "--user-name", "ann-{n}", "--policy-name", "p", "--policy-document", policyJSON(allow(`"s3:GetObject"`, `"*"`))).ok(w)
	var out struct{ Credentials credentials }
	w.aws("ann", "sts", "get-session-token").decode(w, &out)
	get := must(s3.NewPresignClient(s.s3(out.Credentials)).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("by-session"), Key: aws.String("key")}))(t)
	if a := bare(t, "GET", get.URL, "").succeeds(t, 200); string(a.body) != "text" {
		t.Errorf("the URL gives %q", a.body)
	}
	u := must(url.Parse(get.URL))(t)
	q := u.Query()
	q.Del("X-Amz-Security-Token")
	u.RawQuery = q.Encode()
	bare(t, "GET", u.String(), "").fails(t, 403, "InvalidAccessKeyId")
	w.aws("green", "iam", "delete-user-policy", "--user-name", "ann-{n}", "--policy-name", "p").ok(w)
	bare(t, "GET", get.URL, "").fails(t, 403, "AccessDenied")
}
