package s3

import (
	"context"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// codes are the codes of the device D of the owner's root user that are not used.
type codes map[string]bool

func (c codes) UseMFA(_ context.Context, account, who, serial, code string, _ time.Time) error {
	if account != owner || who != owner || serial != "D" {
		return directory.ErrMFADevice
	}
	if !c[code] {
		return directory.ErrMFACode
	}
	delete(c, code)
	return nil
}

func TestMFADelete(t *testing.T) {
	f := newFixture(t)
	f.Service.devices = codes{"1": true, "2": true, "3": true, "4": true, "5": true, "6": true}
	versioning := func(ctx context.Context, status, mfaDelete, header string) error {
		in := &api.PutBucketVersioningInput{Bucket: p("bucket"), VersioningConfiguration: &api.VersioningConfiguration{Status: &status}}
		if mfaDelete != "" {
			in.VersioningConfiguration.MFADelete = &mfaDelete
		}
		if header != "" {
			in.MFA = &header
		}
		_, err := f.PutBucketVersioning(ctx, in)
		return err
	}
	const must, failed = "Mfa Authentication must be used for this request", "MFA Authentication failed for this request"
	wantError(t, versioning(f.ctx, "Enabled", "Enabled", ""), "AccessDenied", must)
	wantError(t, versioning(as(t.Context(), stranger), "Enabled", "Enabled", "D 1"), "AccessDenied", "This operation may only be performed by the bucket owner")
	for _, header := range []string{"D 9", "D1", "E 1", "D  1", "D"} {
		wantError(t, versioning(f.ctx, "Enabled", "Enabled", header), "AccessDenied", failed)
	}
	if err := versioning(f.ctx, "Enabled", "Enabled", "D 1"); err != nil {
		t.Fatal(err)
	}
	if out, err := f.GetBucketVersioning(f.ctx, &api.GetBucketVersioningInput{Bucket: p("bucket")}); err != nil || value(out.MFADelete) != "Enabled" {
		t.Errorf("%+v, %v", out, err)
	}

	first, second := f.put("k", []byte("1")).VersionId, f.put("k", []byte("2")).VersionId
	third := f.put("k", []byte("3")).VersionId
	del := func(ctx context.Context, version, header *string) error {
		_, err := f.DeleteObject(ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: version, MFA: header})
		return err
	}
	wantError(t, del(f.ctx, first, nil), "AccessDenied", must)
	wantError(t, del(f.ctx, first, p("D 1")), "AccessDenied", failed) // used
	wantError(t, del(as(t.Context(), stranger), first, p("D 2")), "AccessDenied", "This operation may only be performed by the bucket owner")
	if err := del(f.ctx, first, p("D 2")); err != nil {
		t.Error(err)
	}
	if err := del(f.ctx, nil, nil); err != nil { // a delete marker
		t.Error(err)
	}

	several := func(header *string, versions ...*string) error {
		in := &api.DeleteObjectsInput{Bucket: p("bucket"), MFA: header, Delete: &api.Delete{Objects: []api.ObjectIdentifier{{Key: p("else")}}}}
		for _, v := range versions {
			in.Delete.Objects = append(in.Delete.Objects, api.ObjectIdentifier{Key: p("k"), VersionId: v})
		}
		out, err := f.DeleteObjects(deciding(t.Context(), func(string, string, *policy.Values) error { return nil }), in)
		if err == nil && len(out.Errors) > 0 {
			t.Errorf("%+v", out.Errors)
		}
		return err
	}
	wantError(t, several(nil, second, third), "AccessDenied", must)
	wantError(t, several(p("D 2")), "AccessDenied", failed)
	if err := several(nil); err != nil {
		t.Error(err)
	}
	if err := several(p("D 3"), second, third); err != nil {
		t.Error(err)
	}

	wantError(t, versioning(f.ctx, "Suspended", "", ""), "AccessDenied", must)
	wantError(t, versioning(f.ctx, "Enabled", "Disabled", ""), "AccessDenied", must)
	err := failure(f.PutBucketLifecycleConfiguration(f.ctx, expireAll()))
	wantError(t, err, "InvalidBucketState", "Lifecycle configuration is not supported")
	if err := versioning(f.ctx, "Suspended", "", "D 4"); err != nil {
		t.Error(err)
	}
	if out, err := f.GetBucketVersioning(f.ctx, &api.GetBucketVersioningInput{Bucket: p("bucket")}); err != nil || value(out.MFADelete) != "Enabled" || value(out.Status) != "Suspended" {
		t.Errorf("%+v, %v", out, err)
	}
	if err := versioning(f.ctx, "Enabled", "Disabled", "D 5"); err != nil {
		t.Error(err)
	}
	if err := failure(f.PutBucketLifecycleConfiguration(f.ctx, expireAll())); err != nil {
		t.Error(err)
	}
	wantError(t, versioning(f.ctx, "Enabled", "Enabled", "D 6"), "InvalidBucketState", "Delete lifecycle configuration before enabling Mfa Authentication.")
}

func failure[T any](_ T, err error) error { return err }

func expireAll() *api.PutBucketLifecycleConfigurationInput {
	return &api.PutBucketLifecycleConfigurationInput{Bucket: p("bucket"), LifecycleConfiguration: &api.BucketLifecycleConfiguration{
		Rules: []api.LifecycleRule{{Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{Prefix: p("")}, Expiration: &api.LifecycleExpiration{Days: p(int32(1))}}},
	}}
}
