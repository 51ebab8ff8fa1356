package kvtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func txnTests() []test {
	return []test{
		{"OwnWrites", testOwnWrites},
		{"OwnDeletes", testOwnDeletes},
		{"ScanSeesWritesBeforeIt", testScanSeesWritesBeforeIt},
		{"WriteOutsideScan", testWriteOutsideScan},
		{"Rollback", testRollback},
		{"RollbackOnPanic", testRollbackOnPanic},
		{"ViewError", testViewError},
		{"NoWrites", testNoWrites},
		{"AllAtOnce", testAllAtOnce},
	}
}

func testOwnWrites(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "old"}, pair{"c", "old"})
	update(t, st, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"a", "new"}, pair{"b", "new"}); err != nil {
			return err
		}
		for k, want := range map[string]string{"a": "new", "b": "new", "c": "old"} {
			if got, ok, err := lookup(tx, k); err != nil || !ok || got != want {
				t.Errorf("Get(%s) = %q, %v, %v; want %q", k, got, ok, err, want)
			}
		}
		if err := putAll(tx, pair{"b", "newer"}, pair{"d", "newer"}); err != nil {
			return err
		}
		got, err := scan(tx, kv.Range{})
		wantPairs(t, got, pair{"a", "new"}, pair{"b", "newer"}, pair{"c", "old"}, pair{"d", "newer"})
		return err
	})
	wantPairs(t, dump(t, st), pair{"a", "new"}, pair{"b", "newer"}, pair{"c", "old"}, pair{"d", "newer"})
}

func testOwnDeletes(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"}, pair{"b", "2"}, pair{"c", "3"})
	update(t, st, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"d", "4"}); err != nil {
			return err
		}
		for _, k := range []string{"a", "b", "d"} {
			if err := tx.Delete([]byte(k)); err != nil {
				return err
			}
			_, err := tx.Get([]byte(k))
			wantErr(t, "Get after Delete", err, kv.ErrNotFound)
		}
		got, err := scan(tx, kv.Range{Reverse: true})
		wantPairs(t, got, pair{"c", "3"})
		if err != nil {
			return err
		}
		if err := putAll(tx, pair{"b", "back"}); err != nil {
			return err
		}
		got, err = scan(tx, kv.Range{})
		wantPairs(t, got, pair{"b", "back"}, pair{"c", "3"})
		return err
	})
	wantPairs(t, dump(t, st), pair{"b", "back"}, pair{"c", "3"})
}

func testScanSeesWritesBeforeIt(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a/1", "old"}, pair{"a/2", "old"}, pair{"a/3", "old"})
	update(t, st, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"a/1", "new"}, pair{"a/4", "new"}); err != nil {
			return err
		}
		if err := tx.Delete([]byte("a/2")); err != nil {
			return err
		}
		for _, reverse := range []bool{false, true} {
			rg := kv.Prefix([]byte("a/"))
			rg.Reverse = reverse
			got, err := scan(tx, rg)
			if err != nil {
				return err
			}
			wantPairs(t, got, expected([]pair{{"a/1", "new"}, {"a/3", "old"}, {"a/4", "new"}}, rg)...)
		}
		return nil
	})
}

// testWriteOutsideScan moves rows while it scans them, the way an index is
// rebuilt: the scan is not disturbed and what its callback wrote is read back.
func testWriteOutsideScan(t *testing.T, s *suite) {
	st := s.store(t)
	const n = 1000
	update(t, st, func(tx kv.Txn) error {
		for i := range n {
			if err := putAll(tx, pair{fmt.Sprintf("b/%04d", i), "v"}, pair{fmt.Sprintf("c/%04d", i), "v"}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, ownFirst := range []bool{false, true} {
		update(t, st, func(tx kv.Txn) error {
			if ownFirst {
				if err := putAll(tx, pair{"b/own", "v"}); err != nil {
					return err
				}
			}
			seen := 0
			err := tx.Scan(kv.Prefix([]byte("b/")), func(k, v []byte) error {
				seen++
				id := string(k[2:])
				if err := putAll(tx, pair{"a/" + id, "v"}, pair{"d/" + id, "v"}); err != nil {
					return err
				}
				if err := tx.Delete([]byte("c/" + id)); err != nil {
					return err
				}
				if _, ok, err := lookup(tx, "a/"+id); !ok || err != nil {
					return fmt.Errorf("a row written in a scan is not there: %w", err)
				}
				return nil
			})
			want := n
			if ownFirst {
				want++
			}
			if seen != want {
				t.Errorf("the scan saw %d rows, want %d", seen, want)
			}
			return err
		})
	}
	counts := map[byte]int{}
	for _, p := range dump(t, st) {
		counts[p.key[0]]++
	}
	if counts['a'] != n+1 || counts['b'] != n+1 || counts['c'] != 0 || counts['d'] != n+1 {
		t.Errorf("rows by prefix: %v", counts)
	}
}

func testRollback(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"}, pair{"b", "2"})
	mine := errors.New("mine")
	err := st.Update(context.Background(), func(tx kv.Txn) error {
		if err := putAll(tx, pair{"a", "x"}, pair{"c", "x"}); err != nil {
			return err
		}
		if err := tx.Delete([]byte("b")); err != nil {
			return err
		}
		if _, err := scan(tx, kv.Range{}); err != nil {
			return err
		}
		return fmt.Errorf("wrapped: %w", mine)
	})
	wantErr(t, "Update", err, mine)
	wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"b", "2"})
	put(t, st, pair{"c", "3"})
	wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"b", "2"}, pair{"c", "3"})
}

func testRollbackOnPanic(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"})
	try := func(run func()) {
		defer func() {
			if r := recover(); r != "mine" {
				t.Errorf("recovered %v, want fn's panic", r)
			}
		}()
		run()
	}
	try(func() {
		_ = st.Update(context.Background(), func(tx kv.Txn) error {
			if err := putAll(tx, pair{"a", "x"}); err != nil {
				t.Error(err)
			}
			panic("mine")
		})
	})
	try(func() {
		_ = st.View(context.Background(), func(r kv.Reader) error {
			return r.Scan(kv.Range{}, func(k, v []byte) error { panic("mine") })
		})
	})
	wantPairs(t, dump(t, st), pair{"a", "1"})
	put(t, st, pair{"a", "2"})
	wantPairs(t, dump(t, st), pair{"a", "2"})
}

func testViewError(t *testing.T, s *suite) {
	mine := errors.New("mine")
	wantErr(t, "View", s.store(t).View(context.Background(), func(kv.Reader) error { return mine }), mine)
}

func testNoWrites(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"})
	update(t, st, func(kv.Txn) error { return nil })
	update(t, st, func(tx kv.Txn) error {
		_, err := tx.Get([]byte("a"))
		return err
	})
	view(t, st, func(kv.Reader) error { return nil })
	wantPairs(t, dump(t, st), pair{"a", "1"})
}

// testAllAtOnce reads in the middle of a transaction, from outside.
func testAllAtOnce(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"}, pair{"b", "1"})
	update(t, st, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"a", "2"}); err != nil {
			return err
		}
		wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"b", "1"})
		if err := tx.Delete([]byte("b")); err != nil {
			return err
		}
		wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"b", "1"})
		return nil
	})
	wantPairs(t, dump(t, st), pair{"a", "2"})
}
