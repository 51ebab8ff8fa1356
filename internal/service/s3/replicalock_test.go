package s3

import (
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// lockBuckets turns Object Lock on.
func (f *replicating) lockBuckets(buckets ...string) {
	f.t.Helper()
	for _, b := range buckets {
		f.lockFor(b, nil)
	}
}

func (f *replicating) lockFor(bucket string, d *api.DefaultRetention) {
	f.t.Helper()
	c := &api.ObjectLockConfiguration{ObjectLockEnabled: p("Enabled")}
	if d != nil {
		c.Rule = &api.ObjectLockRule{DefaultRetention: d}
	}
	if _, err := f.PutObjectLockConfiguration(f.ctx, &api.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: c}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *replicating) hold(bucket, status string) {
	f.t.Helper()
	_, err := f.PutObjectLegalHold(f.ctx, &api.PutObjectLegalHoldInput{Bucket: &bucket, Key: p("k"), LegalHold: &api.ObjectLockLegalHold{Status: &status}})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *replicating) retain(bucket, mode string, until time.Time) {
	f.t.Helper()
	_, err := f.PutObjectRetention(f.ctx, &api.PutObjectRetentionInput{Bucket: &bucket, Key: p("k"),
		Retention: &api.ObjectLockRetention{Mode: &mode, RetainUntilDate: &until}})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *replicating) tag(bucket string, tags ...api.Tag) {
	f.t.Helper()
	_, err := f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: &bucket, Key: p("k"), Tagging: &api.Tagging{TagSet: tags}})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *replicating) write(bucket string, change func(*api.PutObjectInput)) {
	f.t.Helper()
	in := putInput("k", []byte("x"))
	in.Bucket = &bucket
	if change != nil {
		change(in)
	}
	if _, err := f.PutObject(f.ctx, in); err != nil {
		f.t.Fatal(err)
	}
	f.work()
}

// locks of the replica: its mode, until when, and its hold.
func (f *replicating) locks() (mode string, until time.Time, hold string) {
	f.t.Helper()
	h, err := f.head("copy", "k")
	if err != nil {
		f.t.Fatal(err)
	}
	return value(h.ObjectLockMode), value(h.ObjectLockRetainUntilDate), value(h.ObjectLockLegalHoldStatus)
}

// TestReplicationLoosensNoLock: what the owner of the destination has locked is
// not loosened by changes of the source, unless the role may do that itself.
func TestReplicationLoosensNoLock(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	f.lockBuckets("from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	f.write("from", nil)
	long := f.clock().AddDate(1, 0, 0)
	f.retain("copy", "GOVERNANCE", long)
	f.hold("copy", "ON")
	f.denied["s3:BypassGovernanceRetention"], f.denied["s3:PutObjectLegalHold"] = true, true
	kept := func(after string) {
		t.Helper()
		f.work()
		if mode, until, hold := f.locks(); mode != "GOVERNANCE" || !until.Equal(long) || hold != "ON" {
			t.Errorf("after %s: %s until %v, hold %s", after, mode, until, hold)
		}
	}
	f.tag("from", api.Tag{Key: p("a"), Value: p("b")})
	kept("a tag")
	f.retain("from", "GOVERNANCE", long.AddDate(0, -1, 0))
	kept("a shorter retention")
	f.hold("from", "ON")
	kept("a hold")
	f.hold("from", "OFF")
	kept("the hold's end")

	// What is stricter follows, and with the permissions what is looser.
	longer := long.AddDate(0, 1, 0)
	f.retain("from", "GOVERNANCE", longer)
	f.work()
	if _, until, _ := f.locks(); !until.Equal(longer) {
		t.Errorf("a longer retention did not follow: %v", until)
	}
	clear(f.denied)
	f.hold("from", "OFF")
	f.work()
	if _, _, hold := f.locks(); hold != "OFF" {
		t.Errorf("the hold's end did not follow: %s", hold)
	}
}

// TestReplicasAreLockedAsTheirBucketSays: an object that comes without a retention
// gets the default one of where it goes, and what is locked is not told to a role
// that may not know.
func TestReplicasAreLockedAsTheirBucketSays(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	f.lockFor("copy", &api.DefaultRetention{Mode: p("COMPLIANCE"), Days: p(int32(3))})
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	f.write("from", nil)
	if mode, until, _ := f.locks(); mode != "COMPLIANCE" || until.Before(f.clock().AddDate(0, 0, 3).Add(-time.Minute)) {
		t.Errorf("%s until %v", mode, until)
	}
	f.lockBuckets("from")
	for _, action := range []string{"s3:GetObjectRetention", "s3:GetObjectLegalHold"} {
		f.write("from", nil)
		if got := f.status("from", "k"); got != "COMPLETED" {
			t.Errorf("before: %s", got)
		}
		f.denied[action] = true
		f.write("from", nil)
		delete(f.denied, action)
		if got := f.status("from", "k"); got != "FAILED" {
			t.Errorf("without %s: %s", action, got)
		}
	}
}

// stored is the current version in a bucket.
func (f *replicating) stored(bucket string) (o *store.Object) {
	f.t.Helper()
	err := f.Service.store.View(f.ctx, func(r *store.Reader) error {
		b, err := r.Bucket(bucket)
		if err == nil {
			o, err = r.Object(b.ID, "k")
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (f *replicating) own(bucket, ownership string) {
	f.t.Helper()
	_, err := f.PutBucketOwnershipControls(f.ctx, &api.PutBucketOwnershipControlsInput{Bucket: &bucket,
		OwnershipControls: &api.OwnershipControls{Rules: []api.OwnershipControlsRule{{ObjectOwnership: &ownership}}}})
	if err != nil {
		f.t.Fatal(err)
	}
}

// TestReplicasHaveTheOwnerThatCounts: an owner and an ACL from before ACLs were
// disabled in the source do not come to life in the destination.
func TestReplicasHaveTheOwnerThatCounts(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	f.own("from", "ObjectWriter")
	f.own("copy", "ObjectWriter")
	in := putInput("k", []byte("x"))
	in.Bucket, in.ACL = p("from"), p("public-read")
	if _, err := f.PutObject(as(t.Context(), stranger), in); err != nil {
		t.Fatal(err)
	}
	f.own("from", "BucketOwnerEnforced")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	f.write("from", nil) // the rule is for what is new
	if o := f.stored("from"); o.Owner != owner {
		t.Fatalf("owner %q", o.Owner)
	}
	f.own("from", "ObjectWriter")
	in = putInput("k", []byte("y"))
	in.Bucket, in.ACL = p("from"), p("public-read")
	if _, err := f.PutObject(as(t.Context(), stranger), in); err != nil {
		t.Fatal(err)
	}
	f.own("from", "BucketOwnerEnforced")
	f.work()
	if o := f.stored("copy"); o.Owner != owner || o.ACL != nil {
		t.Errorf("owner %q, ACL %q", o.Owner, o.ACL)
	}
}

// TestReplicasAreNotPublicWhereThatIsBlocked: nor does replication bring a public
// ACL where no request may.
func TestReplicasAreNotPublicWhereThatIsBlocked(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	f.own("from", "ObjectWriter")
	f.own("copy", "ObjectWriter")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	public := func(in *api.PutObjectInput) { in.ACL = p("public-read") }
	f.write("from", public)
	if got := f.status("from", "k"); got != "COMPLETED" {
		t.Fatalf("open: %s", got)
	}
	_, err := f.PutPublicAccessBlock(f.ctx, &api.PutPublicAccessBlockInput{Bucket: p("copy"),
		PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{BlockPublicAcls: p(true)}})
	if err != nil {
		t.Fatal(err)
	}
	f.write("from", public)
	if got := f.status("from", "k"); got != "FAILED" {
		t.Errorf("blocked: %s", got)
	}
}

// TestModifiedReplicas: what the owner of the destination says of a replica that
// is its own stays, and tags are not taken away without s3:ReplicateTags.
func TestModifiedReplicas(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	f.own("from", "ObjectWriter")
	f.own("copy", "ObjectWriter")
	if err := f.configure("from", ruleTo("copy", func(r *api.ReplicationRule) { r.DeleteMarkerReplication.Status = p("Disabled") })); err != nil {
		t.Fatal(err)
	}
	f.write("from", func(in *api.PutObjectInput) { in.Tagging = p("a=b") })
	f.denied["s3:ReplicateTags"] = true
	if _, err := f.DeleteObjectTagging(f.ctx, &api.DeleteObjectTaggingInput{Bucket: p("from"), Key: p("k")}); err != nil {
		t.Fatal(err)
	}
	f.work()
	if o := f.stored("copy"); len(o.Tags) != 1 {
		t.Errorf("the tags were taken away")
	}
	delete(f.denied, "s3:ReplicateTags")

	// The replica is another's by now.
	err := f.Service.store.Update(f.ctx, func(t *store.Txn) error {
		b, err := t.Bucket("copy")
		if err != nil {
			return err
		}
		o, err := t.Object(b.ID, "k")
		if err != nil {
			return err
		}
		o.Owner, o.ACL = stranger, []byte("theirs")
		return t.UpdateObject(b, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	f.tag("from", api.Tag{Key: p("c"), Value: p("d")})
	f.work()
	if o := f.stored("copy"); string(o.ACL) != "theirs" || len(o.Tags) != 1 || o.Tags[0].Key != "c" {
		t.Errorf("ACL %q, tags %v", o.ACL, o.Tags)
	}
}
