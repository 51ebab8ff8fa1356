package sigv4

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var (
	docTime   = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	testCreds = Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
	s3Rules   = Rules{Dialect: S3, Service: "s3", Regions: []string{"us-east-1"}, Now: docTime}
	stsRules  = Rules{Dialect: Service, Service: "sts", Regions: []string{"us-east-1"}, Now: docTime}
)

// incoming makes a request as a server receives it. Headers are "Name: value".
func incoming(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "examplebucket.s3.amazonaws.com"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if name == "Host" {
			r.Host = strings.TrimSpace(value)
			continue
		}
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r
}

// signed is an incoming S3 request signed by Sign at docTime.
func signed(method, target, body, payload string, headers ...string) *http.Request {
	r := incoming(method, target, body, headers...)
	Sign(r, testCreds, "us-east-1", "s3", payload, docTime)
	return r
}

// presigned is an incoming S3 request presigned at docTime for an hour.
func presigned(method, target, body string, headers ...string) *http.Request {
	r := incoming(method, target, body, headers...)
	Presign(r, testCreds, "us-east-1", "s3", time.Hour, docTime)
	r.RequestURI = r.URL.RequestURI()
	return r
}

// check runs the whole way of a request.
func check(r *http.Request, rules Rules, secret string, body []byte) (*Request, error) {
	req, err := Parse(r, rules)
	if err != nil {
		return nil, err
	}
	return req, req.Verify(NewKey(secret, req.Date, req.Region, req.Service), body)
}

func wantError(t *testing.T, err error, kind Kind, status int, code, message string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want %s", err, code)
	}
	if e.Kind != kind || e.Status != status || e.Code != code || (message != "" && e.Message != message) {
		t.Fatalf("got kind %d, %d %s %q\nwant kind %d, %d %s %q", e.Kind, e.Status, e.Code, e.Message, kind, status, code, message)
	}
	return e
}

func wantFields(t *testing.T, e *Error, want ...Field) {
	t.Helper()
	for _, f := range want {
		if got := e.Field(f.Name); got != f.Value {
			t.Errorf("field %s is %q, want %q", f.Name, got, f.Value)
		}
	}
}

// readAll reads a Body with a buffer of n bytes.
func readAll(b *Body, n int) ([]byte, error) {
	var out []byte
	p := make([]byte, n)
	for {
		n, err := b.Read(p)
		out = append(out, p[:n]...)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
}
