package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// world is a gateway on an embedded store behind a real listener, with two
// accounts.
type world struct {
	testing.TB
	g           *Gateway
	url         string
	green, blue *RootAccount
	log         *bytes.Buffer
}

func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{TB: t, log: new(bytes.Buffer)}
	o := Options{
		Data: dir, MasterKeyFile: filepath.Join(dir, "master.key"), Domains: []string{"s3.test"},
		Logger:    slog.New(slog.NewTextHandler(&syncWriter{w: w.log}, nil)),
		Decisions: DecisionOptions{Count: 100_000, Bytes: 64 << 20, Age: time.Hour},
	}
	for _, fn := range change {
		fn(&o)
	}
	g, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.g = g
	server := httptest.NewServer(g)
	w.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.green, err = g.EnsureAccount(context.Background(), "green", ""); err != nil {
		t.Fatal(err)
	}
	if w.blue, err = g.EnsureAccount(context.Background(), "blue", ""); err != nil {
		t.Fatal(err)
	}
	return w
}

func (a *RootAccount) credentials() sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey}
}

// request makes an unsigned request to the gateway.
func (w *world) request(method, path, body string) *http.Request {
	w.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	return req
}

// s3 sends a signed S3 request and returns status and body.
func (w *world) s3(who *RootAccount, method, path, body string, header ...string) (int, string) {
	w.Helper()
	req := w.request(method, path, body)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	sigv4.Sign(req, who.credentials(), "us-east-1", "s3", sigv4.HashPayload([]byte(body)), time.Now())
	return w.send(req)
}

// query sends a signed request in the Query protocol.
func (w *world) query(who *RootAccount, service, form string) (int, string) {
	w.Helper()
	req := w.request("POST", "/", form)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sigv4.Sign(req, who.credentials(), "us-east-1", service, sigv4.HashPayload([]byte(form)), time.Now())
	return w.send(req)
}

func (w *world) send(req *http.Request) (int, string) {
	w.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (w *world) want(status int, text string) func(int, string) {
	w.Helper()
	return func(gotStatus int, got string) {
		w.Helper()
		if gotStatus != status || !strings.Contains(got, text) {
			w.Fatalf("got %d %s, want %d with %q; log:\n%s", gotStatus, got, status, text, w.log)
		}
	}
}
