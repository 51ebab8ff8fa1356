package e2e

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFloods: more of everything than a server should look at.
func TestFloods(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	host := "Host: 127.0.0.1\r\n"
	for _, c := range []struct {
		name, text string
		status     []int
	}{
		{"a header of a megabyte", "GET / HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", []int{431, 0}},
		{"a hundred thousand headers", "GET / HTTP/1.1\r\n" + host + strings.Repeat("X-Amz-Meta-A: b\r\n", 100_000) + "\r\n", []int{431, 0}},
		{"a URL of a megabyte", "GET /hostile/" + strings.Repeat("k", 1<<20) + " HTTP/1.1\r\n" + host + "\r\n", []int{431, 414, 400, 0}},
		{"a URL of 60 KiB", "GET /hostile/" + strings.Repeat("k", 60<<10) + " HTTP/1.1\r\n" + host + "\r\n", []int{400, 403, 414}},
		{"three thousand parameters", "GET /hostile?" + strings.Repeat("a=b&", 3000) + " HTTP/1.1\r\n" + host + "\r\n", []int{400, 403}},
		{"three thousand headers to sign", "GET /hostile HTTP/1.1\r\n" + host + "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" +
			h.keys.AccessKeyID + "/20260101/us-east-1/s3/aws4_request, SignedHeaders=" + strings.Repeat("a;", 3000) + "host, Signature=0\r\n\r\n", []int{400, 403}},
		{"no host", "GET /hostile HTTP/1.1\r\n\r\n", []int{400}},
		{"two hosts", "GET /hostile HTTP/1.1\r\n" + host + host + "\r\n", []int{400}},
		{"a host that is none", "GET /hostile HTTP/1.1\r\nHost: a b/../c\r\n\r\n", []int{400, 403}},
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", []int{400, 0}},
		{"another version", "GET / HTTP/9.9\r\n" + host + "\r\n", []int{400, 505}},
		{"HTTP/2 by knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 405, 505, 0}},
		{"a method that is none", "EXPLODE /hostile HTTP/1.1\r\n" + host + "\r\n", []int{400, 403, 405}},
		{"a control character in a header", "GET / HTTP/1.1\r\n" + host + "X-A: \x01\x00\r\n\r\n", []int{400}},
		{"a NUL in the path", "GET /hostile/\x00 HTTP/1.1\r\n" + host + "\r\n", []int{400}},
		{"a bad escape in the path", "GET /hostile/%zz HTTP/1.1\r\n" + host + "\r\n", []int{400}},
		{"an absolute URL", "GET http://169.254.169.254/latest HTTP/1.1\r\n" + host + "\r\n", []int{400, 403, 404}},
		{"CONNECT", "CONNECT 127.0.0.1:1 HTTP/1.1\r\n" + host + "\r\n", []int{400, 403, 405}},
		{"an asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", []int{200, 400, 403}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, code := h.raw(t, c.text)
			for _, s := range c.status {
				if s == status {
					return
				}
			}
			t.Errorf("answered %d %s, want one of %v", status, code, c.status)
		})
	}
}

// TestSmuggling: where one request ends and the next begins is never in doubt.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	inner := h.rawSigned(t, h.keys, "PUT", "/hostile/smuggled", []byte("x")) + "Content-Length: 1\r\n\r\nx"
	head := "POST /hostile HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	for name, framing := range map[string]string{
		"a length and chunks":          fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 5+len(inner)),
		"chunks and a length":          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
		"two lengths":                  "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
		"two lengths in one":           "Content-Length: 0, 5\r\n\r\n",
		"a negative length":            "Content-Length: -1\r\n\r\n",
		"a length with a sign":         "Content-Length: +5\r\n\r\n",
		"a length in hex":              "Content-Length: 0x5\r\n\r\n",
		"a huge length":                "Content-Length: 99999999999999999999\r\n\r\n",
		"chunked twice":                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunked last of two":          "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
		"chunked written oddly":        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"chunked with a tab":           "Transfer-Encoding:\tchunked, x\r\n\r\n0\r\n\r\n",
		"a folded header":              "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
		"a chunk size that is too big": "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
		"a chunk size with a sign":     "Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n",
		"a bare line feed in a chunk":  "Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
		"a bare carriage return":       "X-A: b\rTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(h.endpoint, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(time.Minute)) // a guard against hanging
			go func() {
				io.WriteString(conn, head+framing+inner)
				conn.(*net.TCPConn).CloseWrite()
			}()
			// The first request is refused, and what follows it is not taken for
			// a second one.
			answers := bufio.NewReader(conn)
			for n := 0; ; n++ {
				resp, err := http.ReadResponse(answers, nil)
				if err != nil {
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode < 400 {
					t.Errorf("answer %d is %s", n, resp.Status)
				}
			}
		})
	}
}

// chunkSigner frames and signs a body as aws-chunked.
type chunkSigner struct {
	key         []byte
	date, scope string
	previous    string
}

func newChunkSigner(c credentials, at time.Time, seed string) *chunkSigner {
	day := at.UTC().Format("20060102")
	key := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range []string{day, "us-east-1", "s3", "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	return &chunkSigner{key: key, date: at.UTC().Format("20060102T150405Z"), scope: day + "/us-east-1/s3/aws4_request", previous: seed}
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, text)
	return h.Sum(nil)
}

func (s *chunkSigner) chunk(data string) string {
	text := strings.Join([]string{"AWS4-HMAC-SHA256-PAYLOAD", s.date, s.scope, s.previous, payloadHash(nil), payloadHash([]byte(data))}, "\n")
	s.previous = hex.EncodeToString(hmacSHA256(s.key, text))
	return fmt.Sprintf("%x;chunk-signature=%s\r\n%s\r\n", len(data), s.previous, data)
}

func (s *chunkSigner) trailer(line string) string {
	text := strings.Join([]string{"AWS4-HMAC-SHA256-TRAILER", s.date, s.scope, s.previous, payloadHash([]byte(line + "\n"))}, "\n")
	return line + "\r\nx-amz-trailer-signature:" + hex.EncodeToString(hmacSHA256(s.key, text)) + "\r\n"
}

// chunked sends a body made by build as aws-chunked that decodes to length bytes.
func (s *server) chunked(t *testing.T, c credentials, kind, trailer string, length int, build func(*chunkSigner) string) answer {
	t.Helper()
	now := time.Now()
	req := s.request(t, "PUT", "/hostile/chunked", nil)
	req.Header.Set("Content-Encoding", "aws-chunked")
	req.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(length))
	if trailer != "" {
		req.Header.Set("X-Amz-Trailer", trailer)
	}
	// The length of the whole is not signed, so it can be set after.
	req.Body, req.ContentLength = nil, 0
	sign(t, req, c, "s3", kind, now)
	_, seed, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
	body := build(newChunkSigner(c, now, seed))
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return send(t, req)
}

// TestChunkedEncodingAbused: aws-chunked, signed and with trailers.
func TestChunkedEncodingAbused(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	const signed, trailing, unsigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	big := strings.Repeat("b", 8192)
	const crc = "x-amz-checksum-crc32"
	// First what is right, so that what follows is refused for its fault alone.
	h.chunked(t, h.keys, signed, "", 8195, func(s *chunkSigner) string { return s.chunk(big) + s.chunk("end") + s.chunk("") }).succeeds(t, 200)
	h.chunked(t, h.keys, trailing, crc, 9, func(s *chunkSigner) string {
		return s.chunk("123456789") + strings.TrimSuffix(s.chunk(""), "\r\n") + s.trailer(crc+":y/Q5Jg==") + "\r\n"
	}).succeeds(t, 200)
	h.chunked(t, h.keys, unsigned, crc, 9, func(*chunkSigner) string { return "9\r\n123456789\r\n0\r\n" + crc + ":y/Q5Jg==\r\n\r\n" }).succeeds(t, 200)
	send(t, h.signedS3(t, h.keys, "DELETE", "/hostile/chunked", nil)).succeeds(t, 204)

	for _, c := range []struct {
		name, kind, trailer, code string
		length, status            int
		build                     func(*chunkSigner) string
	}{
		{"a changed byte", signed, "", "SignatureDoesNotMatch", 8192, 403, func(s *chunkSigner) string {
			return strings.Replace(s.chunk(big)+s.chunk(""), "bbb", "bab", 1)
		}},
		{"chunks swapped", signed, "", "SignatureDoesNotMatch", 16384, 403, func(s *chunkSigner) string {
			a, b := s.chunk(big), s.chunk(strings.Repeat("c", 8192))
			return b + a + s.chunk("")
		}},
		{"a chunk left out", signed, "", "SignatureDoesNotMatch", 8192, 403, func(s *chunkSigner) string { s.chunk(big); return s.chunk(big) + s.chunk("") }},
		{"another key's chunks", signed, "", "SignatureDoesNotMatch", 3, 403, func(s *chunkSigner) string { s.key = []byte("x"); return s.chunk("end") + s.chunk("") }},
		{"no last chunk", signed, "", "IncompleteBody", 8192, 400, func(s *chunkSigner) string { return s.chunk(big) }},
		{"an end in the middle of a chunk", signed, "", "IncompleteBody", 8192, 400, func(s *chunkSigner) string { return s.chunk(big)[:5000] }},
		{"less than was announced", signed, "", "IncompleteBody", 9000, 400, func(s *chunkSigner) string { return s.chunk(big) + s.chunk("") }},
		{"more than was announced", signed, "", "IncompleteBody", 10, 400, func(s *chunkSigner) string { return s.chunk(big) + s.chunk("") }},
		{"small chunks in the middle", signed, "", "InvalidChunkSizeError", 2, 403, func(s *chunkSigner) string { return s.chunk("a") + s.chunk("b") + s.chunk("") }},
		{"no chunk signature", signed, "", "IncompleteBody", 3, 400, func(*chunkSigner) string { return "3\r\nend\r\n0\r\n\r\n" }},
		{"a size that is none", signed, "", "IncompleteBody", 3, 400, func(*chunkSigner) string { return "zz;chunk-signature=0\r\nend\r\n" }},
		{"a huge size", unsigned, crc, "IncompleteBody", 3, 400, func(*chunkSigner) string { return "7fffffffffffffff\r\nend\r\n0\r\n\r\n" }},
		{"a size beyond 64 bits", unsigned, crc, "IncompleteBody", 3, 400, func(*chunkSigner) string { return "fffffffffffffffffff\r\nend\r\n0\r\n\r\n" }},
		{"an endless size line", unsigned, crc, "IncompleteBody", 3, 400, func(*chunkSigner) string { return "3;" + strings.Repeat("x", 1<<20) + "\r\nend\r\n0\r\n\r\n" }},
		{"a wrong checksum at the end", unsigned, crc, "BadDigest", 3, 400, func(*chunkSigner) string { return "3\r\nend\r\n0\r\n" + crc + ":AAAAAA==\r\n\r\n" }},
		{"no checksum at the end", unsigned, crc, "MalformedTrailerError", 3, 400, func(*chunkSigner) string { return "3\r\nend\r\n0\r\n\r\n" }},
		{"another trailer than announced", unsigned, crc, "MalformedTrailerError", 3, 400, func(*chunkSigner) string { return "3\r\nend\r\n0\r\nx-amz-meta-a:b\r\n\r\n" }},
		{"an endless trailer", unsigned, crc, "MalformedTrailerError", 3, 400, func(*chunkSigner) string {
			return "3\r\nend\r\n0\r\n" + crc + ":" + strings.Repeat("A", 1<<20) + "\r\n\r\n"
		}},
		{"a changed trailer", trailing, crc, "SignatureDoesNotMatch", 9, 403, func(s *chunkSigner) string {
			return strings.Replace(s.chunk("123456789")+strings.TrimSuffix(s.chunk(""), "\r\n")+s.trailer(crc+":AAAAAA==")+"\r\n", "AAAAAA==", "y/Q5Jg==", 1)
		}},
		{"an unsigned trailer", trailing, crc, "MalformedTrailerError", 9, 400, func(s *chunkSigner) string {
			return s.chunk("123456789") + strings.TrimSuffix(s.chunk(""), "\r\n") + crc + ":y/Q5Jg==\r\n\r\n"
		}},
		{"something after the end", unsigned, crc, "IncompleteBody", 9, 400, func(*chunkSigner) string {
			return "9\r\n123456789\r\n0\r\n" + crc + ":y/Q5Jg==\r\n\r\nGET / HTTP/1.1\r\n\r\n"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.chunked(t, h.keys, c.kind, c.trailer, c.length, c.build).fails(t, c.status, c.code)
		})
	}
}

// TestSlowClients hang up at every point of a request, and nothing stays behind.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	text := h.rawSigned(t, h.keys, "PUT", "/hostile/slow", noise("slow", 200_000)) + "Content-Length: 200000\r\n\r\n" + string(noise("slow", 150_000))
	var open []net.Conn
	for i := range 200 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.endpoint, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, text[:len(text)*i/200]); err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	send(t, h.signedS3(t, h.keys, "GET", "/hostile", nil)).succeeds(t, 200) // they hold nobody up
	for i, conn := range open {
		if i%2 == 0 {
			conn.(*net.TCPConn).SetLinger(0) // ends with a reset
		}
		conn.Close()
	}
}
