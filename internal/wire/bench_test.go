package wire_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// sink is an http.ResponseWriter that keeps nothing.
type sink struct{ h http.Header }

func (s sink) Header() http.Header         { return s.h }
func (s sink) Write(b []byte) (int, error) { return len(b), nil }
func (s sink) WriteHeader(int)             {}

func ptr[T any](v T) *T { return &v }

func putRequest() *wire.Request {
	return &wire.Request{
		Method: "PUT", Bucket: "bucket", Key: "some/key", Query: url.Values{"x-id": {"PutObject"}}, Length: 5,
		Header: http.Header{
			"Content-Type": {"text/plain"}, "X-Amz-Checksum-Crc32": {"AAAAAA=="}, "X-Amz-Meta-Owner": {"me"},
			"Authorization": {"AWS4-HMAC-SHA256 …"}, "X-Amz-Date": {"20260101T000000Z"}, "User-Agent": {"aws-sdk-go-v2"},
			"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}, "Content-Length": {"5"},
		},
		Body: wire.NewBody(strings.NewReader("hello")),
	}
}

func BenchmarkPutObject(b *testing.B) {
	api := s3.API()
	b.ReportAllocs()
	for b.Loop() {
		r := putRequest()
		op, err := api.Route(r)
		if err != nil {
			b.Fatal(err)
		}
		in, err := op.Decode(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := op.Validate(in); err != nil {
			b.Fatal(err)
		}
		for i := range op.Access {
			if a := &op.Access[i]; a.When == nil || a.When(in) {
				a.Collect(in, func(string, []string) {})
			}
		}
		out := &s3.PutObjectOutput{ETag: ptr(`"abc"`), ServerSideEncryption: ptr("AES256"), ChecksumCRC32: ptr("AAAAAA==")}
		if err := op.Encode(sink{http.Header{}}, out, wire.IDs{Request: "R", Host: "H"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetObject(b *testing.B) {
	api := s3.API()
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		r := &wire.Request{
			Method: "GET", Bucket: "bucket", Key: "some/key", Query: url.Values{}, Length: -1,
			Header: http.Header{"X-Amz-Checksum-Mode": {"ENABLED"}, "User-Agent": {"x"}, "Authorization": {"y"}},
		}
		op, err := api.Route(r)
		if err != nil {
			b.Fatal(err)
		}
		in, err := op.Decode(r)
		if err != nil {
			b.Fatal(err)
		}
		_ = op.Validate(in)
		for i := range op.Access {
			if a := &op.Access[i]; a.When == nil || a.When(in) {
				a.Collect(in, func(string, []string) {})
			}
		}
		out := &s3.GetObjectOutput{
			Body: io.NopCloser(bytes.NewReader(nil)), ETag: ptr(`"abc"`), LastModified: &now, ContentLength: ptr(int64(0)),
			AcceptRanges: ptr("bytes"), ContentType: ptr("text/plain"), Metadata: map[string]string{"owner": "me"},
		}
		if err := op.Encode(sink{http.Header{}}, out, wire.IDs{Request: "R", Host: "H"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListObjectsV2Encode(b *testing.B) {
	now := time.Now()
	out := &s3.ListObjectsV2Output{Name: ptr("bucket"), KeyCount: ptr(int32(1000)), IsTruncated: ptr(false)}
	for range 1000 {
		out.Contents = append(out.Contents, s3.Object{
			Key: ptr("some/longer/key/of/an/object.txt"), ETag: ptr(`"d41d8cd98f00b204e9800998ecf8427e"`),
			Size: ptr(int64(12345)), LastModified: &now, StorageClass: ptr("STANDARD"),
		})
	}
	op := s3.API().Operation("ListObjectsV2")
	b.ReportAllocs()
	for b.Loop() {
		if err := op.Encode(sink{http.Header{}}, out, wire.IDs{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDeleteObjectsDecode(b *testing.B) {
	var body strings.Builder
	body.WriteString(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for range 1000 {
		body.WriteString("<Object><Key>some/longer/key/of/an/object.txt</Key></Object>")
	}
	body.WriteString("</Delete>")
	op := s3.API().Operation("DeleteObjects")
	b.ReportAllocs()
	for b.Loop() {
		r := &wire.Request{Bucket: "bucket", Header: http.Header{}, Length: -1, Body: wire.NewBody(strings.NewReader(body.String()))}
		if _, err := op.Decode(r); err != nil {
			b.Fatal(err)
		}
	}
}
