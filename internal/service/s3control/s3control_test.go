package s3control

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	s3api "github.com/sallyport/sallyport/internal/api/s3"
	api "github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

const (
	green = "111111111111"
	blue  = "222222222222"
)

// bucket is an S3 service with the one bucket "bucket" of green's.
type bucket struct{ tags []policy.Tag }

func (b *bucket) is(name, account string) error {
	if name != "bucket" {
		return s3api.NoSuchBucket(name)
	}
	if account != green {
		return s3api.AccessDenied("")
	}
	return nil
}

func (b *bucket) BucketTarget(_ context.Context, name, account string) (*caller.Target, error) {
	return &caller.Target{Resource: authz.Resource{ARN: "arn:aws:s3:::" + name, Account: green}, ExpectedBucketOwner: account,
		Context: func(v *policy.Values) { v.SetNamed("s3:BucketTag/a", "b") }}, b.is(name, "111111111111")
}

func (b *bucket) BucketTags(_ context.Context, name, account string) ([]policy.Tag, error) {
	return b.tags, b.is(name, account)
}

func (b *bucket) TagBucket(_ context.Context, name, account string, tags []policy.Tag, remove []string) error {
	if err := b.is(name, account); err != nil {
		return err
	}
	b.tags = append(slices.DeleteFunc(b.tags, func(t policy.Tag) bool { return slices.Contains(remove, t.Key) }), tags...)
	return nil
}

func open(t *testing.T) (*Service, *directory.Directory) {
	t.Helper()
	store := memory.New()
	dir, err := directory.Open(t.Context(), store, seal.NewKey(), directory.Options{
		PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close(); store.Close() })
	for _, id := range []string{green, blue} {
		if _, err := dir.EnsureAccount(t.Context(), "n"+id, id); err != nil {
			t.Fatal(err)
		}
	}
	return New(dir, &bucket{}), dir
}

// by is the context of a request of the account's root user.
func by(t *testing.T, account string) context.Context {
	who := &policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: directory.RootARN(account)}
	return caller.With(t.Context(), &caller.Info{Identity: who})
}

func refusedAs(t *testing.T, what string, err error, status int, code string) *wire.Error {
	t.Helper()
	e, ok := wire.AsError(err)
	if !ok || e.Status != status || e.Code != code {
		t.Errorf("%s: %v, want %d %s", what, err, status, code)
		return &wire.Error{}
	}
	return e
}

func TestPublicAccessBlock(t *testing.T) {
	s, dir := open(t)
	ctx := by(t, green)
	get := &api.GetPublicAccessBlockInput{AccountId: new(green)}
	_, err := s.GetPublicAccessBlock(ctx, get)
	refusedAs(t, "none", err, 404, "NoSuchPublicAccessBlockConfiguration")
	_, err = s.PutPublicAccessBlock(ctx, &api.PutPublicAccessBlockInput{AccountId: new(green), PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{}})
	if e := refusedAs(t, "nothing", err, 400, "InvalidRequest"); e.Message != "Must specify at least one configuration." {
		t.Errorf("%q", e.Message)
	}
	if _, err := s.PutPublicAccessBlock(ctx, &api.PutPublicAccessBlockInput{AccountId: new(green),
		PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{BlockPublicPolicy: new(true), IgnorePublicAcls: new(false)}}); err != nil {
		t.Fatal(err)
	}
	out, err := s.GetPublicAccessBlock(ctx, get)
	if err != nil {
		t.Fatal(err)
	}
	if c := out.PublicAccessBlockConfiguration; *c.BlockPublicAcls || *c.IgnorePublicAcls || !*c.BlockPublicPolicy || *c.RestrictPublicBuckets {
		t.Errorf("%+v", c)
	}
	if got := dir.PublicAccessBlock(green); got != (authz.BPA{BlockPublicPolicy: true}) {
		t.Errorf("%+v", got)
	}
	if _, err := s.DeletePublicAccessBlock(ctx, &api.DeletePublicAccessBlockInput{AccountId: new(green)}); err != nil {
		t.Fatal(err)
	}
	_, err = s.GetPublicAccessBlock(ctx, get)
	refusedAs(t, "deleted", err, 404, "NoSuchPublicAccessBlockConfiguration")
}

func TestBucketTags(t *testing.T) {
	s, _ := open(t)
	ctx := by(t, green)
	const resource = "arn:aws:s3:::bucket"
	if _, err := s.TagResource(ctx, &api.TagResourceInput{AccountId: new(green), ResourceArn: new(resource),
		Tags: []api.Tag{{Key: new("a"), Value: new("1")}, {Key: new("b"), Value: new("2")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UntagResource(ctx, &api.UntagResourceInput{AccountId: new(green), ResourceArn: new(resource), TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	out, err := s.ListTagsForResource(ctx, &api.ListTagsForResourceInput{AccountId: new(green), ResourceArn: new(resource)})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Key != "b" || *out.Tags[0].Value != "2" {
		t.Errorf("%+v, %v", out, err)
	}
	for _, other := range []string{"arn:aws:s3:::none", "arn:aws:s3:us-east-1:111111111111:accesspoint/ap", "arn:aws:s3:::bucket/key"} {
		_, err := s.ListTagsForResource(ctx, &api.ListTagsForResourceInput{AccountId: new(green), ResourceArn: &other})
		refusedAs(t, other, err, 404, "NoSuchResource")
	}
}

func TestTarget(t *testing.T) {
	s, _ := open(t)
	tag := &api.TagResourceInput{AccountId: new(green), ResourceArn: new("arn:aws:s3:::bucket"),
		Tags: []api.Tag{{Key: new("Env"), Value: new("prod")}, {Key: new("env"), Value: new("dev")}}}
	for _, c := range []struct {
		op, want string
		in       any
	}{
		{"GetPublicAccessBlock", "*", &api.GetPublicAccessBlockInput{AccountId: new(green)}},
		{"PutPublicAccessBlock", "*", &api.PutPublicAccessBlockInput{AccountId: new(green)}},
		{"DeletePublicAccessBlock", "*", &api.DeletePublicAccessBlockInput{AccountId: new(green)}},
		{"TagResource", "arn:aws:s3:::bucket", tag},
		{"UntagResource", "arn:aws:s3:::bucket", &api.UntagResourceInput{AccountId: new(green), ResourceArn: tag.ResourceArn}},
		{"ListTagsForResource", "arn:aws:s3:::bucket", &api.ListTagsForResourceInput{AccountId: new(green), ResourceArn: tag.ResourceArn}},
	} {
		access := &api.API().Operation(c.op).Access[0]
		got, err := s.Target(by(t, green), access, c.in)
		if err != nil || got.Resource.ARN != c.want || got.Resource.Account != green {
			t.Errorf("%s: %+v, %v", c.op, got, err)
		}
		// Another account's callers, and those of none, are refused whatever is asked.
		for _, other := range []string{blue, ""} {
			_, err := s.Target(by(t, other), access, c.in)
			refusedAs(t, c.op+" by "+other, err, 403, "AccessDenied")
		}
	}
	got, err := s.Target(by(t, green), &api.API().Operation("TagResource").Access[0], tag)
	if err != nil {
		t.Fatal(err)
	}
	var v policy.Values
	got.Context(&v)
	for key, want := range map[string]string{"aws:RequestTag/Env": "prod", "aws:RequestTag/env": "dev", "s3:BucketTag/a": "b"} {
		if value, _ := v.Lookup(key); !slices.Equal(value, []string{want}) {
			t.Errorf("%s is %v", key, value)
		}
	}
}
