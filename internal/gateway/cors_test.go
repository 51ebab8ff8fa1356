package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// browse sends an unsigned request as a browser does, to a host or, where that is
// empty, to the server's address, and follows no redirect.
func (w *world) browse(host, method, path string, header ...string) (*http.Response, string) {
	w.Helper()
	req := w.request(method, path, "")
	if host != "" {
		req.Host = host
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return w.roundTrip(req)
}

const corsRules = `<CORSConfiguration>
<CORSRule><AllowedOrigin>http://*.app.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>` +
	`<AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>Content-Type</AllowedHeader>` +
	`<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>
<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>
</CORSConfiguration>`

// corsWorld is a world with a bucket that has the rules.
func corsWorld(t *testing.T) *world {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	w.want(200, "")(w.s3(w.green, "PUT", "/other-bucket", ""))
	w.want(400, "Missing required header for this request: Content-MD5")(w.s3(w.green, "PUT", "/green-bucket?cors", corsRules))
	w.want(404, "NoSuchCORSConfiguration")(w.s3(w.green, "GET", "/green-bucket?cors", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?cors", corsRules, "X-Amz-Checksum-Crc32", crc32Of(corsRules)))
	w.want(200, "<CORSConfiguration")(w.s3(w.green, "GET", "/green-bucket?cors", ""))
	return w
}

func TestPreflight(t *testing.T) {
	w := corsWorld(t)
	const vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
	for name, c := range map[string]struct {
		host, path, origin, method, headers string
		status                              int
		want                                string // of the answer's headers, or a piece of the body
	}{
		"granted":        {"", "/green-bucket/k", "http://a.app.test", "PUT", "", 200, "http://a.app.test|PUT, GET||ETag, x-amz-request-id|600|true|" + vary},
		"headers":        {"", "/green-bucket/k", "http://a.app.test", "PUT", "Content-Type,X-Amz-Date, x-amz-acl", 200, "http://a.app.test|PUT, GET|content-type, x-amz-date, x-amz-acl|ETag, x-amz-request-id|600|true|" + vary},
		"bucket":         {"", "/green-bucket", "http://a.app.test", "PUT", "", 200, "http://a.app.test|PUT, GET||ETag, x-amz-request-id|600|true|" + vary},
		"virtual host":   {"green-bucket.s3.test", "/none", "http://a.app.test", "GET", "", 200, "http://a.app.test|PUT, GET||ETag, x-amz-request-id|600|true|" + vary},
		"presigned":      {"", "/green-bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA/20260101/us-east-1/s3/aws4_request&X-Amz-Signature=0", "http://a.app.test", "PUT", "", 200, "http://a.app.test|"},
		"anybody":        {"", "/green-bucket/k", "null", "GET", "", 200, "*|GET|||||" + vary},
		"header refused": {"", "/green-bucket/k", "http://a.app.test", "PUT", "authorization", 403, "<Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed."},
		"method refused": {"", "/green-bucket/k", "http://a.app.test", "DELETE", "", 403, "<Method>DELETE</Method><ResourceType>OBJECT</ResourceType>"},
		"origin refused": {"", "/green-bucket", "http://b.test", "PUT", "", 403, "<Method>PUT</Method><ResourceType>BUCKET</ResourceType>"},
		"no rules":       {"", "/other-bucket/k", "http://a.app.test", "PUT", "", 403, "<Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message><Method>PUT</Method><ResourceType>OBJECT</ResourceType>"},
		"no bucket":      {"", "/no-such-bucket/k", "http://a.app.test", "PUT", "", 403, "<Message>CORSResponse: Bucket not found</Message><Method>PUT</Method><ResourceType>BUCKET</ResourceType>"},
		"no name":        {"", "/", "http://a.app.test", "GET", "", 403, "<Message>CORSResponse: Bucket not found</Message>"},
		"no origin":      {"", "/green-bucket/k", "", "PUT", "", 400, "<Code>BadRequest</Code><Message>Insufficient information. Origin request header needed.</Message>"},
		"no method":      {"", "/green-bucket/k", "http://a.app.test", "", "", 400, "<Code>BadRequest</Code><Message>Invalid Access-Control-Request-Method: null</Message>"},
		"bad method":     {"", "/green-bucket/k", "http://a.app.test", "PATCH", "", 400, "Invalid Access-Control-Request-Method: PATCH"},
		"bad path":       {"", "/green-bucket/%ff", "http://a.app.test", "GET", "", 400, "<Code>InvalidURI</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			var header []string
			for name, v := range map[string]string{"Origin": c.origin, "Access-Control-Request-Method": c.method, "Access-Control-Request-Headers": c.headers} {
				if v != "" {
					header = append(header, name, v)
				}
			}
			resp, body := w.browse(c.host, "OPTIONS", c.path, header...)
			if c.status == 200 {
				body = grantOf(resp)
			} else if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("refused, but allows %s", got)
			}
			if resp.StatusCode != c.status || !strings.HasPrefix(body, c.want) && (c.status == 200 || !strings.Contains(body, c.want)) {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
}

// grantOf is the headers of CORS in one line.
func grantOf(resp *http.Response) string {
	var all []string
	for _, name := range []string{"Allow-Origin", "Allow-Methods", "Allow-Headers", "Expose-Headers", "Max-Age", "Allow-Credentials"} {
		all = append(all, resp.Header.Get("Access-Control-"+name))
	}
	return strings.Join(append(all, resp.Header.Get("Vary")), "|")
}

// TestCORSHeaders: answers and refusals alike tell a page what it may see.
func TestCORSHeaders(t *testing.T) {
	w := corsWorld(t)
	signed := func(method, path, origin string) (*http.Response, string) {
		req := w.request(method, path, "")
		req.Header.Set("Origin", origin)
		sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
		return w.roundTrip(req)
	}
	const mine = "http://a.app.test|PUT, GET||ETag, x-amz-request-id|600|true|Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
	const nothing = "||||||"
	for _, c := range []struct {
		method, path, origin string
		status               int
		grant                string
	}{
		{"GET", "/green-bucket/k", "http://a.app.test", 200, mine},
		{"PUT", "/green-bucket/new", "http://a.app.test", 200, mine},
		{"GET", "/green-bucket/missing", "http://a.app.test", 404, mine},
		{"GET", "/green-bucket/k", "http://b.test", 200, "*|GET|||||Origin, Access-Control-Request-Headers, Access-Control-Request-Method"},
		{"HEAD", "/green-bucket/k", "http://a.app.test", 200, nothing},
		{"DELETE", "/green-bucket/k", "http://a.app.test", 204, nothing},
		{"GET", "/other-bucket", "http://a.app.test", 200, nothing},
		{"GET", "/missing-bucket", "http://a.app.test", 404, nothing},
		{"GET", "/", "http://a.app.test", 200, nothing},
	} {
		resp, body := signed(c.method, c.path, c.origin)
		if got := grantOf(resp); resp.StatusCode != c.status || got != c.grant {
			t.Errorf("%s %s from %s: %d %s\n%s", c.method, c.path, c.origin, resp.StatusCode, got, body)
		}
	}
	if resp, _ := w.browse("green-bucket.s3.test", "GET", "/k", "Origin", "http://a.app.test"); resp.StatusCode != 403 || grantOf(resp) != mine {
		t.Errorf("anonymous: %d %s", resp.StatusCode, grantOf(resp))
	}
	if resp, _ := w.browse("", "GET", "/green-bucket/k", "Origin", "http://a.app.test", "Authorization", "AWS4-HMAC-SHA256 junk"); resp.StatusCode != 400 || grantOf(resp) != mine {
		t.Errorf("a bad signature: %d %s", resp.StatusCode, grantOf(resp))
	}
	if resp, _ := w.browse("", "GET", "/green-bucket/k"); grantOf(resp) != nothing {
		t.Errorf("no origin: %s", grantOf(resp))
	}
	// The preflights and pages of other services are no bucket's.
	if resp, _ := w.browse("", "POST", "/?Action=GetCallerIdentity&Version=2011-06-15", "Origin", "http://a.app.test"); grantOf(resp) != nothing {
		t.Errorf("STS: %s", grantOf(resp))
	}
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?cors", ""))
	if resp, _ := signed("GET", "/green-bucket/new", "http://a.app.test"); grantOf(resp) != nothing {
		t.Errorf("after the rules were deleted: %s", grantOf(resp))
	}
}
