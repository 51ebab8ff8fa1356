package sigv4

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

const incompleteText = "The request body terminated unexpectedly"

// bodyOf verifies an anonymous-or-signed request and reads its body.
func bodyOf(r *http.Request, body io.Reader) (string, *Body, error) {
	req, err := Parse(r, s3Rules)
	if err == nil && req.Auth != Anonymous {
		err = req.Verify(NewKey(testSecret, req.Date, req.Region, req.Service), nil)
	}
	if err != nil {
		return "", nil, err
	}
	b, err := req.Body(body)
	if err != nil {
		return "", nil, err
	}
	got, err := readAll(b, 1000)
	if _, again := b.Read(make([]byte, 1)); !errors.Is(again, err) && !(err == nil && again == io.EOF) {
		return "", b, fmt.Errorf("after %v came %v", err, again)
	}
	return string(got), b, err
}

func TestHashedBody(t *testing.T) {
	r := signed("PUT", "/k", "", HashPayload([]byte("hello")))
	if got, _, err := bodyOf(r, strings.NewReader("hello")); err != nil || got != "hello" {
		t.Fatal(got, err)
	}
	if got, _, err := bodyOf(r, iotest.DataErrReader(strings.NewReader("hello"))); err != nil || got != "hello" {
		t.Fatal(got, err)
	}
	for _, body := range []string{"", "hell", "hellp", "hello!"} {
		_, _, err := bodyOf(r, iotest.DataErrReader(strings.NewReader(body)))
		e := wantError(t, err, KindPayload, 400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
		wantFields(t, e, Field{"ClientComputedContentSHA256", HashPayload([]byte("hello"))}, Field{"S3ComputedContentSHA256", HashPayload([]byte(body))})
	}
	upper := signed("PUT", "/k", "", strings.ToUpper(HashPayload([]byte("hello"))))
	if _, _, err := bodyOf(upper, strings.NewReader("hello")); err != nil {
		t.Error("upper-case digits:", err)
	}
	_, _, err := bodyOf(r, io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	wantError(t, err, KindIncompleteBody, 400, "IncompleteBody", incompleteText)
	broken := errors.New("broken")
	if _, _, err = bodyOf(r, iotest.ErrReader(broken)); err != broken {
		t.Errorf("the source's error became %v", err)
	}
}

func TestUnsignedBody(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"header":    signed("PUT", "/k", "", unsignedPayload),
		"query":     presigned("PUT", "/k", ""),
		"anonymous": incoming("PUT", "/k", ""),
	} {
		if got, _, err := bodyOf(r, strings.NewReader("anything")); err != nil || got != "anything" {
			t.Error(name, got, err)
		}
	}
	r := signed("PUT", "/k", "", unsignedPayload, "X-Amz-Trailer: x-amz-checksum-crc32")
	_, _, err := bodyOf(r, strings.NewReader("x"))
	wantError(t, err, KindTrailer, 400, "MalformedTrailerError", "")
}

// unsignedChunks is a request with framing that anybody may write.
func unsignedChunks(length string, trailers ...string) *http.Request {
	h := []string{"X-Amz-Decoded-Content-Length: " + length}
	if length == "" {
		h = nil
	}
	for _, name := range trailers {
		h = append(h, "X-Amz-Trailer: "+name)
	}
	return signed("PUT", "/k", "", streamUnsigned, h...)
}

func TestUnsignedChunks(t *testing.T) {
	big := strings.Repeat("b", minChunk)
	tests := []struct {
		name, length string
		announced    string
		body         string
		want         string
	}{
		{"empty", "0", "", "0\r\n\r\n", ""},
		{"one", "5", "", "5\r\nhello\r\n0\r\n\r\n", "hello"},
		{"no end of line after the end", "5", "", "5\r\nhello\r\n0\r\n", "hello"},
		{"capitals and zeros", "10", "", "000A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
		{"extension", "5", "", "5;x=y\r\nhello\r\n0\r\n\r\n", "hello"},
		{"two", "8197", "", "2000\r\n" + big + "\r\n5\r\nhello\r\n0\r\n\r\n", big + "hello"},
		{"trailer", "5", "x-amz-checksum-crc32", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "hello"},
		{"trailer, loosely written", "5", "X-Amz-Checksum-CRC32", "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32 : NhCmhg== \n\r\n", "hello"},
		{"trailer and no empty line", "5", "x-amz-checksum-crc32", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n", "hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body)), iotest.DataErrReader(strings.NewReader(tt.body))} {
				got, b, err := bodyOf(unsignedChunks(tt.length, strings.Fields(tt.announced)...), src)
				if err != nil || got != tt.want || b.Length() != int64(len(tt.want)) {
					t.Fatalf("got %d bytes, %v", len(got), err)
				}
				if v, ok := b.Trailer("x-amz-checksum-crc32"); tt.announced != "" && (v != "NhCmhg==" || !ok || len(b.Trailers()) != 1 || b.Announced()[0] != "x-amz-checksum-crc32") {
					t.Errorf("trailer %q in %v", v, b.Trailers())
				}
			}
		})
	}
}

func TestChunkErrors(t *testing.T) {
	small := strings.Repeat("b", minChunk-1)
	const lengthText = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	tests := []struct {
		name, length, announced, body string
		kind                          Kind
		status                        int
		code, message                 string
		fields                        []Field
	}{
		{"nothing", "0", "", "", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"no header", "5", "", "hello", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"bare line feed", "5", "", "5\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"negative", "5", "", "-5\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"sign", "5", "", "+5\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"prefix", "5", "", "0x5\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"overflow", "5", "", "10000000000000005\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"huge", "5", "", "fffffffffffffff\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", lengthText, []Field{{"NumberBytesExpected", "5"}}},
		{"long header", "5", "", "5;" + strings.Repeat("x", maxChunkLine) + "\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"endless header", "5", "", strings.Repeat("0", 1<<20), KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"data too long", "5", "", "5\r\nhello!\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"cut in data", "5", "", "5\r\nhel", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"cut after data", "5", "", "5\r\nhello", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"cut before the end", "5", "", "5\r\nhello\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"more after the end", "5", "", "5\r\nhello\r\n0\r\n\r\nx", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"lines after the end", "5", "", "5\r\nhello\r\n0\r\n\r\n\r\n\r\n\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"more than declared", "4", "", "5\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", lengthText, []Field{{"NumberBytesExpected", "4"}, {"NumberBytesProvided", "5"}}},
		{"less than declared", "6", "", "5\r\nhello\r\n0\r\n\r\n", KindIncompleteBody, 400, "IncompleteBody", lengthText, []Field{{"NumberBytesExpected", "6"}, {"NumberBytesProvided", "5"}}},
		{"small chunk", "8196", "", "1fff\r\n" + small + "\r\n5\r\nhello\r\n0\r\n\r\n", KindChunkSize, 403, "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes", []Field{{"Chunk", "2"}, {"BadChunkSize", "8191"}}},
		{"no length", "", "", "0\r\n\r\n", KindMissingLength, 411, "MissingContentLength", "You must provide the Content-Length HTTP header.", nil},
		{"negative length", "-1", "", "0\r\n\r\n", KindMissingLength, 411, "MissingContentLength", "", nil},
		{"overflowing length", "9223372036854775808", "", "0\r\n\r\n", KindMissingLength, 411, "MissingContentLength", "", nil},
		{"trailer missing", "0", "a", "0\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"trailer not announced", "0", "", "0\r\na:b\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"trailer twice", "0", "a", "0\r\na:b\r\na:b\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"trailer without colon", "0", "a", "0\r\na\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"trailer cut", "0", "a", "0\r\na:b", KindIncompleteBody, 400, "IncompleteBody", incompleteText, nil},
		{"trailer too long", "0", "a", "0\r\na:" + strings.Repeat("b", 1<<20) + "\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"trailer flood", "0", "a", "0\r\n" + strings.Repeat("a:b\r\n", 100000) + "\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
		{"announced flood", "0", strings.Repeat("a,", maxTrailers+1), "0\r\n\r\n", KindTrailer, 400, "MalformedTrailerError", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, b, err := bodyOf(unsignedChunks(tt.length, strings.Fields(tt.announced)...), strings.NewReader(tt.body))
			wantFields(t, wantError(t, err, tt.kind, tt.status, tt.code, tt.message), tt.fields...)
			if b != nil && b.Trailers() != nil {
				t.Error("trailers were given out")
			}
		})
	}
}

// Changing any byte of a body of signed chunks is noticed before io.EOF.
func TestSignedChunksTampered(t *testing.T) {
	bodies := map[string]struct {
		body    []byte
		request func([]byte) *http.Request
	}{
		"chunks":  {chunkExample(chunkSignatures, "\r\n"), chunkRequest},
		"trailer": {chunkExample(trailerSignatures, exampleTrailer), trailerRequest},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for name, tt := range bodies {
		r := tt.request(nil)
		for i := range 300 {
			at := rng.IntN(len(tt.body) - 4)
			if i%2 == 0 { // in the framing behind the second chunk, too
				at = len(tt.body) - 5 - rng.IntN(180)
			}
			bad := bytes.Clone(tt.body)
			bad[at] ^= 1 << rng.IntN(5)
			if name == "trailer" && strings.EqualFold(string(bad), string(tt.body)) {
				continue // names of trailing headers have no case
			}
			if _, _, err := bodyOf(r, bytes.NewReader(bad)); err == nil {
				t.Fatalf("%s: byte %d was changed to %q", name, at, bad[at])
			}
		}
		for _, cut := range []int{1, 80, 84, 66000, len(tt.body) - 100} {
			if _, _, err := bodyOf(r, bytes.NewReader(tt.body[:cut])); err == nil {
				t.Errorf("%s: cut at %d", name, cut)
			}
		}
	}
	bad := chunkExample([3]string{chunkSignatures[0], chunkSignatures[0], chunkSignatures[2]}, "\r\n")
	got, _, err := bodyOf(chunkRequest(nil), bytes.NewReader(bad))
	e := wantError(t, err, KindSignature, 403, "SignatureDoesNotMatch", "")
	if !strings.HasPrefix(e.Field("StringToSign"), "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"+chunkSignatures[0]+"\n"+emptyHash+"\n") {
		t.Errorf("string to sign is %q", e.Field("StringToSign"))
	}
	if len(got) >= 66560 {
		t.Error("the last bytes of a wrong chunk came out")
	}
	swapped := append(chunkExample(chunkSignatures, "")[65626:], chunkExample(chunkSignatures, "\r\n")[:65626]...)
	if _, _, err := bodyOf(chunkRequest(nil), bytes.NewReader(swapped)); err == nil {
		t.Error("swapped chunks")
	}
}

func TestTrailerOfSignedChunks(t *testing.T) {
	for name, end := range map[string]string{
		"missing":           "\r\n",
		"no signature":      "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
		"signature only":    strings.SplitAfter(exampleTrailer, "\r\n")[1] + "\r\n",
		"short signature":   "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:00\r\n\r\n",
		"other value":       strings.Replace(exampleTrailer, "sOO8", "sOO9", 1),
		"not announced":     "x-amz-checksum-crc32:sOO8/Q==\r\n" + exampleTrailer,
		"nothing but lines": strings.Repeat("\r\n", 10),
	} {
		if _, _, err := bodyOf(trailerRequest(nil), bytes.NewReader(chunkExample(trailerSignatures, end))); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	// The documentation draws a line break before the signature.
	end := strings.Replace(exampleTrailer, "\r\nx-amz-trailer", "\n\r\nx-amz-trailer", 1)
	if _, _, err := bodyOf(trailerRequest(nil), bytes.NewReader(chunkExample(trailerSignatures, end))); err != nil {
		t.Error(err)
	}
}

// Signed chunks before Verify would follow no signature.
func TestChunksNeedVerify(t *testing.T) {
	req, err := Parse(chunkRequest(nil), s3Rules)
	if err != nil {
		t.Fatal(err)
	}
	_, err = req.Body(strings.NewReader(""))
	wantError(t, err, KindMissingToken, 403, "AccessDenied", "")
}

func TestStripChunked(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "aws-chunked": "", "aws-chunked,gzip": "gzip", "gzip, AWS-Chunked": "gzip", "aws-chunked, aws-chunked": "",
		"deflate, gzip": "deflate, gzip", "aws-chunked,deflate, gzip": "deflate,gzip",
	} {
		if got := StripChunked(in); got != want {
			t.Errorf("StripChunked(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestLengthOf: an object needs a Content-Length, be it of nothing.
func TestLengthOf(t *testing.T) {
	for _, tt := range []struct {
		method string
		proto  int
		header http.Header
		length int64
		want   int64
	}{
		{"PUT", 1, http.Header{}, 0, -1},
		{"PUT", 1, http.Header{"Content-Length": {"0"}}, 0, 0},
		{"PUT", 2, http.Header{}, 0, 0}, // the end of the stream says it
		{"PUT", 1, http.Header{}, -1, -1},
		{"PUT", 1, http.Header{"Content-Length": {"5"}}, 5, 5},
		{"GET", 1, http.Header{}, 0, 0},
	} {
		r := &http.Request{Method: tt.method, ProtoMajor: tt.proto, Header: tt.header, ContentLength: tt.length}
		if got := lengthOf(r); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}
