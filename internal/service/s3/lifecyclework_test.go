package s3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// worker is a lifecycle worker of pages of two, so that rounds have many.
func (f *fixture) worker() *lifecycleWorker {
	w := f.newLifecycleWorker(time.Hour, func(err error) { f.t.Error(err) })
	w.size = 2
	return w
}

// round runs a whole round of lifecycle rules.
func (f *fixture) round() {
	f.t.Helper()
	w := f.worker()
	for range 10_000 {
		more, err := w.step(f.ctx)
		if err != nil {
			f.t.Fatal(err)
		}
		if !more {
			f.later(time.Hour)
			return
		}
	}
	f.t.Fatal("a round does not end")
}

// at sets the clock.
func (f *fixture) at(t string) {
	f.t.Helper()
	at, err := time.Parse(time.RFC3339, t)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = at
}

// versions shows all versions in the bucket, each as key, a letter for each version
// in the order in which it was first shown, and what else there is to it.
func (f *fixture) versions() (lines []string) {
	f.t.Helper()
	out, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("bucket")})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, v := range out.Versions {
		line := fmt.Sprintf("%s %d", *v.Key, *v.Size)
		if class := value(v.StorageClass); class != "STANDARD" {
			line += " " + class
		}
		lines = append(lines, line)
	}
	for _, m := range out.DeleteMarkers {
		if m.Key != nil { // others stand for the versions in between
			lines = append(lines, *m.Key+" marker")
		}
	}
	slices.Sort(lines)
	return lines
}

func (f *fixture) wantVersions(want ...string) {
	f.t.Helper()
	slices.Sort(want)
	if got := f.versions(); !slices.Equal(got, want) {
		f.t.Errorf("versions\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// sized puts objects of so many bytes under a key, one after the other.
func (f *fixture) sized(key string, sizes ...int) {
	f.t.Helper()
	for _, n := range sizes {
		f.put(key, make([]byte, n))
		f.later(time.Second)
	}
}

func ruleOf(change func(*api.LifecycleRule)) api.LifecycleRule {
	r := api.LifecycleRule{Status: p("Enabled"), Filter: &api.LifecycleRuleFilter{}}
	change(&r)
	return r
}

func TestLifecycleExpiresObjects(t *testing.T) {
	f := newFixture(t)
	f.denied = map[string]bool{"s3:DeleteObject": true, "s3:ListBucket": true} // S3 itself asks nobody
	f.at("2026-01-02T03:04:05Z")
	for _, key := range []string{"a", "logs/1", "logs/2", "logs/3", "logs/4", "logs/5", "z"} {
		f.sized(key, 1)
	}
	in := putInput("tagged", []byte("x"))
	in.Tagging = p("keep=no&other=x")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	f.lifecycle(expireAfter("logs", "logs/", 1), ruleOf(func(r *api.LifecycleRule) {
		r.Filter.Tag = &api.Tag{Key: p("keep"), Value: p("no")}
		r.Expiration = &api.LifecycleExpiration{Days: p(int32(2))}
	}))
	f.round()
	f.at("2026-01-03T22:59:58Z")
	f.sized("logs/3", 2) // made again meanwhile
	f.round()            // a second before midnight by now
	if got := f.versions(); len(got) != 8 {
		t.Fatalf("something went before its time: %q", got)
	}
	f.at("2026-01-04T01:00:00Z")
	f.round()
	f.wantVersions("a 1", "logs/3 2", "tagged 1", "z 1")
	f.at("2026-01-05T01:00:00Z")
	f.round()
	f.wantVersions("a 1", "z 1")
	if n, err := f.store.Collect(f.ctx); err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestLifecycleOfVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.at("2026-01-01T12:00:00Z")
	f.sized("k", 1, 2, 3)
	f.sized("other", 1)
	f.lifecycle(expireAfter("", "k", 1), ruleOf(func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(3))}
	}))
	f.at("2026-01-03T00:00:00Z")
	f.round()
	f.wantVersions("k 1", "k 2", "k 3", "k marker", "other 1")
	f.at("2026-01-05T00:00:00Z") // three days after 1 and 2 became noncurrent, not 3
	f.round()
	f.wantVersions("k 3", "k marker", "other 1")
	f.at("2026-01-07T00:00:00Z")
	f.round()
	// The marker hides nothing now and is old enough, so it goes in the next round.
	f.wantVersions("k marker", "other 1")
	f.round()
	f.wantVersions("other 1")
}

func TestLifecycleKeepsNewerVersions(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.sized("k", 1, 2, 3, 4, 5, 6, 7, 8)
	f.sized("l", 1, 2)
	f.lifecycle(ruleOf(func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(1)), NewerNoncurrentVersions: p(int32(3))}
	}))
	f.round()
	f.later(48 * time.Hour)
	f.round()
	f.wantVersions("k 8", "k 7", "k 6", "k 5", "l 1", "l 2")
	f.round()
	f.wantVersions("k 8", "k 7", "k 6", "k 5", "l 1", "l 2")
}

func TestLifecycleRemovesExpiredMarkers(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	for _, key := range []string{"a", "b", "c"} {
		f.remove(key, "")
	}
	f.sized("b", 1)
	f.remove("b", "")
	f.sized("bb", 1)
	f.lifecycle(ruleOf(func(r *api.LifecycleRule) {
		r.Expiration = &api.LifecycleExpiration{ExpiredObjectDeleteMarker: p(true)}
	}))
	f.round()
	f.wantVersions("b 1", "b marker", "b marker", "bb 1")
}

func TestLifecycleOfSuspendedVersioning(t *testing.T) {
	f := newFixture(t)
	f.sized("k", 1)
	f.versioning("Enabled")
	f.sized("k", 2)
	f.versioning("Suspended")
	f.sized("n", 3)
	f.lifecycle(expireAfter("", "", 1))
	f.later(48 * time.Hour)
	f.round()
	f.wantVersions("k 2", "k marker", "n marker") // the null versions gave way to markers
}

func TestLifecycleLeavesWhatIsLocked(t *testing.T) {
	f := lockedFixture(t)
	until := f.now.Add(100 * 24 * time.Hour)
	put := func(change func(*api.PutObjectInput)) {
		t.Helper()
		in := putInput("k", nil)
		in.Bucket = p("locked")
		change(in)
		in.ContentMD5 = p("1B2M2Y8AsgTpgAmY7PhCfg==")
		if _, err := f.PutObject(f.ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	put(func(in *api.PutObjectInput) {
		in.ObjectLockMode, in.ObjectLockRetainUntilDate = p("GOVERNANCE"), &until
	})
	put(func(in *api.PutObjectInput) { in.ObjectLockLegalHoldStatus = p("ON") })
	put(func(*api.PutObjectInput) {})
	if err := f.putLifecycle("locked", expireAfter("", "", 1), ruleOf(func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(1))}
	})); err != nil {
		t.Fatal(err)
	}
	count := func() (versions, markers int) {
		out, err := f.ListObjectVersions(f.ctx, &api.ListObjectVersionsInput{Bucket: p("locked")})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.DeleteMarkers {
			if m.Key != nil {
				markers++
			}
		}
		return len(out.Versions), markers
	}
	for range 4 {
		f.later(48 * time.Hour)
		f.round()
	}
	if v, m := count(); v != 2 || m != 1 {
		t.Errorf("%d versions and %d markers under lock", v, m)
	}
	f.later(100 * 24 * time.Hour)
	f.round()
	if v, m := count(); v != 1 || m != 1 {
		t.Errorf("%d versions and %d markers, one under legal hold", v, m)
	}
}

func TestLifecycleMovesObjects(t *testing.T) {
	f := newFixture(t)
	f.versioning("Enabled")
	f.sized("k", 200<<10, 201<<10)
	f.sized("small", 100)
	before, _ := f.get(getInput("k"))
	f.lifecycle(ruleOf(func(r *api.LifecycleRule) {
		r.Transitions = []api.Transition{{Days: p(int32(0)), StorageClass: p("GLACIER_IR")}, {Days: p(int32(3)), StorageClass: p("GLACIER")}}
		r.NoncurrentVersionTransitions = []api.NoncurrentVersionTransition{{NoncurrentDays: p(int32(1)), StorageClass: p("INTELLIGENT_TIERING")}}
	}))
	f.round()
	f.wantVersions("k 204800", "k 205824", "small 100")
	f.later(24 * time.Hour)
	f.round()
	f.wantVersions("k 204800", "k 205824 GLACIER_IR", "small 100")
	f.later(24 * time.Hour)
	f.round()
	f.wantVersions("k 204800 INTELLIGENT_TIERING", "k 205824 GLACIER_IR", "small 100")
	after, data := f.get(getInput("k"))
	if value(after.StorageClass) != "GLACIER_IR" || !after.LastModified.Equal(*before.LastModified) ||
		*after.ETag != *before.ETag || *after.VersionId != *before.VersionId || len(data) != 201<<10 {
		t.Errorf("%+v after the transition", after)
	}
	f.later(48 * time.Hour)
	f.round()
	f.wantVersions("k 204800 INTELLIGENT_TIERING", "k 205824 GLACIER", "small 100")
}

func TestLifecycleEndsUploads(t *testing.T) {
	f := newFixture(t)
	begin := func(key string) {
		in := &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: &key}
		out, err := f.CreateMultipartUpload(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.UploadPart(f.ctx, &api.UploadPartInput{Bucket: out.Bucket, Key: out.Key, UploadId: out.UploadId,
			PartNumber: p(int32(1)), Body: bodyOf([]byte("x")), ContentLength: p(int64(1))}); err != nil {
			t.Fatal(err)
		}
	}
	uploads := func() (keys []string) {
		out, err := f.ListMultipartUploads(f.ctx, &api.ListMultipartUploadsInput{Bucket: p("bucket")})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Uploads {
			keys = append(keys, *u.Key)
		}
		return keys
	}
	for _, key := range []string{"a", "logs/1", "logs/1", "logs/1", "logs/2", "z"} {
		begin(key)
	}
	f.sized("logs/1", 1)
	f.lifecycle(ruleOf(func(r *api.LifecycleRule) {
		r.Filter.Prefix = p("logs/")
		r.AbortIncompleteMultipartUpload = &api.AbortIncompleteMultipartUpload{DaysAfterInitiation: p(int32(2))}
	}))
	f.later(24 * time.Hour)
	begin("logs/3")
	f.round()
	if got := uploads(); len(got) != 7 {
		t.Fatalf("uploads %q after a day", got)
	}
	f.at("2026-01-05T00:00:00Z")
	f.round()
	if got := uploads(); !slices.Equal(got, []string{"a", "logs/3", "z"}) {
		t.Errorf("uploads %q", got)
	}
	f.wantVersions("logs/1 1")
	if _, err := f.store.Collect(f.ctx); err != nil {
		t.Error(err)
	}
}

// TestLifecycleLooksAgain changes things between the look and the deed.
func TestLifecycleLooksAgain(t *testing.T) {
	expireAll := []api.LifecycleRule{expireAfter("", "", 1), ruleOf(func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(1)), NewerNoncurrentVersions: p(int32(1))}
	})}
	for name, c := range map[string]struct {
		versioned bool
		change    func(f *fixture)
		want      []string
	}{
		"nothing":         {false, func(*fixture) {}, nil},
		"overwritten":     {false, func(f *fixture) { f.sized("k", 9) }, []string{"k 9"}},
		"rules gone":      {false, func(f *fixture) { f.deleteLifecycle() }, []string{"k 3"}},
		"rules changed":   {false, func(f *fixture) { f.lifecycle(expireAfter("", "x", 1)) }, []string{"k 3"}},
		"nothing, older":  {true, func(*fixture) {}, []string{"k marker", "k 3", "k 2"}},
		"a new one":       {true, func(f *fixture) { f.sized("k", 9) }, []string{"k 9", "k 3", "k 2"}},
		"the current one": {true, func(f *fixture) { f.remove("k", f.newest("k")) }, []string{"k marker", "k 2", "k 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if c.versioned {
				f.versioning("Enabled")
			}
			f.sized("k", 1, 2, 3)
			f.lifecycle(expireAll...)
			f.later(48 * time.Hour)
			w := f.worker()
			w.size = lifecyclePage
			var tasks []lifecycleTask
			var bucket store.BucketID
			err := f.store.View(f.ctx, func(r *store.Reader) (err error) {
				tasks, bucket, err = w.look(r, &lifecycleProgress{})
				return err
			})
			if err != nil || len(tasks) == 0 {
				t.Fatalf("%d tasks, %v", len(tasks), err)
			}
			c.change(f)
			w.apply(f.ctx, bucket, tasks)
			w.apply(f.ctx, bucket, tasks) // as another gateway may
			if name == "the current one" {
				// 2 is the current version now. It is not what the rule was to end, and 1 is
				// one of those to keep: it takes another round.
				f.wantVersions("k 2", "k 1")
				f.round()
			}
			f.wantVersions(c.want...)
		})
	}
}

func (f *fixture) deleteLifecycle() {
	f.t.Helper()
	if _, err := f.DeleteBucketLifecycle(f.ctx, &api.DeleteBucketLifecycleInput{Bucket: p("bucket")}); err != nil {
		f.t.Fatal(err)
	}
}

// newest is the id of the current version of a key.
func (f *fixture) newest(key string) string {
	f.t.Helper()
	out, err := f.HeadObject(f.ctx, &api.HeadObjectInput{Bucket: p("bucket"), Key: &key})
	if err != nil {
		f.t.Fatal(err)
	}
	return *out.VersionId
}

// TestLifecycleOnTwoGateways runs two workers on one store at the same time, both
// ignoring the other's lease as gateways with wrong clocks would.
func TestLifecycleOnTwoGateways(t *testing.T) {
	k, b, key := kvmemory.New(), blobmemory.New(), seal.NewKey()
	one, two := fixtureOn(t, k, b, key), fixtureOn(t, k, b, key)
	one.versioning("Enabled")
	for i := range 60 {
		one.sized(fmt.Sprintf("k%02d", i), 1, 2, 3)
	}
	one.lifecycle(expireAfter("", "", 1), ruleOf(func(r *api.LifecycleRule) {
		r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(1))}
	}))
	one.later(48 * time.Hour)
	two.at(one.clock().Format(time.RFC3339))
	var wg sync.WaitGroup
	for _, f := range []*fixture{one, two} {
		w := f.worker()
		w.size = 7
		wg.Go(func() {
			p := lifecycleProgress{Began: f.clock()}
			for !p.Done {
				if err := w.page(f.ctx, &p); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("k%02d 3", i), fmt.Sprintf("k%02d marker", i))
	}
	one.wantVersions(want...)
}

// TestLifecycleLease shows that one gateway works at a time, and that another goes
// on where it stopped.
func TestLifecycleLease(t *testing.T) {
	k, b, key := kvmemory.New(), blobmemory.New(), seal.NewKey()
	one, two := fixtureOn(t, k, b, key), fixtureOn(t, k, b, key)
	for i := range 6 {
		one.sized(fmt.Sprintf("k%d", i), 1)
	}
	one.lifecycle(expireAfter("", "", 1))
	one.later(48 * time.Hour)
	two.at(one.clock().Format(time.RFC3339))
	first, second := one.worker(), two.worker()
	step := func(w *lifecycleWorker, want bool) {
		t.Helper()
		if more, err := w.step(one.ctx); more != want || err != nil {
			t.Fatalf("more %t, %v", more, err)
		}
	}
	step(first, true)
	one.wantVersions("k2 1", "k3 1", "k4 1", "k5 1")
	step(second, false)
	one.wantVersions("k2 1", "k3 1", "k4 1", "k5 1")
	two.later(lifecycleLease + time.Second) // the first one is dead by now
	step(second, true)
	one.wantVersions("k4 1", "k5 1")
	step(second, true)
	one.wantVersions()
	step(second, false)
	step(first, false) // the next round is not due
	one.sized("late", 1)
	one.at("2027-01-01T00:00:00Z")
	step(first, true)
	one.wantVersions()
	step(first, false)
}

// TestLifecycleWithoutRules writes nothing where there is nothing to do.
func TestLifecycleWithoutRules(t *testing.T) {
	f := newFixture(t)
	w := f.worker()
	if more, err := w.step(f.ctx); more || err != nil {
		t.Fatal(more, err)
	}
	var note []byte
	err := f.store.View(f.ctx, func(r *store.Reader) (err error) {
		note, err = r.Progress(lifecycleName)
		return err
	})
	if note != nil || err != nil {
		t.Errorf("%q, %v", note, err)
	}
}

func TestRunLifecycle(t *testing.T) {
	f := newFixture(t)
	f.sized("k", 1)
	f.lifecycle(expireAfter("", "", 1))
	f.later(48 * time.Hour)
	ctx, cancel := context.WithCancel(f.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.RunLifecycle(ctx, time.Hour, func(err error) {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}()
	for tries := 0; len(f.versions()) > 0; tries++ { // a guard against hanging, not a verdict on speed
		if tries == 60_000 {
			t.Fatal("the object is still there")
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if err := f.store.Lease(f.ctx, lifecycleName, "another", time.Minute); err != nil {
		t.Errorf("the lease was kept: %v", err)
	}
}

// TestLifecycleAgainstModel compares rounds, page by page, with what the rules say of
// all versions at once.
func TestLifecycleAgainstModel(t *testing.T) {
	for seed := range uint64(30) {
		f := newFixture(t)
		f.versioning("Enabled")
		random := random(seed, 200)
		for i, b := range random[:60] {
			key := string(rune('a' + b%4))
			if b&16 != 0 && i%3 == 0 {
				f.remove(key, "")
			} else {
				f.put(key, make([]byte, int(b)+i))
			}
			f.later(time.Duration(random[100+i]) * 5 * time.Minute)
		}
		c := &lifecycle.Configuration{Rules: []api.LifecycleRule{
			expireAfter("1", "a", 1+int32(random[80]%3)),
			ruleOf(func(r *api.LifecycleRule) {
				r.ID = p("2")
				r.Filter.Prefix = p(string(rune('a' + random[81]%4)))
				r.Expiration = &api.LifecycleExpiration{ExpiredObjectDeleteMarker: p(true)}
				r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(int32(1))}
			}),
			ruleOf(func(r *api.LifecycleRule) {
				r.ID = p("3")
				r.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: p(1 + int32(random[82]%2)), NewerNoncurrentVersions: p(1 + int32(random[83]%5))}
				r.NoncurrentVersionTransitions = []api.NoncurrentVersionTransition{{NoncurrentDays: p(int32(0)), StorageClass: p("GLACIER")}}
			}),
		}}
		c.TransitionDefaultMinimumObjectSize = p(lifecycle.VariesByClass)
		in := &api.PutBucketLifecycleConfigurationInput{Bucket: p("bucket"), TransitionDefaultMinimumObjectSize: c.TransitionDefaultMinimumObjectSize,
			LifecycleConfiguration: &api.BucketLifecycleConfiguration{Rules: c.Rules}}
		if _, err := f.PutBucketLifecycleConfiguration(f.ctx, in); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f.later(20 * time.Hour)
			want := f.modelled(c)
			f.round()
			f.wantVersions(want...)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// modelled is what a round leaves.
func (f *fixture) modelled(c *lifecycle.Configuration) (lines []string) {
	var all []store.VersionEntry
	err := f.store.View(f.ctx, func(r *store.Reader) error {
		b, err := r.Bucket("bucket")
		if err != nil {
			return err
		}
		return r.ListVersions(b.ID, store.Listing{}, 0, func(e *store.VersionEntry) error {
			all = append(all, *e)
			return nil
		}, nil)
	})
	if err != nil {
		f.t.Fatal(err)
	}
	newer, covered := 0, time.Time{}
	for i, e := range all {
		o := lifecycle.Object{Key: e.Key, Size: e.Size, Created: e.Modified, DeleteMarker: e.DeleteMarker, StorageClass: e.StorageClass}
		if e.Latest {
			newer = 0
			o.Alone = i+1 == len(all) || all[i+1].Key != e.Key
		} else {
			o.Noncurrent, o.Newer, o.Covered = true, newer, covered
		}
		line := fmt.Sprintf("%s %d", e.Key, e.Size)
		if e.DeleteMarker {
			line = e.Key + " marker"
		}
		class := e.StorageClass
		switch a := c.Decide(&o, f.clock(), true, lifecycle.ADay); a.Verb {
		case lifecycle.Remove:
			continue
		case lifecycle.Expire:
			lines = append(lines, e.Key+" marker")
		case lifecycle.Transition:
			class = a.StorageClass
		}
		if class != "" {
			line += " " + class
		}
		lines = append(lines, line)
		covered = e.Modified
		if !e.Latest {
			newer++
		}
	}
	return lines
}
