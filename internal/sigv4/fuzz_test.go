package sigv4

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func FuzzParse(f *testing.F) {
	good := signed("GET", "/k?a=b", "", emptyHash)
	f.Add("GET", good.RequestURI, good.Header.Get("Authorization"), "20130524T000000Z", emptyHash, false)
	f.Add("GET", presigned("GET", "/k", "").RequestURI, "", "", "", false)
	f.Add("POST", "http://h/%zz?X-Amz-Algorithm=AWS4-HMAC-SHA256&%", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=;;,Signature==", "x", streamSigned, true)
	key := NewKey(testSecret, "20130524", "us-east-1", "s3")
	f.Fuzz(func(t *testing.T, method, target, auth, date, hash string, service bool) {
		r := incoming("GET", "/", "")
		r.Method, r.RequestURI = method, target
		for name, value := range map[string]string{"Authorization": auth, "X-Amz-Date": date, "X-Amz-Content-Sha256": hash} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		rules := s3Rules
		if service {
			rules = stsRules
		}
		Peek(r)
		req, err := Parse(r, rules)
		if (err == nil) == (req == nil) {
			t.Fatal("neither a request nor an error, or both")
		}
		if err != nil || req.Auth == Anonymous {
			return
		}
		if d := rules.Now.Sub(req.Time); req.Service != rules.Service || req.Region != "us-east-1" || d < -maxSkew || d > maxExpires*time.Second {
			t.Fatalf("accepted %+v", req)
		}
		if req.Verify(NewKey("another secret", "20130524", "us-east-1", rules.Service), nil) == nil {
			t.Fatal("verified with another secret")
		}
		if req.Verify(key, nil) == nil {
			if _, err := req.Body(strings.NewReader("")); err != nil {
				return
			}
		}
	})
}

// What comes out of a body must be what its framing holds, however it is read.
func FuzzChunks(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\na:b\r\n\r\n"), uint16(5), "a", false)
	f.Add(chunkExample(chunkSignatures, "\r\n")[65626:], uint16(1024), "", true)
	f.Add(chunkExample(trailerSignatures, exampleTrailer)[65626:], uint16(1024), "x-amz-checksum-crc32c", true)
	f.Add([]byte("ffffffffffffffff\r\n"), uint16(0), "", false)
	f.Fuzz(func(t *testing.T, body []byte, length uint16, trailer string, signedChunks bool) {
		read := func(src io.Reader, n int) (string, error) {
			req := &Request{Auth: Header, Payload: UnsignedChunksTrailer, http: &http.Request{Header: http.Header{
				"X-Amz-Decoded-Content-Length": {strings.TrimSpace(string(appendDecimal(length)))}, "X-Amz-Trailer": {trailer}}}}
			if signedChunks {
				req.Payload, req.key = SignedChunksTrailer, NewKey(testSecret, "20130524", "us-east-1", "s3")
			}
			b, err := req.Body(src)
			if err != nil {
				return "", err
			}
			out, err := readAll(b, n)
			if err == nil && len(out) != int(length) {
				t.Fatalf("%d bytes came out, %d were declared", len(out), length)
			}
			if len(out) > int(length) || len(out) > len(body) {
				t.Fatalf("%d bytes came out of %d", len(out), len(body))
			}
			return string(out), err
		}
		a, errA := read(bytes.NewReader(body), 1<<16)
		b, errB := read(iotest.OneByteReader(bytes.NewReader(body)), 3)
		if (errA == nil) != (errB == nil) || errA == nil && a != b {
			t.Fatalf("%q, %v but %q, %v", a, errA, b, errB)
		}
	})
}

func appendDecimal(n uint16) []byte {
	var b [5]byte
	i := len(b)
	for {
		i--
		b[i] = '0' + byte(n%10)
		if n /= 10; n == 0 {
			return b[i:]
		}
	}
}

func FuzzPOST(f *testing.F) {
	f.Add(withConditions(`,["content-length-range", 5, 10]`), "acl", "private")
	f.Add(`{"expiration":"2013-05-25T00:00:00Z","conditions":[{"acl":"a"},["starts-with","$",""]]}`, "", "")
	f.Fuzz(func(t *testing.T, policy, name, value string) {
		fm := form(policy, strings.ToLower(name), value)
		fm.Fields["policy"] = base64.StdEncoding.EncodeToString([]byte(policy))
		p, err := verifyPOST(fm, docTime)
		if err == nil && !strings.Contains(strings.ToLower(policy), "key") && !strings.Contains(policy, `\u`) {
			t.Fatalf("a policy without a condition on the key was met: %s", policy)
		}
		if err == nil && (p.MinSize < 0 || p.MaxSize < -1) {
			t.Fatalf("sizes %d to %d", p.MinSize, p.MaxSize)
		}
	})
}
