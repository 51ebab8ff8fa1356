package s3

import (
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

func TestWhatBecomesOfARetention(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	soon, later, past := now.Add(time.Hour), now.Add(2*time.Hour), now.Add(-time.Hour)
	gov := func(until time.Time) store.Lock { return store.Lock{Mode: store.Governance, Until: until} }
	com := func(until time.Time) store.Lock { return store.Lock{Mode: store.Compliance, Until: until} }
	for _, c := range []struct {
		name         string
		old, to      store.Lock
		free, bypass bool
	}{
		{"first", store.Lock{}, com(soon), true, true},
		{"longer", gov(soon), gov(later), true, true},
		{"same", com(soon), com(soon), true, true},
		{"shorter", gov(later), gov(soon), false, true},
		{"none instead", gov(soon), store.Lock{}, false, true},
		{"stricter", gov(soon), com(later), false, true},
		{"compliance longer", com(soon), com(later), true, true},
		{"compliance shorter", com(later), com(soon), false, false},
		{"compliance looser", com(soon), gov(later), false, false},
		{"compliance to none", com(soon), store.Lock{}, false, false},
		{"after it ended", com(past), gov(soon), true, true},
	} {
		if got := mayRetain(&c.old, &c.to, now, false) == nil; got != c.free {
			t.Errorf("%s: %v", c.name, got)
		}
		if got := mayRetain(&c.old, &c.to, now, true) == nil; got != c.bypass {
			t.Errorf("%s with the bypass: %v", c.name, got)
		}
	}
}

func TestRemainingDays(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for until, want := range map[time.Time]int64{
		now.AddDate(0, 0, 10): 10, now.AddDate(0, 0, 10).Add(time.Second): 11, now.Add(time.Second): 1,
		now.AddDate(5000, 0, 0): 1826212,
	} {
		if got := remainingDays(until, now); got != want {
			t.Errorf("%v: %d, want %d", until, got, want)
		}
	}
}

// lockedFixture has a bucket "locked" with Object Lock.
func lockedFixture(t *testing.T) *fixture {
	f := newFixture(t)
	if _, err := f.CreateBucket(f.ctx, &api.CreateBucketInput{Bucket: p("locked"), ObjectLockEnabledForBucket: p(true)}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) putLocked(key string, change func(*api.PutObjectInput)) error {
	in := &api.PutObjectInput{Bucket: p("locked"), Key: p(key), Body: wire.NewBody(strings.NewReader("x")),
		ContentMD5: p("ndTkYSaMgDT1yFZOFVxnpg==")}
	if change != nil {
		change(in)
	}
	_, err := f.PutObject(f.ctx, in)
	return err
}

func TestObjectLockConfiguration(t *testing.T) {
	f := lockedFixture(t)
	get := func() *api.ObjectLockConfiguration {
		t.Helper()
		out, err := f.GetObjectLockConfiguration(f.ctx, &api.GetObjectLockConfigurationInput{Bucket: p("locked")})
		if err != nil {
			t.Fatal(err)
		}
		return out.ObjectLockConfiguration
	}
	if c := get(); *c.ObjectLockEnabled != "Enabled" || c.Rule != nil {
		t.Errorf("a new bucket: %+v", c)
	}
	v, err := f.GetBucketVersioning(f.ctx, &api.GetBucketVersioningInput{Bucket: p("locked")})
	if err != nil || value(v.Status) != "Enabled" {
		t.Errorf("versioning %+v, %v", v, err)
	}
	put := func(bucket, enabled string, d *api.DefaultRetention) error {
		c := &api.ObjectLockConfiguration{ObjectLockEnabled: set(enabled)}
		if d != nil {
			c.Rule = &api.ObjectLockRule{DefaultRetention: d}
		}
		_, err := f.PutObjectLockConfiguration(f.ctx, &api.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: c})
		return err
	}
	day, none, many := int32(1), int32(0), int32(36501)
	wantError(t, put("bucket", "Enabled", nil), "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	wantError(t, put("locked", "Disabled", nil), "MalformedXML", "")
	wantError(t, put("locked", "", nil), "MalformedXML", "")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Mode: p("GOVERNANCE")}), "MalformedXML", "")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Mode: p("GOVERNANCE"), Days: &day, Years: &day}), "MalformedXML", "")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Mode: p("governance"), Days: &day}), "MalformedXML", "")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Days: &day}), "MalformedXML", "")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Mode: p("GOVERNANCE"), Days: &none}), "InvalidArgument", "Default retention period must be a positive integer value.")
	wantError(t, put("locked", "Enabled", &api.DefaultRetention{Mode: p("GOVERNANCE"), Days: &many}), "InvalidArgument", "Default retention period too large")
	if err := put("locked", "Enabled", &api.DefaultRetention{Mode: p("COMPLIANCE"), Years: &day}); err != nil {
		t.Fatal(err)
	}
	if c := get(); *c.Rule.DefaultRetention.Mode != "COMPLIANCE" || *c.Rule.DefaultRetention.Years != 1 {
		t.Errorf("got %+v", c.Rule)
	}
	if err := f.putLocked("k", nil); err != nil {
		t.Fatal(err)
	}
	out, err := f.GetObjectRetention(f.ctx, &api.GetObjectRetentionInput{Bucket: p("locked"), Key: p("k")})
	if err != nil || *out.Retention.Mode != "COMPLIANCE" || !out.Retention.RetainUntilDate.Equal(f.clock().AddDate(1, 0, 0)) {
		t.Errorf("the default retention: %+v, %v", out, err)
	}
}

func TestLockedPuts(t *testing.T) {
	f := lockedFixture(t)
	until := f.clock().Add(time.Hour)
	past := f.clock()
	for _, c := range []struct {
		code, message string
		change        func(*api.PutObjectInput)
	}{
		{"InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
			func(in *api.PutObjectInput) { in.ObjectLockMode = p("GOVERNANCE") }},
		{"InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
			func(in *api.PutObjectInput) { in.ObjectLockRetainUntilDate = &until }},
		{"InvalidArgument", "Unknown wormMode directive.",
			func(in *api.PutObjectInput) {
				in.ObjectLockMode, in.ObjectLockRetainUntilDate = p("governance"), &until
			}},
		{"InvalidArgument", "The retain until date must be in the future!",
			func(in *api.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = p("GOVERNANCE"), &past }},
		{"InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'",
			func(in *api.PutObjectInput) { in.ObjectLockLegalHoldStatus = p("on") }},
		{"InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
			func(in *api.PutObjectInput) {
				in.ObjectLockLegalHoldStatus, in.ContentMD5 = p("ON"), nil
			}},
		{"InvalidRequest", "Bucket is missing Object Lock Configuration",
			func(in *api.PutObjectInput) { in.Bucket, in.ObjectLockLegalHoldStatus = p("bucket"), p("ON") }},
	} {
		wantError(t, f.putLocked("k", c.change), c.code, c.message)
	}
	err := f.putLocked("k", func(in *api.PutObjectInput) {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = p("GOVERNANCE"), &until, p("ON")
	})
	if err != nil {
		t.Fatal(err)
	}
	head := func() *api.HeadObjectOutput {
		t.Helper()
		out, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("locked"), Key: p("k")})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if h := head(); value(h.ObjectLockMode) != "GOVERNANCE" || !h.ObjectLockRetainUntilDate.Equal(until) || value(h.ObjectLockLegalHoldStatus) != "ON" {
		t.Errorf("head: %v %v %v", h.ObjectLockMode, h.ObjectLockRetainUntilDate, h.ObjectLockLegalHoldStatus)
	}
	f.denied["s3:GetObjectRetention"], f.denied["s3:GetObjectLegalHold"] = true, true
	if h := head(); h.ObjectLockMode != nil || h.ObjectLockRetainUntilDate != nil || h.ObjectLockLegalHoldStatus != nil {
		t.Error("who may not ask for the lock is told of it")
	}
}

func TestRetentionAndLegalHold(t *testing.T) {
	f := lockedFixture(t)
	if err := f.putLocked("k", nil); err != nil {
		t.Fatal(err)
	}
	retain := func(bucket, mode string, until time.Time, bypass bool) error {
		_, err := f.PutObjectRetention(f.ctx, &api.PutObjectRetentionInput{Bucket: &bucket, Key: p("k"), BypassGovernanceRetention: &bypass,
			Retention: &api.ObjectLockRetention{Mode: &mode, RetainUntilDate: &until}})
		return err
	}
	_, err := f.GetObjectRetention(f.ctx, &api.GetObjectRetentionInput{Bucket: p("locked"), Key: p("k")})
	wantError(t, err, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration")
	_, err = f.GetObjectLegalHold(f.ctx, &api.GetObjectLegalHoldInput{Bucket: p("locked"), Key: p("k")})
	wantError(t, err, "NoSuchObjectLockConfiguration", "")
	_, err = f.GetObjectRetention(f.ctx, &api.GetObjectRetentionInput{Bucket: p("bucket"), Key: p("k")})
	wantError(t, err, "InvalidRequest", "Bucket is missing Object Lock Configuration")
	_, err = f.GetObjectRetention(f.ctx, &api.GetObjectRetentionInput{Bucket: p("locked"), Key: p("missing")})
	wantError(t, err, "NoSuchKey", "")
	now := f.clock()
	wantError(t, retain("locked", "GOVERNANCE", now, false), "InvalidArgument", "The retain until date must be in the future!")
	wantError(t, retain("locked", "abc", now.Add(time.Hour), false), "MalformedXML", "")
	wantError(t, retain("bucket", "GOVERNANCE", now.Add(time.Hour), false), "InvalidRequest", "Bucket is missing Object Lock Configuration")
	if err := retain("locked", "GOVERNANCE", now.Add(2*time.Hour), false); err != nil {
		t.Fatal(err)
	}
	wantError(t, retain("locked", "GOVERNANCE", now.Add(time.Hour), false), "AccessDenied", "Access Denied because object protected by object lock.")
	if err := retain("locked", "GOVERNANCE", now.Add(time.Hour), true); err != nil {
		t.Errorf("with the bypass: %v", err)
	}
	_, err = f.PutObjectRetention(f.ctx, &api.PutObjectRetentionInput{Bucket: p("locked"), Key: p("k"), Retention: &api.ObjectLockRetention{Mode: p("GOVERNANCE")}})
	wantError(t, err, "MalformedXML", "")
	empty := &api.PutObjectRetentionInput{Bucket: p("locked"), Key: p("k"), Retention: &api.ObjectLockRetention{}}
	_, err = f.PutObjectRetention(f.ctx, empty)
	wantError(t, err, "AccessDenied", "Access Denied because object protected by object lock.")
	empty.BypassGovernanceRetention = p(true)
	if _, err = f.PutObjectRetention(f.ctx, empty); err != nil {
		t.Errorf("none any more: %v", err)
	}
	hold := func(status string) error {
		_, err := f.PutObjectLegalHold(f.ctx, &api.PutObjectLegalHoldInput{Bucket: p("locked"), Key: p("k"), LegalHold: &api.ObjectLockLegalHold{Status: &status}})
		return err
	}
	wantError(t, hold("abc"), "MalformedXML", "")
	for _, status := range []string{"ON", "OFF"} {
		if err := hold(status); err != nil {
			t.Fatal(err)
		}
		got, err := f.GetObjectLegalHold(f.ctx, &api.GetObjectLegalHoldInput{Bucket: p("locked"), Key: p("k")})
		if err != nil || *got.LegalHold.Status != status {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
}

func TestLockedVersionsStay(t *testing.T) {
	f := lockedFixture(t)
	until := f.clock().Add(time.Hour)
	for key, mode := range map[string]string{"governed": "GOVERNANCE", "complied": "COMPLIANCE"} {
		err := f.putLocked(key, func(in *api.PutObjectInput) { in.ObjectLockMode, in.ObjectLockRetainUntilDate = &mode, &until })
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.putLocked("held", func(in *api.PutObjectInput) { in.ObjectLockLegalHoldStatus = p("ON") }); err != nil {
		t.Fatal(err)
	}
	version := func(key string) *string {
		t.Helper()
		out, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("locked"), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		return out.VersionId
	}
	remove := func(key string, v *string, bypass bool) error {
		_, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("locked"), Key: &key, VersionId: v, BypassGovernanceRetention: &bypass})
		return err
	}
	removeMany := func(key string, v *string, bypass bool) string {
		t.Helper()
		ctx := deciding(t.Context(), func(action, _ string, _ *policy.Values) error {
			if action == "s3:BypassGovernanceRetention" {
				return api.AccessDenied("no bypass")
			}
			return nil
		})
		out, err := f.DeleteObjects(ctx, &api.DeleteObjectsInput{Bucket: p("locked"), BypassGovernanceRetention: &bypass,
			Delete: &api.Delete{Objects: []api.ObjectIdentifier{{Key: &key, VersionId: v}}}})
		if err != nil {
			return err.Error()
		}
		if len(out.Errors) == 1 {
			return *out.Errors[0].Message
		}
		return ""
	}
	const protected = "Access Denied because object protected by object lock."
	for _, key := range []string{"governed", "complied", "held"} {
		v := version(key)
		wantError(t, remove(key, v, false), "AccessDenied", protected)
		if got := removeMany(key, v, false); got != protected {
			t.Errorf("%s: DeleteObjects: %q", key, got)
		}
		if got := removeMany(key, v, true); got != "no bypass" {
			t.Errorf("%s: DeleteObjects by who may not bypass: %q", key, got)
		}
		if key != "governed" {
			wantError(t, remove(key, v, true), "AccessDenied", protected)
		}
		if err := remove(key, nil, false); err != nil {
			t.Errorf("%s: a delete marker: %v", key, err)
		}
		if _, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("locked"), Key: &key, VersionId: v}); err != nil {
			t.Errorf("%s: the version below the marker: %v", key, err)
		}
	}
	_, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), BypassGovernanceRetention: p(true)})
	wantError(t, err, "InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.")
	f.mu.Lock()
	f.now = until
	f.mu.Unlock()
	for _, key := range []string{"governed", "complied"} {
		listed, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("locked"), Prefix: &key})
		if err != nil || len(listed.Versions) != 1 {
			t.Fatalf("%s: %+v, %v", key, listed, err)
		}
		if err := remove(key, listed.Versions[0].VersionId, false); err != nil {
			t.Errorf("%s after its time: %v", key, err)
		}
	}
}
