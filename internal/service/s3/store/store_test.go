package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// sizes are where the way of storing changes.
var sizes = []int{0, 1, 1000, DefaultInlineMax - 1, DefaultInlineMax, DefaultInlineMax + 1,
	seal.SegmentSize - 1, seal.SegmentSize, seal.SegmentSize + 1, 3*seal.SegmentSize + 7}

func TestPutAndRead(t *testing.T) {
	for _, n := range sizes {
		f := newFixture(t)
		data := random(uint64(n), n)
		o := f.put("key", data)
		kind := BlobData
		if n == 0 {
			kind = NoData
		} else if n <= DefaultInlineMax {
			kind = InlineData
		}
		if o.Data.Kind != kind || o.Size != int64(n) {
			t.Errorf("%d bytes: kind %d, size %d", n, o.Data.Kind, o.Size)
		}
		if !bytes.Equal(f.get("key"), data) {
			t.Errorf("%d bytes: not the same", n)
		}
		r, err := f.open("key").Open(f.ctx, int64(n/3), int64(n-n/3))
		if err != nil {
			t.Fatal(err)
		}
		var w bytes.Buffer
		if written, err := r.(io.WriterTo).WriteTo(&w); err != nil || written != int64(n-n/3) || !bytes.Equal(w.Bytes(), data[n/3:]) {
			t.Errorf("%d bytes: wrote %d, %v", n, written, err)
		}
		r.Close()
		f.delete("key")
		f.collect()
		f.nothing()
	}
}

func TestStageInOddReads(t *testing.T) {
	f := newFixture(t)
	data := random(9, DefaultInlineMax+100)
	for _, r := range []io.Reader{iotest.OneByteReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data)),
		iotest.HalfReader(bytes.NewReader(data))} {
		st, err := f.Stage(f.ctx, f.bucket, "k", r)
		if err != nil || st.Size != int64(len(data)) {
			t.Fatal(st, err)
		}
		f.Discard(f.ctx, st)
	}
	f.nothing()
}

func TestFailedBodyLeavesNothing(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{0, 10, DefaultInlineMax + 1, 200_000} {
		r := io.MultiReader(bytes.NewReader(random(1, n)), iotest.ErrReader(errRefused))
		if _, err := f.Stage(f.ctx, f.bucket, "k", r); !errors.Is(err, errRefused) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	f.nothing()
}

func TestRefusedTransactionLeavesNothing(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{0, 10, DefaultInlineMax + 1} {
		st, err := f.Stage(f.ctx, f.bucket, "k", bytes.NewReader(random(1, n)))
		if err != nil {
			t.Fatal(err)
		}
		err = f.Commit(f.ctx, st, func(t *Txn) error {
			if err := t.PutObject(f.bucket, &Object{Entry: Entry{Key: "k"}}, st); err != nil {
				return err
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Error(err)
		}
	}
	f.nothing()
}

func TestReplace(t *testing.T) {
	f := newFixture(t)
	last := uint64(0)
	for i, n := range []int{100_000, 5, 200_000, 0, 70_000, 40_000} {
		o := f.put("key", random(uint64(i), n))
		if o.Sequence <= last {
			t.Errorf("sequence %d after %d", o.Sequence, last)
		}
		last = o.Sequence
	}
	f.collect()
	if n := f.blobCount(); n != 1 {
		t.Errorf("%d blobs", n)
	}
	if n := f.rows(tagGarbage); n != 0 {
		t.Errorf("%d rows of garbage", n)
	}
	if !bytes.Equal(f.get("key"), random(5, 40_000)) {
		t.Error("not the last")
	}
}

func TestReadersKeepWhatTheyRead(t *testing.T) {
	f := newFixture(t)
	small, large := random(1, 1000), random(2, 300_000)
	f.put("small", small)
	f.put("large", large)
	u := f.begin("parts")
	parts := [][]byte{random(3, 200_000), random(4, 100), {}, random(5, 100_000)}
	var done []*Part
	for i, p := range parts {
		done = append(done, f.part(u, i+1, p))
	}
	f.complete(u, false, done...)

	want := map[string][]byte{"small": small, "large": large, "parts": bytes.Join(parts, nil)}
	snaps := map[string]*Snapshot{}
	for key := range want {
		snaps[key] = f.open(key)
		f.put(key, []byte("new"))
		f.delete(key)
	}
	f.collect()
	for key, data := range want {
		if !bytes.Equal(f.read(snaps[key], 0, int64(len(data))), data) {
			t.Errorf("%s changed under its reader", key)
		}
	}
	f.collect()
	f.nothing()
	if len(f.pins.held) != 0 {
		t.Error("pins are left", f.pins.held)
	}
}

func TestGrace(t *testing.T) {
	f := newFixture(t)
	f.grace = 1000 * 1e9
	f.put("k", random(1, 100_000))
	f.delete("k")
	if n, err := f.Collect(f.ctx); n != 0 || err != nil {
		t.Error(n, err)
	}
	f.clock = f.clock.Add(f.grace)
	if n, err := f.Collect(f.ctx); n != 1 || err != nil {
		t.Error(n, err)
	}
	f.nothing()
}

func TestRunCollects(t *testing.T) {
	f := newFixture(t)
	f.now = f.Store.now
	ctx, cancel := context.WithCancel(f.ctx)
	f.put("k", random(1, 100_000))
	f.delete("k")
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx, 1<<40, func(err error) { t.Error(err) }) })
	cancel()
	wg.Wait()
	f.collect()
	f.nothing()
}

func TestMultipart(t *testing.T) {
	f := newFixture(t)
	u := f.begin("k")
	var parts []*Part
	var data []byte
	for i, n := range []int{100_000, 65_536, 1, 0, 40_000} {
		p := random(uint64(i), n)
		data = append(data, p...)
		f.part(u, 2*i+1, random(99, 50_000)) // replaced by the next
		parts = append(parts, f.part(u, 2*i+1, p))
	}
	f.part(u, 2, random(7, 100_000)) // left out
	f.complete(u, true, parts...)
	f.collect()
	sn := f.open("k")
	defer sn.Close()
	for _, r := range [][2]int{{0, len(data)}, {0, 1}, {99_999, 2}, {100_000, 65_536}, {165_535, 3}, {len(data) - 1, 1}, {len(data), 0}, {50_000, 120_000}} {
		if got := f.read(f.open("k"), int64(r[0]), int64(r[1])); !bytes.Equal(got, data[r[0]:r[0]+r[1]]) {
			t.Errorf("range %v differs", r)
		}
	}
	if f.rows(tagPart)+f.rows(tagUpload) != 0 {
		t.Error("part or upload rows are left")
	}
	if n := f.blobCount(); n != 3 {
		t.Errorf("%d blobs", n)
	}
	if _, err := sn.Open(f.ctx, 1, int64(len(data))); err == nil {
		t.Error("a range outside opens")
	}
	f.delete("k")
	f.collect()
	f.nothing()
}

func TestCompletedIsRemembered(t *testing.T) {
	f := newFixture(t)
	u := f.begin("k")
	f.complete(u, false, f.part(u, 1, []byte("x")))
	look := func() error {
		return f.View(f.ctx, func(r *Reader) error {
			c, err := r.Completed(f.bucket.ID, "k", u.ID)
			if err == nil && c.ETag.Parts != 1 {
				t.Error(c)
			}
			return err
		})
	}
	f.collect()
	if err := look(); err != nil {
		t.Error(err)
	}
	f.clock = f.clock.Add(completedTTL)
	f.collect()
	if err := look(); !errors.Is(err, ErrNoSuchUpload) {
		t.Error(err)
	}
}

func TestAbort(t *testing.T) {
	f := newFixture(t)
	u := f.begin("k")
	for i := range collectBatch + 3 {
		f.part(u, i+1, []byte("small"))
	}
	f.part(u, MaxParts, random(1, 100_000))
	abort := func() error {
		return f.Update(f.ctx, func(t *Txn) error { return t.AbortUpload(f.bucket, "k", u.ID) })
	}
	if err := abort(); err != nil {
		t.Fatal(err)
	}
	if err := abort(); !errors.Is(err, ErrNoSuchUpload) {
		t.Error(err)
	}
	st, err := f.StagePart(f.ctx, f.bucket, u, seal.Key{}, bytes.NewReader(random(1, 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	err = f.Commit(f.ctx, st, func(t *Txn) error { return t.PutPart(f.bucket, "k", u.ID, &Part{Number: 1}, st) })
	if !errors.Is(err, ErrNoSuchUpload) {
		t.Error(err)
	}
	f.collect()
	f.nothing()
}

func TestChangedBytesDoNotOpen(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{100, 100_000} {
		f.put("a", random(1, n))
		f.put("b", random(2, n))
		// The row of b with the bytes of a: what the keys say does not fit.
		err := f.Update(f.ctx, func(t *Txn) error {
			a, err := t.Object(f.bucket.ID, "a")
			if err != nil {
				return err
			}
			b, err := t.Object(f.bucket.ID, "b")
			if err != nil {
				return err
			}
			a.Data.ID, a.Data.Blob = b.Data.ID, b.Data.Blob
			return t.UpdateObject(f.bucket, a)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.open("a").Open(f.ctx, 0, int64(n)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if len(f.pins.held) != 0 {
		t.Error("pins are left", f.pins.held)
	}
}

func TestBuckets(t *testing.T) {
	f := newFixture(t)
	err := f.Update(f.ctx, func(t *Txn) error {
		return t.CreateBucket(&Bucket{Name: "bucket", Account: "222222222222"})
	})
	if !errors.Is(err, ErrBucketExists) {
		t.Error(err)
	}
	for _, name := range []string{"c", "a", "b"} {
		if err := f.Update(f.ctx, func(t *Txn) error { return t.CreateBucket(&Bucket{Name: name, Account: account}) }); err != nil {
			t.Fatal(err)
		}
	}
	names := func(from string) (names []string) {
		err := f.View(f.ctx, func(r *Reader) error {
			return r.ScanBuckets(account, from, func(b *Bucket) error { names = append(names, b.Name); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if got := names(""); !slices.Equal(got, []string{"a", "b", "bucket", "c"}) {
		t.Error(got)
	}
	if got := names("b"); !slices.Equal(got, []string{"b", "bucket", "c"}) {
		t.Error(got)
	}
	f.put("k", nil)
	drop := func() error { return f.Update(f.ctx, func(t *Txn) error { return t.DeleteBucket(f.bucket) }) }
	if err := drop(); !errors.Is(err, ErrBucketNotEmpty) {
		t.Error(err)
	}
	f.delete("k")
	u := f.begin("up")
	f.part(u, 1, random(1, 100_000))
	if err := drop(); err != nil {
		t.Fatal(err)
	}
	f.collect()
	f.collect()
	f.nothing()
	err = f.View(f.ctx, func(r *Reader) error {
		_, err := r.BucketByID(f.bucket.ID)
		return err
	})
	if !errors.Is(err, ErrNoSuchBucket) {
		t.Error(err)
	}
}

func TestUpdateBucket(t *testing.T) {
	f := newFixture(t)
	var b *Bucket
	err := f.Update(f.ctx, func(t *Txn) (err error) {
		b, err = t.UpdateBucket("bucket", func(b *Bucket) error {
			b.Policy, b.PublicAccessBlock = []byte("{}"), &PublicAccessBlock{BlockPublicPolicy: true}
			return nil
		})
		return err
	})
	if err != nil || b.Generation != 2 {
		t.Fatal(b, err)
	}
	err = f.View(f.ctx, func(r *Reader) error {
		got, err := r.BucketByID(f.bucket.ID)
		if err == nil && (string(got.Policy) != "{}" || *got.PublicAccessBlock != *b.PublicAccessBlock || !got.Created.Equal(f.bucket.Created)) {
			t.Errorf("%+v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestScanObjects(t *testing.T) {
	f := newFixture(t)
	keys := []string{"a", "a\x00", "a/", "a/b", "b", "é", "\U0001F600"}
	for _, k := range slices.Backward(keys) {
		f.put(k, []byte(k))
	}
	for _, c := range []struct {
		rng  ObjectRange
		want []string
	}{
		{ObjectRange{}, keys},
		{ObjectRange{Prefix: "a"}, keys[:4]},
		{ObjectRange{From: "a/"}, keys[2:]},
		{ObjectRange{From: "a/", After: true}, keys[3:]},
		{ObjectRange{Prefix: "a/", From: "a"}, keys[2:4]},
		{ObjectRange{Prefix: "a", From: "c"}, nil},
		{ObjectRange{Prefix: "x"}, nil},
	} {
		var got []string
		err := f.View(f.ctx, func(r *Reader) error {
			return r.ScanObjects(f.bucket.ID, c.rng, func(e *Entry) error {
				if e.Size != int64(len(e.Key)) || e.Owner != account {
					t.Errorf("%+v", e)
				}
				got = append(got, e.Key)
				return nil
			})
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, %v", c.rng, got, err)
		}
	}
	n := 0
	err := f.View(f.ctx, func(r *Reader) error {
		return r.ScanObjects(f.bucket.ID, ObjectRange{}, func(*Entry) error { n++; return kv.Stop })
	})
	if n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestScanUploadsAndParts(t *testing.T) {
	f := newFixture(t)
	a1, a2, b := f.begin("a"), f.begin("a"), f.begin("a/b")
	scan := func(prefix, key string, after ID) (ids []ID) {
		err := f.View(f.ctx, func(r *Reader) error {
			return r.ScanUploads(f.bucket.ID, prefix, key, after, func(u *Upload) error { ids = append(ids, u.ID); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	for _, c := range []struct {
		prefix, key string
		after       ID
		want        []ID
	}{
		{"", "", ID{}, []ID{a1.ID, a2.ID, b.ID}},
		{"a/", "", ID{}, []ID{b.ID}},
		{"", "a", ID{}, []ID{a1.ID, a2.ID, b.ID}},
		{"", "a", a1.ID, []ID{a2.ID, b.ID}},
		{"", "a", AllUploads, []ID{b.ID}},
		{"", "b", AllUploads, nil},
	} {
		if got := scan(c.prefix, c.key, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, n := range []int{300, 1, 2} {
		f.part(a1, n, []byte{1})
	}
	var numbers []int
	err := f.View(f.ctx, func(r *Reader) error {
		return r.ScanParts(a1.ID, 1, func(p *Part) error { numbers = append(numbers, p.Number); return nil })
	})
	if err != nil || !slices.Equal(numbers, []int{2, 300}) {
		t.Error(numbers, err)
	}
}

func TestScanReferences(t *testing.T) {
	f := newFixture(t)
	a, b := f.put("a", random(1, 100_000)), f.put("b", random(2, 100_000))
	scan := func(r *Reader) (refs []Reference, err error) {
		err = r.ScanReferences("", func(ref Reference) error { refs = append(refs, ref); return nil })
		return refs, err
	}
	err := f.View(f.ctx, func(r *Reader) error {
		refs, err := scan(r)
		want := []Reference{{a.Data.Blob, f.bucket.ID, a.Data.ID}, {b.Data.Blob, f.bucket.ID, b.Data.ID}}
		if !slices.Equal(refs, want) {
			t.Errorf("%v", refs)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
