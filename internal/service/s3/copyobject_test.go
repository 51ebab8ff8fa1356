package s3

import (
	"bytes"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

func copyInput(source, key string) *api.CopyObjectInput {
	return &api.CopyObjectInput{Bucket: p("bucket"), Key: &key, CopySource: &source}
}

func TestCopy(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("other", store.BucketOwnerEnforced)
	for _, n := range []int{0, 10, 200_000} {
		data := random(uint64(n), n)
		in := putInput("a b/ü", data)
		in.ContentType, in.Metadata, in.Tagging = p("text/plain"), map[string]string{"a": "b"}, p("x=y")
		in.ChecksumSHA256 = p(sumOf(checksum.SHA256, data))
		put, err := f.PutObject(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{"bucket/a%20b/%C3%BC", "/bucket/a b/ü", "bucket%2Fa%20b%2F%C3%BC", "bucket/a%20b/%C3%BC?versionId=null"} {
			in := copyInput(source, "copy")
			in.Bucket = p("other")
			out, err := f.CopyObject(f.ctx, in)
			if err != nil {
				t.Fatal(source, err)
			}
			if *out.CopyObjectResult.ETag != *put.ETag || *out.CopyObjectResult.ChecksumSHA256 != *put.ChecksumSHA256 ||
				!out.CopyObjectResult.LastModified.Equal(f.now) {
				t.Errorf("%+v", out.CopyObjectResult)
			}
			get := getInput("copy")
			get.Bucket = p("other")
			got, read := f.get(get)
			if !bytes.Equal(read, data) || *got.ContentType != "text/plain" || got.Metadata["a"] != "b" || *got.TagCount != 1 {
				t.Errorf("%+v", got)
			}
		}
	}
}

func TestCopyReplaces(t *testing.T) {
	f := newFixture(t)
	in := putInput("a", []byte("x"))
	in.ContentType, in.Metadata, in.Tagging, in.WebsiteRedirectLocation = p("text/plain"), map[string]string{"a": "b"}, p("x=y"), p("/z")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	cp := copyInput("bucket/a", "b")
	cp.MetadataDirective, cp.TaggingDirective, cp.StorageClass = p("REPLACE"), p("REPLACE"), p("GLACIER_IR")
	cp.ContentType, cp.Metadata, cp.Tagging, cp.ChecksumAlgorithm = p("a/b"), map[string]string{"c": "d"}, p("q=r&s=t"), p("SHA1")
	out, err := f.CopyObject(f.ctx, cp)
	if err != nil || out.CopyObjectResult.ChecksumSHA1 == nil {
		t.Fatal(out, err)
	}
	got, _ := f.get(getInput("b"))
	if *got.ContentType != "a/b" || got.Metadata["c"] != "d" || got.Metadata["a"] != "" || *got.TagCount != 2 ||
		*got.StorageClass != "GLACIER_IR" || got.WebsiteRedirectLocation != nil {
		t.Errorf("%+v", got)
	}
	// What is not replaced is copied, but not where a website redirects to.
	if _, err := f.CopyObject(f.ctx, copyInput("bucket/a", "c")); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.get(getInput("c")); *got.TagCount != 1 || got.WebsiteRedirectLocation != nil || got.StorageClass != nil {
		t.Errorf("%+v", got)
	}
}

func TestCopyToItself(t *testing.T) {
	f := newFixture(t)
	f.put("a", []byte("x"))
	_, err := f.CopyObject(f.ctx, copyInput("bucket/a", "a"))
	wantError(t, err, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself")
	for _, change := range []func(*api.CopyObjectInput){
		func(in *api.CopyObjectInput) { in.MetadataDirective = p("REPLACE") },
		func(in *api.CopyObjectInput) { in.StorageClass = p("STANDARD_IA") },
		func(in *api.CopyObjectInput) { in.WebsiteRedirectLocation = p("/x") },
		func(in *api.CopyObjectInput) { in.ServerSideEncryption = p("AES256") },
	} {
		in := copyInput("bucket/a", "a")
		change(in)
		if _, err := f.CopyObject(f.ctx, in); err != nil {
			t.Error(err)
		}
		if string(f.object("a")) != "x" {
			t.Error("the object changed")
		}
	}
}

func TestCopyRefused(t *testing.T) {
	f := newFixture(t)
	etag := f.put("a", []byte("x")).ETag
	before, after := f.now.Add(-time.Hour), f.now.Add(time.Hour)
	for _, c := range []struct {
		name, code, text string
		change           func(*api.CopyObjectInput)
	}{
		{"no source", "InvalidArgument", "Invalid copy source bucket name", func(in *api.CopyObjectInput) { in.CopySource = nil }},
		{"address", "InvalidArgument", "Invalid copy source bucket name", func(in *api.CopyObjectInput) { in.CopySource = p("192.168.1.1/a") }},
		{"no key", "InvalidArgument", "Invalid copy source object key", func(in *api.CopyObjectInput) { in.CopySource = p("bucket") }},
		{"escape", "InvalidArgument", "Invalid copy source encoding", func(in *api.CopyObjectInput) { in.CopySource = p("bucket/%zz") }},
		{"empty version", "InvalidArgument", "versionId", func(in *api.CopyObjectInput) { in.CopySource = p("bucket/a?versionId=") }},
		{"version", "NoSuchVersion", "", func(in *api.CopyObjectInput) { in.CopySource = p("bucket/a?versionId=AAAAAAAAAAAAAAAAAAAAAQ") }},
		{"access point", "NotImplemented", "", func(in *api.CopyObjectInput) {
			in.CopySource = p("arn:aws:s3:us-east-1:111111111111:accesspoint/x/object/a")
		}},
		{"missing", "NoSuchKey", "Key=b", func(in *api.CopyObjectInput) { in.CopySource = p("bucket/b") }},
		{"missing bucket", "NoSuchBucket", "BucketName=nobody", func(in *api.CopyObjectInput) { in.CopySource = p("nobody/b") }},
		{"missing target", "NoSuchBucket", "BucketName=nobody", func(in *api.CopyObjectInput) { in.Bucket = p("nobody") }},
		{"source owner", "AccessDenied", "", func(in *api.CopyObjectInput) { in.ExpectedSourceBucketOwner = p(stranger) }},
		{"match", "PreconditionFailed", "If-Match", func(in *api.CopyObjectInput) { in.CopySourceIfMatch = p("x") }},
		{"none match", "PreconditionFailed", "If-None-Match", func(in *api.CopyObjectInput) { in.CopySourceIfNoneMatch = etag }},
		{"modified", "PreconditionFailed", "If-Modified-Since", func(in *api.CopyObjectInput) { in.CopySourceIfModifiedSince = &after }},
		{"unmodified", "PreconditionFailed", "If-Unmodified-Since", func(in *api.CopyObjectInput) { in.CopySourceIfUnmodifiedSince = &before }},
		{"directive", "InvalidArgument", "Unknown metadata directive.", func(in *api.CopyObjectInput) { in.MetadataDirective = p("MOVE") }},
		{"tag directive", "InvalidArgument", "Unknown tagging directive.", func(in *api.CopyObjectInput) { in.TaggingDirective = p("MOVE") }},
		{"algorithm", "InvalidRequest", "unsupported", func(in *api.CopyObjectInput) { in.ChecksumAlgorithm = p("X") }},
		{"exists", "PreconditionFailed", "If-None-Match", func(in *api.CopyObjectInput) { in.Key, in.IfNoneMatch = p("a2"), p("*") }},
		{"source key", "InvalidArgument", "must provide a valid encryption algorithm.", func(in *api.CopyObjectInput) { in.CopySourceSSECustomerKey = p("x") }},
	} {
		f.put("a2", nil)
		in := copyInput("bucket/a", "new")
		c.change(in)
		_, err := f.CopyObject(f.ctx, in)
		t.Run(c.name, func(t *testing.T) { wantError(t, err, c.code, c.text) })
	}
	f.absent("new")
	f.denied["s3:ListBucket"] = true
	_, err := f.CopyObject(f.ctx, copyInput("bucket/b", "new"))
	wantError(t, err, "AccessDenied", "")
}

func TestUploadPartCopy(t *testing.T) {
	f := newFixture(t)
	data := random(1, 6<<20)
	f.put("a", data)
	id := f.begin(&api.CreateMultipartUploadInput{})
	in := &api.UploadPartCopyInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(1)), CopySource: p("bucket/a")}
	one, err := f.UploadPartCopy(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	in.PartNumber, in.CopySourceRange = p(int32(2)), p("bytes=5000000-6291455")
	two, err := f.UploadPartCopy(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.CompleteMultipartUpload(f.ctx, completeInput(id,
		api.CompletedPart{ETag: one.CopyPartResult.ETag, PartNumber: p(int32(1))},
		api.CompletedPart{ETag: two.CopyPartResult.ETag, PartNumber: p(int32(2))}))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.object("k"), append(append([]byte{}, data...), data[5_000_000:]...)) {
		t.Error("differs")
	}
	id = f.begin(&api.CreateMultipartUploadInput{})
	in.UploadId = &id
	for _, c := range []struct{ rang, text string }{
		{"0-1", "bytes=first-last"}, {"bytes=1-", "bytes=first-last"}, {"bytes=-1", "bytes=first-last"},
		{"bytes=2-1", "bytes=first-last"}, {"bytes=0-+5", "bytes=first-last"}, {"bytes=0-6291456", "source object of size: 6291456"},
	} {
		in.CopySourceRange = &c.rang
		_, err := f.UploadPartCopy(f.ctx, in)
		wantError(t, err, "InvalidArgument", c.text)
	}
}

func FuzzParseCopySource(f *testing.F) {
	f.Add("/bucket/a%20b?versionId=null")
	f.Fuzz(func(t *testing.T, header string) {
		src, err := ParseCopySource(header)
		if err == nil && (src.Bucket == "" || src.Key == "") {
			t.Errorf("%q: %+v", header, src)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	f.Add("bytes=0-5", int64(10))
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			size = -(size + 1)
		}
		start, end, ok := parseRange(header, size)
		if ok && (start < 0 || end > size) {
			t.Errorf("%q of %d: %d to %d", header, size, start, end)
		}
		if start, length, err := copyRange(&header, size); err == nil && (start < 0 || length < 1 || start+length > size) {
			t.Errorf("%q of %d: %d bytes from %d", header, size, length, start)
		}
	})
}
