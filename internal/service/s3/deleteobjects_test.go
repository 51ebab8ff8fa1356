package s3

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/policy"
)

// deciding is a context in which decide answers.
func deciding(ctx context.Context, decide func(action, resource string, v *policy.Values) error) context.Context {
	info := *caller.From(as(ctx, owner))
	info.Decide = func(_ context.Context, action string, t *caller.Target) error {
		v := &policy.Values{}
		if t.Context != nil {
			t.Context(v)
		}
		return decide(action, t.Resource.ARN, v)
	}
	return caller.With(ctx, &info)
}

func deletes(quiet bool, objects ...api.ObjectIdentifier) *api.DeleteObjectsInput {
	return &api.DeleteObjectsInput{Bucket: p("bucket"), Delete: &api.Delete{Objects: objects, Quiet: &quiet}}
}

func keyed(key string) api.ObjectIdentifier { return api.ObjectIdentifier{Key: &key} }

func TestDeleteObjects(t *testing.T) {
	f := newFixture(t)
	for _, k := range []string{"a", "b", "c", "d", "e", "secret/x"} {
		f.put(k, []byte(k))
	}
	var asked []string
	ctx := deciding(t.Context(), func(action, resource string, v *policy.Values) error {
		asked = append(asked, action+" "+resource+" "+v.Get(policy.KeyS3VersionID))
		if strings.Contains(resource, "secret") {
			return api.AccessDenied("no secrets")
		}
		return nil
	})
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	now := f.clock()
	etagged := keyed("b")
	etagged.ETag = p(`"wrong"`)
	sized, timed, version, badVersion, noVersion := keyed("c"), keyed("d"), keyed("e"), keyed("a"), keyed("a")
	sized.Size, timed.LastModifiedTime = p(int64(77)), &old
	version.VersionId, badVersion.VersionId, noVersion.VersionId = p("null"), p("?"), p("")
	out, err := f.DeleteObjects(ctx, deletes(false, keyed("a"), keyed("missing"), keyed("secret/x"), etagged, sized, timed, version,
		badVersion, noVersion, keyed(strings.Repeat("k", 1025)), keyed("a")))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, d := range out.Deleted {
		got += *d.Key + value(d.VersionId) + " "
	}
	if got != "a missing enull a " {
		t.Errorf("deleted %s", got)
	}
	got = ""
	for _, e := range out.Errors {
		got += fmt.Sprintf("%.8s %s: %s\n", *e.Key, *e.Code, *e.Message)
	}
	const failed = "At least one of the pre-conditions you specified did not hold"
	want := "secret/x AccessDenied: no secrets\nb PreconditionFailed: " + failed + "\nc PreconditionFailed: " + failed +
		"\nd PreconditionFailed: " + failed + "\na InvalidArgument: Invalid version id specified\n" +
		"a InvalidArgument: Version id cannot be the empty string\nkkkkkkkk KeyTooLongError: Your key is too long\n"
	if got != want {
		t.Errorf("errors\n%s\nwant\n%s", got, want)
	}
	for _, q := range []string{"s3:DeleteObject arn:aws:s3:::bucket/missing ", "s3:DeleteObjectVersion arn:aws:s3:::bucket/e null"} {
		if !strings.Contains(strings.Join(asked, "\n"), q) {
			t.Errorf("%q was not asked: %q", q, asked)
		}
	}
	for _, k := range []string{"b", "c", "d", "secret/x"} {
		f.object(k)
	}
	f.absent("a")
	f.absent("e")
	sized.Size, timed.LastModifiedTime = p(int64(1)), &now
	etagged.ETag = p(`"92eb5ffee6ae2fec3ad71c777531578f"`)
	out, err = f.DeleteObjects(ctx, deletes(true, etagged, sized, timed, keyed("secret/x")))
	if err != nil || len(out.Deleted) != 0 || len(out.Errors) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	f.absent("b")
	f.absent("c")
	f.absent("d")
}

func TestDeleteObjectsByETagAsksToRead(t *testing.T) {
	f := newFixture(t)
	f.put("k", nil)
	f.denied["s3:GetObject"] = true
	ctx := deciding(t.Context(), func(string, string, *policy.Values) error { return nil })
	o := keyed("k")
	o.ETag = p("anything")
	out, err := f.DeleteObjects(ctx, deletes(false, o))
	if err != nil || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("%+v, %v", out, err)
	}
	o.ETag = p("*")
	if out, err = f.DeleteObjects(ctx, deletes(false, o)); err != nil || len(out.Deleted) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestDeleteObjectsRefuses(t *testing.T) {
	f := newFixture(t)
	ctx := deciding(t.Context(), func(string, string, *policy.Values) error { return nil })
	many := make([]api.ObjectIdentifier, 1001)
	for i := range many {
		many[i] = keyed(fmt.Sprint(i))
	}
	for _, in := range []*api.DeleteObjectsInput{{Bucket: p("bucket")}, deletes(false), deletes(false, many...), deletes(false, keyed(""))} {
		_, err := f.DeleteObjects(ctx, in)
		wantError(t, err, "MalformedXML", "The XML you provided was not well-formed")
	}
	if out, err := f.DeleteObjects(ctx, deletes(false, many[:1000]...)); err != nil || len(out.Deleted) != 1000 {
		t.Errorf("a thousand: %v", err)
	}
	in := deletes(false, keyed("k"))
	in.BypassGovernanceRetention = p(true)
	_, err := f.DeleteObjects(ctx, in)
	wantError(t, err, "InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.")
	in = deletes(false, keyed("k"))
	in.Bucket = p("nobody")
	_, err = f.DeleteObjects(ctx, in)
	wantError(t, err, "NoSuchBucket", "")
	out, err := f.DeleteObjects(t.Context(), deletes(false, keyed("k")))
	if err != nil || *out.Errors[0].Code != "AccessDenied" || *out.Errors[0].Message != "Access Denied" {
		t.Errorf("where nobody decides: %+v, %v", out, err)
	}
}
