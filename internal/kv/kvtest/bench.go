package kvtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

// benchKeys is how many keys a benchmark's store holds, with values of
// benchValue bytes.
const (
	benchKeys  = 100_000
	benchValue = 300
)

// Bench runs the benchmarks on the stores that open makes.
func Bench(b *testing.B, open Open) {
	st := open(b)
	b.Cleanup(func() { closeStore(b, st) })
	fill(b, st)
	b.Run("GetHot", func(b *testing.B) { benchGet(b, st, 1000) })
	b.Run("Get", func(b *testing.B) { benchGet(b, st, benchKeys) })
	b.Run("GetParallel", func(b *testing.B) { benchGetParallel(b, st) })
	b.Run("Scan1000", func(b *testing.B) { benchScan(b, st, false) })
	b.Run("Scan1000Reverse", func(b *testing.B) { benchScan(b, st, true) })
	for _, n := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("Update/goroutines=%d", n), func(b *testing.B) { benchUpdate(b, st, n) })
	}
}

func benchKey(n uint64) []byte {
	// Spread over the key space, as object keys are.
	return binary.BigEndian.AppendUint64([]byte("bench/"), n*0x9e3779b97f4a7c15)
}

func fill(b *testing.B, st kv.Store) {
	value := noise(benchValue)
	for from := uint64(0); from < benchKeys; from += 10_000 {
		update(b, st, func(tx kv.Txn) error {
			for n := from; n < from+10_000; n++ {
				if err := tx.Put(benchKey(n), value); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func get(st kv.Store, n uint64) error {
	return st.View(context.Background(), func(r kv.Reader) error {
		_, err := r.Get(benchKey(n % benchKeys))
		return err
	})
}

// benchGet reads one of the first keys at a time.
func benchGet(b *testing.B, st kv.Store, keys uint64) {
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		if err := get(st, n%keys); err != nil {
			b.Fatal(err)
		}
	}
}

func benchGetParallel(b *testing.B, st kv.Store) {
	b.ReportAllocs()
	var next atomic.Uint64
	b.RunParallel(func(pb *testing.PB) {
		for n := next.Add(1) << 32; pb.Next(); n++ {
			if err := get(st, n); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchScan(b *testing.B, st kv.Store, reverse bool) {
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := st.View(context.Background(), func(r kv.Reader) error {
			return r.Scan(kv.Range{Reverse: reverse}, func(k, v []byte) error {
				if n++; n == 1000 {
					return kv.Stop
				}
				return nil
			})
		})
		if err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}
}

// benchUpdate is what putting a small object costs: one read and two writes.
func benchUpdate(b *testing.B, st kv.Store, goroutines int) {
	b.ReportAllocs()
	value := noise(benchValue)
	var next atomic.Int64
	race := make(chan error, goroutines)
	b.ResetTimer()
	for range goroutines {
		go func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					race <- nil
					return
				}
				key := benchKey(uint64(n) + benchKeys)
				if err := tryUpdate(st, func(tx kv.Txn) error {
					if _, _, err := lookup(tx, string(key)); err != nil {
						return err
					}
					if err := tx.Put(key, value); err != nil {
						return err
					}
					return tx.Put(append([]byte("index/"), key...), value[:16])
				}); err != nil {
					race <- err
					return
				}
			}
		}()
	}
	for range goroutines {
		if err := <-race; err != nil {
			b.Fatal(err)
		}
	}
}
