package gateway

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

const siteHost = "green-bucket.s3-website.s3.test"

// siteWorld is a world with a bucket that is a website and open to all who get
// objects whose keys do not begin with "secret".
func siteWorld(t *testing.T) *world {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?publicAccessBlock", ""))
	for key, text := range map[string]string{
		"index.html": "home", "error.html": "the error document", "dir/index.html": "dir home", "page": "a page", "secret.html": secret,
		"secret/index.html": secret, "/odd/index.html": "odd", "moved": "old", "away": "old",
	} {
		header := []string{"Content-Type", "text/html"}
		switch key {
		case "moved":
			header = append(header, "X-Amz-Website-Redirect-Location", "/page")
		case "away":
			header = append(header, "X-Amz-Website-Redirect-Location", "https://example.com/x?y#z")
		}
		w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/"+key, text, header...))
	}
	w.open(false)
	return w
}

// open lets everybody get objects and, with list, list them.
func (w *world) open(list bool) {
	w.Helper()
	statements := `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}` +
		`,{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/secret*"}`
	if list {
		statements += `,{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::green-bucket"}`
	}
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[`+statements+`]}`))
}

func (w *world) site(config string) {
	w.Helper()
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?website", "<WebsiteConfiguration>"+config+"</WebsiteConfiguration>"))
}

const indexed = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"

// visit is what a visitor of the website sees, with where it is sent.
func (w *world) visit(method, path string, header ...string) (status int, location, body string, resp *http.Response) {
	w.Helper()
	resp, body = w.browse(siteHost, method, path, header...)
	return resp.StatusCode, resp.Header.Get("Location"), body, resp
}

type visit struct {
	path     string
	status   int
	location string
	body     string
}

func (w *world) visits(list ...visit) {
	w.Helper()
	for _, v := range list {
		status, location, body, resp := w.visit("GET", v.path)
		if status != v.status || location != v.location || !strings.Contains(body, v.body) {
			w.Errorf("GET %s: %d %q %s", v.path, status, location, body)
		}
		if strings.Contains(body, secret) || strings.Contains(body, "<?xml") {
			w.Errorf("GET %s: %s", v.path, body)
		}
		if resp.Header.Get("X-Amz-Request-Id") == "" {
			w.Errorf("GET %s has no id", v.path)
		}
		headed, headLocation, nothing, head := w.visit("HEAD", v.path)
		if headed != status || headLocation != location || nothing != "" || head.Header.Get("Content-Type") != resp.Header.Get("Content-Type") {
			w.Errorf("HEAD %s: %d %q %q", v.path, headed, headLocation, nothing)
		}
	}
}

func TestWebsite(t *testing.T) {
	w := siteWorld(t)
	w.visits(visit{"/", 404, "", "<li>Code: NoSuchWebsiteConfiguration</li>\n<li>Message: The specified bucket does not have a website configuration</li>\n<li>BucketName: green-bucket</li>"})
	w.site(indexed)
	common := []visit{
		{"/", 200, "", "home"}, {"/index.html", 200, "", "home"}, {"/dir/", 200, "", "dir home"}, {"/page", 200, "", "a page"},
		{"/page?versionId=x&response-content-type=text/plain&acl", 200, "", "a page"},
		{"/dir", 302, "/dir/", "<li>Code: Found</li>"}, {"//odd", 302, "/%2Fodd/", ""}, {"/%2Fodd/", 200, "", "odd"},
		{"/moved", 301, "/page", ""}, {"/away", 301, "https://example.com/x?y#z", ""},
		{"/secret.html", 403, "", "<title>403 Forbidden</title>"}, {"/secret/", 403, "", "<li>Code: AccessDenied</li>"}, {"/secret", 403, "", "<li>Message: Access Denied</li>"},
	}
	w.visits(common...)
	// Who may not list is not told what is missing.
	w.visits(visit{"/missing", 403, "", "<li>Code: AccessDenied</li>"}, visit{"/nodir/", 403, "", ""})
	w.open(true)
	w.visits(common...)
	w.visits(visit{"/missing%3Cb%3E", 404, "", "<li>Code: NoSuchKey</li>\n<li>Message: The specified key does not exist.</li>\n<li>Key: missing&lt;b&gt;</li>"},
		visit{"/nodir/", 404, "", "<li>Key: nodir/index.html</li>"}, visit{"/dir/none", 404, "", "<title>404 Not Found</title>"})
	_, _, _, resp := w.visit("GET", "/missing")
	if resp.Header.Get("Content-Type") != "text/html; charset=utf-8" || resp.Header.Get("X-Amz-Error-Code") != "NoSuchKey" ||
		resp.Header.Get("X-Amz-Error-Detail-Key") != "missing" {
		t.Errorf("%v", resp.Header)
	}
	for _, host := range []string{"green-bucket.s3-website-us-east-1.s3.test", "green-bucket.s3-website.us-east-1.s3.test:80", "GREEN-BUCKET.s3-website.localhost"} {
		if resp, body := w.browse(host, "GET", "/"); resp.StatusCode != 200 || body != "home" {
			t.Errorf("%s: %d %s", host, resp.StatusCode, body)
		}
	}
	if resp, body := w.browse("nothing.s3-website.s3.test", "GET", "/"); resp.StatusCode != 404 || !strings.Contains(body, "<li>Code: NoSuchBucket</li>") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?website", ""))
	w.visits(visit{"/", 404, "", "NoSuchWebsiteConfiguration"})
}

// TestWebsiteIsForAnybody: a signature, other methods and the headers of the API
// lead nowhere.
func TestWebsiteIsForAnybody(t *testing.T) {
	w := siteWorld(t)
	w.site(indexed)
	for _, path := range []string{"/secret.html", "/secret/", "/secret"} {
		status, body := w.raw(w.green, wireRequest{method: "GET", target: path, host: siteHost})
		if status != 403 || strings.Contains(body, secret) {
			t.Errorf("signed: %d %s", status, body)
		}
	}
	for _, target := range []string{"/?list-type=2", "/?policy", "/?acl", "/?uploads", "/?versions"} {
		if status, body := w.raw(w.green, wireRequest{method: "GET", target: target, host: siteHost}); status != 200 || body != "home" {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
	for _, method := range []string{"PUT", "POST", "DELETE", "PATCH", "TRACE", "BREW"} {
		status, body := w.raw(w.green, wireRequest{method: method, target: "/page", host: siteHost, body: "Action=ListUsers&Version=2010-05-08",
			header: []string{"Content-Type", "application/x-www-form-urlencoded", "X-Amz-Copy-Source", "green-bucket/secret.html"}})
		if status != 405 || !strings.Contains(body, "<li>Code: MethodNotAllowed</li>") || !strings.Contains(body, "<li>Method: "+method+"</li>") {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
	if status, body := w.raw(nil, wireRequest{method: "GET", target: "/%ff", host: siteHost}); status != 400 || !strings.Contains(body, "<li>Code: InvalidURI</li>") {
		t.Errorf("%d %s", status, body)
	}
	// The settings that shut a bucket to the public shut its website.
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?publicAccessBlock", "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"))
	w.visits(visit{"/", 403, "", "AccessDenied"}, visit{"/dir", 403, "", ""}, visit{"/moved", 403, "", ""})
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?publicAccessBlock", ""))
	w.visits(visit{"/", 200, "", "home"})
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"))
	w.visits(visit{"/", 403, "", "<li>Code: AccessDenied</li>"})
	if status, _, _, _ := w.visit("GET", "/", "X-Amz-Request-Payer", "requester"); status != 403 {
		t.Errorf("who says that it pays: %d", status)
	}
}

func TestWebsiteConditionsAndRanges(t *testing.T) {
	w := siteWorld(t)
	w.site(indexed + "<ErrorDocument><Key>error.html</Key></ErrorDocument>")
	_, _, _, resp := w.visit("GET", "/page")
	etag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	for _, c := range []struct {
		name, value string
		status      int
		body        string
	}{
		{"If-None-Match", etag, 304, ""}, {"If-Modified-Since", modified, 304, ""}, {"If-None-Match", `"x"`, 200, "a page"},
		{"If-Match", `"x"`, 412, "the error document"}, {"Range", "bytes=2-3", 206, "pa"}, {"Range", "bytes=9-", 416, "the error document"},
	} {
		status, _, body, resp := w.visit("GET", "/page", c.name, c.value)
		if status != c.status || body != c.body {
			t.Errorf("%s %s: %d %q", c.name, c.value, status, body)
		}
		if status == 206 && resp.Header.Get("Content-Range") != "bytes 2-3/6" || status == 304 && resp.Header.Get("ETag") != etag {
			t.Errorf("%v", resp.Header)
		}
	}
	if _, _, body, resp := w.visit("GET", "/missing", "If-None-Match", "*", "Range", "bytes=0-1"); resp.StatusCode != 403 || body != "the error document" {
		t.Errorf("the conditions are not the error document's: %d %s", resp.StatusCode, body)
	}
}

func TestWebsiteErrorDocument(t *testing.T) {
	w := siteWorld(t)
	w.open(true)
	w.site(indexed + "<ErrorDocument><Key>error.html</Key></ErrorDocument>")
	w.visits(visit{"/missing", 404, "", "the error document"}, visit{"/secret.html", 403, "", "the error document"}, visit{"/dir", 302, "/dir/", ""})
	_, _, _, resp := w.visit("GET", "/missing")
	if resp.Header.Get("Content-Type") != "text/html" || resp.Header.Get("X-Amz-Error-Code") != "NoSuchKey" || resp.ContentLength != 18 {
		t.Errorf("%v", resp.Header)
	}
	const also = "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n<li>Code: "
	w.site(indexed + "<ErrorDocument><Key>none.html</Key></ErrorDocument>")
	w.visits(visit{"/missing", 404, "", also + "NoSuchKey</li>"})
	w.site(indexed + "<ErrorDocument><Key>secret.html</Key></ErrorDocument>")
	w.visits(visit{"/missing", 404, "", also + "AccessDenied</li>"}, visit{"/secret.html", 403, "", also + "AccessDenied</li>"})
}

func TestWebsiteRedirects(t *testing.T) {
	w := siteWorld(t)
	w.open(true)
	w.site(indexed + "<ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules>" +
		"<RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect></RoutingRule>" +
		"<RoutingRule><Condition><KeyPrefixEquals>app/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><HostName>app.test</HostName><Protocol>https</Protocol><HttpRedirectCode>307</HttpRedirectCode></Redirect></RoutingRule>" +
		"<RoutingRule><Condition><HttpErrorCodeReturnedEquals>403</HttpErrorCodeReturnedEquals></Condition><Redirect><ReplaceKeyWith>login.html</ReplaceKeyWith></Redirect></RoutingRule></RoutingRules>")
	at := "http://" + siteHost
	w.visits(visit{"/docs/a%20b?q=1", 301, at + "/documents/a%20b?q=1", ""}, visit{"/docs/%0d%0aSet-Cookie:%20a=b", 301, at + "/documents/%0D%0ASet-Cookie:%20a=b", ""},
		visit{"/app/x", 307, "https://app.test/app/x", ""}, visit{"/missing", 404, "", "the error document"},
		visit{"/secret.html", 301, at + "/login.html", ""}, visit{"/dir", 302, "/dir/", ""})
	w.site("<RedirectAllRequestsTo><HostName>example.com</HostName></RedirectAllRequestsTo>")
	w.visits(visit{"/", 301, "http://example.com/", ""}, visit{"/secret.html?x", 301, "http://example.com/secret.html?x", ""})
	if _, location, _, _ := w.visit("GET", "/", "X-Forwarded-Proto", "https"); location != "http://example.com/" {
		t.Errorf("anybody's X-Forwarded-Proto is believed: %s", location)
	}
	w.g.trustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if _, location, _, _ := w.visit("GET", "/", "X-Forwarded-Proto", "https"); location != "https://example.com/" {
		t.Errorf("a proxy's X-Forwarded-Proto is not believed: %s", location)
	}
}

func TestWebsiteCORS(t *testing.T) {
	w := siteWorld(t)
	w.site(indexed)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?cors", corsRules, "X-Amz-Checksum-Crc32", crc32Of(corsRules)))
	for _, path := range []string{"/", "/missing", "/dir"} {
		if _, _, _, resp := w.visit("GET", path, "Origin", "http://a.app.test"); resp.Header.Get("Access-Control-Allow-Origin") != "http://a.app.test" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
	if status, _, _, resp := w.visit("OPTIONS", "/", "Origin", "http://a.app.test", "Access-Control-Request-Method", "GET"); status != 200 || resp.Header.Get("Access-Control-Max-Age") != "600" {
		t.Errorf("%d %v", status, resp.Header)
	}
}

func TestAccelerateHost(t *testing.T) {
	w := newWorld(t)
	const host = "green-bucket.s3-accelerate.s3.test"
	get := func(method, target string) (int, string) {
		w.Helper()
		return w.raw(w.green, wireRequest{method: method, target: target, host: host})
	}
	w.want(404, "NoSuchBucket")(get("GET", "/k"))
	w.want(405, "MethodNotAllowed")(get("PUT", "/"))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	w.want(200, "<AccelerateConfiguration")(w.s3(w.green, "GET", "/green-bucket?accelerate", ""))
	w.want(400, "<Code>InvalidRequest</Code><Message>S3 Transfer Acceleration is not configured on this bucket</Message>")(get("GET", "/k"))
	w.want(400, "MalformedXML")(w.s3(w.green, "PUT", "/green-bucket?accelerate", "<AccelerateConfiguration><Status>On</Status></AccelerateConfiguration>"))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?accelerate", "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"))
	w.want(200, "<Status>Enabled</Status>")(w.s3(w.green, "GET", "/green-bucket?accelerate", ""))
	w.want(200, "text")(get("GET", "/k"))
	w.want(200, "")(get("PUT", "/new"))
	w.want(405, "MethodNotAllowed")(get("DELETE", "/"))
	w.want(403, "AccessDenied")(w.raw(nil, wireRequest{method: "GET", target: "/k", host: host}))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?accelerate", "<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>"))
	w.want(400, "S3 Transfer Acceleration is disabled on this bucket")(get("GET", "/k"))
}

func TestPlainHost(t *testing.T) {
	for in, want := range map[string]string{"a.test": "a.test", "a.test:80": "a.test:80", "a.test:8x@evil": "a.test", "a.test:": "a.test", "a.test:99999": "a.test"} {
		if got := plainHost(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
