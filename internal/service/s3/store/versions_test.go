package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

// version reads a version, nil if it is not there.
func (f *fixture) version(key string, id ID) (o *Object) {
	f.t.Helper()
	err := f.View(f.ctx, func(r *Reader) (err error) {
		o, err = r.ObjectVersion(f.bucket.ID, key, id)
		return err
	})
	if err != nil && !errors.Is(err, ErrNoSuchObject) {
		f.t.Fatal(err)
	}
	return o
}

// marker deletes a key in a bucket with versioning.
func (f *fixture) marker(key string) (o *Object) {
	f.t.Helper()
	err := f.Update(f.ctx, func(t *Txn) (err error) {
		o, _, err = t.DeleteObject(f.bucket, key, account)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (f *fixture) remove(o *Object) error {
	return f.Update(f.ctx, func(t *Txn) error {
		found, err := t.ObjectVersion(f.bucket.ID, o.Key, o.Version)
		if err != nil {
			return err
		}
		return t.DeleteVersion(f.bucket, found)
	})
}

// versionList is a page of versions, "key/letter" with the letters of names, a star
// for the latest.
func (f *fixture) versionList(l Listing, before uint64, limit int, names map[ID]string) (items []string) {
	f.t.Helper()
	add := func(s string) error {
		if len(items) == limit {
			return kv.Stop
		}
		items = append(items, s)
		return nil
	}
	err := f.View(f.ctx, func(r *Reader) error {
		return r.ListVersions(f.bucket.ID, l, before, func(e *VersionEntry) error {
			s := e.Key + "=" + names[e.Version]
			if e.Latest {
				s += "*"
			}
			return add(s)
		}, func(p string) error { return add(p + "…") })
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return items
}

func TestListVersions(t *testing.T) {
	f := newFixture(t)
	f.put("a", nil)
	f.versioning(VersioningEnabled)
	names := map[ID]string{{}: "null"}
	byName := map[string]*Object{}
	add := func(name string, o *Object) {
		names[o.Version], byName[name] = name, o
	}
	add("a1", f.put("a", nil))
	add("a2", f.marker("a"))
	add("b1", f.put("b/x", nil))
	add("b2", f.put("b/x", nil))
	add("b3", f.marker("b/y"))
	add("c1", f.put("b/z", nil))
	add("d1", f.marker("d"))
	add("d2", f.marker("d"))
	seq := func(name string) uint64 { return byName[name].Sequence }
	for i, c := range []struct {
		l      Listing
		before uint64
		limit  int
		want   []string
	}{
		{Listing{}, 0, 100, []string{"a=a2*", "a=a1", "a=null", "b/x=b2*", "b/x=b1", "b/y=b3*", "b/z=c1*", "d=d2*", "d=d1"}},
		{Listing{Delimiter: "/"}, 0, 100, []string{"a=a2*", "a=a1", "a=null", "b/…", "d=d2*", "d=d1"}},
		{Listing{Delimiter: "/", Prefix: "b/"}, 0, 100, []string{"b/x=b2*", "b/x=b1", "b/y=b3*", "b/z=c1*"}},
		{Listing{Prefix: "b/y"}, 0, 100, []string{"b/y=b3*"}},
		{Listing{After: "a"}, 0, 1, []string{"b/x=b2*"}},
		{Listing{After: "a"}, seq("a2"), 2, []string{"a=a1", "a=null"}},
		{Listing{After: "a"}, seq("a2") + 1, 1, []string{"a=a2*"}},
		{Listing{After: "a"}, seq("a1"), 2, []string{"a=null", "b/x=b2*"}},
		{Listing{After: "b/x"}, seq("b2"), 2, []string{"b/x=b1", "b/y=b3*"}},
		{Listing{After: "b/x", Delimiter: "/"}, seq("b2"), 2, []string{"d=d2*", "d=d1"}},
		{Listing{After: "b/x", Delimiter: "/", Prefix: "b/"}, seq("b2"), 2, []string{"b/x=b1", "b/y=b3*"}},
		{Listing{After: "b/", Delimiter: "/"}, 0, 2, []string{"d=d2*", "d=d1"}},
		{Listing{After: "a", Prefix: "b"}, seq("a2"), 1, []string{"b/x=b2*"}},
		{Listing{After: "zz", Prefix: "b"}, 7, 1, nil},
		{Listing{After: "d"}, seq("d1"), 1, nil},
		{Listing{After: "bb"}, 1 << 63, 1, []string{"d=d2*"}},
	} {
		if got := f.versionList(c.l, c.before, c.limit, names); !slices.Equal(got, c.want) {
			t.Errorf("%d: got %q, want %q", i, got, c.want)
		}
	}
	// The version that a page ended with may be gone when the next is asked for.
	if err := f.remove(byName["b2"]); err != nil {
		t.Fatal(err)
	}
	if err := f.remove(byName["d2"]); err != nil {
		t.Fatal(err)
	}
	if got := f.versionList(Listing{After: "b/x"}, seq("b2"), 1, names); !slices.Equal(got, []string{"b/x=b1*"}) {
		t.Errorf("got %q", got)
	}
	if got := f.versionList(Listing{After: "d"}, seq("d2"), 1, names); !slices.Equal(got, []string{"d=d1*"}) {
		t.Errorf("got %q", got)
	}
}

// Neither older versions nor delete markers slow a listing of objects down, and a
// version is found without the others being read.
func TestVersionsAreNotInTheWay(t *testing.T) {
	c := &counting{Store: kvmemory.New()}
	f := fixtureOn(t, c, blobmemory.New(), seal.NewKey())
	f.versioning(VersioningEnabled)
	for i := range 1000 {
		key := fmt.Sprintf("%04d", i)
		f.put(key, nil)
		f.marker(key)
	}
	var ids []ID
	for range 500 {
		ids = append(ids, f.put("x", nil).Version)
	}
	c.rows = 0
	if got := f.list(Listing{}, 10); !slices.Equal(got, []string{"x"}) || c.rows > 2 {
		t.Errorf("%q from %d rows", got, c.rows)
	}
	c.rows = 0
	for _, id := range ids {
		if o := f.version("x", id); o == nil || o.Version != id {
			t.Fatalf("%s is %+v", id, o)
		}
	}
	if c.rows > 0 {
		t.Errorf("%d rows were scanned", c.rows)
	}
	if got := f.versionList(Listing{Delimiter: "0"}, 0, 3, nil); len(got) != 3 || c.rows > 200 {
		t.Errorf("%q from %d rows", got, c.rows)
	}
}

// Bytes of a version that is removed go, and no others do, and whoever reads them
// reads on.
func TestRemovedVersionsAreGarbage(t *testing.T) {
	f := newFixture(t)
	f.versioning(VersioningEnabled)
	var versions []*Object
	for i := range 4 {
		versions = append(versions, f.put("k", random(uint64(i), 50_000)))
	}
	f.marker("k")
	sn, err := f.Snapshot(f.ctx, func(r *Reader) (*Bucket, *Object, error) {
		o, err := r.ObjectVersion(f.bucket.ID, "k", versions[1].Version)
		return f.bucket, o, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.remove(versions[1]), f.remove(versions[2])); err != nil {
		t.Fatal(err)
	}
	f.collect()
	if n := f.blobCount(); n != 3 {
		t.Errorf("%d blobs, one of them read", n)
	}
	if !bytes.Equal(f.read(sn, 0, 50_000), random(1, 50_000)) {
		t.Error("the version changed under its reader")
	}
	f.collect()
	if n := f.blobCount(); n != 2 {
		t.Errorf("%d blobs", n)
	}
}

func TestBucketWithVersionsIsNotEmpty(t *testing.T) {
	f := newFixture(t)
	f.versioning(VersioningEnabled)
	o := f.put("k", nil)
	m := f.marker("k")
	drop := func() error { return f.Update(f.ctx, func(t *Txn) error { return t.DeleteBucket(f.bucket) }) }
	for _, left := range []*Object{o, m} {
		if err := drop(); !errors.Is(err, ErrBucketNotEmpty) {
			t.Errorf("got %v", err)
		}
		if err := f.remove(left); err != nil {
			t.Fatal(err)
		}
	}
	if err := drop(); err != nil {
		t.Error(err)
	}
}

func TestLockedVersionsStay(t *testing.T) {
	f := newFixture(t)
	lock := func(o *Object, l Lock) {
		o.Lock = l
		if err := f.Update(f.ctx, func(t *Txn) error { return t.UpdateObject(f.bucket, o) }); err != nil {
			t.Fatal(err)
		}
	}
	later, before := f.clock.Add(time.Hour), f.clock.Add(-time.Hour)
	bypassing := func(o *Object) error {
		return f.Update(f.ctx, func(t *Txn) error {
			t.Bypass(true)
			return t.DeleteVersion(f.bucket, o)
		})
	}
	for i, c := range []struct {
		lock             Lock
		locked, bypassed bool
	}{
		{Lock{}, false, false},
		{Lock{Hold: HoldOn}, true, true},
		{Lock{Hold: HoldOff}, false, false},
		{Lock{Mode: Governance, Until: later}, true, false},
		{Lock{Mode: Governance, Until: before}, false, false},
		{Lock{Mode: Compliance, Until: later}, true, true},
		{Lock{Mode: Compliance, Until: before}, false, false},
		{Lock{Mode: Governance, Until: later, Hold: HoldOn}, true, true},
	} {
		f.versioning(VersioningEnabled)
		o := f.put(fmt.Sprint(i), nil)
		lock(o, c.lock)
		if err := f.remove(o); errors.Is(err, ErrLocked) != c.locked || err != nil && !c.locked {
			t.Errorf("%d: %v", i, err)
		}
		if c.locked {
			if err := bypassing(o); errors.Is(err, ErrLocked) != c.bypassed || err != nil && !c.bypassed {
				t.Errorf("%d bypassed: %v", i, err)
			}
		}
	}
	// Nor is a locked null version written over, current or older.
	f.versioning(VersioningSuspended)
	lock(f.put("null", nil), Lock{Hold: HoldOn})
	for range 2 {
		err := f.Update(f.ctx, func(t *Txn) error {
			_, _, err := t.DeleteObject(f.bucket, "null", account)
			return err
		})
		err2 := f.Update(f.ctx, func(t *Txn) error {
			return t.PutObject(f.bucket, &Object{Entry: Entry{Key: "null"}}, &Staged{})
		})
		if !errors.Is(err, ErrLocked) || !errors.Is(err2, ErrLocked) {
			t.Errorf("got %v, %v", err, err2)
		}
		f.versioning(VersioningEnabled)
		f.put("null", nil)
		f.versioning(VersioningSuspended)
	}
}

func TestReplicasTakeTheirPlace(t *testing.T) {
	f := newFixture(t)
	f.versioning(VersioningEnabled)
	one := f.put("k", nil)
	two := f.put("k", nil)
	names := map[ID]string{one.Version: "1", two.Version: "2"}
	replica := func(name string, seq uint64) error {
		o := &Object{Entry: Entry{Key: "k", Owner: account, Modified: one.Modified, ETag: one.ETag}}
		o.Version = versionID(seq)
		names[o.Version] = name
		return f.Update(f.ctx, func(t *Txn) error { return t.PutReplica(f.bucket, o, nil) })
	}
	for name, seq := range map[string]uint64{"0": one.Sequence - 1, "1.5": one.Sequence + 1, "3": two.Sequence + 1} {
		if err := replica(name, seq); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"k=3*", "k=2", "k=1.5", "k=1", "k=0"}
	if got := f.versionList(Listing{}, 0, 10, names); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, seq := range []uint64{one.Sequence, two.Sequence, two.Sequence + 1} {
		if err := replica("again", seq); !errors.Is(err, ErrVersionTaken) {
			t.Errorf("got %v", err)
		}
	}
	err := f.Update(f.ctx, func(t *Txn) error { return t.PutReplica(f.bucket, two, nil) })
	if !errors.Is(err, ErrVersionExists) {
		t.Errorf("got %v", err)
	}
	if _, found := f.scrub(ScrubOptions{}); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

func TestScrubFindsMisplacedVersions(t *testing.T) {
	f := newFixture(t)
	f.put("k", random(1, 10))
	f.versioning(VersioningEnabled)
	old, current := f.put("k", random(2, 50_000)), f.put("k", nil)
	marked := f.marker("marked")
	if r, found := f.scrub(ScrubOptions{}); len(found) > 0 || r.Objects != 4 {
		t.Fatalf("%+v, %q", r, found)
	}
	null := f.version("k", ID{})
	old = f.version("k", old.Version)
	set := func(k []byte, o *Object) {
		err := f.kv.Update(f.ctx, func(tx kv.Txn) error {
			if o == nil {
				return tx.Delete(k)
			}
			return tx.Put(k, appendObject(nil, o))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	with := func(o *Object, fn func(*Object)) *Object {
		changed := *o
		fn(&changed)
		return &changed
	}
	for _, c := range []struct {
		name string
		k    []byte
		bad  *Object // nil to take it away
		good *Object
		want string
	}{
		{"marker as object", objectKey(f.bucket.ID, "k"), with(current, func(o *Object) { o.DeleteMarker = true }), current, "k"},
		{"null forgotten", objectKey(f.bucket.ID, "k"), with(current, func(o *Object) { o.NullSequence = 0 }), current, "k"},
		{"null elsewhere", objectKey(f.bucket.ID, "k"), with(current, func(o *Object) { o.NullSequence = old.Sequence }), current, "k"},
		{"current of an old sequence", objectKey(f.bucket.ID, "k"), with(current, func(o *Object) { o.Sequence = 5 }), current, "k"},
		{"nothing current", objectKey(f.bucket.ID, "k"), nil, current, "k"},
		{"null gone", null.rowKey(f.bucket.ID), nil, null, "k"},
		{"older with a null", old.rowKey(f.bucket.ID), with(old, func(o *Object) { o.NullSequence = null.Sequence }), old, "k"},
		{"row of another sequence", old.rowKey(f.bucket.ID), with(old, func(o *Object) { o.Sequence++ }), old, "k"},
		{"id of another sequence", old.rowKey(f.bucket.ID), with(old, func(o *Object) { o.Version[3]++ }), old, "k"},
		{"object instead of the marker", marked.rowKey(f.bucket.ID), with(marked, func(o *Object) { o.DeleteMarker = false }), marked, "marked"},
	} {
		set(c.k, c.bad)
		if _, found := f.scrub(ScrubOptions{}); !slices.Contains(found, "bad row bucket/"+c.want) {
			t.Errorf("%s: %q", c.name, found)
		}
		set(c.k, c.good)
	}
	if _, found := f.scrub(ScrubOptions{}); len(found) > 0 {
		t.Errorf("mended, but %q", found)
	}
	f.eachByte(tagVersion, func(k []byte, at int) { f.scrub(ScrubOptions{}) })
}
