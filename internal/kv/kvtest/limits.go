package kvtest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func limitTests() []test {
	return []test{
		{"KeyLimit", testKeyLimit},
		{"EmptyKey", testEmptyKey},
		{"ValueLimit", testValueLimit},
		{"TxnLimit", testTxnLimit},
	}
}

// noise is n bytes that do not compress.
func noise(n int) []byte {
	out := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x >> 32)
	}
	return out
}

func testKeyLimit(t *testing.T, s *suite) {
	st := s.store(t)
	at := noise(kv.MaxKey)
	over := append(bytes.Clone(at), 0)
	update(t, st, func(tx kv.Txn) error {
		wantErr(t, "Put over", tx.Put(over, nil), kv.ErrTooLarge)
		wantErr(t, "Delete over", tx.Delete(over), kv.ErrTooLarge)
		_, err := tx.Get(over)
		wantErr(t, "Get over", err, kv.ErrTooLarge)
		return tx.Put(at, []byte("v")) // what was refused does no harm
	})
	view(t, st, func(r kv.Reader) error {
		_, err := r.Get(over)
		wantErr(t, "Get over", err, kv.ErrTooLarge)
		v, err := r.Get(at)
		if string(v) != "v" {
			t.Errorf("Get at the limit = %q, %v", v, err)
		}
		got, err := scan(r, kv.Range{Start: at, End: over})
		wantPairs(t, got, pair{string(at), "v"})
		return err
	})
	update(t, st, func(tx kv.Txn) error { return tx.Delete(at) })
	wantPairs(t, dump(t, st))
}

func testEmptyKey(t *testing.T, s *suite) {
	st := s.store(t)
	for _, empty := range [][]byte{nil, {}} {
		update(t, st, func(tx kv.Txn) error {
			wantErr(t, "Put", tx.Put(empty, []byte("v")), kv.ErrEmptyKey)
			wantErr(t, "Delete", tx.Delete(empty), kv.ErrEmptyKey)
			_, err := tx.Get(empty)
			wantErr(t, "Get in Update", err, kv.ErrEmptyKey)
			return nil
		})
		view(t, st, func(r kv.Reader) error {
			_, err := r.Get(empty)
			wantErr(t, "Get in View", err, kv.ErrEmptyKey)
			return nil
		})
	}
	wantPairs(t, dump(t, st))
}

func testValueLimit(t *testing.T, s *suite) {
	st := s.store(t)
	at := noise(kv.MaxValue)
	update(t, st, func(tx kv.Txn) error {
		wantErr(t, "Put over", tx.Put([]byte("over"), append(at[:len(at):len(at)], 0)), kv.ErrTooLarge)
		return tx.Put([]byte("at"), at)
	})
	view(t, st, func(r kv.Reader) error {
		v, err := r.Get([]byte("at"))
		if err == nil && !bytes.Equal(v, at) {
			t.Error("the value came back changed")
		}
		_, over, err2 := lookup(r, "over")
		if over || err2 != nil {
			t.Errorf("the refused value: there %v, error %v", over, err2)
		}
		return err
	})
}

func testTxnLimit(t *testing.T, s *suite) {
	st := s.store(t)
	value := noise(kv.MaxValue)
	const n = kv.MaxTxn / kv.MaxValue
	update(t, st, func(tx kv.Txn) error {
		for i := range n {
			k := []byte{byte(i)}
			if err := tx.Put(k, value[len(k):]); err != nil {
				return fmt.Errorf("put %d of %d, up to the limit: %w", i, n, err)
			}
		}
		wantErr(t, "Put over", tx.Put([]byte("x"), nil), kv.ErrTooLarge)
		wantErr(t, "Delete over", tx.Delete([]byte("x")), kv.ErrTooLarge)
		return nil
	})
	view(t, st, func(r kv.Reader) error {
		for i := range n {
			v, err := r.Get([]byte{byte(i)})
			if err != nil {
				return err
			}
			if !bytes.Equal(v, value[1:]) {
				t.Errorf("value %d came back changed", i)
			}
		}
		return nil
	})
	err := tryUpdate(st, func(tx kv.Txn) error {
		for range n + 1 {
			if err := tx.Put([]byte("same key"), value); err != nil {
				return err
			}
		}
		return nil
	})
	wantErr(t, "Update over the limit on one key", err, kv.ErrTooLarge)
	view(t, st, func(r kv.Reader) error {
		_, err := r.Get([]byte("same key"))
		wantErr(t, "Get", err, kv.ErrNotFound)
		return nil
	})
}
