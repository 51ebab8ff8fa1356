package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestCeilingVerifies(t *testing.T) {
	h := newCeiling(docCredentials, true)
	for _, r := range signedRequests {
		if err := h.check(readSigned(t, r, time.Now())); err != nil {
			t.Errorf("%v: %v", r, err)
		}
	}
	tamper := map[string]func(*http.Request){
		"method":    func(r *http.Request) { r.Method = http.MethodDelete },
		"path":      func(r *http.Request) { r.URL.Path += "x" },
		"query":     func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"host":      func(r *http.Request) { r.Host = "127.0.0.1:9001" },
		"date":      func(r *http.Request) { r.Header.Set("X-Amz-Date", "20130524T000000Z") },
		"no date":   func(r *http.Request) { r.Header.Del("X-Amz-Date") },
		"hash":      func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", unsignedPayload) },
		"unsigned":  func(r *http.Request) { r.Header.Del("Authorization") },
		"signature": func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+"0") },
		"key": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "AKIA", "AKIB", 1))
		},
	}
	for name, change := range tamper {
		r := readSigned(t, signedRequests[0], time.Now())
		change(r)
		if h.check(r) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The client and the bare server, over a socket.
func TestConnAgainstCeiling(t *testing.T) {
	h := newCeiling(docCredentials, true)
	srv := httptest.NewServer(h)
	defer srv.Close()
	c := newConn(srv.Listener.Addr().String(), &docCredentials)
	defer c.close()
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		for _, how := range payloads {
			p := newPayload(h.random, size, how)
			put := &call{request: request{method: "PUT", path: "/b/k", hash: p.hash, extra: p.extra}, body: p.body}
			if _, _, err := c.do(put); err != nil {
				t.Errorf("%s %d: %v", how, size, err)
			}
		}
	}
	get := &call{request: request{method: "GET", path: "/b/65536-x/1", hash: emptyHash}, want: h.random[:65536]}
	if n, _, err := c.do(get); err != nil || n != 65536 {
		t.Errorf("get: %d bytes, %v", n, err)
	}
	get.want = h.random[1:65537]
	if _, _, err := c.do(get); !errors.Is(err, errWrongBytes) {
		t.Errorf("other bytes: %v", err)
	}
	var status *statusError
	get.path = "/b/unknown"
	if _, _, err := c.do(get); !errors.As(err, &status) || status.status != http.StatusNotFound {
		t.Errorf("unknown key: %v", err)
	}
	c.signer.secret, c.signer.day = "another", ""
	if _, _, err := c.do(get); !errors.As(err, &status) || status.status != http.StatusForbidden {
		t.Errorf("wrong secret: %v", err)
	}
}

func BenchmarkCheck(b *testing.B) {
	h := newCeiling(docCredentials, true)
	r := readSigned(b, signedRequests[0], time.Now())
	b.ReportAllocs()
	for b.Loop() {
		if err := h.check(r); err != nil {
			b.Fatal(err)
		}
	}
}
