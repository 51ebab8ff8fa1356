package s3

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func TestDelete(t *testing.T) {
	f := newFixture(t)
	del := func(change func(*api.DeleteObjectInput)) error {
		in := &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")}
		if change != nil {
			change(in)
		}
		_, err := f.DeleteObject(f.ctx, in)
		return err
	}
	if err := del(nil); err != nil {
		t.Error(err)
	}
	etag := f.put("k", []byte("x")).ETag
	for _, c := range []struct {
		code, text string
		change     func(*api.DeleteObjectInput)
	}{
		{"NoSuchBucket", "", func(in *api.DeleteObjectInput) { in.Bucket = p("nobody") }},
		{"PreconditionFailed", "Condition=If-Match", func(in *api.DeleteObjectInput) { in.IfMatch = p("x") }},
		{"NoSuchKey", "", func(in *api.DeleteObjectInput) { in.Key, in.IfMatch = p("other"), p("*") }},
		{"InvalidArgument", "Version id cannot be the empty string", func(in *api.DeleteObjectInput) { in.VersionId = p("") }},
		{"InvalidArgument", "Invalid version id specified", func(in *api.DeleteObjectInput) { in.VersionId = p("?") }},
		{"NotImplemented", "", func(in *api.DeleteObjectInput) { in.IfMatchSize = p(int64(1)) }},
		{"NotImplemented", "", func(in *api.DeleteObjectInput) { in.IfMatchLastModifiedTime = p(f.now) }},
		{"AccessDenied", "", func(in *api.DeleteObjectInput) { in.ExpectedBucketOwner = p(stranger) }},
	} {
		wantError(t, del(c.change), c.code, c.text)
	}
	if err := del(func(in *api.DeleteObjectInput) { in.VersionId = p("AAAAAAAAAAAAAAAAAAAAAQ") }); err != nil {
		t.Error(err)
	}
	if string(f.object("k")) != "x" {
		t.Error("the object is gone")
	}
	if err := del(func(in *api.DeleteObjectInput) { in.IfMatch = etag }); err != nil {
		t.Error(err)
	}
	f.absent("k")
	f.put("k", nil)
	if err := del(func(in *api.DeleteObjectInput) { in.VersionId = p("null") }); err != nil {
		t.Error(err)
	}
	f.absent("k")
}
