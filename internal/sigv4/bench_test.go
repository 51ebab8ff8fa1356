package sigv4

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

func benchmarkVerify(b *testing.B, r *http.Request, rules Rules, body []byte) {
	keys := NewKeys(1024)
	b.ReportAllocs()
	for b.Loop() {
		req, err := Parse(r, rules)
		if err != nil {
			b.Fatal(err)
		}
		if err := req.Verify(keys.Key(req, testSecret), body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyHeaderGET(b *testing.B) {
	r := signed("GET", "/bucket/some/key.txt", "", emptyHash)
	r.Header.Set("User-Agent", "aws-cli/2.31")
	benchmarkVerify(b, r, s3Rules, nil)
}

func BenchmarkVerifyHeaderList(b *testing.B) {
	benchmarkVerify(b, signed("GET", "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=1000&encoding-type=url", "", emptyHash), s3Rules, nil)
}

func BenchmarkVerifyPresignedGET(b *testing.B) {
	benchmarkVerify(b, presigned("GET", "/bucket/some/key.txt", ""), s3Rules, nil)
}

func BenchmarkVerifySTS(b *testing.B) {
	body := []byte("Action=GetCallerIdentity&Version=2011-06-15")
	r := incoming("POST", "/", "", "Content-Type: application/x-www-form-urlencoded")
	Sign(r, testCreds, "us-east-1", "sts", HashPayload(body), docTime)
	benchmarkVerify(b, r, stsRules, body)
}

func benchmarkBody(b *testing.B, r *http.Request, body []byte, size int64) {
	req, err := check(r, s3Rules, testSecret, nil)
	if err != nil {
		b.Fatal(err)
	}
	src := bytes.NewReader(nil)
	buf := make([]byte, 64<<10)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(body)
		p, err := req.Body(src)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = p.Read(buf)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

// signChunks frames n chunks of 64 KiB as a client does.
func signChunks(r *http.Request, n int) []byte {
	req, err := Parse(r, s3Rules)
	if err != nil {
		panic(err)
	}
	key := NewKey(testSecret, req.Date, req.Region, req.Service)
	data := bytes.Repeat([]byte("a"), 64<<10)
	previous := req.Signature
	var out bytes.Buffer
	for i := range n + 1 {
		chunk, size := data, "10000"
		if i == n {
			chunk, size = nil, "0"
		}
		sts := "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" + previous + "\n" + emptyHash + "\n" + HashPayload(chunk)
		previous = string(key.sign(nil, []byte(sts)))
		out.WriteString(size + ";chunk-signature=" + previous + "\r\n")
		out.Write(chunk)
		out.WriteString("\r\n")
	}
	return out.Bytes()
}

const benchChunks = 256 // 16 MiB

func BenchmarkBodySignedChunks(b *testing.B) {
	r := signed("PUT", "/k", "", streamSigned, "X-Amz-Decoded-Content-Length: 16777216")
	benchmarkBody(b, r, signChunks(r, benchChunks), benchChunks<<16)
}

func BenchmarkBodyUnsignedChunks(b *testing.B) {
	var body bytes.Buffer
	for range benchChunks {
		body.WriteString("10000\r\n")
		body.Write(bytes.Repeat([]byte("a"), 64<<10))
		body.WriteString("\r\n")
	}
	body.WriteString("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")
	r := unsignedChunks("16777216", "x-amz-checksum-crc32")
	benchmarkBody(b, r, body.Bytes(), benchChunks<<16)
}

func BenchmarkBodyHashed(b *testing.B) {
	body := bytes.Repeat([]byte("a"), benchChunks<<16)
	benchmarkBody(b, signed("PUT", "/k", "", HashPayload(body)), body, int64(len(body)))
}
