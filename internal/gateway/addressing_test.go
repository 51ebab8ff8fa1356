package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
)

// at sends a signed request to a host.
func (w *world) at(host, method, path string, header ...string) (*http.Response, string) {
	w.Helper()
	req := w.request(method, path, "")
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
	return w.roundTrip(req)
}

// TestEndpointsBelowADomain: the names that AWS gives S3's endpoints are
// endpoints, and buckets have their hosts below each of them.
func TestEndpointsBelowADomain(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/dots.in.name", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/dots.in.name/k", "text"))
	for _, endpoint := range []string{"s3.test", "S3.TEST.", "s3.test:80", "s3.s3.test", "s3.us-east-1.s3.test", "s3-us-east-1.s3.test",
		"s3.dualstack.us-east-1.s3.test", "localhost", "s3.localhost:4566", "s3.us-east-1.localhost"} {
		if resp, body := w.at(endpoint, "GET", "/dots.in.name/k"); resp.StatusCode != 200 || body != "text" {
			t.Errorf("%s: %d %s", endpoint, resp.StatusCode, body)
		}
		if resp, body := w.at(endpoint, "GET", "/"); resp.StatusCode != 200 || !strings.Contains(body, "<ListAllMyBucketsResult") {
			t.Errorf("%s: %d %s", endpoint, resp.StatusCode, body)
		}
		if resp, body := w.at("dots.in.name."+endpoint, "GET", "/k"); resp.StatusCode != 200 || body != "text" {
			t.Errorf("dots.in.name.%s: %d %s", endpoint, resp.StatusCode, body)
		}
		if resp, body := w.at("dots.in.name."+endpoint, "GET", "/?location"); resp.StatusCode != 200 || !strings.Contains(body, "<LocationConstraint") {
			t.Errorf("dots.in.name.%s: %d %s", endpoint, resp.StatusCode, body)
		}
	}
	// A listing that speaks of an Action is no call of the Query protocol.
	req := w.request("GET", "/?prefix=Action=", "")
	req.Host = "dots.in.name.s3.test"
	w.want(403, "<Code>AccessDenied</Code>")(w.send(req))
	req = w.request("GET", "/?Action=x&Version=2011-06-15", "")
	req.Host = "dots.in.name.s3.test"
	w.want(403, "<Code>AccessDenied</Code>")(w.send(req))
}

// TestS3ControlHosts: AWS's clients put the account before S3 Control's endpoint.
func TestS3ControlHosts(t *testing.T) {
	w := newWorld(t)
	for _, host := range []string{"127.0.0.1", "localhost", w.green.ID + ".localhost:4566", w.green.ID + ".s3.test",
		w.green.ID + ".s3-control.us-east-1.s3.test", "s3-control.us-east-1.s3.test"} {
		resp, body := w.at(host, "GET", "/v20180820/configuration/publicAccessBlock", "X-Amz-Account-Id", w.green.ID)
		if resp.StatusCode != 404 || !strings.Contains(body, "<Code>NoSuchPublicAccessBlockConfiguration</Code>") {
			t.Errorf("%s: %d %s", host, resp.StatusCode, body)
		}
	}
}

// TestAnotherRegion: what is signed for another region is told which one it is.
func TestAnotherRegion(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	for _, tt := range []struct{ method, path, region string }{
		{"GET", "/green-bucket/k", "eu-west-1"}, {"HEAD", "/green-bucket", "eu-west-1"}, {"GET", "/green-bucket", "aws-global"}, {"GET", "/", "eu-west-1"},
	} {
		for _, presigned := range []bool{false, true} {
			req := w.request(tt.method, tt.path, "")
			if presigned {
				sigv4.Presign(req, w.green.credentials(), tt.region, "s3", time.Minute, time.Now())
			} else {
				sigv4.Sign(req, w.green.credentials(), tt.region, "s3", sigv4.HashPayload(nil), time.Now())
			}
			resp, body := w.roundTrip(req)
			text := "<Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region '" + tt.region + "' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region>"
			if presigned {
				text = "<Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the region '" + tt.region + "' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region>"
			}
			if tt.method == "HEAD" {
				text = ""
			}
			region := resp.Header.Get("X-Amz-Bucket-Region")
			if resp.StatusCode != 400 || !strings.Contains(strings.ReplaceAll(body, "&#39;", "'"), text) || (region == "us-east-1") != (tt.path != "/") {
				t.Errorf("%s %s for %s: %d %s %v", tt.method, tt.path, tt.region, resp.StatusCode, body, resp.Header)
			}
		}
	}
}

// TestExpectedBucketOwner: every operation on a bucket looks at it.
func TestExpectedBucketOwner(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	tried := 0
	for _, op := range w.g.s3.api.Operations {
		expects := false
		for _, m := range w.g.s3.api.Shape(op.Input).Members {
			expects = expects || m.Location == wire.InHeader && m.WireName() == "x-amz-expected-bucket-owner"
		}
		if !expects || !op.Implemented(w.g.s3.impl) || op.Name == "PostObject" {
			continue
		}
		tried++
		path, body, header := plainRequest(w.g.s3.api, op)
		for i := range header {
			header[i] = strings.Replace(header[i], "blue-bucket/mine", "green-bucket/dir/k", 1)
		}
		for owner, want := range map[string]int{w.blue.ID: 403, "0000": 400, w.green.ID + "1": 400, "aa000000000$": 400} {
			status, answer := w.as(root, op.Method, path, body, append(header, "X-Amz-Expected-Bucket-Owner", owner)...)
			code := map[int]string{403: "<Code>AccessDenied</Code>", 400: "<Code>InvalidBucketOwnerAWSAccountID</Code>"}[want]
			if strings.HasPrefix(op.Name, "Put") && strings.HasSuffix(op.Name, "Acl") && want == 403 && strings.Contains(answer, "<Code>AccessControlListNotSupported</Code>") {
				continue // which is said first
			}
			if status != want || op.Method != "HEAD" && !strings.Contains(answer, code) {
				t.Errorf("%s with %s: %d %s", op.Name, owner, status, answer)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d operations expect an owner", tried)
	}
	w.want(403, "Access Denied")(w.as(root, "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "/green-bucket/dir/k", "X-Amz-Source-Expected-Bucket-Owner", w.blue.ID))
	w.want(400, "InvalidBucketOwnerAWSAccountID")(w.as(root, "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "/green-bucket/dir/k", "X-Amz-Source-Expected-Bucket-Owner", "x"))
	w.intact()
	w.want(200, "")(w.as(root, "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "/green-bucket/dir/k", "X-Amz-Source-Expected-Bucket-Owner", w.green.ID, "X-Amz-Expected-Bucket-Owner", w.green.ID))
}

// TestWhatARequestMustSay: dates, lengths and digests that are missing or wrong.
func TestWhatARequestMustSay(t *testing.T) {
	w := hunted(t)
	signedAt := func(at time.Time) (int, string) {
		req := w.request("GET", "/green-bucket/dir/k", "")
		sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), at)
		return w.send(req)
	}
	w.want(200, secret)(signedAt(time.Now().Add(-14 * time.Minute)))
	w.want(403, "<Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message>")(signedAt(time.Now().Add(-16 * time.Minute)))
	w.want(403, "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>")(signedAt(time.Now().Add(16 * time.Minute)))
	w.want(403, "<Code>RequestTimeTooSkewed</Code>")(signedAt(time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)))
	edited := func(edit func(*http.Request), more ...string) (int, string) {
		req := w.request("PUT", "/green-bucket/new", "text")
		for i := 0; i < len(more); i += 2 {
			req.Header[more[i]] = []string{more[i+1]}
		}
		sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload([]byte("text")), time.Now())
		edit(req)
		return w.send(req)
	}
	as := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	without := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	keep := func(*http.Request) {}
	const date = "<Code>AccessDenied</Code><Message>AWS authentication requires a valid Date or x-amz-date header</Message>"
	w.want(403, date)(edited(without("X-Amz-Date")))
	w.want(403, date)(edited(as("X-Amz-Date", "")))
	w.want(403, date)(edited(as("X-Amz-Date", "yesterday")))
	w.want(403, "<Code>AccessDenied</Code>")(edited(without("Authorization")))
	w.want(400, "one and only one ' ' (space) required")(edited(as("Authorization", "AWS4-HMAC-SHA256")))
	w.want(400, "<Message>Unsupported Authorization Type</Message>")(edited(as("Authorization", "Basic dXNlcjpwYXNz")))
	w.want(400, "the authorization header requires three components")(edited(as("Authorization", "AWS4-HMAC-SHA256 x")))
	w.want(400, "<Message>Missing required header for this request: x-amz-content-sha256</Message>")(edited(without("X-Amz-Content-Sha256")))
	w.want(400, "<Code>XAmzContentSHA256Mismatch</Code>")(edited(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("TEXT")) }))
	w.want(501, "<Header>Transfer-Encoding</Header>")(edited(func(r *http.Request) { r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader("text")) }))
	for _, digest := range []string{"", "x", "1B2M2Y8AsgTpgAmY7PhCfg", "YWJj"} {
		w.want(400, "<Code>InvalidDigest</Code>")(edited(keep, "Content-Md5", digest))
	}
	w.want(400, "<Code>BadDigest</Code>")(edited(keep, "Content-Md5", "1B2M2Y8AsgTpgAmY7PhCfg=="))
	w.intact()
	// A client that waits for leave is refused before it sends anything.
	waits := &http.Transport{ExpectContinueTimeout: time.Minute}
	sent := false
	req := w.request("PUT", "/green-bucket/new", "")
	req.Body, req.ContentLength = io.NopCloser(readFunc(func([]byte) (int, error) { sent = true; return 0, io.EOF })), 4
	req.Header.Set("Expect", "100-continue")
	sigv4.Sign(req, w.blue.credentials(), "us-east-1", "s3", sigv4.HashPayload([]byte("text")), time.Now())
	resp, err := waits.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 || sent {
		t.Errorf("%d, the body was asked for: %v", resp.StatusCode, sent)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
