package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// tagList makes tags of keys and values by turns.
func tagList(kv ...string) *api.Tagging {
	t := &api.Tagging{TagSet: []api.Tag{}}
	for i := 0; i < len(kv); i += 2 {
		t.TagSet = append(t.TagSet, api.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	return t
}

func manyTags(n int) *api.Tagging {
	t := &api.Tagging{}
	for i := range n {
		t.TagSet = append(t.TagSet, api.Tag{Key: p(fmt.Sprint("k", i)), Value: p("v")})
	}
	return t
}

func shown(tags []api.Tag) string {
	var out []string
	for _, t := range tags {
		out = append(out, *t.Key+"="+*t.Value)
	}
	return strings.Join(out, " ")
}

func TestObjectTags(t *testing.T) {
	f := newFixture(t)
	if _, err := f.PutObject(f.ctx, putInput("k", []byte("text"))); err != nil {
		t.Fatal(err)
	}
	get := func() string {
		t.Helper()
		out, err := f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k")})
		if err != nil {
			t.Fatal(err)
		}
		return shown(out.TagSet)
	}
	if got := get(); got != "" {
		t.Errorf("at first %q", got)
	}
	put := &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), Tagging: tagList("a", "1", "b", "")}
	if _, err := f.PutObjectTagging(f.ctx, put); err != nil {
		t.Fatal(err)
	}
	if got := get(); got != "a=1 b=" {
		t.Errorf("put: %q", got)
	}
	head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("k")})
	if err != nil || *head.TagCount != 2 || *head.ContentLength != 4 {
		t.Errorf("%+v, %v", head, err)
	}
	if _, err := f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("k")}); err != nil {
		t.Fatal(err)
	}
	if got := get(); got != "" {
		t.Errorf("deleted: %q", got)
	}
	put.Tagging = manyTags(10)
	if _, err := f.PutObjectTagging(f.ctx, put); err != nil {
		t.Errorf("ten tags: %v", err)
	}
	put.Key = p("none")
	_, err = f.PutObjectTagging(f.ctx, put)
	refusedWith(t, err, 404, "NoSuchKey")
	f.denied["s3:ListBucket"] = true
	_, err = f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("bucket"), Key: p("none")})
	refusedWith(t, err, 403, "AccessDenied")
}

func refusedWith(t *testing.T, err error, status int, code string) *wire.Error {
	t.Helper()
	e, ok := wire.AsError(err)
	if !ok || e.Status != status || e.Code != code {
		t.Errorf("got %v, want %d %s", err, status, code)
		return &wire.Error{}
	}
	return e
}

func TestTagsAreChecked(t *testing.T) {
	f := newFixture(t)
	if _, err := f.PutObject(f.ctx, putInput("k", nil)); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 257)
	for _, c := range []struct {
		name                     string
		tags                     *api.Tagging
		code, onObject, onBucket string // texts of the refusal
	}{
		{"none", nil, "MalformedXML", "", ""},
		{"no set", &api.Tagging{}, "MalformedXML", "", ""},
		{"a key twice", tagList("a", "1", "a", "2"), "InvalidTag", "Cannot provide multiple Tags with the same key", "Cannot provide multiple Tags with the same key"},
		{"AWS's", tagList("aws:prefixed", "1"), "InvalidTag", "Your TagKey cannot be prefixed with aws:", "System tags cannot be added/updated by requester"},
		{"a long key", tagList(long[:129], "1"), "InvalidTag", "The TagKey you have provided is invalid", "The TagKey you have provided is invalid"},
		{"a long value", tagList("a", long), "InvalidTag", "The TagValue you have provided is invalid", "The TagValue you have provided is invalid"},
		{"an odd letter", tagList("a*", ""), "InvalidTag", "The TagKey you have provided is invalid", "The TagKey you have provided is invalid"},
		{"51", manyTags(51), "BadRequest", "Object tags cannot be greater than 10", "Bucket tag count cannot be greater than 50"},
	} {
		_, err := f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), Tagging: c.tags})
		if e := refusedWith(t, err, 400, c.code); c.onObject != "" && e.Message != c.onObject {
			t.Errorf("%s: %q", c.name, e.Message)
		}
		_, err = f.PutBucketTagging(f.ctx, &api.PutBucketTaggingInput{Bucket: p("bucket"), Tagging: c.tags})
		if e := refusedWith(t, err, 400, c.code); c.onBucket != "" && e.Message != c.onBucket {
			t.Errorf("%s: %q", c.name, e.Message)
		}
	}
	_, err := f.CreateBucket(f.ctx, &api.CreateBucketInput{Bucket: p("other-bucket"),
		CreateBucketConfiguration: &api.CreateBucketConfiguration{Tags: tagList("aws:x", "1").TagSet}})
	if e := refusedWith(t, err, 400, "InvalidTag"); !strings.HasPrefix(e.Message, "User-defined tag keys can't start with") {
		t.Errorf("%q", e.Message)
	}
}

func TestBucketTags(t *testing.T) {
	f := newFixture(t)
	in := &api.GetBucketTaggingInput{Bucket: p("bucket")}
	_, err := f.GetBucketTagging(f.ctx, in)
	if e := refusedWith(t, err, 404, "NoSuchTagSet"); e.Message != "The TagSet does not exist" {
		t.Errorf("%q", e.Message)
	}
	if _, err := f.PutBucketTagging(f.ctx, &api.PutBucketTaggingInput{Bucket: p("bucket"), Tagging: tagList("a", "1", "A", "2")}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.GetBucketTagging(f.ctx, in); err != nil || shown(got.TagSet) != "a=1 A=2" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := f.DeleteBucketTagging(f.ctx, &api.DeleteBucketTaggingInput{Bucket: p("bucket")}); err != nil {
		t.Fatal(err)
	}
	_, err = f.GetBucketTagging(f.ctx, in)
	refusedWith(t, err, 404, "NoSuchTagSet")
	if _, err := f.CreateBucket(f.ctx, &api.CreateBucketInput{Bucket: p("other-bucket"),
		CreateBucketConfiguration: &api.CreateBucketConfiguration{Tags: tagList("made", "so").TagSet}}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.GetBucketTagging(f.ctx, &api.GetBucketTaggingInput{Bucket: p("other-bucket")}); err != nil || shown(got.TagSet) != "made=so" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBucketAbac(t *testing.T) {
	f := newFixture(t)
	status := func() string {
		t.Helper()
		out, err := f.GetBucketAbac(f.ctx, &api.GetBucketAbacInput{Bucket: p("bucket")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.AbacStatus.Status
	}
	keys := func() (resource, bucket []string) {
		t.Helper()
		op := api.API().Operation("GetObject")
		target, err := f.Target(f.ctx, &op.Access[0], &api.GetObjectInput{Bucket: p("bucket"), Key: p("k")})
		if err != nil {
			t.Fatal(err)
		}
		var v policy.Values
		if target.Context != nil {
			target.Context(&v)
		}
		v.SetTags(policy.FamilyResourceTag, target.Resource.Tags)
		resource, _ = v.Lookup("aws:ResourceTag/team")
		bucket, _ = v.Lookup("s3:BucketTag/team")
		return resource, bucket
	}
	if err := f.TagBucket(f.ctx, "bucket", owner, []policy.Tag{{Key: "team", Value: "x"}, {Key: "old", Value: "y"}}, nil); err != nil {
		t.Fatal(err)
	}
	if r, b := keys(); status() != "Disabled" || r != nil || b != nil {
		t.Errorf("%s: %v %v", status(), r, b)
	}
	if _, err := f.PutBucketAbac(f.ctx, &api.PutBucketAbacInput{Bucket: p("bucket"), AbacStatus: &api.AbacStatus{Status: p("Enabled")}}); err != nil {
		t.Fatal(err)
	}
	if r, b := keys(); status() != "Enabled" || !slices.Equal(r, []string{"x"}) || !slices.Equal(b, []string{"x"}) {
		t.Errorf("%s: %v %v", status(), r, b)
	}
	_, err := f.PutBucketTagging(f.ctx, &api.PutBucketTaggingInput{Bucket: p("bucket"), Tagging: tagList("team", "mine")})
	refusedWith(t, err, 400, "InvalidRequest")
	_, err = f.DeleteBucketTagging(f.ctx, &api.DeleteBucketTaggingInput{Bucket: p("bucket")})
	refusedWith(t, err, 400, "InvalidRequest")
	if err := f.TagBucket(f.ctx, "bucket", owner, []policy.Tag{{Key: "team", Value: "z"}}, []string{"old"}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.BucketTags(f.ctx, "bucket", owner); err != nil || !slices.Equal(got, []policy.Tag{{Key: "team", Value: "z"}}) {
		t.Errorf("%v, %v", got, err)
	}
	_, err = f.BucketTags(f.ctx, "bucket", stranger)
	refusedWith(t, err, 403, "AccessDenied")
}

// TestTagsOfRequests: keys that differ in letter case alone are two tags, and a
// condition must not see the one and the object have the other.
func TestTagsOfRequests(t *testing.T) {
	f := newFixture(t)
	both := tagList("Env", "prod", "env", "dev")
	put := putInput("k", nil)
	put.Tagging = p("Env=prod&env=dev")
	for _, c := range []struct {
		op, key string
		in      any
	}{
		{"PutObject", "s3:RequestObjectTag/Env", put},
		{"CreateMultipartUpload", "s3:RequestObjectTag/Env", &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"), Tagging: put.Tagging}},
		{"PutObjectTagging", "s3:RequestObjectTag/Env", &api.PutObjectTaggingInput{Bucket: p("bucket"), Key: p("k"), Tagging: both}},
		{"PutBucketTagging", "aws:RequestTag/Env", &api.PutBucketTaggingInput{Bucket: p("bucket"), Tagging: both}},
		{"CreateBucket", "aws:RequestTag/Env", &api.CreateBucketInput{Bucket: p("new-bucket"),
			CreateBucketConfiguration: &api.CreateBucketConfiguration{Tags: both.TagSet}}},
	} {
		access := &api.API().Operation(c.op).Access[0]
		target, err := f.Target(f.ctx, access, c.in)
		if err != nil {
			t.Fatal(c.op, err)
		}
		var v policy.Values
		access.Collect(c.in, func(name string, values []string) { v.SetNamed(name, values...) })
		target.Context(&v)
		if got, _ := v.Lookup(c.key); !slices.Equal(got, []string{"prod"}) {
			t.Errorf("%s: %s is %v", c.op, c.key, got)
		}
	}
}

// blocking are accounts that block what is given.
type blocking struct {
	canonical
	block authz.BPA
}

func (b blocking) PublicAccessBlock(account string) authz.BPA {
	if account != owner {
		return authz.BPA{}
	}
	return b.block
}

func TestTheAccountsBlockCounts(t *testing.T) {
	f := newFixture(t)
	f.Service = New(Options{Store: f.store, Accounts: blocking{block: authz.BPA{RestrictPublicBuckets: true}}, Region: "us-east-1"})
	if _, err := f.PutPublicAccessBlock(f.ctx, &api.PutPublicAccessBlockInput{Bucket: p("bucket"),
		PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{BlockPublicPolicy: p(true)}}); err != nil {
		t.Fatal(err)
	}
	target, err := f.BucketTarget(f.ctx, "bucket", owner)
	if err != nil || target.S3.BPA != (authz.BPA{BlockPublicPolicy: true, RestrictPublicBuckets: true}) {
		t.Errorf("%+v, %v", target, err)
	}
}
