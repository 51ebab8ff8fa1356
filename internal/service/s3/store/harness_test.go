package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

const account = "111111111111"

type oneKey struct{ seal.Key }

func (k oneKey) AccountKey(context.Context, string) (seal.Key, error) { return k.Key, nil }

// fixture is a store on memory with one bucket.
type fixture struct {
	*Store
	t      testing.TB
	ctx    context.Context
	bucket *Bucket
	clock  time.Time
}

func newFixture(t testing.TB) *fixture {
	return fixtureOn(t, kvmemory.New(), blobmemory.New(), seal.NewKey())
}

func fixtureOn(t testing.TB, k kv.Store, b blob.Store, key seal.Key) *fixture {
	f := &fixture{t: t, ctx: t.Context(), clock: time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)}
	f.Store = New(Options{KV: k, Blobs: b, Keys: oneKey{key}, Now: f.tick})
	f.bucket = &Bucket{Name: "bucket", Account: account, Region: "us-east-1", Ownership: BucketOwnerEnforced}
	err := f.Update(f.ctx, func(t *Txn) error {
		if old, err := t.Bucket("bucket"); err == nil {
			f.bucket = old
			return nil
		}
		return t.CreateBucket(f.bucket)
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tick is a clock on which no two readings are the same.
func (f *fixture) tick() time.Time {
	f.clock = f.clock.Add(time.Millisecond)
	return f.clock
}

func (f *fixture) put(key string, data []byte) *Object {
	f.t.Helper()
	st, err := f.Stage(f.ctx, f.bucket, key, bytes.NewReader(data))
	if err != nil {
		f.t.Fatal(err)
	}
	o := &Object{Entry: Entry{Key: key, Size: st.Size, ETag: ETag{MD5: md5.Sum(data)}, Owner: account}}
	if err := f.Commit(f.ctx, st, func(t *Txn) error { return t.PutObject(f.bucket, o, st) }); err != nil {
		f.t.Fatal(err)
	}
	return o
}

func (f *fixture) open(key string) *Snapshot {
	f.t.Helper()
	sn, err := f.Snapshot(f.ctx, func(r *Reader) (*Bucket, *Object, error) {
		o, err := r.Object(f.bucket.ID, key)
		return f.bucket, o, err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return sn
}

func (f *fixture) read(sn *Snapshot, offset, length int64) []byte {
	f.t.Helper()
	r, err := sn.Open(f.ctx, offset, length)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

func (f *fixture) get(key string) []byte {
	f.t.Helper()
	sn := f.open(key)
	return f.read(sn, 0, sn.Object.Size)
}

func (f *fixture) delete(key string) {
	f.t.Helper()
	err := f.Update(f.ctx, func(t *Txn) error {
		_, _, err := t.DeleteObject(f.bucket, key, account)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// versioning sets the bucket's versioning state.
func (f *fixture) versioning(v Versioning) {
	f.t.Helper()
	err := f.Update(f.ctx, func(t *Txn) (err error) {
		f.bucket, err = t.UpdateBucket(f.bucket.Name, func(b *Bucket) error { b.Versioning = v; return nil })
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) begin(key string) *Upload {
	f.t.Helper()
	u := &Upload{Key: key, Owner: account}
	var err error
	if u.ID, u.DataKey, err = f.NewUpload(f.ctx, f.bucket, key, seal.Key{}); err != nil {
		f.t.Fatal(err)
	}
	if err := f.Update(f.ctx, func(t *Txn) error { return t.CreateUpload(f.bucket, u) }); err != nil {
		f.t.Fatal(err)
	}
	return u
}

func (f *fixture) part(u *Upload, number int, data []byte) *Part {
	f.t.Helper()
	st, err := f.StagePart(f.ctx, f.bucket, u, seal.Key{}, bytes.NewReader(data))
	if err != nil {
		f.t.Fatal(err)
	}
	p := &Part{Number: number, Size: st.Size, MD5: md5.Sum(data)}
	if err := f.Commit(f.ctx, st, func(t *Txn) error { return t.PutPart(f.bucket, u.Key, u.ID, p, st) }); err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f *fixture) complete(u *Upload, others bool, parts ...*Part) {
	f.t.Helper()
	o := &Object{Entry: Entry{Key: u.Key, Owner: account, ETag: ETag{Parts: len(parts)}}}
	for _, p := range parts {
		o.Size += p.Size
	}
	if err := f.Update(f.ctx, func(t *Txn) error { return t.CompleteUpload(f.bucket, u, o, parts, others) }); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) collect() {
	f.t.Helper()
	if _, err := f.Collect(f.ctx); err != nil {
		f.t.Fatal(err)
	}
}

// rows counts the rows of one kind.
func (f *fixture) rows(tag byte) (n int) {
	f.t.Helper()
	err := f.kv.View(f.ctx, func(r kv.Reader) error {
		return r.Scan(kv.Prefix([]byte{space, tag}), func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fixture) blobCount() (n int) {
	f.t.Helper()
	if err := f.blobs.List(f.ctx, "", func(blob.Info) error { n++; return nil }); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// nothing checks that no bytes are left, referred to or not.
func (f *fixture) nothing() {
	f.t.Helper()
	for _, tag := range []byte{tagObject, tagVersion, tagData, tagPart, tagUpload, tagReference} {
		if n := f.rows(tag); n != 0 {
			f.t.Errorf("%d rows %q are left", n, tag)
		}
	}
	if n := f.blobCount(); n != 0 {
		f.t.Errorf("%d blobs are left", n)
	}
}

// random is n bytes that look random, the same for the same seed.
func random(seed uint64, n int) []byte {
	b := make([]byte, n+8)
	for i := 0; i < n; i += 8 {
		seed += 0x9e3779b97f4a7c15
		x := seed
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(b[i:], x^x>>31)
	}
	return b[:n]
}

var errRefused = errors.New("refused")
