package e2e

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// hostile is a server that only refuses, and what must hold of it at the end.
type hostile struct {
	*server
	keys   credentials
	bucket string
	calm   int // goroutines before anything was sent
}

// startHostile makes an empty bucket on a server that logs everything. The test
// ends with unharmed.
func startHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{server: startServer(t, "--log-level", "debug"), bucket: "hostile"}
	h.keys = h.profileKeys("green")
	makeBucket(t, h.s3(h.keys), h.bucket)
	h.calm = h.goroutines(t)
	return h
}

// goroutines reads go_goroutines on a connection of its own.
func (s *server) goroutines(t testing.TB) int {
	t.Helper()
	req := s.request(t, "GET", "/-/metrics", nil)
	req.Close = true
	m := regexp.MustCompile(`(?m)^go_goroutines (\d+)$`).FindSubmatch(send(t, req).succeeds(t, 200).body)
	if m == nil {
		t.Fatal("the metrics have no go_goroutines")
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// unharmed checks that nothing was stored, nothing is left running, nothing lies
// beside the data, and that the log holds no secret.
func (h *hostile) unharmed(t *testing.T) {
	t.Helper()
	c := h.s3(h.keys)
	list := must(c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &h.bucket}))(t)
	for _, o := range list.Contents {
		t.Errorf("stored: %q, %d bytes", *o.Key, *o.Size)
	}
	if n := len(must(c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &h.bucket}))(t).Uploads); n > 0 {
		t.Errorf("%d uploads are left", n)
	}
	if n := len(must(c.ListBuckets(t.Context(), &s3.ListBucketsInput{}))(t).Buckets); n != 1 {
		t.Errorf("there are %d buckets", n)
	}
	must(h.sts(h.keys).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
	h.settles(t)
	if log := h.stderr.String(); strings.Contains(log, "panic") || strings.Contains(log, "InternalError") {
		t.Error("the server's log tells of a panic or an internal error")
	}
	for _, name := range []string{"green", "blue"} {
		if strings.Contains(h.stderr.String(), h.profileKeys(name).SecretAccessKey) {
			t.Errorf("the log holds the secret key of %s", name)
		}
	}
	for _, leak := range []string{"Signature=", "AWS4-HMAC-SHA256 "} {
		if strings.Contains(h.stderr.String(), leak) {
			t.Errorf("the log holds %q", leak)
		}
	}
}

// settles asks until no goroutine is left of what was sent. Keep-alive
// connections of the test itself are closed first.
func (h *hostile) settles(t *testing.T) {
	t.Helper()
	n := 0
	for range 400 {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if n = h.goroutines(t); n <= h.calm+4 { // the engines' own come and go
			return
		}
	}
	t.Errorf("%d goroutines are left, %d were there before", n, h.calm)
}

// raw sends bytes on a socket of their own, and returns the status, the error code
// and whether the server then hung up.
func (s *server) raw(t *testing.T, text string) (status int, code string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.endpoint, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute)) // a guard against hanging
	go func() {
		io.WriteString(conn, text) // the server may well hang up in the middle
		conn.(*net.TCPConn).CloseWrite()
	}()
	return readAnswer(t, conn)
}

func readAnswer(t *testing.T, conn net.Conn) (status int, code string) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the server neither answers nor hangs up")
		}
		return 0, "hung up"
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, answer{Response: resp, body: body}.failure().Code
}

// rawSigned is the text of a signed request, without its body.
func (s *server) rawSigned(t *testing.T, c credentials, method, target string, body []byte, headers ...string) string {
	t.Helper()
	req := s.signedS3(t, c, method, target, body, headers...)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, req.URL.Host)
	for name, values := range req.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, values[0])
	}
	return b.String()
}

// TestBodiesThatLie: too short, too long, or not what was signed.
func TestBodiesThatLie(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	target, body := "/"+h.bucket+"/lie", noise("lie", 100_000)
	for _, size := range []int{0, 10, 99_999} { // the client hangs up early
		text := h.rawSigned(t, h.keys, "PUT", target, body, "X-Amz-Meta-A", "b")
		status, code := h.raw(t, text+"Content-Length: 100000\r\n\r\n"+string(body[:size]))
		if code != "hung up" && (status != 400 || code != "IncompleteBody") {
			t.Errorf("%d of 100000 bytes: %d %s", size, status, code)
		}
	}
	other := md5.Sum([]byte("other"))
	for _, c := range []struct {
		name, code string
		headers    []string
	}{
		{"Content-MD5 of another body", "BadDigest", []string{"Content-MD5", base64.StdEncoding.EncodeToString(other[:])}},
		{"Content-MD5 that is none", "InvalidDigest", []string{"Content-MD5", "no digest"}},
		{"short Content-MD5", "InvalidDigest", []string{"Content-MD5", "AAAA"}},
		{"crc32 of another body", "BadDigest", []string{"X-Amz-Checksum-Crc32", "AAAAAA=="}},
		{"crc32c of another body", "BadDigest", []string{"X-Amz-Checksum-Crc32c", "AAAAAA=="}},
		{"crc64nvme of another body", "BadDigest", []string{"X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA="}},
		{"sha1 of another body", "BadDigest", []string{"X-Amz-Checksum-Sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}},
		{"sha256 of another body", "BadDigest", []string{"X-Amz-Checksum-Sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}},
		{"checksum that is none", "InvalidRequest", []string{"X-Amz-Checksum-Crc32", "zzz"}},
		{"checksum of the wrong length", "InvalidRequest", []string{"X-Amz-Checksum-Sha256", "AAAAAA=="}},
		{"two checksums", "InvalidRequest", []string{"X-Amz-Checksum-Crc32", "AAAAAA==", "X-Amz-Checksum-Crc32c", "AAAAAA=="}},
		{"an algorithm that is none", "InvalidRequest", []string{"X-Amz-Sdk-Checksum-Algorithm", "ROT13"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			send(t, h.signedS3(t, h.keys, "PUT", target, body, c.headers...)).fails(t, 400, c.code)
			small := []byte("small")
			send(t, h.signedS3(t, h.keys, "PUT", target, small, c.headers...)).fails(t, 400, c.code)
		})
	}
	for _, n := range []int{5, 100_000} {
		req := h.request(t, "PUT", target, noise("sent", n))
		send(t, sign(t, req, h.keys, "s3", payloadHash([]byte("signed")), time.Now())).fails(t, 400, "XAmzContentSHA256Mismatch")
	}
	req := h.request(t, "PUT", target, body)
	send(t, sign(t, req, h.keys, "s3", "no hash", time.Now())).fails(t, 400, "InvalidArgument")
	status, code := h.raw(t, h.rawSigned(t, h.keys, "PUT", target, nil)+"Content-Length: 6442450944\r\n\r\n")
	if status != 400 || code != "EntityTooLarge" {
		t.Errorf("6 GiB in one PUT: %d %s", status, code)
	}
	status, code = h.raw(t, h.rawSigned(t, h.keys, "PUT", target, nil)+"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
	if status != 501 || code != "NotImplemented" {
		t.Errorf("a PUT without a length: %d %s", status, code)
	}
}

// TestAwkwardPaths: whatever a path says, nothing is written beside the data.
func TestAwkwardPaths(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	keys := s.profileKeys("green")
	c := s.s3(keys)
	makeBucket(t, c, "paths")
	outside := filepath.Join(filepath.Dir(s.dir), "outside")
	for _, key := range []string{
		"%2e%2e/%2e%2e/%2e%2e/outside", "..%2f..%2f..%2foutside", "%2fetc%2fpasswd", "../../outside", "./a/./b", "a/%2E%2E/b", "..", ".",
		"a//b", "%2f%2f", "%5c..%5c..%5coutside", "nul%00nul", "%01%02%7f", "%0d%0aX-Evil:%20yes", "%20", "+", "%2B", "%25", "%252e%252e%252foutside",
		"%ef%bf%bf", "%f0%9f%98%80", strings.Repeat("k", 1024), strings.Repeat("%c3%bc", 512), "%3f%23%26", "...", ".../...", "-/healthz",
	} {
		a := send(t, s.signedS3(t, keys, "PUT", "/paths/"+key, []byte("text of "+key)))
		if a.succeeds(t, 200); a.StatusCode != 200 {
			continue
		}
		if a := send(t, s.signedS3(t, keys, "GET", "/paths/"+key, nil)).succeeds(t, 200); string(a.body) != "text of "+key || a.Header.Get("X-Evil") != "" {
			t.Errorf("%s holds %q", key, a.body)
		}
	}
	list := must(c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("paths"), EncodingType: "url"}))(t)
	if len(list.Contents) != 25 { // "../../outside" is stored once, however it is written, and so is "+"
		t.Errorf("%d keys are listed", len(list.Contents))
		for _, o := range list.Contents {
			t.Logf("%q", *o.Key)
		}
	}
	for _, bad := range []string{"%ff", "%c3%28", "%ed%a0%80", "%c0%ae%c0%ae/x"} {
		send(t, s.signedS3(t, keys, "PUT", "/paths/"+bad, []byte("x"))).fails(t, 400, "InvalidURI")
	}
	send(t, s.signedS3(t, keys, "PUT", "/paths/"+strings.Repeat("k", 1025), []byte("x"))).fails(t, 400, "KeyTooLongError")
	for _, target := range []string{"/..%2f..%2foutside/key", "/../outside", "/%2e%2e/key", "/.hidden/key"} {
		if a := send(t, s.signedS3(t, keys, "PUT", target, []byte("x"))); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %d", target, a.StatusCode)
		}
	}
	for _, path := range []string{outside, "/outside", filepath.Join(s.dir, "outside"), filepath.Join(s.dir, "blobs", "outside")} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if bytes.Contains([]byte(s.stderr.String()), []byte("panic")) {
		t.Error("the log tells of a panic")
	}
}
