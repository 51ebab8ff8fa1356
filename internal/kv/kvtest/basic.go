package kvtest

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func basicTests() []test {
	return []test{
		{"Get", testGet},
		{"GetNotFound", testGetNotFound},
		{"Overwrite", testOverwrite},
		{"Delete", testDelete},
		{"EmptyValue", testEmptyValue},
		{"ValueBelongsToCaller", testValueBelongsToCaller},
		{"PutCopies", testPutCopies},
	}
}

func testGet(t *testing.T, s *suite) {
	st := s.store(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	pairs := []pair{{"a", "1"}, {"a\x00", "2"}, {"\xff\xff", "3"}, {string(all), string(all)}, {"é/日本", "4"}}
	put(t, st, pairs...)
	view(t, st, func(r kv.Reader) error {
		for _, p := range pairs {
			if got, ok, err := lookup(r, p.key); err != nil || !ok || got != p.value {
				t.Errorf("Get(%q) = %q, %v, %v; want %q", p.key, got, ok, err, p.value)
			}
		}
		return nil
	})
}

func testGetNotFound(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"ab", "1"})
	keys := []string{"\x00", "a", "aa", "ab\x00", "abc", "b", "\xff"}
	view(t, st, func(r kv.Reader) error {
		for _, k := range keys {
			_, err := r.Get([]byte(k))
			wantErr(t, "Get "+k+" in View", err, kv.ErrNotFound)
		}
		return nil
	})
	update(t, st, func(tx kv.Txn) error {
		for _, k := range keys {
			_, err := tx.Get([]byte(k))
			wantErr(t, "Get "+k+" in Update", err, kv.ErrNotFound)
		}
		return nil
	})
}

func testOverwrite(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"k", "first"})
	put(t, st, pair{"k", "2"})
	wantPairs(t, dump(t, st), pair{"k", "2"})
	put(t, st, pair{"k", "x"}, pair{"k", "third"})
	wantPairs(t, dump(t, st), pair{"k", "third"})
}

func testDelete(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"a", "1"}, pair{"b", "2"}, pair{"c", "3"})
	update(t, st, func(tx kv.Txn) error {
		if err := tx.Delete([]byte("b")); err != nil {
			return err
		}
		return tx.Delete([]byte("never there"))
	})
	wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"c", "3"})
	put(t, st, pair{"b", "again"})
	wantPairs(t, dump(t, st), pair{"a", "1"}, pair{"b", "again"}, pair{"c", "3"})
}

func testEmptyValue(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"empty", ""})
	wantPairs(t, dump(t, st), pair{"empty", ""})
	update(t, st, func(tx kv.Txn) error {
		if v, err := tx.Get([]byte("empty")); err != nil || len(v) != 0 {
			t.Errorf("empty value: %q, %v", v, err)
		}
		return tx.Put([]byte("nil"), nil)
	})
	wantPairs(t, dump(t, st), pair{"empty", ""}, pair{"nil", ""})
}

func testValueBelongsToCaller(t *testing.T, s *suite) {
	st := s.store(t)
	want := strings.Repeat("v", 1000)
	put(t, st, pair{"k", want}, pair{"l", want})
	var kept []byte
	check := func(r kv.Reader) error {
		for range 2 {
			v, err := r.Get([]byte("k"))
			if err != nil {
				return err
			}
			if string(v) != want {
				t.Error("a change to a value that Get returned reached the store")
			}
			clear(v)
		}
		var err error
		kept, err = r.Get([]byte("l"))
		return err
	}
	view(t, st, check)
	put(t, st, pair{"l", strings.Repeat("w", 1000)})
	if string(kept) != want {
		t.Error("a value that Get returned changed after the View")
	}
	put(t, st, pair{"l", want})
	update(t, st, func(tx kv.Txn) error {
		if err := putAll(tx, pair{"k", want}); err != nil { // its own write, too
			return err
		}
		return check(tx)
	})
	wantPairs(t, dump(t, st), pair{"k", want}, pair{"l", want})
}

func testPutCopies(t *testing.T, s *suite) {
	st := s.store(t)
	put(t, st, pair{"gone", "x"})
	update(t, st, func(tx kv.Txn) error {
		k, v, d := []byte("key"), []byte("value"), []byte("gone")
		if err := tx.Put(k, v); err != nil {
			return err
		}
		if err := tx.Delete(d); err != nil {
			return err
		}
		clear(k)
		clear(v)
		clear(d)
		got, ok, err := lookup(tx, "key")
		if !ok || got != "value" {
			t.Errorf("own write after its slices changed: %q, %v", got, ok)
		}
		return err
	})
	wantPairs(t, dump(t, st), pair{"key", "value"})
}
