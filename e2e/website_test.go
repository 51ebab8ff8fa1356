package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// visit sends a browser's request to a host of the server's and follows no
// redirect. Headers come in pairs.
func (s *server) visit(t *testing.T, method, target, host, body string, header ...string) answer {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader([]byte(body))))(t)
	if host != "" {
		req.Host = host
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp := must(http.DefaultTransport.RoundTrip(req))(t)
	defer resp.Body.Close()
	return answer{resp, must(io.ReadAll(resp.Body))(t)}
}

// TestWebsiteWithTheCLI: a website as one makes it with the AWS CLI, and what its
// visitors get.
func TestWebsiteWithTheCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--domain", "s3.example.test")
	c := s.s3(s.profileKeys("green"))
	makeBucket(t, c, "site")
	s.aws("green", "s3", "website", "s3://site/", "--index-document", "index.html", "--error-document", "error.html").ok(t)
	for key, text := range map[string]string{"index.html": "home", "docs/index.html": "docs", "error.html": "sorry", "hidden.html": "hidden"} {
		putText(t, c, "site", key, text)
	}
	s.aws("green", "s3api", "put-object", "--bucket", "site", "--key", "old", "--website-redirect-location", "/docs/").ok(t)
	get := func(path string) answer {
		t.Helper()
		return s.visit(t, "GET", s.endpoint+path, "site.s3-website.s3.example.test", "")
	}
	want := func(path string, status int, location, body string) {
		t.Helper()
		a := get(path)
		if a.StatusCode != status || a.Header.Get("Location") != location || body != "" && string(a.body) != body {
			t.Errorf("GET %s: %d to %q: %s", path, a.StatusCode, a.Header.Get("Location"), a.body)
		}
	}
	if a := get("/"); a.StatusCode != 403 || !bytes.Contains(a.body, []byte("<h1>403 Forbidden</h1>")) {
		t.Errorf("before it is public: %d %s", a.StatusCode, a.body)
	}
	must(c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String("site")}))(t)
	must(c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("site"), Policy: aws.String(policyJSON(
		allowTo(`"*"`, `"s3:GetObject"`, `["arn:aws:s3:::site/*"]`), allowTo(`"*"`, `"s3:ListBucket"`, `"arn:aws:s3:::site"`),
		`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/hidden.html"}`))}))(t)
	want("/", 200, "", "home")
	want("/docs/", 200, "", "docs")
	want("/docs", 302, "/docs/", "")
	want("/old", 301, "/docs/", "")
	want("/none", 404, "", "sorry")
	want("/hidden.html", 403, "", "sorry")
	s.aws("green", "s3api", "put-bucket-website", "--bucket", "site", "--website-configuration",
		`{"RedirectAllRequestsTo":{"HostName":"www.example.test","Protocol":"https"}}`).ok(t)
	want("/a?b", 301, "https://www.example.test/a?b", "")
	s.aws("green", "s3api", "get-bucket-website", "--bucket", "site").ok(t)
	s.aws("green", "s3api", "delete-bucket-website", "--bucket", "site").ok(t)
	s.aws("green", "s3api", "get-bucket-website", "--bucket", "site").refused(t, "(NoSuchWebsiteConfiguration)")
	if a := get("/"); a.StatusCode != 404 || !bytes.Contains(a.body, []byte("<li>Code: NoSuchWebsiteConfiguration</li>")) {
		t.Errorf("after it was one: %d %s", a.StatusCode, a.body)
	}
}

// TestUploadFromAPage: a page of another origin asks whether it may, sends a
// presigned upload and reads the answer.
func TestUploadFromAPage(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	makeBucket(t, c, "uploads")
	const page = "http://app.example.test"
	s.aws("green", "s3api", "get-bucket-cors", "--bucket", "uploads").refused(t, "(NoSuchCORSConfiguration)")
	s.aws("green", "s3api", "put-bucket-cors", "--bucket", "uploads", "--cors-configuration", `{"CORSRules":[{"AllowedOrigins":["`+page+`"],
		"AllowedMethods":["PUT"],"AllowedHeaders":["content-type"],"ExposeHeaders":["ETag"],"MaxAgeSeconds":60}]}`).ok(t)
	put := must(s3.NewPresignClient(c).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("uploads"), Key: aws.String("a b")}))(t)
	for origin, status := range map[string]int{page: 200, page + ".evil": 403} {
		asked := s.visit(t, "OPTIONS", put.URL, "", "", "Origin", origin, "Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type")
		sent := s.visit(t, "PUT", put.URL, "", "text", "Origin", origin)
		allowed := map[int]string{200: page}[status]
		if asked.StatusCode != status || asked.Header.Get("Access-Control-Allow-Origin") != allowed || asked.Header.Get("Access-Control-Max-Age") != map[int]string{200: "60"}[status] {
			t.Errorf("%s may not ask: %d %v", origin, asked.StatusCode, asked.Header)
		}
		if sent.StatusCode != 200 || sent.Header.Get("Access-Control-Allow-Origin") != allowed {
			t.Errorf("%s: %d %v", origin, sent.StatusCode, sent.Header)
		}
	}
	u := must(url.Parse(put.URL))(t)
	u.RawQuery = ""
	if a := s.visit(t, "PUT", u.String(), "", "text", "Origin", page); a.StatusCode != 403 || a.Header.Get("Access-Control-Expose-Headers") != "ETag" {
		t.Errorf("a refusal is not for the page to read: %d %v", a.StatusCode, a.Header)
	}
	s.aws("green", "s3api", "delete-bucket-cors", "--bucket", "uploads").ok(t)
	if a := s.visit(t, "PUT", put.URL, "", "text", "Origin", page); a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without rules: %d %v", a.StatusCode, a.Header)
	}
}
