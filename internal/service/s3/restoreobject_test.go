package s3

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func restoreInput(key string, days int32, tier *string) *api.RestoreObjectInput {
	r := &api.RestoreRequest{}
	if days != 0 {
		r.Days = &days
	}
	if tier != nil {
		r.GlacierJobParameters = &api.GlacierJobParameters{Tier: tier}
	}
	return &api.RestoreObjectInput{Bucket: p("bucket"), Key: &key, RestoreRequest: r}
}

func (f *fixture) putAs(key, class string) {
	f.t.Helper()
	in := putInput(key, []byte(class))
	in.StorageClass = &class
	if _, err := f.PutObject(f.ctx, in); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) later(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func TestRestore(t *testing.T) {
	f := newFixture(t)
	f.putAs("cold", "GLACIER")
	f.putAs("frozen", "DEEP_ARCHIVE")
	f.putAs("instant", "GLACIER_IR")
	if string(f.object("instant")) != "GLACIER_IR" {
		t.Error("GLACIER_IR is not read as it is")
	}
	copyCold := func() error {
		_, err := f.CopyObject(f.ctx, &api.CopyObjectInput{Bucket: p("bucket"), Key: p("copy"), CopySource: p("bucket/cold"), StorageClass: p("STANDARD")})
		return err
	}
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k")})
	refused := func() {
		t.Helper()
		_, err := f.GetObject(f.ctx, getInput("cold"))
		wantError(t, err, "InvalidObjectState", "The operation is not valid for the object's storage class\nStorageClass=GLACIER")
		wantError(t, copyCold(), "InvalidObjectState", "Operation is not valid for the source object's storage class")
		_, err = f.UploadPartCopy(f.ctx, &api.UploadPartCopyInput{Bucket: p("bucket"), Key: p("k"), UploadId: &id, PartNumber: p(int32(1)), CopySource: p("bucket/cold")})
		wantError(t, err, "InvalidObjectState", "source object")
		head, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: p("cold")})
		if err != nil || head.Restore != nil || *head.StorageClass != "GLACIER" {
			t.Errorf("%+v, %v", head, err)
		}
	}
	refused()
	if _, begun, err := f.RestoreObject(f.ctx, restoreInput("cold", 1, p("Standard"))); err != nil || !begun {
		t.Errorf("begun %v, %v", begun, err)
	}
	const until = `ongoing-request="false", expiry-date="Sun, 04 Jan 2026 00:00:00 GMT"`
	got, data := f.get(getInput("cold"))
	if string(data) != "GLACIER" || value(got.Restore) != until || *got.StorageClass != "GLACIER" {
		t.Errorf("%+v", got)
	}
	if err := copyCold(); err != nil {
		t.Error(err)
	}
	if copied, _ := f.get(getInput("copy")); copied.Restore != nil {
		t.Error("the copy says that it was restored")
	}
	list, err := f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket"), OptionalObjectAttributes: []string{"RestoreStatus"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		status := o.RestoreStatus
		if (status != nil) != (*o.Key == "cold") || status != nil && (*status.IsRestoreInProgress || status.RestoreExpiryDate.Day() != 4) {
			t.Errorf("%s: %+v", *o.Key, status)
		}
	}
	versions, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket"), OptionalObjectAttributes: []string{"RestoreStatus"}, Prefix: p("cold")})
	if err != nil || len(versions.Versions) != 1 || versions.Versions[0].RestoreStatus == nil {
		t.Errorf("%+v, %v", versions, err)
	}
	if plain, err := f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("bucket")}); err != nil || plain.Contents[0].RestoreStatus != nil {
		t.Errorf("%+v, %v", plain, err)
	}
	if _, begun, err := f.RestoreObject(f.ctx, restoreInput("cold", 2, nil)); err != nil || begun {
		t.Errorf("again: begun %v, %v", begun, err)
	}
	f.later(2 * 24 * time.Hour)
	f.object("cold")
	f.later(24 * time.Hour)
	refused()
}

func TestRestoreRefused(t *testing.T) {
	f := newFixture(t)
	f.put("warm", nil)
	f.putAs("cold", "GLACIER")
	f.putAs("frozen", "DEEP_ARCHIVE")
	f.putAs("tiered", "INTELLIGENT_TIERING")
	for _, c := range []struct {
		code, text string
		in         *api.RestoreObjectInput
	}{
		{"InvalidObjectState", "Restore is not allowed for the object's current storage class\nStorageClass=STANDARD", restoreInput("warm", 1, nil)},
		{"ObjectAlreadyInActiveTierError", "", restoreInput("tiered", 1, nil)},
		{"NoSuchKey", "", restoreInput("none", 1, nil)},
		{"InvalidArgument", "ArgumentName=Days\nArgumentValue=-1", restoreInput("cold", -1, nil)},
		{"MalformedXML", "", restoreInput("cold", 0, nil)},
		{"MalformedXML", "", restoreInput("cold", 1, p("Fast"))},
		{"MalformedXML", "", &api.RestoreObjectInput{Bucket: p("bucket"), Key: p("cold")}},
		{"InvalidArgument", "ArgumentName=Tier\nArgumentValue=Expedited", restoreInput("frozen", 1, p("Expedited"))},
		{"NotImplemented", "", with(restoreInput("cold", 1, nil), func(in *api.RestoreObjectInput) { in.RestoreRequest.Type = p("SELECT") })},
	} {
		_, _, err := f.RestoreObject(f.ctx, c.in)
		wantError(t, err, c.code, c.text)
	}
}

// A restore is of one version.
func TestRestoreVersion(t *testing.T) {
	f := newFixture(t)
	_, err := f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: p("bucket"),
		VersioningConfiguration: &api.VersioningConfiguration{Status: p("Enabled")}})
	if err != nil {
		t.Fatal(err)
	}
	put := func() *string {
		in := putInput("k", []byte("body"))
		in.StorageClass = p("DEEP_ARCHIVE")
		out, err := f.PutObject(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return out.VersionId
	}
	older, newer := put(), put()
	in := restoreInput("k", 1, p("Bulk"))
	in.VersionId = older
	if _, begun, err := f.RestoreObject(f.ctx, in); err != nil || !begun {
		t.Fatal(begun, err)
	}
	get := getInput("k")
	get.VersionId = older
	if out, data := f.get(get); string(data) != "body" || out.Restore == nil {
		t.Errorf("%+v", out)
	}
	get.VersionId = newer
	_, err = f.GetObject(f.ctx, get)
	wantError(t, err, "InvalidObjectState", "StorageClass=DEEP_ARCHIVE")
	list, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket"), OptionalObjectAttributes: []string{"RestoreStatus"}})
	if err != nil || len(list.Versions) != 2 || list.Versions[0].RestoreStatus != nil || list.Versions[1].RestoreStatus == nil {
		t.Errorf("%+v, %v", list, err)
	}
}
