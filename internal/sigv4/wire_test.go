package sigv4

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// echoServer answers with the verified body, or 400 and the error's code.
func echoServer(t *testing.T) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _, err := bodyOf(r, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, got)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func exchange(t *testing.T, r *http.Request) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status[:4] + string(out)
}

// What net/http's server makes of a request is still what was signed.
func TestOverTheWire(t *testing.T) {
	base := echoServer(t)
	newRequest := func(method, target string, body io.Reader) *http.Request {
		r, err := http.NewRequestWithContext(context.Background(), method, base+target, body)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, target := range []string{"/b/k", "/b//x/../%2B%20%C3%BC?acl&a=b%20c&a=%2B", "//b/k", "/"} {
		r := newRequest("PUT", target, strings.NewReader("hello"))
		r.Header.Set("X-Amz-Content-Sha256", HashPayload([]byte("hello")))
		r.Header.Set("Accept-Encoding", "identity")
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		cred := aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
		if err := signer.SignHTTP(context.Background(), cred, r, HashPayload([]byte("hello")), "s3", "us-east-1", docTime); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.Header.Get("Authorization"), "content-length;") {
			t.Error("the SDK no longer signs Content-Length")
		}
		if got := exchange(t, r); got != "200 hello" {
			t.Errorf("%s: %s", target, got)
		}
		r = newRequest("GET", target, nil)
		Presign(r, testCreds, "us-east-1", "s3", maxSkew, docTime)
		if got := exchange(t, r); got != "200 " {
			t.Errorf("%s presigned: %s", target, got)
		}
	}
	// In chunks of the transfer as well as of the signature, with no length.
	for _, chunked := range []bool{false, true} {
		body := chunkExample(trailerSignatures, exampleTrailer)
		r := newRequest("PUT", "/examplebucket/chunkObject.txt", bytes.NewReader(body))
		r.Header = trailerRequest(nil).Header
		r.Host = "s3.amazonaws.com"
		if chunked {
			r.ContentLength = -1
		}
		if got := exchange(t, r); got != "200 "+strings.Repeat("a", 66560) {
			t.Errorf("chunks: %.200s", got)
		}
	}
}
