package store

import (
	"fmt"
	"testing"

	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/pebble"
	"github.com/sallyport/sallyport/internal/seal"
)

// BenchmarkFirstPage lists the first thousand keys, and the first page of a
// delimiter's prefixes, of buckets of a thousand and of a million keys.
func BenchmarkFirstPage(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		k, err := pebble.Open(b.TempDir(), pebble.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer k.Close()
		f := fixtureOn(b, k, blobmemory.New(), seal.NewKey())
		for i := 0; i < n; {
			err := f.Update(f.ctx, func(t *Txn) error {
				for j := range min(n-i, 20_000) {
					o := &Object{Entry: Entry{Key: fmt.Sprintf("%03d/%07d", (i+j)%1000, i+j), Owner: account}, Attributes: Attributes{Encryption: SSES3}}
					if err := t.PutObject(f.bucket, o, &Staged{}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			i += min(n-i, 20_000)
		}
		for name, l := range map[string]Listing{"keys": {}, "prefixes": {Delimiter: "/"}} {
			b.Run(fmt.Sprintf("%s of %d", name, n), func(b *testing.B) {
				for b.Loop() {
					listed := 0
					take := func() error {
						if listed++; listed == 1000 {
							return kv.Stop
						}
						return nil
					}
					err := f.View(f.ctx, func(r *Reader) error {
						return r.ListObjects(f.bucket.ID, l, func(*Entry) error { return take() }, func(string) error { return take() })
					})
					if err != nil || listed != 1000 {
						b.Fatal(listed, err)
					}
				}
			})
		}
	}
}
