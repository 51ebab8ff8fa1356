package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

var errPower = errors.New("the power is gone")

// faulty fails its next updates: before they are made, or after, when nobody is
// told that they were.
type faulty struct {
	kv.Store
	before, after bool
}

func (f *faulty) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if f.before {
		return errPower
	}
	err := f.Store.Update(ctx, fn)
	if f.after && err == nil {
		return errPower
	}
	return err
}

type faultyBlobs struct {
	blob.Store
	broken bool
}

func (f *faultyBlobs) Delete(ctx context.Context, id blob.ID) error {
	if f.broken {
		return errPower
	}
	return f.Store.Delete(ctx, id)
}

// However an update ends, the old object is there or the new one, with all its
// bytes.
func TestFailingUpdates(t *testing.T) {
	for _, n := range []int{100, 100_000} {
		for _, lost := range []bool{true, false} {
			meta := &faulty{Store: kvmemory.New()}
			f := fixtureOn(t, meta, blobmemory.New(), seal.NewKey())
			before, after := random(1, n), random(2, n)
			f.put("k", before)
			meta.before, meta.after = lost, !lost
			st, err := f.Stage(f.ctx, f.bucket, "k", bytes.NewReader(after))
			if err != nil {
				t.Fatal(err)
			}
			o := &Object{Entry: Entry{Key: "k", Size: st.Size}}
			err = f.Commit(f.ctx, st, func(t *Txn) error { return t.PutObject(f.bucket, o, st) })
			if !errors.Is(err, errPower) {
				t.Error(err)
			}
			meta.before, meta.after = false, false
			want := after
			if lost {
				want = before
			}
			if !bytes.Equal(f.get("k"), want) {
				t.Errorf("%d bytes, lost %v: neither the old nor the new", n, lost)
			}
			f.collect()
			if !bytes.Equal(f.get("k"), want) {
				t.Errorf("%d bytes, lost %v: taken for garbage", n, lost)
			}
		}
	}
}

// However a change of versions ends, all of it is there or nothing, and the bytes
// of what is there.
func TestFailingUpdatesOfVersions(t *testing.T) {
	for _, lost := range []bool{true, false} {
		meta := &faulty{Store: kvmemory.New()}
		f := fixtureOn(t, meta, blobmemory.New(), seal.NewKey())
		f.put("a", random(0, 50_000))
		f.versioning(VersioningEnabled)
		m := &modelTest{fixture: f, model: model{state: VersioningEnabled, versions: map[string][]*modelVersion{
			"a": {{data: random(0, 50_000)}},
		}}}
		broken := func(fn func(*Txn) error, done func()) {
			t.Helper()
			meta.before, meta.after = lost, !lost
			if err := f.Update(f.ctx, fn); !errors.Is(err, errPower) {
				t.Error(err)
			}
			meta.before, meta.after = false, false
			if !lost {
				done()
			}
			f.collect()
			m.check()
		}
		st, err := f.Stage(f.ctx, f.bucket, "a", bytes.NewReader(random(1, 100)))
		if err != nil {
			t.Fatal(err)
		}
		o := &Object{Entry: Entry{Key: "a", Size: st.Size, ETag: ETag{MD5: md5.Sum(random(1, 100))}, Owner: account}}
		broken(func(t *Txn) error { return t.PutObject(f.bucket, o, st) },
			func() { m.push("a", &modelVersion{id: o.Version, data: random(1, 100)}) })
		var marker *Object
		broken(func(t *Txn) (err error) {
			marker, _, err = t.DeleteObject(f.bucket, "a", account)
			return err
		}, func() { m.push("a", &modelVersion{id: marker.Version, marker: true}) })
		m.deleteKey("a")
		broken(func(t *Txn) error {
			o, err := t.Object(f.bucket.ID, "a")
			if err != nil {
				return err
			}
			return t.DeleteVersion(f.bucket, o)
		}, func() { m.forget("a", 0) })
		broken(func(t *Txn) error {
			null, err := t.ObjectVersion(f.bucket.ID, "a", ID{})
			if err != nil {
				return err
			}
			return t.DeleteVersion(f.bucket, null)
		}, func() { m.forget("a", len(m.versions["a"])-1) })
	}
}

// Collecting that stops at any step goes on where it stopped.
func TestFailingCollect(t *testing.T) {
	meta, blobs := &faulty{Store: kvmemory.New()}, &faultyBlobs{Store: blobmemory.New()}
	f := fixtureOn(t, meta, blobs, seal.NewKey())
	f.put("k", random(1, 100_000))
	f.delete("k")
	u := f.begin("k")
	f.complete(u, false, f.part(u, 1, random(1, 100_000)), f.part(u, 2, []byte("small")))
	f.delete("k")
	for _, broken := range []*bool{&blobs.broken, &meta.before, &meta.after} {
		*broken = true
		if _, err := f.Collect(f.ctx); !errors.Is(err, errPower) {
			t.Error(err)
		}
		*broken = false
	}
	f.collect()
	f.nothing()
	if n := f.rows(tagGarbage); n != 1 { // the marker of the completed upload
		t.Errorf("%d rows of garbage", n)
	}
}

// A row that makes no sense is reported and does not keep others from being
// collected.
func TestCorruptGarbage(t *testing.T) {
	f := newFixture(t)
	err := f.kv.Update(f.ctx, func(t kv.Txn) error { return t.Put(garbageKey(1, ID{}, 9), []byte("nonsense")) })
	if err != nil {
		t.Fatal(err)
	}
	f.put("k", random(1, 100_000))
	f.delete("k")
	if n, err := f.Collect(f.ctx); n != 1 || !errors.Is(err, ErrCorrupt) {
		t.Error(n, err)
	}
	f.nothing()
}

// conflicting gives up its updates after running them, as an engine does when
// others keep touching the same keys: nothing was written.
type conflicting struct {
	kv.Store
	on bool
}

func (c *conflicting) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if !c.on {
		return c.Store.Update(ctx, fn)
	}
	return c.Store.Update(ctx, func(t kv.Txn) error {
		if err := fn(t); err != nil {
			return err
		}
		return kv.ErrConflict
	})
}

// What a conflict kept from being written leaves no bytes behind.
func TestReplicasThatMeetConflicts(t *testing.T) {
	meta, blobs := &conflicting{Store: kvmemory.New()}, blobmemory.New()
	f := fixtureOn(t, meta, blobs, seal.NewKey())
	f.put("k", random(1, 100_000))
	sn, err := f.Snapshot(f.ctx, func(r *Reader) (*Bucket, *Object, error) {
		o, err := r.Object(f.bucket.ID, "k")
		return f.bucket, o, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	staged, err := f.StageReplica(f.ctx, f.bucket, sn)
	if err != nil {
		t.Fatal(err)
	}
	meta.on = true
	o := *sn.Object
	o.Key, o.Version = "copy", NewID(f.clock)
	err = f.CommitReplica(f.ctx, staged, func(t *Txn) error { return t.PutStagedReplica(f.bucket, &o, staged) })
	if !errors.Is(err, kv.ErrConflict) {
		t.Errorf("got %v", err)
	}
	left := 0
	if err := blobs.List(f.ctx, "", func(blob.Info) error { left++; return nil }); err != nil || left != 1 {
		t.Errorf("%d blobs are left, %v", left, err)
	}
}
