package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/disk"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

// scrub runs Scrub and tells its findings in a line each.
func (f *fixture) scrub(o ScrubOptions) (ScrubReport, []string) {
	f.t.Helper()
	var found []string
	o.Damaged = func(d Damage) {
		line := d.Kind.String() + " " + d.Bucket + "/" + d.Key
		if d.Part > 0 {
			line += fmt.Sprintf(" part %d", d.Part)
		}
		if d.Kind != UnreferencedBlob && d.Err == nil {
			f.t.Errorf("%s has no error", line)
		}
		found = append(found, line)
	}
	r, err := f.Scrub(f.ctx, o)
	if err != nil {
		f.t.Fatal(err)
	}
	if int(r.Damaged+r.Unreferenced) != len(found) {
		f.t.Errorf("%+v for %d findings", r, len(found))
	}
	return r, found
}

// populate stores an object of each kind: none, inline, blob, parts of both kinds,
// and an upload in progress.
func (f *fixture) populate() {
	f.put("empty", nil)
	f.put("inline", random(1, 1000))
	f.put("blob", random(2, 200_000))
	u := f.begin("parts")
	one, two := f.part(u, 1, random(3, 150_000)), f.part(u, 7, random(4, 70))
	f.finish(u, one, two)
	u = f.begin("upload")
	f.part(u, 2, random(5, 90_000))
	f.part(u, 5, random(6, 50))
	f.collect()
}

// finish completes an upload with the entity tag that belongs to it.
func (f *fixture) finish(u *Upload, parts ...*Part) {
	f.t.Helper()
	o := &Object{Entry: Entry{Key: u.Key, Owner: account, ETag: ETag{Parts: len(parts)}}}
	tags := md5.New()
	for _, p := range parts {
		o.Size += p.Size
		tags.Write(p.MD5[:])
	}
	tags.Sum(o.ETag.MD5[:0])
	if err := f.Update(f.ctx, func(t *Txn) error { return t.CompleteUpload(f.bucket, u, o, parts, false) }); err != nil {
		f.t.Fatal(err)
	}
}

func TestScrubOfGoodStore(t *testing.T) {
	f := newFixture(t)
	f.populate()
	f.put("blob", random(9, 100_000)) // leaves garbage
	progress := 0
	r, found := f.scrub(ScrubOptions{Remove: true, Progress: func(ScrubReport) { progress++ }})
	if len(found) > 0 {
		t.Fatalf("found %q", found)
	}
	want := ScrubReport{Buckets: 1, Objects: 4, Uploads: 1, Parts: 4, Bytes: 1000 + 100_000 + 150_070 + 90_050, Blobs: 3, References: 3, Garbage: 1}
	if r != want || progress == 0 {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

// flip turns one bit over in every file below dir in turn, and back.
func flip(t *testing.T, dir string, try func(path string)) {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) < 1000 { // the engine's own files
			return err
		}
		for _, at := range []int{0, len(data) / 2, len(data) - 1} {
			data[at] ^= 0x10
			if err := os.WriteFile(path, data, 0o600); err != nil {
				return err
			}
			try(path)
			data[at] ^= 0x10
		}
		if err := os.WriteFile(path, data[:len(data)-1], 0o600); err != nil {
			return err
		}
		try(path)
		return os.WriteFile(path, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestScrubFindsFlippedBitsOnDisk(t *testing.T) {
	dir := t.TempDir()
	blobs, err := disk.Open(dir, disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	f := fixtureOn(t, kvmemory.New(), blobs, seal.NewKey())
	f.populate()
	seen := map[string]int{}
	flip(t, dir, func(string) {
		r, found := f.scrub(ScrubOptions{Remove: true})
		if len(found) != 1 || r.Removed != 0 {
			t.Errorf("found %q", found)
		}
		for _, line := range found {
			seen[line]++
		}
	})
	for _, want := range []string{"bad data bucket/blob", "bad data bucket/parts part 1", "bad data bucket/upload part 2"} {
		if seen[want] != 4 {
			t.Errorf("%s: %d times of 4", want, seen[want])
		}
	}
	if _, found := f.scrub(ScrubOptions{}); len(found) > 0 {
		t.Errorf("mended, but %q", found)
	}
}

// eachRow calls try with every byte of every row of a kind changed in turn.
func (f *fixture) eachByte(tag byte, try func(k []byte, at int)) {
	f.t.Helper()
	var rows []pair
	err := f.kv.View(f.ctx, func(r kv.Reader) error {
		return r.Scan(kv.Prefix([]byte{space, tag}), func(k, row []byte) error {
			rows = append(rows, pair{bytes.Clone(k), bytes.Clone(row)})
			return nil
		})
	})
	if err != nil || len(rows) == 0 {
		f.t.Fatalf("%d rows of kind %c, %v", len(rows), tag, err)
	}
	set := func(k, row []byte) {
		if err := f.kv.Update(f.ctx, func(tx kv.Txn) error { return tx.Put(k, row) }); err != nil {
			f.t.Fatal(err)
		}
	}
	for _, p := range rows {
		for at := range p.row {
			bad := bytes.Clone(p.row)
			bad[at] ^= 1 << (at % 8)
			set(p.key, bad)
			try(p.key, at)
		}
		set(p.key, p.row)
	}
}

func TestScrubFindsFlippedBitsInRows(t *testing.T) {
	f := newFixture(t)
	f.put("inline", random(1, 20))
	f.eachByte(tagData, func(k []byte, at int) {
		if _, found := f.scrub(ScrubOptions{}); !slices.Equal(found, []string{"bad data bucket/inline"}) {
			t.Errorf("byte %d of the data: %q", at, found)
		}
	})
	f.put("blob", random(2, 40_000))
	f.eachByte(tagReference, func(k []byte, at int) {
		_, found := f.scrub(ScrubOptions{Remove: true})
		if len(found) == 0 || !slices.Contains(found, "missing reference bucket/blob") {
			t.Errorf("byte %d of the reference: %q", at, found)
		}
	})
	f.eachByte(tagBucketID, func(k []byte, at int) {
		if _, found := f.scrub(ScrubOptions{}); !slices.Contains(found, "bad row bucket/") {
			t.Errorf("byte %d of the bucket's id: %q", at, found)
		}
	})
	if _, found := f.scrub(ScrubOptions{}); len(found) > 0 {
		t.Errorf("mended, but %q", found)
	}
}

// A bit of an object's row that scrub does not find may change what is said of the
// object, but not its bytes, size or entity tag.
func TestFlippedBitsOfObjectRows(t *testing.T) {
	f := newFixture(t)
	type object struct {
		data []byte
		tag  ETag
	}
	want := map[string]object{"inline": {data: random(1, 20)}, "blob": {data: random(2, 40_000)}}
	for name, o := range want {
		o.tag = f.put(name, o.data).ETag
		want[name] = o
	}
	harmless := 0
	f.eachByte(tagObject, func(k []byte, at int) {
		name := string(k[objectPrefixLen:])
		_, found := f.scrub(ScrubOptions{})
		if slices.ContainsFunc(found, func(line string) bool { return strings.Contains(line, "bucket/"+name) }) {
			return
		}
		harmless++
		sn := f.open(name)
		if sn.Object.ETag != want[name].tag || !sn.Object.DeleteMarker && !bytes.Equal(f.read(sn, 0, sn.Object.Size), want[name].data) {
			t.Errorf("byte %d of %s makes it another object", at, name)
		}
	})
	if harmless == 0 || harmless > 100 {
		t.Errorf("%d bytes go unnoticed", harmless)
	}
}

func TestScrubFindsMissingBlobs(t *testing.T) {
	f := newFixture(t)
	f.populate()
	if err := f.blobs.List(f.ctx, "", func(i blob.Info) error { return f.blobs.Delete(f.ctx, i.ID) }); err != nil {
		t.Fatal(err)
	}
	_, found := f.scrub(ScrubOptions{Remove: true})
	want := []string{"missing blob bucket/blob", "missing blob bucket/parts part 1", "missing blob bucket/upload part 2"}
	if !slices.Equal(found, want) {
		t.Errorf("got %q", found)
	}
	// With the objects gone only their references are left.
	err := f.Update(f.ctx, func(tx *Txn) error { return tx.txn.Delete(objectKey(f.bucket.ID, "blob")) })
	if err != nil {
		t.Fatal(err)
	}
	if _, found = f.scrub(ScrubOptions{}); !slices.Contains(found, "missing blob bucket/") {
		t.Errorf("got %q", found)
	}
}

func TestScrubOfUnreferencedBlobs(t *testing.T) {
	f := newFixture(t)
	f.populate()
	for i := range 3 {
		if _, _, err := f.blobs.Put(f.ctx, bytes.NewReader(random(uint64(i), 100))); err != nil {
			t.Fatal(err)
		}
	}
	f.clock = time.Now()
	if r, found := f.scrub(ScrubOptions{Remove: true, Grace: time.Hour}); len(found) > 0 || r.Blobs != 6 {
		t.Errorf("young blobs: %+v, %q", r, found)
	}
	if r, found := f.scrub(ScrubOptions{}); r.Unreferenced != 3 || r.Removed != 0 || found[0] != "unreferenced blob /" {
		t.Errorf("%+v, %q", r, found)
	}
	f.clock = time.Now().Add(2 * time.Hour)
	if r, _ := f.scrub(ScrubOptions{Remove: true, Grace: time.Hour}); r.Removed != 3 || r.RemovedBytes != 300 || r.Damaged != 0 {
		t.Errorf("%+v", r)
	}
	if r, found := f.scrub(ScrubOptions{}); len(found) > 0 || r.Blobs != 3 {
		t.Errorf("afterwards: %+v, %q", r, found)
	}
	f.get("blob")
}

// A blob that an object uses is never removed, even if its reference is gone.
func TestScrubKeepsBlobsInUse(t *testing.T) {
	f := newFixture(t)
	data := random(1, 100_000)
	o := f.put("blob", data)
	err := f.kv.Update(f.ctx, func(tx kv.Txn) error { return tx.Delete(referenceKey(o.Data.Blob)) })
	if err != nil {
		t.Fatal(err)
	}
	r, found := f.scrub(ScrubOptions{Remove: true})
	if r.Removed != 0 || !slices.Equal(found, []string{"missing reference bucket/blob"}) || !bytes.Equal(f.get("blob"), data) {
		t.Errorf("%+v, %q", r, found)
	}
}

func TestScrubFindsWrongRows(t *testing.T) {
	f := newFixture(t)
	f.populate()
	o := f.put("sum", []byte("hello"))
	change := func(fn func(*Object)) func() {
		return func() {
			bad := *o
			fn(&bad)
			if err := f.Update(f.ctx, func(tx *Txn) error { return tx.UpdateObject(f.bucket, &bad) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	raw := func(k []byte, row []byte) func() {
		return func() {
			if err := f.kv.Update(f.ctx, func(tx kv.Txn) error { return tx.Put(k, row) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func()
		want   string
	}{
		{"size", change(func(b *Object) { b.Size++ }), "bad data bucket/sum"},
		{"entity tag", change(func(b *Object) { b.ETag.MD5[0]++ }), "bad data bucket/sum"},
		{"checksum", change(func(b *Object) {
			b.Checksum = Checksum{Algorithm: checksum.CRC32, Type: checksum.FullObject, Value: make([]byte, 4)}
		}), "bad data bucket/sum"},
		{"data", change(func(b *Object) { b.Data.ID = NewID(time.Now()) }), "bad data bucket/sum"},
		{"key", change(func(b *Object) { b.Data.Key = b.Data.Key[:40] }), "bad data bucket/sum"},
		{"no data", change(func(b *Object) { b.Data = Data{} }), "bad data bucket/sum"},
		{"mended", change(func(*Object) {}), ""},
		{"object", raw(objectKey(f.bucket.ID, "sum"), []byte{9}), "bad row bucket/sum"},
		{"mended", change(func(*Object) {}), ""},
		{"garbage", raw(garbageKey(1<<62, ID{1}, garbageData), []byte{9}), "bad row /"},
		{"bucket", raw(bucketKey("other"), []byte{9}), "bad row other/"},
		{"orphan", raw(objectKey(7, "lost"), appendObject(nil, o)), "bad row id 0000000000000007/lost"},
	} {
		c.damage()
		_, found := f.scrub(ScrubOptions{})
		if c.want == "" && len(found) > 0 || c.want != "" && !slices.Contains(found, c.want) {
			t.Errorf("%s: %q", c.name, found)
		}
	}
}

func TestScrubOfUploads(t *testing.T) {
	f := newFixture(t)
	f.populate()
	var u *Upload
	f.View(f.ctx, func(r *Reader) error {
		return r.ScanUploads(f.bucket.ID, "", "", ID{}, func(found *Upload) error { u = found; return nil })
	})
	put := func(k, row []byte) {
		if err := f.kv.Update(f.ctx, func(tx kv.Txn) error { return tx.Put(k, row) }); err != nil {
			t.Fatal(err)
		}
	}
	put(partKey(u.ID, 5), []byte{9})
	if _, found := f.scrub(ScrubOptions{}); !slices.Equal(found, []string{"bad row bucket/upload part 5"}) {
		t.Errorf("part: %q", found)
	}
	good := appendUpload(nil, u)
	bad := *u
	bad.DataKey = bytes.Clone(u.DataKey)
	bad.DataKey[50] ^= 1
	put(uploadKey(f.bucket.ID, "upload", u.ID), appendUpload(nil, &bad))
	if _, found := f.scrub(ScrubOptions{}); !slices.Equal(found, []string{"bad data bucket/upload"}) {
		t.Errorf("key: %q", found)
	}
	put(uploadKey(f.bucket.ID, "upload", u.ID), good[:len(good)-1])
	if _, found := f.scrub(ScrubOptions{}); !slices.Equal(found, []string{"bad row bucket/upload"}) {
		t.Errorf("row: %q", found)
	}
}

func TestScrubInManyBatches(t *testing.T) {
	f := newFixture(t)
	f.Store.inlineMax = 10
	const n = 3*scrubBatch + 1
	for i := range n {
		f.put(fmt.Sprint(i), random(uint64(i), 100))
	}
	r, found := f.scrub(ScrubOptions{})
	if len(found) > 0 || r.Objects != n || r.References != n || r.Blobs != n {
		t.Errorf("%+v, %q", r, found)
	}
}

func TestScrubEnds(t *testing.T) {
	f := newFixture(t)
	f.populate()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := f.Scrub(ctx, ScrubOptions{Progress: func(ScrubReport) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	broken := fixtureOn(t, kvmemory.New(), &unlistable{Store: blobmemory.New()}, seal.NewKey())
	if _, err := broken.Scrub(t.Context(), ScrubOptions{}); !errors.Is(err, errPower) {
		t.Errorf("got %v", err)
	}
}

type unlistable struct{ blob.Store }

func (unlistable) List(context.Context, blob.ID, func(blob.Info) error) error { return errPower }
