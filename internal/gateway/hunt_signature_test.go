package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// presigned is a URL that green gave away: request target and host.
func (w *world) presigned(method, path string, header ...string) string {
	w.Helper()
	req := w.request(method, path, "")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	sigv4.Presign(req, w.green.credentials(), "us-east-1", "s3", time.Minute, time.Now())
	return req.URL.RequestURI()
}

// TestPresignedURLsOpenOneDoor: who was given a URL cannot make it do more.
func TestPresignedURLsOpenOneDoor(t *testing.T) {
	w := hunted(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/shown", "for everybody"))
	get := w.presigned("GET", "/green-bucket/dir/shown")
	put := w.presigned("PUT", "/green-bucket/dir/shown")
	copied := w.presigned("PUT", "/green-bucket/dir/copy", "X-Amz-Copy-Source", "green-bucket/dir/shown,x")
	w.want(200, "for everybody")(w.raw(nil, wireRequest{method: "GET", target: get}))
	for name, r := range map[string]wireRequest{
		"another key":              {method: "GET", target: strings.Replace(get, "shown", "k", 1)},
		"another key, escaped":     {method: "GET", target: strings.Replace(get, "shown", "%6B", 1)},
		"another method":           {method: "DELETE", target: get},
		"head for get":             {method: "HEAD", target: get},
		"write for read":           {method: "PUT", target: get, body: "x"},
		"further parameter":        {method: "GET", target: get + "&acl"},
		"parameter before":         {method: "GET", target: strings.Replace(get, "?", "?tagging&", 1)},
		"override":                 {method: "GET", target: get + "&response-content-type=text/html"},
		"longer life":              {method: "GET", target: strings.Replace(get, "X-Amz-Expires=60", "X-Amz-Expires=604800", 1)},
		"second expiry first":      {method: "GET", target: strings.Replace(get, "?", "?X-Amz-Expires=604800&", 1)},
		"second expiry last":       {method: "GET", target: get + "&X-Amz-Expires=604800"},
		"second credential":        {method: "GET", target: get + "&X-Amz-Credential=" + w.blue.AccessKeyID + "%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"},
		"signature in lower case":  {method: "GET", target: strings.Replace(get, "X-Amz-Signature=", "x-amz-signature=", 1)},
		"token added":              {method: "GET", target: get + "&X-Amz-Security-Token=x"},
		"token added as header":    {method: "GET", target: get, unsigned: []string{"X-Amz-Security-Token", "x"}},
		"header as parameter":      {method: "PUT", target: put + "&x-amz-acl=public-read", body: "x"},
		"copy source as parameter": {method: "PUT", target: put + "&x-amz-copy-source=green-bucket/dir/k"},
		"copy source as header":    {method: "PUT", target: put, unsigned: []string{"X-Amz-Copy-Source", "green-bucket/dir/k"}},
		"acl as header":            {method: "PUT", target: put, unsigned: []string{"X-Amz-Acl", "bucket-owner-full-control"}, body: "x"},
		"tags as header":           {method: "PUT", target: put, unsigned: []string{"X-Amz-Tagging", "class=public"}, body: "x"},
		"metadata as header":       {method: "PUT", target: put, unsigned: []string{"x-amz-meta-a", "b"}, body: "x"},
		"own signature beside":     {method: "GET", target: get, unsigned: []string{"Authorization", "AWS4-HMAC-SHA256 Credential=x"}},
		"virtual host":             {method: "GET", target: strings.Replace(get, "/green-bucket", "", 1), host: "green-bucket.s3.test"},
		"split signed header":      {method: "PUT", target: copied, unsigned: []string{"X-Amz-Copy-Source", "green-bucket/dir/shown", "X-Amz-Copy-Source", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := w.raw(nil, r)
			if status < 400 || status >= 500 || strings.Contains(body, secret) || strings.Contains(body, "for everybody") {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	w.want(200, "for everybody")(w.s3(w.green, "GET", "/green-bucket/dir/shown", ""))
}

// TestSignedParametersCountOnce: what is said twice is read once, the same way by
// the check and the handler.
func TestSignedParametersCountOnce(t *testing.T) {
	w := hunted(t)
	within := w.user(w.green, "within", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket",
		"Resource":"*","Condition":{"StringLike":{"s3:prefix":"open/*"}}},{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::green-bucket/open/*"}]}`)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/open/o", "open"))
	for query, want := range map[string]int{
		"prefix=open/":                                    200,
		"list-type=2&prefix=open/":                        200,
		"prefix=open%2F&prefix=dir%2F":                    200, // the first counts
		"prefix=dir%2F&prefix=open%2F":                    403,
		"list-type=2&prefix=dir/&prefix=open/":            403,
		"list-type=1&prefix=dir/":                         403,
		"":                                                403,
		"prefix=":                                         403,
		"list-type=2&Prefix=open/":                        403,
		"list-type=2&PREFIX=open/&delimiter=/":            403,
		"list-type=2&start-after=open/":                   403,
		"list-type=2&delimiter=open/":                     403,
		"prefix=open/&marker=dir/":                        200,
		"prefix=open/&marker=zzz":                         200,
		"prefix=OPEN/":                                    403,
		"prefix=open%252F":                                403,
		"prefix=open/&encoding-type=url":                  200,
		"versions&prefix=open/":                           403,
		"uploads&prefix=open/":                            403,
		"list-type=2&list-type=1&prefix=open/":            200,
		"prefix=open/%2A":                                 200, // a star is no wildcard in a request
		"list-type=2&prefix=open/..%2Fdir":                200,
		"list-type=2&prefix=open/&start-after=dir%2F%00":  200,
		"list-type=2&prefix=open/&continuation-token=zzz": 400,
	} {
		status, body := w.as(within, "GET", "/green-bucket?"+query, "")
		if status != want || strings.Contains(body, "<Key>dir") || strings.Contains(body, "<Prefix>dir") && status == 200 {
			t.Errorf("?%s: %d %s", query, status, body)
		}
	}
	// Headers that are there but empty still ask for their permission.
	for _, header := range []string{"X-Amz-Acl", "X-Amz-Tagging", "X-Amz-Grant-Read", "X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Legal-Hold"} {
		for _, c := range []struct {
			method, path, body string
			header             []string
		}{
			{"PUT", "/green-bucket/open/p", "x", []string{header, ""}},
			{"PUT", "/green-bucket/open/p?" + strings.ToLower(header) + "=", "x", nil},
			{"POST", "/green-bucket/open/p?uploads", "", []string{header, ""}},
			{"PUT", "/green-bucket/open/p", "", []string{header, "", "X-Amz-Copy-Source", "green-bucket/open/o"}},
		} {
			if status, body := w.as(within, c.method, c.path, c.body, c.header...); status != 403 && status != 400 {
				t.Errorf("%s %s with an empty %s: %d %s", c.method, c.path, header, status, body)
			}
		}
	}
	// An empty version id asks for the version's permission.
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		if status, body := w.as(within, method, "/green-bucket/open/o?versionId=", ""); status != 403 {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
	w.want(200, secret)(w.s3(w.green, "GET", "/green-bucket/dir/k", ""))
}

// TestChunksAreNotLoosened: a body in chunks is what its head says it is, or
// nothing is stored.
func TestChunksAreNotLoosened(t *testing.T) {
	w := hunted(t)
	const signed, trailer, unsigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	zeros := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		payload, body string
		header        []string
	}{
		"unsigned chunks where signed are announced":  {signed, "4\r\nevil\r\n0\r\n\r\n", nil},
		"wrong chunk signature":                       {signed, "4;chunk-signature=" + zeros + "\r\nevil\r\n0;chunk-signature=" + zeros + "\r\n\r\n", nil},
		"no last chunk":                               {unsigned, "4\r\nevil\r\n", nil},
		"cut in the chunk":                            {unsigned, "4\r\nev", nil},
		"less than announced":                         {unsigned, "2\r\nev\r\n0\r\n\r\n", nil},
		"more than announced":                         {unsigned, "8\r\nevilevil\r\n0\r\n\r\n", nil},
		"bytes after the end":                         {unsigned, "4\r\nevil\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", nil},
		"unsigned trailer where a signed is promised": {trailer, "4;chunk-signature=" + zeros + "\r\nevil\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", []string{"x-amz-trailer", "x-amz-checksum-crc32"}},
		"trailer that was not announced":              {unsigned, "4\r\nevil\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", nil},
		"announced trailer missing":                   {unsigned, "4\r\nevil\r\n0\r\n\r\n", []string{"x-amz-trailer", "x-amz-checksum-crc32"}},
		"negative size":                               {unsigned, "-4\r\nevil\r\n0\r\n\r\n", nil},
		"enormous size":                               {unsigned, "fffffffffffffffff\r\nevil\r\n0\r\n\r\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			header := append([]string{"x-amz-decoded-content-length", "4", "content-encoding", "aws-chunked"}, c.header...)
			status, body := w.raw(w.green, wireRequest{method: "PUT", target: "/green-bucket/dir/k", body: c.body, payload: c.payload, header: header})
			if status < 400 || status >= 500 {
				t.Errorf("%d %s", status, body)
			}
			w.intact()
		})
	}
}

// TestTrailersAreNoHeaders: what comes after an unsigned body sets nothing.
func TestTrailersAreNoHeaders(t *testing.T) {
	w := hunted(t)
	w.raw(w.green, wireRequest{
		method: "PUT", target: "/green-bucket/dir/k", payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		body:   "4\r\nmore\r\n0\r\nx-amz-tagging:class=public\r\n\r\n",
		header: []string{"x-amz-decoded-content-length", "4", "x-amz-trailer", "x-amz-tagging"},
	})
	if _, tags := w.s3(w.green, "GET", "/green-bucket/dir/k?tagging", ""); strings.Contains(tags, "public") {
		t.Error(tags)
	}
}

// TestSmuggling: two readings of where a request ends let nothing through.
func TestSmuggling(t *testing.T) {
	w := hunted(t)
	inner := "GET /green-bucket/dir/k HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, head := range map[string]string{
		"two lengths":                "Content-Length: 0\r\nContent-Length: 52\r\n",
		"length and chunked":         "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
		"strange coding":             "Transfer-Encoding: xchunked\r\n",
		"two codings":                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"space before colon":         "Content-Length : 52\r\n",
		"signed length, plus":        "Content-Length: +52\r\n",
		"second host":                "Host: green-bucket.s3.test\r\n",
		"folded header":              "X-A: b\r\n Authorization: c\r\n",
		"name with a space":          "X-Amz Acl: public-read\r\n",
		"line end in a header value": "X-A: b\rX-Amz-Acl: public-read\r\n",
	} {
		status, body := w.sendBytes("PUT /green-bucket/dir/k HTTP/1.1\r\nHost: localhost\r\n" + head + "\r\n" + inner)
		if status >= 200 && status < 300 || status >= 500 && status != http.StatusNotImplemented || strings.Contains(body, secret) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.intact()
}
