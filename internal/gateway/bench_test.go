package gateway

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// discard is a response writer that keeps nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// serve sends one signed request straight to the gateway, b.N times.
func serve(b *testing.B, w *world, method, path string, body []byte, want int) {
	b.Helper()
	serveAs(b, w, w.green, method, path, body, want)
}

func serveAs(b *testing.B, w *world, who *RootAccount, method, path string, body []byte, want int) {
	b.Helper()
	req := httptest.NewRequest(method, w.url+path, bytes.NewReader(body))
	req.RequestURI = path
	if len(body) == 0 {
		req.Body = http.NoBody
	}
	sigv4.Sign(req, who.credentials(), "us-east-1", "s3", sigv4.HashPayload(body), time.Now())
	b.ReportAllocs()
	for b.Loop() {
		r := req.WithContext(req.Context())
		r.Header = req.Header.Clone()
		if len(body) > 0 {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		d := discard{header: http.Header{}}
		if w.g.ServeHTTP(&d, r); d.status != want {
			b.Fatalf("status %d", d.status)
		}
	}
}

// BenchmarkGateway is the whole way of a request without the connection.
func BenchmarkGateway(b *testing.B) {
	w := newWorld(b)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", string(make([]byte, 1024))))
	b.Run("GET 1 KiB", func(b *testing.B) { serve(b, w, "GET", "/green-bucket/k", nil, 200) })
	kept := w.g.decisions
	w.g.decisions = nil
	b.Run("GET 1 KiB, keeping no decisions", func(b *testing.B) { serve(b, w, "GET", "/green-bucket/k", nil, 200) })
	w.g.decisions = kept
	b.Run("GET, refused", func(b *testing.B) { serveAs(b, w, w.blue, "GET", "/green-bucket/k", nil, 403) })
	b.Run("HEAD", func(b *testing.B) { serve(b, w, "HEAD", "/green-bucket/k", nil, 200) })
	b.Run("LIST", func(b *testing.B) { serve(b, w, "GET", "/green-bucket?list-type=2", nil, 200) })
	b.Run("PUT 1 KiB", func(b *testing.B) { serve(b, w, "PUT", "/green-bucket/k", make([]byte, 1024), 200) })
}
