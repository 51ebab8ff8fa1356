package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// flows counts what a Replicator tells.
type flows struct {
	mu           sync.Mutex
	done, failed []string
}

func (f *flows) Replicated(_ context.Context, w ReplicationFlow, _ int64, _ float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, w.Source+">"+w.Destination)
}

func (f *flows) ReplicationFailed(_ context.Context, w ReplicationFlow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, w.Source+">"+w.Destination)
}

// replicating is a fixture with buckets that keep versions and a worker.
type replicating struct {
	*fixture
	flows
	worker *Replicator
	errs   []error
}

func newReplicating(t *testing.T, buckets ...string) *replicating {
	f := &replicating{fixture: newFixture(t)}
	for _, b := range buckets {
		f.makeBucket(b, store.BucketOwnerEnforced)
		f.version(b)
	}
	f.worker = &Replicator{
		Service: f.Service, Observer: &f.flows, Holder: "this one", Failed: func(err error) { f.errs = append(f.errs, err) },
		As: func(ctx context.Context, _ ServiceCaller, role string) (context.Context, error) {
			if role != "arn:aws:iam::"+owner+":role/replicate" {
				return nil, api.AccessDenied("")
			}
			return as(ctx, owner), nil
		},
	}
	return f
}

func (f *replicating) version(bucket string) {
	f.t.Helper()
	_, err := f.PutBucketVersioning(f.ctx, &api.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &api.VersioningConfiguration{Status: p("Enabled")}})
	if err != nil {
		f.t.Fatal(err)
	}
}

func ruleTo(bucket string, change func(*api.ReplicationRule)) api.ReplicationRule {
	r := api.ReplicationRule{
		ID: p("to " + bucket), Status: p("Enabled"), Priority: p(int32(len(bucket))), Filter: &api.ReplicationRuleFilter{Prefix: p("")},
		Destination:             &api.Destination{Bucket: p("arn:aws:s3:::" + bucket)},
		DeleteMarkerReplication: &api.DeleteMarkerReplication{Status: p("Enabled")},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func (f *replicating) configure(bucket string, rules ...api.ReplicationRule) error {
	_, err := f.PutBucketReplication(f.ctx, &api.PutBucketReplicationInput{Bucket: &bucket, ReplicationConfiguration: &api.ReplicationConfiguration{
		Role: p("arn:aws:iam::" + owner + ":role/replicate"), Rules: rules,
	}})
	return err
}

func (f *replicating) work() {
	f.t.Helper()
	if err := f.worker.drain(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *replicating) head(bucket, key string) (*api.HeadObjectOutput, error) {
	return f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: &bucket, Key: &key})
}

func (f *replicating) status(bucket, key string) string {
	f.t.Helper()
	h, err := f.head(bucket, key)
	if err != nil {
		f.t.Fatalf("%s/%s: %v", bucket, key, err)
	}
	return value(h.ReplicationStatus)
}

func TestReplication(t *testing.T) {
	f := newReplicating(t, "from", "copy", "near")
	if err := f.configure("from", ruleTo("copy", nil), ruleTo("near", func(r *api.ReplicationRule) {
		r.Priority, r.Filter.Prefix, r.Destination.StorageClass = p(int32(9)), p("n/"), p("STANDARD_IA")
	})); err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789"), 10_000)
	in := putInput("n/k", data)
	in.Bucket, in.Metadata, in.Tagging, in.ContentType = p("from"), map[string]string{"a": "b"}, p("t=1"), p("text/x")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	if got := f.status("from", "n/k"); got != "PENDING" {
		t.Errorf("before: %s", got)
	}
	f.work()
	if got := f.status("from", "n/k"); got != "COMPLETED" {
		t.Errorf("after: %s", got)
	}
	from, _ := f.head("from", "n/k")
	for _, b := range []string{"copy", "near"} {
		h, err := f.head(b, "n/k")
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		class := map[string]string{"copy": "", "near": "STANDARD_IA"}[b]
		if *h.VersionId != *from.VersionId || *h.ETag != *from.ETag || !h.LastModified.Equal(*from.LastModified) || h.Metadata["a"] != "b" ||
			value(h.TagCount) != 1 || *h.ContentType != "text/x" || value(h.StorageClass) != class || value(h.ReplicationStatus) != "REPLICA" {
			t.Errorf("%s: %+v", b, h)
		}
		if got := f.bytes(b, "n/k"); !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes", b, len(got))
		}
	}
	if _, err := f.head("near", "other"); err == nil {
		t.Error("what no rule selects was replicated")
	}
	if want := []string{"from>copy", "from>near"}; !slices.Equal(f.done, want) {
		t.Errorf("told of %q", f.done)
	}
}

func (f *replicating) bytes(bucket, key string) []byte {
	f.t.Helper()
	in := getInput(key)
	in.Bucket = &bucket
	_, data := f.fixture.get(in)
	return data
}

func TestReplicationOfPartsKeepsThem(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	id := f.begin(&api.CreateMultipartUploadInput{Bucket: p("from"), Key: p("k")})
	first, second := bytes.Repeat([]byte("a"), 5<<20), []byte("tail")
	var parts []api.CompletedPart
	for i, data := range [][]byte{first, second} {
		out, err := f.UploadPart(f.ctx, &api.UploadPartInput{Bucket: p("from"), Key: p("k"), UploadId: &id, PartNumber: p(int32(i + 1)), Body: bodyOf(data)})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(i + 1))})
	}
	_, err := f.CompleteMultipartUpload(f.ctx, &api.CompleteMultipartUploadInput{Bucket: p("from"), Key: p("k"), UploadId: &id,
		MultipartUpload: &api.CompletedMultipartUpload{Parts: parts}})
	if err != nil {
		t.Fatal(err)
	}
	f.work()
	from, _ := f.head("from", "k")
	to, err := f.head("copy", "k")
	if err != nil || *to.ETag != *from.ETag {
		t.Fatalf("%+v, %v", to, err)
	}
	part, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("copy"), Key: p("k"), PartNumber: p(int32(2))})
	if err != nil || *part.ContentLength != int64(len(second)) || *part.PartsCount != 2 {
		t.Errorf("the second part: %+v, %v", part, err)
	}
	if got := f.bytes("copy", "k"); !bytes.Equal(got, append(first, second...)) {
		t.Errorf("%d bytes", len(got))
	}
	f.again("from", "copy", "k")
	if _, err := f.store.Scrub(f.ctx, store.ScrubOptions{Damaged: func(d store.Damage) { t.Errorf("%+v", d) }}); err != nil {
		t.Error(err)
	}
}

// again copies the version of a key to where it is already, as a worker does that
// did not see it there.
func (f *replicating) again(from, to, key string) {
	f.t.Helper()
	var there *store.Bucket
	sn, err := f.store.Snapshot(f.ctx, func(r *store.Reader) (*store.Bucket, *store.Object, error) {
		b, err := r.Bucket(from)
		if err != nil {
			return nil, nil, err
		}
		if there, err = r.Bucket(to); err != nil {
			return nil, nil, err
		}
		o, err := r.Object(b.ID, key)
		return b, o, err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	defer sn.Close()
	staged, err := f.store.StageReplica(f.ctx, there, sn)
	if err != nil {
		f.t.Fatal(err)
	}
	err = once(f.store.CommitReplica(f.ctx, staged, func(t *store.Txn) error {
		return f.worker.putReplica(f.ctx, t, there, sn.Object, staged)
	}))
	if err != nil {
		f.t.Error(err)
	}
}

func TestReplicationOfMarkersTagsAndVersions(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	put := func(text string) string {
		in := putInput("k", []byte(text))
		in.Bucket = p("from")
		out, err := f.PutObject(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return *out.VersionId
	}
	first, second := put("one"), put("two")
	f.work()
	listed, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("copy")})
	if err != nil || len(listed.Versions) != 2 || *listed.Versions[0].VersionId != second || *listed.Versions[1].VersionId != first {
		t.Fatalf("versions: %+v, %v", listed, err)
	}
	_, err = f.PutObjectTagging(f.ctx, &api.PutObjectTaggingInput{Bucket: p("from"), Key: p("k"), VersionId: &first,
		Tagging: &api.Tagging{TagSet: []api.Tag{{Key: p("a"), Value: p("b")}}}})
	if err != nil {
		t.Fatal(err)
	}
	f.work()
	tags, err := f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("copy"), Key: p("k"), VersionId: &first})
	if err != nil || len(tags.TagSet) != 1 {
		t.Errorf("tags of the replica: %+v, %v", tags, err)
	}
	marker, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("from"), Key: p("k")})
	if err != nil {
		t.Fatal(err)
	}
	f.work()
	listed, err = f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("copy")})
	if err != nil || len(listed.DeleteMarkers) != 1 || *listed.DeleteMarkers[0].VersionId != *marker.VersionId {
		t.Errorf("markers: %+v, %v", listed, err)
	}
	// A version that is removed by its id stays in the destination.
	if _, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("from"), Key: p("k"), VersionId: &first}); err != nil {
		t.Fatal(err)
	}
	f.work()
	if _, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("copy"), Key: p("k"), VersionId: &first}); err != nil {
		t.Errorf("the removed version's replica: %v", err)
	}
}

func TestReplicationRefused(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"s3:ReplicateObject", "s3:ReplicateTags", "s3:GetObjectVersionForReplication", "s3:GetReplicationConfiguration"} {
		f.denied[action] = true
		in := putInput(action, []byte("x"))
		in.Bucket, in.Tagging = p("from"), p("a=b")
		if _, err := f.PutObject(f.ctx, in); err != nil {
			t.Fatal(err)
		}
		f.work()
		delete(f.denied, action)
		if got := f.status("from", action); got != "FAILED" {
			t.Errorf("without %s: %s", action, got)
		}
		if _, err := f.head("copy", action); err == nil {
			t.Errorf("without %s it is there", action)
		}
	}
	if len(f.failed) != 4 || len(f.errs) != 0 {
		t.Errorf("told of %q, %v", f.failed, f.errs)
	}
}

func TestReplicationTriesAgain(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	as := f.worker.As
	f.worker.As = func(context.Context, ServiceCaller, string) (context.Context, error) {
		return nil, errors.New("not now")
	}
	in := putInput("k", []byte("x"))
	in.Bucket = p("from")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	f.work()
	if got := f.status("from", "k"); got != "PENDING" || len(f.errs) != 1 {
		t.Errorf("after an error: %s, %v", got, f.errs)
	}
	f.worker.As = as
	f.work()
	if got := f.status("from", "k"); got != "PENDING" {
		t.Errorf("at once: %s", got)
	}
	f.fixture.mu.Lock()
	f.now = f.now.Add(time.Minute)
	f.fixture.mu.Unlock()
	f.work()
	if got := f.status("from", "k"); got != "COMPLETED" {
		t.Errorf("later: %s", got)
	}
}

func TestReplicatorsShareTheWork(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	in := putInput("k", []byte("x"))
	in.Bucket = p("from")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	if err := f.Service.store.Lease(t.Context(), "replication", "another", time.Minute); err != nil {
		t.Fatal(err)
	}
	f.work()
	if got := f.status("from", "k"); got != "PENDING" {
		t.Errorf("while another works: %s", got)
	}
	// The same task done twice leaves one version.
	tasks, err := f.worker.due(t.Context(), newFlights())
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%v, %v", tasks, err)
	}
	for range 2 {
		if err := f.worker.one(t.Context(), tasks[0].Task); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("copy")})
	if err != nil || len(listed.Versions) != 1 {
		t.Errorf("%+v, %v", listed, err)
	}
}

func TestPutBucketReplicationRefuses(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	type change = func(*api.ReplicationRule)
	for name, c := range map[string]struct {
		code, message string
		change        change
	}{
		"destination": {"InvalidRequest", "Destination bucket must exist.", func(r *api.ReplicationRule) { r.Destination.Bucket = p("arn:aws:s3:::nowhere") }},
		"unversioned": {"InvalidRequest", "Destination bucket must have versioning enabled.", func(r *api.ReplicationRule) { r.Destination.Bucket = p("arn:aws:s3:::bucket") }},
		"itself":      {"InvalidRequest", "cannot be the same", func(r *api.ReplicationRule) { r.Destination.Bucket = p("arn:aws:s3:::from") }},
		"no arn":      {"InvalidArgument", "Invalid bucket ARN.", func(r *api.ReplicationRule) { r.Destination.Bucket = p("copy") }},
		"status":      {"MalformedXML", "", func(r *api.ReplicationRule) { r.Status = p("on") }},
		"no priority": {"InvalidRequest", "Priority must be specified", func(r *api.ReplicationRule) { r.Priority = nil }},
		"no markers":  {"InvalidRequest", "DeleteMarkerReplication must be specified", func(r *api.ReplicationRule) { r.DeleteMarkerReplication = nil }},
		"markers and tags": {"InvalidRequest", "Delete marker replication is not supported if any Tag filter is specified.", func(r *api.ReplicationRule) {
			r.Filter = &api.ReplicationRuleFilter{Tag: &api.Tag{Key: p("a"), Value: p("b")}}
		}},
		"prefix and filter": {"MalformedXML", "", func(r *api.ReplicationRule) { r.Prefix = p("a") }},
		"class":             {"MalformedXML", "", func(r *api.ReplicationRule) { r.Destination.StorageClass = p("FAST") }},
		"owner": {"InvalidRequest", "Account must be specified", func(r *api.ReplicationRule) {
			r.Destination.AccessControlTranslation = &api.AccessControlTranslation{Owner: p("Destination")}
		}},
		"time": {"InvalidArgument", "Invalid Minutes", func(r *api.ReplicationRule) {
			r.Destination.ReplicationTime = &api.ReplicationTime{Status: p("Enabled"), Time: &api.ReplicationTimeValue{Minutes: p(int32(5))}}
		}},
	} {
		err := f.configure("from", ruleTo("copy", c.change))
		wantError(t, err, c.code, c.message)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	wantError(t, f.configure("bucket", ruleTo("copy", nil)), "InvalidRequest", "Versioning must be 'Enabled' on the bucket to apply a replication configuration")
	wantError(t, f.configure("from"), "MalformedXML", "")
	wantError(t, f.configure("from", ruleTo("copy", nil), ruleTo("copy", nil)), "InvalidRequest", "Rule Id must be unique")
	_, err := f.GetBucketReplication(f.ctx, &api.GetBucketReplicationInput{Bucket: p("from")})
	wantError(t, err, "ReplicationConfigurationNotFoundError", "The replication configuration was not found")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeleteBucketReplication(f.ctx, &api.DeleteBucketReplicationInput{Bucket: p("from")}); err != nil {
		t.Fatal(err)
	}
	_, err = f.GetBucketReplication(f.ctx, &api.GetBucketReplicationInput{Bucket: p("from")})
	wantError(t, err, "ReplicationConfigurationNotFoundError", "")
}

// TestReplicationTakesTurns: what waits in one bucket, however much it is, does not
// hold up another's.
func TestReplicationTakesTurns(t *testing.T) {
	f := newReplicating(t, "from", "other", "copy")
	for _, b := range []string{"from", "other"} {
		if err := f.configure(b, ruleTo("copy", nil)); err != nil {
			t.Fatal(err)
		}
	}
	put := func(bucket, key string) {
		in := putInput(key, []byte("x"))
		in.Bucket = &bucket
		if _, err := f.PutObject(f.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 * replicationWorkers {
		put("from", string(rune('a'+i%3*replicationWorkers)))
		put("from", string(rune('a'+i)))
	}
	put("other", "other")
	flying, begun := newFlights(), map[string]int{}
	for {
		chosen, err := f.worker.due(t.Context(), flying)
		if err != nil {
			t.Fatal(err)
		}
		if len(chosen) == 0 {
			break
		}
		for _, k := range chosen {
			if flying.keys[k.flightKey] {
				t.Errorf("%s is on its way twice", k.key)
			}
			flying.begin(k)
			v, err := f.worker.version(t.Context(), &replicationTask{Bucket: k.bucket, Key: k.key, Version: f.taskOf(k).Version})
			if err != nil || v == nil {
				t.Fatal(v, err)
			}
			begun[v.bucket.Name]++
		}
	}
	if begun["from"] != replicationPerBucket || begun["other"] != 1 {
		t.Errorf("begun: %v", begun)
	}
	f.work()
	listed, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("copy")})
	if err != nil || len(listed.Versions) != 6*replicationWorkers+1 {
		t.Errorf("%d versions, %v", len(listed.Versions), err)
	}
	if n, err := f.ReplicationBacklog(t.Context(), 10); err != nil || n != 0 {
		t.Errorf("%d are left, %v", n, err)
	}
}

func (f *replicating) taskOf(k *flight) (t replicationTask) {
	if err := json.Unmarshal(k.Payload, &t); err != nil {
		f.t.Fatal(err)
	}
	return t
}

// TestVersioningOfReplicatedBuckets: it cannot be suspended.
func TestVersioningOfReplicatedBuckets(t *testing.T) {
	f := newReplicating(t, "from", "copy")
	if err := f.configure("from", ruleTo("copy", nil)); err != nil {
		t.Fatal(err)
	}
	suspend := &api.PutBucketVersioningInput{Bucket: p("from"), VersioningConfiguration: &api.VersioningConfiguration{Status: p("Suspended")}}
	_, err := f.PutBucketVersioning(f.ctx, suspend)
	wantError(t, err, "InvalidBucketState", "A replication configuration is present on this bucket")
	if _, err := f.DeleteBucketReplication(f.ctx, &api.DeleteBucketReplicationInput{Bucket: p("from")}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.PutBucketVersioning(f.ctx, suspend); err != nil {
		t.Error(err)
	}
}
