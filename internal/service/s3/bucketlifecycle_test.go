package s3

import (
	"encoding/base64"
	"regexp"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func (f *fixture) lifecycle(rules ...api.LifecycleRule) {
	f.t.Helper()
	if err := f.putLifecycle("bucket", rules...); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) putLifecycle(bucket string, rules ...api.LifecycleRule) error {
	_, err := f.PutBucketLifecycleConfiguration(f.ctx, &api.PutBucketLifecycleConfigurationInput{Bucket: &bucket,
		LifecycleConfiguration: &api.BucketLifecycleConfiguration{Rules: rules}})
	return err
}

// expireAfter is a rule that ends objects below a prefix after some days.
func expireAfter(id, prefix string, days int32) api.LifecycleRule {
	return api.LifecycleRule{ID: &id, Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{Prefix: &prefix},
		Expiration: &api.LifecycleExpiration{Days: &days}}
}

func TestBucketLifecycleConfiguration(t *testing.T) {
	f := newFixture(t)
	get := func() (*api.GetBucketLifecycleConfigurationOutput, error) {
		return f.GetBucketLifecycleConfiguration(f.ctx, &api.GetBucketLifecycleConfigurationInput{Bucket: p("bucket")})
	}
	date := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	rules := []api.LifecycleRule{
		{Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{}, Expiration: &api.LifecycleExpiration{Date: &date}},
		{Status: p("Disabled"), Filter: &api.LifecycleRuleFilter{Prefix: p("")}, Expiration: &api.LifecycleExpiration{Days: p(int32(1))}},
	}
	in := &api.PutBucketLifecycleConfigurationInput{Bucket: p("bucket"), LifecycleConfiguration: &api.BucketLifecycleConfiguration{Rules: rules}}
	put, err := f.PutBucketLifecycleConfiguration(f.ctx, in)
	if err != nil || *put.TransitionDefaultMinimumObjectSize != "all_storage_classes_128K" {
		t.Fatalf("%+v, %v", put, err)
	}
	out, err := get()
	if err != nil || len(out.Rules) != 2 || *out.TransitionDefaultMinimumObjectSize != "all_storage_classes_128K" {
		t.Fatalf("%+v, %v", out, err)
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	id, err := base64.StdEncoding.DecodeString(*out.Rules[0].ID)
	if err != nil || !uuid.Match(id) || *out.Rules[0].ID == *out.Rules[1].ID || rules[0].ID != nil {
		t.Errorf("ids %q and %q", *out.Rules[0].ID, *out.Rules[1].ID)
	}
	if !out.Rules[0].Expiration.Date.Equal(date) || out.Rules[0].Filter == nil || out.Rules[0].Filter.Prefix != nil ||
		*out.Rules[1].Filter.Prefix != "" || *out.Rules[1].Status != "Disabled" {
		t.Errorf("%+v", out.Rules)
	}

	in.TransitionDefaultMinimumObjectSize = p("varies_by_storage_class")
	in.LifecycleConfiguration.Rules = []api.LifecycleRule{{ID: p("first form"), Status: p("Enabled"), Prefix: p("logs/"),
		Transitions: []api.Transition{{Days: p(int32(1)), StorageClass: p("GLACIER")}}}}
	if put, err = f.PutBucketLifecycleConfiguration(f.ctx, in); err != nil || *put.TransitionDefaultMinimumObjectSize != "varies_by_storage_class" {
		t.Fatalf("%+v, %v", put, err)
	}
	if out, err = get(); err != nil || len(out.Rules) != 1 || *out.Rules[0].ID != "first form" || out.Rules[0].Filter != nil ||
		*out.Rules[0].Prefix != "logs/" || *out.TransitionDefaultMinimumObjectSize != "varies_by_storage_class" {
		t.Fatalf("%+v, %v", out, err)
	}

	wantError(t, f.putLifecycle("bucket"), "MalformedXML", "")
	wantError(t, f.putLifecycle("nobody", expireAfter("", "", 1)), "NoSuchBucket", "")
	in.ExpectedBucketOwner = p(stranger)
	_, err = f.PutBucketLifecycleConfiguration(f.ctx, in)
	wantError(t, err, "AccessDenied", "")

	for range 2 {
		if _, err := f.DeleteBucketLifecycle(f.ctx, &api.DeleteBucketLifecycleInput{Bucket: p("bucket")}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = get()
	wantError(t, err, "NoSuchLifecycleConfiguration", "BucketName=bucket")
}
