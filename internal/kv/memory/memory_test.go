package memory_test

import (
	"context"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/kvtest"
	"github.com/sallyport/sallyport/internal/kv/memory"
)

func open(testing.TB) kv.Store { return memory.New() }

func TestSuite(t *testing.T) {
	kvtest.Test(t, open, kvtest.Options{Without: []kvtest.Category{kvtest.Durable}})
}

func BenchmarkMemory(b *testing.B) { kvtest.Bench(b, open) }

// TestScanSlicesAreCopies: a callback that changes what it is given breaks the
// contract, but must not change the data of others.
func TestScanSlicesAreCopies(t *testing.T) {
	s := memory.New()
	ctx := context.Background()
	if err := s.Update(ctx, func(tx kv.Txn) error { return tx.Put([]byte("key"), []byte("value")) }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.View(ctx, func(r kv.Reader) error {
			return r.Scan(kv.Range{}, func(k, v []byte) error {
				if string(k) != "key" || string(v) != "value" {
					t.Errorf("got %q=%q", k, v)
				}
				clear(k)
				clear(v)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
}
