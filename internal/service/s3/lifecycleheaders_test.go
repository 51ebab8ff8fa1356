package s3

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func TestExpirationHeader(t *testing.T) {
	f := newFixture(t) // on 2 January 2026 at 03:04:05
	const want = `expiry-date="Sun, 04 Jan 2026 00:00:00 GMT", rule-id="two days \o/ %25 %22%C3%A9%22"`
	has := func(name string, got *string, want string) {
		t.Helper()
		if value(got) != want {
			t.Errorf("%s: %q, want %q", name, value(got), want)
		}
	}
	has("without rules", f.put("logs/a", []byte("x")).Expiration, "")
	f.lifecycle(expireAfter("week", "", 7), expireAfter(`two days \o/ % "é"`, "logs/", 1),
		api.LifecycleRule{ID: p("tagged"), Status: p("Enabled"), Expiration: &api.LifecycleExpiration{Days: p(int32(2))},
			Filter: &api.LifecycleRuleFilter{Tag: &api.Tag{Key: p("k"), Value: p("v")}}})
	has("put", f.put("logs/a", []byte("x")).Expiration, want)
	out, _ := f.get(getInput("logs/a"))
	has("get", out.Expiration, want)
	head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("logs/a")})
	if err != nil {
		t.Fatal(err)
	}
	has("head", head.Expiration, want)
	head, err = f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("logs/a"), VersionId: p("null")})
	if err != nil {
		t.Fatal(err)
	}
	has("head of a version", head.Expiration, "")
	has("another", f.put("b", []byte("x")).Expiration, `expiry-date="Sat, 10 Jan 2026 00:00:00 GMT", rule-id="week"`)
	copied, err := f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("logs/c"), CopySource: p("bucket/b")})
	if err != nil {
		t.Fatal(err)
	}
	has("copy", copied.Expiration, want)
	in := putInput("t", nil)
	in.Tagging = p("k=v")
	tagged, err := f.PutObject(f.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	has("tagged", tagged.Expiration, `expiry-date="Mon, 05 Jan 2026 00:00:00 GMT", rule-id="tagged"`)

	// A new configuration counts at once.
	f.lifecycle(expireAfter("day", "", 1))
	out, _ = f.get(getInput("b"))
	has("changed rules", out.Expiration, `expiry-date="Sun, 04 Jan 2026 00:00:00 GMT", rule-id="day"`)
	if _, err := f.DeleteBucketLifecycle(f.ctx, &api.DeleteBucketLifecycleInput{Bucket: p("bucket")}); err != nil {
		t.Fatal(err)
	}
	out, _ = f.get(getInput("b"))
	has("deleted rules", out.Expiration, "")
}

func TestAbortHeaders(t *testing.T) {
	f := newFixture(t)
	create := func() *api.CreateMultipartUploadOutput {
		out, err := f.CreateMultipartUpload(f.ctx, &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("logs/a")})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := create(); out.AbortDate != nil || out.AbortRuleId != nil {
		t.Errorf("without rules: %v %v", out.AbortDate, out.AbortRuleId)
	}
	f.lifecycle(api.LifecycleRule{ID: p("abort"), Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{},
		AbortIncompleteMultipartUpload: &api.AbortIncompleteMultipartUpload{DaysAfterInitiation: p(int32(3))}}, expireAfter("end", "", 9))
	at := time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC)
	out := create()
	if out.AbortDate == nil || !out.AbortDate.Equal(at) || value(out.AbortRuleId) != "abort" {
		t.Fatalf("%v %v", out.AbortDate, out.AbortRuleId)
	}
	part, err := f.UploadPart(f.ctx, &api.UploadPartInput{Bucket: out.Bucket, Key: out.Key, UploadId: out.UploadId,
		PartNumber: p(int32(1)), Body: bodyOf([]byte("x")), ContentLength: p(int64(1))})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := f.ListParts(f.ctx, &api.ListPartsInput{Bucket: out.Bucket, Key: out.Key, UploadId: out.UploadId})
	if err != nil || parts.AbortDate == nil || !parts.AbortDate.Equal(at) || value(parts.AbortRuleId) != "abort" {
		t.Errorf("%+v, %v", parts, err)
	}
	done, err := f.CompleteMultipartUpload(f.ctx, &api.CompleteMultipartUploadInput{Bucket: out.Bucket, Key: out.Key, UploadId: out.UploadId,
		MultipartUpload: &api.CompletedMultipartUpload{Parts: []api.CompletedPart{{ETag: part.ETag, PartNumber: p(int32(1))}}}})
	if err != nil || value(done.Expiration) != `expiry-date="Mon, 12 Jan 2026 00:00:00 GMT", rule-id="end"` {
		t.Errorf("%+v, %v", done, err)
	}
}
