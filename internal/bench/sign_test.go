package main

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

var docCredentials = credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

// The GET Object example of the S3 API reference, "Signature Calculations for the
// Authorization Header".
func TestSignDocumentedExample(t *testing.T) {
	s := &signer{credentials: docCredentials}
	r := &request{method: "GET", path: "/test.txt", hash: emptyHash, extra: []header{{"range", "bytes=0-9"}}}
	for range 2 { // the second time with the key and the buffers of the first
		h := string(s.appendHeaders(nil, r, "examplebucket.s3.amazonaws.com", time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)))
		if !strings.Contains(h, "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\r\n") {
			t.Fatal(h)
		}
	}
}

// readSigned returns a signed request as a server reads it.
func readSigned(t testing.TB, r *request, now time.Time) *http.Request {
	t.Helper()
	target := r.path
	if r.query != "" {
		target += "?" + r.query
	}
	raw := []byte(r.method + " " + target + " HTTP/1.1\r\n")
	raw = (&signer{credentials: docCredentials}).appendHeaders(raw, r, "127.0.0.1:9000", now)
	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(raw, "\r\n"...))))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var signedRequests = []*request{
	{method: "GET", path: "/bench/1024-8-0/00000001", hash: emptyHash},
	{method: "GET", path: "/bench", query: "continuation-token=" + escape("a/b+c=d é") + "&list-type=2", hash: emptyHash},
	{method: "PUT", path: "/bench/k", hash: trailerPayload, extra: trailerHeaders(1 << 20)},
}

// Two implementations that share nothing agree.
func TestSignaturesVerifyElsewhere(t *testing.T) {
	now := time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)
	for _, r := range signedRequests {
		req, err := sigv4.Parse(readSigned(t, r, now), sigv4.Rules{Dialect: sigv4.S3, Service: "s3", Regions: []string{region}, Now: now})
		if err != nil {
			t.Fatal(r, err)
		}
		if err := req.Verify(sigv4.NewKey(docCredentials.secret, req.Date, req.Region, req.Service), nil); err != nil {
			t.Error(r, err)
		}
	}
}

func TestEscape(t *testing.T) {
	if got, want := escape("aZ0-_.~/+= é"), "aZ0-_.~%2F%2B%3D%20%C3%A9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkSign(b *testing.B) {
	s := &signer{credentials: docCredentials}
	now := time.Now()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = s.appendHeaders(buf[:0], signedRequests[0], "127.0.0.1:9000", now)
	}
}

// BenchmarkSignByServerPackage is what the signer of internal/sigv4 would cost.
func BenchmarkSignByServerPackage(b *testing.B) {
	c := sigv4.Credentials{AccessKeyID: docCredentials.access, SecretAccessKey: docCredentials.secret}
	r := readSigned(b, signedRequests[0], time.Now())
	b.ReportAllocs()
	for b.Loop() {
		sigv4.Sign(r, c, region, "s3", emptyHash, time.Now())
	}
}
