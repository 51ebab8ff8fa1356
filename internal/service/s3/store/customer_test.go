package store

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

func (f *fixture) putUnder(key string, customer seal.Key, data []byte) *Object {
	f.t.Helper()
	st, err := f.StageUnder(f.ctx, f.bucket, key, customer, bytes.NewReader(data))
	if err != nil {
		f.t.Fatal(err)
	}
	o := &Object{Entry: Entry{Key: key, Size: st.Size, Owner: account}, Attributes: Attributes{Encryption: SSEC}}
	o.ETag.MD5, o.Checksum = st.Stored([16]byte{}, Checksum{})
	if err := f.Commit(f.ctx, st, func(t *Txn) error { return t.PutObject(f.bucket, o, st) }); err != nil {
		f.t.Fatal(err)
	}
	return o
}

func TestCustomerKey(t *testing.T) {
	f := newFixture(t)
	key := seal.NewKey()
	for _, n := range []int{0, 100, 100_000} {
		data := random(uint64(n), n)
		f.putUnder("k", key, data)
		sn := f.open("k")
		if _, err := sn.open(f.ctx, 0, int64(n)); n > 0 && !errors.Is(err, ErrKeyNeeded) {
			t.Errorf("without a key: %v", err)
		}
		if err := sn.Unlock(f.ctx, seal.Key{}); !errors.Is(err, ErrKeyNeeded) {
			t.Errorf("without a key: %v", err)
		}
		if err := sn.Unlock(f.ctx, seal.NewKey()); !errors.Is(err, ErrOtherKey) {
			t.Errorf("with another key: %v", err)
		}
		if err := sn.Unlock(f.ctx, key); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.read(sn, 0, int64(n)), data) {
			t.Error("other bytes")
		}
		sn.Close()
	}
}

// The same key and bytes give different rows each time.
func TestCustomerKeyIsSalted(t *testing.T) {
	f := newFixture(t)
	key, id, other := seal.NewKey(), NewID(f.tick()), NewID(f.tick())
	if customerKey(key, id).ID() == customerKey(key, other).ID() {
		t.Error("who sees the rows sees that the key is the same")
	}
	if a, b := f.putUnder("a", key, nil), f.putUnder("b", key, nil); a.ETag == b.ETag {
		t.Error("who sees the tags sees that the bytes are the same")
	}
}

func TestScrubLocked(t *testing.T) {
	f := newFixture(t)
	small, large := f.putUnder("small", seal.NewKey(), random(1, 100)), f.putUnder("large", seal.NewKey(), random(2, 100_000))
	scrub := func() (kinds []DamageKind) {
		t.Helper()
		_, err := f.Scrub(f.ctx, ScrubOptions{Damaged: func(d Damage) { kinds = append(kinds, d.Kind) }})
		if err != nil {
			t.Fatal(err)
		}
		return kinds
	}
	if kinds := scrub(); kinds != nil {
		t.Errorf("a whole store has %v", kinds)
	}
	if err := f.blobs.Delete(f.ctx, large.Data.Blob); err != nil {
		t.Fatal(err)
	}
	err := f.kv.Update(f.ctx, func(tx kv.Txn) error {
		row, err := tx.Get(dataKey(small.Data.ID))
		if err != nil {
			return err
		}
		return tx.Put(dataKey(small.Data.ID), bytes.Clone(row[1:]))
	})
	if err != nil {
		t.Fatal(err)
	}
	if kinds := scrub(); len(kinds) != 2 || kinds[0] != MissingBlob || kinds[1] != BadData {
		t.Errorf("found %v", kinds)
	}
}
