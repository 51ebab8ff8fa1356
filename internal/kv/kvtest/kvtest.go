package kvtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

// Open makes a new, empty store for a test. The suite closes it.
type Open func(t testing.TB) kv.Store

// Category names a part of the suite that an engine may be without.
type Category string

// Durable is what survives Close and a new start. An engine with it sets
// Options.Reopen.
const Durable Category = "durable"

// Options say what an engine is without and how to do what the suite cannot.
type Options struct {
	// Without are the categories the engine opts out of.
	Without []Category
	// Reopen closes s and opens what it stored again.
	Reopen func(t testing.TB, s kv.Store) kv.Store
}

type suite struct {
	open Open
	opts Options
}

type test struct {
	name string
	run  func(*testing.T, *suite)
}

// Test runs the suite on the stores that open makes.
func Test(t *testing.T, open Open, opts Options) {
	s := &suite{open, opts}
	tests := slices.Concat(basicTests(), scanTests(), txnTests(), limitTests(), isolationTests(),
		concurrentTests(), contextTests(), closeTests(), modelTests())
	if !slices.Contains(opts.Without, Durable) {
		if opts.Reopen == nil {
			t.Fatal("kvtest: a durable engine must say how to reopen it")
		}
		tests = append(tests, durableTests()...)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, s) })
	}
}

// store is a new store that is closed when the test ends.
func (s *suite) store(t *testing.T) kv.Store {
	st := s.open(t)
	t.Cleanup(func() { closeStore(t, st) })
	return st
}

func (s *suite) reopen(t *testing.T, st kv.Store) kv.Store {
	st = s.opts.Reopen(t, st)
	t.Cleanup(func() { closeStore(t, st) })
	return st
}

func closeStore(t testing.TB, st kv.Store) {
	if err := st.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
		t.Errorf("Close: %v", err)
	}
}

type pair struct{ key, value string }

// update runs an Update that must succeed, again for as long as it meets
// conflicts.
func update(t testing.TB, st kv.Store, fn func(kv.Txn) error) {
	t.Helper()
	if err := tryUpdate(st, fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func tryUpdate(st kv.Store, fn func(kv.Txn) error) error {
	for {
		if err := st.Update(context.Background(), fn); !errors.Is(err, kv.ErrConflict) {
			return err
		}
	}
}

func view(t testing.TB, st kv.Store, fn func(kv.Reader) error) {
	t.Helper()
	if err := st.View(context.Background(), fn); err != nil {
		t.Fatalf("View: %v", err)
	}
}

func put(t testing.TB, st kv.Store, pairs ...pair) {
	t.Helper()
	update(t, st, func(tx kv.Txn) error { return putAll(tx, pairs...) })
}

func putAll(tx kv.Txn, pairs ...pair) error {
	for _, p := range pairs {
		if err := tx.Put([]byte(p.key), []byte(p.value)); err != nil {
			return err
		}
	}
	return nil
}

// lookup is Get with absence as a bool.
func lookup(r kv.Reader, key string) (string, bool, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return "", false, nil
	}
	return string(v), err == nil, err
}

func scan(r kv.Reader, rg kv.Range) ([]pair, error) {
	var out []pair
	err := r.Scan(rg, func(k, v []byte) error {
		out = append(out, pair{string(k), string(v)})
		return nil
	})
	return out, err
}

func dump(t testing.TB, st kv.Store) []pair {
	t.Helper()
	var out []pair
	view(t, st, func(r kv.Reader) (err error) {
		out, err = scan(r, kv.Range{})
		return err
	})
	return out
}

func wantPairs(t testing.TB, got []pair, want ...pair) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}
