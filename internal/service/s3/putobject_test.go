package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

func sumOf(a checksum.Algorithm, data []byte) string {
	h := checksum.New(a)
	h.Write(data)
	return checksum.Encode(h.Sum(nil))
}

func TestPutAndGet(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{0, 1, 1000, 32 << 10, 32<<10 + 1, 64 << 10, 1_000_000} {
		data := random(uint64(n), n)
		out := f.put("key", data)
		sum := md5.Sum(data)
		if want := `"` + hex.EncodeToString(sum[:]) + `"`; *out.ETag != want {
			t.Errorf("%d bytes: ETag %s, not %s", n, *out.ETag, want)
		}
		if *out.ServerSideEncryption != "AES256" || *out.ChecksumType != "FULL_OBJECT" ||
			*out.ChecksumCRC64NVME != sumOf(checksum.CRC64NVME, data) || out.VersionId != nil {
			t.Errorf("%+v", out)
		}
		got, read := f.get(getInput("key"))
		if !bytes.Equal(read, data) || *got.ETag != *out.ETag || *got.ContentType != "binary/octet-stream" ||
			*got.AcceptRanges != "bytes" || got.ContentRange != nil || got.ChecksumCRC64NVME != nil ||
			*got.ServerSideEncryption != "AES256" || !got.LastModified.Equal(f.now) {
			t.Errorf("%d bytes: %+v", n, got)
		}
	}
}

func TestPutKeepsWhatIsSaid(t *testing.T) {
	f := newFixture(t)
	in := putInput("key", []byte("x"))
	in.ContentType, in.ContentEncoding, in.ContentLanguage = p("text/css"), p("aws-chunked, gzip"), p("de")
	in.ContentDisposition, in.CacheControl, in.Expires = p("attachment"), p("no-cache"), p("not a date")
	in.Metadata = map[string]string{"Upper": "A", "low": "é"}
	in.StorageClass, in.WebsiteRedirectLocation, in.Tagging = p("STANDARD_IA"), p("/other"), p("a=1&b+c=d%2Fe")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	out, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("key")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  *string
		want string
	}{
		{out.ContentType, "text/css"}, {out.ContentEncoding, "gzip"}, {out.ContentLanguage, "de"},
		{out.ContentDisposition, "attachment"}, {out.CacheControl, "no-cache"}, {out.Expires, "not a date"},
		{out.StorageClass, "STANDARD_IA"}, {out.WebsiteRedirectLocation, "/other"},
	} {
		if value(c.got) != c.want {
			t.Errorf("%q, not %q", value(c.got), c.want)
		}
	}
	if len(out.Metadata) != 2 || out.Metadata["upper"] != "A" || out.Metadata["low"] != "é" || *out.TagCount != 2 {
		t.Errorf("%+v", out)
	}
	f.denied["s3:GetObjectTagging"] = true
	if out, _ := f.get(getInput("key")); out.TagCount != nil {
		t.Error("the tags are counted for somebody who may not see them")
	}
}

func TestPutRefused(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		name, code, text string
		change           func(*api.PutObjectInput)
	}{
		{"bucket", "NoSuchBucket", "BucketName=nobody", func(in *api.PutObjectInput) { in.Bucket = p("nobody") }},
		{"owner", "AccessDenied", "Access Denied", func(in *api.PutObjectInput) { in.ExpectedBucketOwner = p(stranger) }},
		{"bad owner", "InvalidBucketOwnerAWSAccountID", "[abc]", func(in *api.PutObjectInput) { in.ExpectedBucketOwner = p("abc") }},
		{"long key", "KeyTooLongError", "MaxSizeAllowed=1024", func(in *api.PutObjectInput) { in.Key = p(strings.Repeat("k", 1025)) }},
		{"bad key", "InvalidURI", "", func(in *api.PutObjectInput) { in.Key = p("a\xff") }},
		{"metadata", "MetadataTooLarge", "Size=2049", func(in *api.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2048)} }},
		{"class", "InvalidStorageClass", "StorageClassRequested=COLD", func(in *api.PutObjectInput) { in.StorageClass = p("COLD") }},
		{"redirect", "InvalidRedirectLocation", "", func(in *api.PutObjectInput) { in.WebsiteRedirectLocation = p("ftp://x") }},
		{"kms", "NotImplemented", "", func(in *api.PutObjectInput) { in.ServerSideEncryption = p("aws:kms") }},
		{"sse", "InvalidEncryptionAlgorithmError", "ArgumentValue=AES512", func(in *api.PutObjectInput) { in.ServerSideEncryption = p("AES512") }},
		{"sse-c", "InvalidArgument", "must provide an appropriate secret key", func(in *api.PutObjectInput) { in.SSECustomerAlgorithm = p("AES256") }},
		{"lock", "InvalidRequest", "Bucket is missing Object Lock Configuration", func(in *api.PutObjectInput) { in.ObjectLockMode = p("GOVERNANCE") }},
		{"offset", "NotImplemented", "", func(in *api.PutObjectInput) { in.WriteOffsetBytes = p(int64(1)) }},
		{"length", "IncompleteBody", "NumberBytesExpected=9", func(in *api.PutObjectInput) { in.ContentLength = p(int64(9)) }},
		{"large", "EntityTooLarge", "MaxSizeAllowed=5368709120", func(in *api.PutObjectInput) { in.ContentLength = p(int64(5<<30 + 1)) }},
		{"cut", "IncompleteBody", "terminated", func(in *api.PutObjectInput) {
			in.Body = body{Reader: iotest.ErrReader(io.ErrUnexpectedEOF)}
		}},
		{"md5", "BadDigest", "CalculatedDigest", func(in *api.PutObjectInput) { in.ContentMD5 = p(base64.StdEncoding.EncodeToString(make([]byte, 16))) }},
		{"bad md5", "InvalidDigest", "Content-MD5=x", func(in *api.PutObjectInput) { in.ContentMD5 = p("x") }},
		{"tag twice", "InvalidArgument", "x-amz-tagging", func(in *api.PutObjectInput) { in.Tagging = p("a=1&a=2") }},
		{"tag without a name", "InvalidArgument", "x-amz-tagging", func(in *api.PutObjectInput) { in.Tagging = p("=") }},
		{"tag escape", "InvalidArgument", "x-amz-tagging", func(in *api.PutObjectInput) { in.Tagging = p("a=%zz") }},
		{"tags", "BadRequest", "greater than 10", func(in *api.PutObjectInput) { in.Tagging = p("a&b&c&d&e&f&g&h&i&j&k") }},
		{"aws tag", "InvalidTag", "aws:", func(in *api.PutObjectInput) { in.Tagging = p("aws:x=1") }},
		{"tag key", "InvalidTag", "TagKey", func(in *api.PutObjectInput) { in.Tagging = p(strings.Repeat("k", 129) + "=1") }},
		{"tag value", "InvalidTag", "TagValue", func(in *api.PutObjectInput) { in.Tagging = p("k=" + strings.Repeat("v", 257)) }},
		{"tag character", "InvalidTag", "TagValue", func(in *api.PutObjectInput) { in.Tagging = p("k=%3B") }},
		{"acl", "AccessControlListNotSupported", "", func(in *api.PutObjectInput) { in.ACL = p("public-read") }},
		{"acl name", "InvalidArgument", "ArgumentValue=fake", func(in *api.PutObjectInput) { in.ACL = p("fake") }},
		{"acl twice", "InvalidRequest", "Canned ACLs and Header Grants", func(in *api.PutObjectInput) { in.ACL, in.GrantRead = p("private"), p("id=x") }},
		{"grant", "AccessControlListNotSupported", "", func(in *api.PutObjectInput) { in.GrantRead = p("id=x") }},
		{"none match", "NotImplemented", "Header=If-None-Match\nadditionalMessage=We don't accept the provided value of If-None-Match header", func(in *api.PutObjectInput) { in.IfNoneMatch = p(`"abc"`) }},
		{"both", "NotImplemented", "", func(in *api.PutObjectInput) { in.IfNoneMatch, in.IfMatch = p("*"), p("abc") }},
	} {
		in := putInput("refused", []byte("12345"))
		c.change(in)
		_, err := f.PutObject(f.ctx, in)
		t.Run(c.name, func(t *testing.T) { wantError(t, err, c.code, c.text) })
	}
	f.absent("refused")
}

type unmeasured struct{ wire.Body }

func (unmeasured) Length() int64 { return -1 }

func TestPutWithoutLength(t *testing.T) {
	f := newFixture(t)
	in := putInput("k", nil)
	in.Body, in.ContentLength = unmeasured{bodyOf(nil)}, nil
	_, err := f.PutObject(f.ctx, in)
	wantError(t, err, "MissingContentLength", "")
}

func TestPutTooLargeWithoutLength(t *testing.T) {
	in := &intake{src: endless{}, length: -1}
	in.hash(checksum.None)
	in.n = store.MaxPart - 10
	_, err := io.Copy(io.Discard, in)
	wantError(t, err, "EntityTooLarge", "MaxSizeAllowed")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestPutChecksums(t *testing.T) {
	f := newFixture(t)
	for _, size := range []int{5, 100_000} {
		data := random(1, size)
		for _, a := range checksum.Algorithms() {
			right, wrong := sumOf(a, data), sumOf(a, nil)
			fields := func(in *api.PutObjectInput) sumFields {
				return sumFields{&in.ChecksumCRC32, &in.ChecksumCRC32C, &in.ChecksumCRC64NVME, &in.ChecksumSHA1, &in.ChecksumSHA256,
					&in.ChecksumSHA512, &in.ChecksumMD5, &in.ChecksumXXHASH64, &in.ChecksumXXHASH3, &in.ChecksumXXHASH128}
			}
			header := func(v string) error {
				in := putInput("k", data)
				*fields(in)[a-1] = &v
				_, err := f.PutObject(f.ctx, in)
				return err
			}
			trailer := func(v string) error {
				in := putInput("k", data)
				in.ChecksumAlgorithm = p(a.String())
				in.Body = body{bytes.NewReader(data), map[string]string{a.Header(): v}}
				_, err := f.PutObject(f.ctx, in)
				return err
			}
			for name, send := range map[string]func(string) error{"header": header, "trailing header": trailer} {
				wantError(t, send(wrong), "BadDigest", "The "+a.String()+" you specified did not match the calculated checksum.")
				wantError(t, send("x"), "InvalidRequest", "Value for "+a.Header()+" "+name+" is invalid.")
				f.absent("k")
				if err := send(right); err != nil {
					t.Errorf("%s in a %s: %v", a, name, err)
				}
				in := getInput("k")
				in.ChecksumMode = p("ENABLED")
				out, _ := f.get(in)
				got := [...]*string{out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1,
					out.ChecksumSHA256, out.ChecksumSHA512, out.ChecksumMD5, out.ChecksumXXHASH64, out.ChecksumXXHASH3,
					out.ChecksumXXHASH128}[a-1]
				if value(got) != right || *out.ChecksumType != "FULL_OBJECT" {
					t.Errorf("%s: %q, not %q", a, value(got), right)
				}
				if _, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestPutContradictoryChecksums(t *testing.T) {
	f := newFixture(t)
	crc, sha := sumOf(checksum.CRC32, nil), sumOf(checksum.SHA1, nil)
	for _, c := range []struct {
		code, text string
		change     func(*api.PutObjectInput)
	}{
		{"InvalidRequest", "Multiple checksum Types are not allowed.", func(in *api.PutObjectInput) { in.ChecksumCRC32, in.ChecksumSHA1 = &crc, &sha }},
		{"InvalidRequest", "Value for x-amz-sdk-checksum-algorithm", func(in *api.PutObjectInput) { in.ChecksumCRC32, in.ChecksumAlgorithm = &crc, p("SHA1") }},
		{"InvalidRequest", "Value for x-amz-sdk-checksum-algorithm", func(in *api.PutObjectInput) { in.ChecksumAlgorithm = p("CRC7") }},
		{"InvalidRequest", "no corresponding", func(in *api.PutObjectInput) { in.ChecksumAlgorithm = p("SHA1") }},
		{"InvalidRequest", "Expecting a single", func(in *api.PutObjectInput) {
			in.ChecksumCRC32, in.Body = &crc, body{bytes.NewReader(nil), map[string]string{"x-amz-checksum-crc32": crc}}
		}},
		{"InvalidRequest", "Value for x-amz-checksum-xxhash64 header is invalid.", func(in *api.PutObjectInput) { in.ChecksumXXHASH64 = p("x") }},
	} {
		in := putInput("k", nil)
		c.change(in)
		_, err := f.PutObject(f.ctx, in)
		wantError(t, err, c.code, c.text)
	}
}

func TestPutOwnership(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("preferred", store.BucketOwnerPreferred)
	f.makeBucket("writer", store.ObjectWriter)
	f.makeBucket("none", store.NoOwnership)
	full := `id="` + canonical{}.CanonicalID(owner) + `"`
	for _, c := range []struct {
		bucket, by string
		acl, grant *string
		owner      string
		acls       bool
		code       string
	}{
		{"bucket", owner, nil, nil, owner, false, ""},
		{"bucket", stranger, nil, nil, owner, false, ""},
		{"bucket", stranger, p("bucket-owner-full-control"), nil, owner, false, ""},
		{"bucket", stranger, nil, &full, owner, false, ""},
		{"bucket", "", nil, nil, owner, false, ""},
		{"preferred", stranger, nil, nil, stranger, false, ""},
		{"preferred", stranger, p("bucket-owner-full-control"), nil, owner, false, ""},
		{"writer", stranger, p("bucket-owner-full-control"), nil, stranger, true, ""},
		{"writer", owner, p("bucket-owner-full-control"), nil, owner, false, ""},
		{"writer", stranger, p("private"), nil, stranger, false, ""},
		{"none", stranger, nil, nil, stranger, false, ""},
		{"writer", stranger, p("public-read"), nil, stranger, true, ""},
		{"writer", stranger, nil, &full, stranger, true, ""},
		{"preferred", stranger, nil, &full, stranger, true, ""},
		{"writer", "", nil, nil, store.Anonymous, false, ""},
		{"preferred", "", p("bucket-owner-full-control"), nil, owner, false, ""},
	} {
		in := putInput("k", nil)
		in.Bucket, in.ACL, in.GrantFullControl = &c.bucket, c.acl, c.grant
		_, err := f.PutObject(as(f.ctx, c.by), in)
		if c.code != "" {
			wantError(t, err, c.code, "")
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		err = f.store.View(f.ctx, func(r *store.Reader) error {
			b, err := r.Bucket(c.bucket)
			if err != nil {
				return err
			}
			o, err := r.Object(b.ID, "k")
			if err == nil && (o.Owner != c.owner || (o.ACL != nil) != c.acls) {
				t.Errorf("%+v: owner %s, ACL %x", c, o.Owner, o.ACL)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPutConditions(t *testing.T) {
	f := newFixture(t)
	put := func(match, none *string) error {
		in := putInput("k", []byte(time.Now().String()))
		in.IfMatch, in.IfNoneMatch = match, none
		_, err := f.PutObject(f.ctx, in)
		return err
	}
	wantError(t, put(p("abc"), nil), "NoSuchKey", "Key=k")
	if err := put(nil, p("*")); err != nil {
		t.Error(err)
	}
	wantError(t, put(nil, p("*")), "PreconditionFailed", "Condition=If-None-Match")
	etag := *f.put("k", []byte("v")).ETag
	wantError(t, put(p(`"abc"`), nil), "PreconditionFailed", "Condition=If-Match")
	if err := put(&etag, nil); err != nil {
		t.Error(err)
	}
	etag = strings.Trim(*f.put("k", []byte("v")).ETag, `"`)
	if err := put(&etag, nil); err != nil {
		t.Error(err)
	}
}
