package s3

import (
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

func loggingTo(bucket, prefix string) *api.LoggingEnabled {
	return &api.LoggingEnabled{TargetBucket: &bucket, TargetPrefix: &prefix}
}

func (r *reporter) putLogging(c *api.LoggingEnabled) error {
	_, err := r.PutBucketLogging(r.ctx, &api.PutBucketLoggingInput{Bucket: p("bucket"), BucketLoggingStatus: &api.BucketLoggingStatus{LoggingEnabled: c}})
	return err
}

func (r *reporter) mustLog(c *api.LoggingEnabled) {
	r.t.Helper()
	if err := r.putLogging(c); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reporter) queue(day, lines string) {
	r.t.Helper()
	var id store.BucketID
	err := r.store.View(r.ctx, func(rd *store.Reader) error {
		b, err := rd.Bucket("bucket")
		if err == nil {
			id = b.ID
		}
		return err
	})
	if err == nil {
		err = r.QueueAccessLog(r.ctx, []AccessLogBatch{{uint64(id), day, lines}})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *reporter) deliverLogs() {
	r.t.Helper()
	if err := r.DeliverAccessLogs(r.ctx, func(err error) { r.failed = append(r.failed, err) }); err != nil {
		r.t.Fatal(err)
	}
}

func TestLoggingConfiguration(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("logs", store.BucketOwnerEnforced)
	r.makeBucket("acls", store.ObjectWriter)
	r.makeBucket("pays", store.BucketOwnerEnforced)
	err := r.store.Update(r.ctx, func(t *store.Txn) error {
		if err := t.CreateBucket(&store.Bucket{Name: "theirs", Account: stranger, Region: "us-east-1"}); err != nil {
			return err
		}
		if err := t.CreateBucket(&store.Bucket{Name: "away", Account: owner, Region: "eu-west-1"}); err != nil {
			return err
		}
		_, err := t.UpdateBucket("pays", func(b *store.Bucket) error { b.RequesterPays = true; return nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reads := func(c *api.LoggingEnabled) *api.LoggingEnabled {
		c.TargetGrants = []api.TargetGrant{{Permission: p("READ"), Grantee: &api.Grantee{Type: p("CanonicalUser"), ID: p(strings.Repeat("c", 52) + stranger)}}}
		return c
	}
	both := loggingTo("logs", "")
	both.TargetObjectKeyFormat = &api.TargetObjectKeyFormat{SimplePrefix: &api.SimplePrefix{}, PartitionedPrefix: &api.PartitionedPrefix{}}
	unknown := reads(loggingTo("acls", ""))
	unknown.TargetGrants[0].Grantee.ID = p("x")
	for _, c := range []struct {
		in         *api.LoggingEnabled
		code, text string
	}{
		{loggingTo("nothing", ""), "InvalidTargetBucketForLogging", "The target bucket for logging does not exist\nTargetBucket=nothing"},
		{loggingTo("theirs", ""), "InvalidTargetBucketForLogging", "The owner for the bucket to be logged and the target bucket must be the same."},
		{loggingTo("away", ""), "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. \nTargetBucketLocation=eu-west-1"},
		{loggingTo("pays", ""), "InvalidTargetBucketForLogging", "Requester Pays"},
		{reads(loggingTo("logs", "")), "AccessControlListNotSupported", ""},
		{unknown, "InvalidArgument", "Invalid id"},
		{both, "MalformedXML", ""},
		{&api.LoggingEnabled{TargetBucket: p("logs")}, "MalformedXML", ""},
	} {
		wantError(t, r.putLogging(c.in), c.code, c.text)
	}
	r.mustLog(reads(loggingTo("acls", "p")))
	out, err := r.GetBucketLogging(r.ctx, &api.GetBucketLoggingInput{Bucket: p("bucket")})
	if err != nil || *out.LoggingEnabled.TargetBucket != "acls" || *out.LoggingEnabled.TargetPrefix != "p" || len(out.LoggingEnabled.TargetGrants) != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	for range 2 { // again is no error
		r.mustLog(nil)
	}
	if out, err := r.GetBucketLogging(r.ctx, &api.GetBucketLoggingInput{Bucket: p("bucket")}); err != nil || out.LoggingEnabled != nil {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestAccessLogDelivery(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("logs", store.BucketOwnerEnforced)
	r.mustLog(loggingTo("logs", "a/"))
	r.queue("2026-01-02", "one\n")
	r.advance(time.Second)
	r.queue("2026-01-02", "two\n")
	r.queue("2026-01-03", "three\n")
	r.deliverLogs()
	keys := r.keys("logs")
	if len(keys) != 2 || !strings.HasPrefix(keys[0], "a/2026-01-02-03-04-05-") || len(keys[0]) != len("a/2026-01-02-03-04-05-0123456789ABCDEF") ||
		!strings.HasPrefix(keys[1], "a/2026-01-02-03-04-06-") {
		t.Fatalf("delivered %q; %v", keys, r.failed)
	}
	if one, two := string(r.read("logs", keys[0])), string(r.read("logs", keys[1])); one != "one\ntwo\n" || two != "three\n" {
		t.Errorf("got %q and %q", one, two)
	}
	if who := r.asked[0]; who != (ServiceCaller{"logging.s3.amazonaws.com", "arn:aws:s3:::bucket", owner}) {
		t.Errorf("delivered as %+v", who)
	}
	r.deliverLogs()
	if got := r.keys("logs"); len(got) != 2 {
		t.Errorf("delivered again: %q", got)
	}

	partitioned := loggingTo("logs", "p/")
	partitioned.TargetObjectKeyFormat = &api.TargetObjectKeyFormat{PartitionedPrefix: &api.PartitionedPrefix{PartitionDateSource: p("EventTime")}}
	r.mustLog(partitioned)
	r.queue("2026-01-01", "late\n")
	r.deliverLogs()
	partitioned.TargetObjectKeyFormat.PartitionedPrefix.PartitionDateSource = p("DeliveryTime")
	r.mustLog(partitioned)
	r.queue("2026-01-01", "late\n")
	r.deliverLogs()
	keys = r.keys("logs")[2:]
	if len(keys) != 2 || !strings.HasPrefix(keys[0], "p/"+owner+"/us-east-1/bucket/2026/01/01/2026-01-01-00-00-00-") ||
		!strings.HasPrefix(keys[1], "p/"+owner+"/us-east-1/bucket/2026/01/02/2026-01-02-03-04-06-") {
		t.Errorf("delivered %q", keys)
	}
}

func TestAccessLogsThatCannotBeDelivered(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("logs", store.BucketOwnerEnforced)
	r.mustLog(loggingTo("logs", ""))
	r.refuses = true
	r.queue("2026-01-02", "refused\n")
	r.deliverLogs()
	if len(r.failed) != 1 || !strings.Contains(r.failed[0].Error(), "AccessDenied") {
		t.Fatalf("refused: %v", r.failed)
	}
	r.refuses = false
	r.mustLog(nil)
	r.queue("2026-01-02", "not logged any more\n")
	r.deliverLogs()
	r.mustLog(loggingTo("logs", ""))
	r.queue("2026-01-02", "good\n")
	r.deliverLogs()
	if keys := r.keys("logs"); len(keys) != 1 || string(r.read("logs", keys[0])) != "good\n" || len(r.failed) != 1 {
		t.Errorf("delivered %q; %v", keys, r.failed)
	}
}

func TestLogsGetTheirGrants(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("logs", store.ObjectWriter)
	c := loggingTo("logs", "")
	c.TargetGrants = []api.TargetGrant{
		{Permission: p("READ"), Grantee: &api.Grantee{Type: p("CanonicalUser"), ID: p(strings.Repeat("c", 52) + stranger)}},
		{Permission: p("READ"), Grantee: &api.Grantee{Type: p("Group"), URI: p(authenticatedUsers)}},
	}
	r.mustLog(c)
	r.queue("2026-01-02", "line\n")
	r.deliverLogs()
	keys := r.keys("logs")
	if len(keys) != 1 {
		t.Fatalf("delivered %q; %v", keys, r.failed)
	}
	acl, err := r.GetObjectAcl(r.ctx, &api.GetObjectAclInput{Bucket: p("logs"), Key: &keys[0]})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, g := range acl.Grants {
		got += value(g.Permission) + " " + value(g.Grantee.ID) + value(g.Grantee.URI) + "\n"
	}
	id := strings.Repeat("c", 52)
	if want := "FULL_CONTROL " + id + owner + "\nREAD " + id + stranger + "\nREAD " + authenticatedUsers + "\n"; got != want || *acl.Owner.ID != id+owner {
		t.Errorf("got %s of %s", got, *acl.Owner.ID)
	}
}

func TestOneOfTwoGatewaysDeliversLogs(t *testing.T) {
	k, b, key := kvmemory.New(), blobmemory.New(), seal.NewKey()
	one, two := newReporter(fixtureOn(t, k, b, key)), newReporter(fixtureOn(t, k, b, key))
	one.makeBucket("logs", store.BucketOwnerEnforced)
	one.mustLog(loggingTo("logs", ""))
	one.queue("2026-01-02", "one\n")
	two.queue("2026-01-02", "two\n")
	if err := two.store.Lease(two.ctx, accessLogLease, "somebody", time.Minute); err != nil {
		t.Fatal(err)
	}
	one.deliverLogs()
	if got := one.keys("logs"); len(got) != 0 {
		t.Fatalf("without the lease: %q", got)
	}
	if err := two.store.Release(two.ctx, accessLogLease, "somebody"); err != nil {
		t.Fatal(err)
	}
	two.deliverLogs()
	one.deliverLogs()
	keys := one.keys("logs")
	if len(keys) != 1 || len(one.read("logs", keys[0])) != len("one\ntwo\n") {
		t.Errorf("delivered %q", keys)
	}
}

// TestLogsDeliveredTwiceAreOne: a gateway that ends between the delivery of a log
// and the note of it leaves the lines in the queue.
func TestLogsDeliveredTwiceAreOne(t *testing.T) {
	r := newReporter(newFixture(t))
	r.makeBucket("logs", store.BucketOwnerEnforced)
	r.mustLog(loggingTo("logs", ""))
	r.queue("2026-01-02", "one\n")
	logs, err := r.queuedLogs(r.ctx)
	if err == nil {
		err = r.deliverLog(r.ctx, logs[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	r.advance(time.Minute)
	r.queue("2026-01-02", "two\n")
	r.deliverLogs()
	if keys := r.keys("logs"); len(keys) != 1 || string(r.read("logs", keys[0])) != "one\ntwo\n" {
		t.Errorf("delivered %q", keys)
	}
}
