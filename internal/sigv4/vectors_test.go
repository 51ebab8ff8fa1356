package sigv4

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

const docScope = testKey + "/20130524/us-east-1/s3/aws4_request"

// authorization is the header of AWS's examples.
func authorization(signedHeaders, signature string) string {
	return "Authorization: AWS4-HMAC-SHA256 Credential=" + docScope +
		",SignedHeaders=" + signedHeaders + ",Signature=" + signature
}

// The examples of AWS's S3 documentation.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func TestDocumentationExamples(t *testing.T) {
	empty := "x-amz-content-sha256: " + emptyHash
	date := "x-amz-date: 20130524T000000Z"
	tests := []struct {
		name string
		r    *http.Request
	}{
		{"get object", incoming("GET", "/test.txt", "", date, empty, "Range: bytes=0-9",
			authorization("host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))},
		{"put object, path signed encoded but sent bare", incoming("PUT", "/test$file.text", "Welcome to Amazon S3.", date, "Date: Fri, 24 May 2013 00:00:00 GMT",
			"x-amz-storage-class: REDUCED_REDUNDANCY", "x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))},
		{"get bucket lifecycle", incoming("GET", "/?lifecycle", "", date, empty,
			authorization("host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))},
		{"list objects", incoming("GET", "/?max-keys=2&prefix=J", "", date, empty,
			authorization("host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))},
		{"presigned get", incoming("GET", "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+strings.ReplaceAll(docScope, "/", "%2F")+
			"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := check(tt.r, s3Rules, testSecret, nil)
			if err != nil {
				t.Fatal(err)
			}
			if req.AccessKeyID != testKey || req.Region != "us-east-1" || !req.Time.Equal(docTime) {
				t.Errorf("parsed as %+v", req)
			}
		})
	}
}

// Requests that botocore signed; see testdata/vectors.py.
func TestBotocore(t *testing.T) {
	raw, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Now     string
		Vectors []struct {
			Signer, Service, Method, Target, Body, Token string
			Headers                                      map[string]string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	now, _ := time.Parse(timeFormat, file.Now)
	if len(file.Vectors) < 50 {
		t.Fatalf("only %d vectors", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Signer+" "+v.Service+" "+v.Method+" "+v.Target[:min(len(v.Target), 40)], func(t *testing.T) {
			r := httptest.NewRequest(v.Method, v.Target, strings.NewReader(v.Body))
			r.Host = "127.0.0.1:4566"
			for name, value := range v.Headers {
				r.Header.Set(name, value)
			}
			rules := Rules{Dialect: dialectOf(v.Service), Service: v.Service, Regions: []string{"eu-west-1"}, Now: now}
			req, err := check(r, rules, testSecret, []byte(v.Body))
			if err != nil {
				t.Fatal(err)
			}
			if req.SessionToken != v.Token {
				t.Errorf("token is %q, want %q", req.SessionToken, v.Token)
			}
			if rules.Dialect == S3 {
				b, err := req.Body(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := readAll(b, 3); err != nil || string(got) != v.Body {
					t.Errorf("body is %q, %v", got, err)
				}
			}
			if _, err := check(r, rules, testSecret+"x", []byte(v.Body)); err == nil {
				t.Error("another secret was accepted")
			}
		})
	}
}

// chunkExample is the body of AWS's streaming examples: 65,536 and 1,024 times 'a'.
func chunkExample(signatures [3]string, end string) []byte {
	var b bytes.Buffer
	for i, n := range []int{65536, 1024, 0} {
		b.WriteString(map[int]string{65536: "10000", 1024: "400", 0: "0"}[n] + ";chunk-signature=" + signatures[i] + "\r\n")
		b.Write(bytes.Repeat([]byte("a"), n))
		if n > 0 {
			b.WriteString("\r\n")
		}
	}
	b.WriteString(end)
	return b.Bytes()
}

var (
	chunkHeaders = []string{"Host: s3.amazonaws.com", "x-amz-date: 20130524T000000Z", "x-amz-storage-class: REDUCED_REDUNDANCY",
		"Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 66560"}
	chunkSignatures = [3]string{
		"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
		"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
		"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"}
	trailerSignatures = [3]string{
		"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
		"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
		"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"}
)

func chunkRequest(body []byte) *http.Request {
	return incoming("PUT", "/examplebucket/chunkObject.txt", string(body), append(chunkHeaders,
		"x-amz-content-sha256: "+streamSigned, "Content-Length: 66824",
		authorization("content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
			"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"))...)
}

func trailerRequest(body []byte) *http.Request {
	return incoming("PUT", "/examplebucket/chunkObject.txt", string(body), append(chunkHeaders,
		"x-amz-content-sha256: "+streamTrailer, "x-amz-trailer: x-amz-checksum-crc32c",
		authorization("content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
			"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"))...)
}

const exampleTrailer = "x-amz-checksum-crc32c:sOO8/Q==\r\n" +
	"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func TestDocumentationChunks(t *testing.T) {
	plain := chunkExample(chunkSignatures, "\r\n")
	if len(plain) != 66824 {
		t.Fatalf("the example has %d bytes", len(plain))
	}
	for _, size := range []int{1, 7, 4096, 1 << 20} {
		req, err := check(chunkRequest(plain), s3Rules, testSecret, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := req.Body(bytes.NewReader(plain))
		if err != nil || b.Length() != 66560 {
			t.Fatal(err, b.Length())
		}
		if got, err := readAll(b, size); err != nil || len(got) != 66560 {
			t.Fatalf("%d bytes at a time: %d bytes, %v", size, len(got), err)
		}

		trailing := chunkExample(trailerSignatures, exampleTrailer)
		if req, err = check(trailerRequest(trailing), s3Rules, testSecret, nil); err != nil {
			t.Fatal(err)
		}
		if b, err = req.Body(bytes.NewReader(trailing)); err != nil {
			t.Fatal(err)
		}
		if _, ok := b.Trailer("x-amz-checksum-crc32c"); ok {
			t.Error("a trailer was there before the end")
		}
		if got, err := readAll(b, size); err != nil || len(got) != 66560 {
			t.Fatalf("%d bytes at a time: %d bytes, %v", size, len(got), err)
		}
		if v, ok := b.Trailer("x-amz-checksum-crc32c"); !ok || v != "sOO8/Q==" {
			t.Errorf("trailer is %q", v)
		}
	}
}
