package kvtest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func isolationTests() []test {
	return []test{
		{"ViewIsASnapshot", testViewIsASnapshot},
		{"NoWriteSkew", testNoWriteSkew},
		{"NoPhantoms", testNoPhantoms},
		{"NoLostUpdates", testNoLostUpdates},
		{"CreateOnce", testCreateOnce},
	}
}

// testViewIsASnapshot lets an update finish between two reads of one View.
func testViewIsASnapshot(t *testing.T, s *suite) {
	st := s.store(t)
	before := []pair{{"a", "1"}, {"b", "1"}, {"c", "1"}}
	put(t, st, before...)
	view(t, st, func(r kv.Reader) error {
		if _, _, err := lookup(r, "a"); err != nil {
			return err
		}
		done := make(chan error)
		go func() {
			done <- tryUpdate(st, func(tx kv.Txn) error {
				if err := putAll(tx, pair{"a", "2"}, pair{"bb", "2"}); err != nil {
					return err
				}
				return tx.Delete([]byte("c"))
			})
		}()
		if err := <-done; err != nil {
			return err
		}
		wantPairs(t, dump(t, st), pair{"a", "2"}, pair{"b", "1"}, pair{"bb", "2"})
		for _, p := range before {
			if got, ok, err := lookup(r, p.key); err != nil || !ok || got != p.value {
				t.Errorf("Get(%s) = %q, %v, %v in a view that began with %q", p.key, got, ok, err, p.value)
			}
		}
		got, err := scan(r, kv.Range{})
		wantPairs(t, got, before...)
		return err
	})
}

// race runs fns at the same time, round after round.
func race(t *testing.T, rounds int, fns func(round int) []func() error) {
	t.Helper()
	for round := range rounds {
		var wg sync.WaitGroup
		all := fns(round)
		errs := make([]error, len(all))
		start := make(chan struct{})
		for i, fn := range all {
			wg.Go(func() {
				<-start
				errs[i] = fn()
			})
		}
		close(start)
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
}

// testNoWriteSkew has each transaction read what the other writes: of two that
// go on call only when nobody is, one must see the other.
func testNoWriteSkew(t *testing.T, s *suite) {
	st := s.store(t)
	race(t, 50, func(round int) []func() error {
		key := func(who int) string { return fmt.Sprintf("%d/%d", round, who) }
		onCall := func(who int) func() error {
			return func() error {
				return tryUpdate(st, func(tx kv.Txn) error {
					for other := range 3 {
						_, ok, err := lookup(tx, key(other))
						if ok || err != nil {
							return err
						}
					}
					return putAll(tx, pair{key(who), "on call"})
				})
			}
		}
		return []func() error{onCall(0), onCall(1), onCall(2)}
	})
	wantOnePerRound(t, st, 50)
}

// testNoPhantoms is the same with a scan in place of the reads by key.
func testNoPhantoms(t *testing.T, s *suite) {
	st := s.store(t)
	race(t, 50, func(round int) []func() error {
		prefix := fmt.Sprintf("%d/", round)
		onCall := func(who int) func() error {
			return func() error {
				return tryUpdate(st, func(tx kv.Txn) error {
					got, err := scan(tx, kv.Prefix([]byte(prefix)))
					if err != nil || len(got) > 0 {
						return err
					}
					return putAll(tx, pair{prefix + strconv.Itoa(who), "on call"})
				})
			}
		}
		return []func() error{onCall(0), onCall(1), onCall(2)}
	})
	wantOnePerRound(t, st, 50)
}

func wantOnePerRound(t *testing.T, st kv.Store, rounds int) {
	t.Helper()
	view(t, st, func(r kv.Reader) error {
		for round := range rounds {
			got, err := scan(r, kv.Prefix(fmt.Appendf(nil, "%d/", round)))
			if err != nil {
				return err
			}
			if len(got) != 1 {
				t.Errorf("round %d: %q, want exactly one", round, got)
			}
		}
		return nil
	})
}

func testNoLostUpdates(t *testing.T, s *suite) {
	st := s.store(t)
	const workers, each = 8, 25
	race(t, 1, func(int) []func() error {
		var fns []func() error
		for range workers {
			fns = append(fns, func() error {
				for range each {
					if err := tryUpdate(st, increment("counter")); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return fns
	})
	wantPairs(t, dump(t, st), pair{"counter", strconv.Itoa(workers * each)})
}

func increment(key string) func(kv.Txn) error {
	return func(tx kv.Txn) error {
		v, _, err := lookup(tx, key)
		if err != nil {
			return err
		}
		n := 0
		if v != "" {
			if n, err = strconv.Atoi(v); err != nil {
				return err
			}
		}
		return putAll(tx, pair{key, strconv.Itoa(n + 1)})
	}
}

// testCreateOnce has many create one key if it is not there: one succeeds.
func testCreateOnce(t *testing.T, s *suite) {
	st := s.store(t)
	exists := errors.New("exists")
	race(t, 20, func(round int) []func() error {
		var mu sync.Mutex
		created := 0
		var fns []func() error
		for who := range 4 {
			fns = append(fns, func() error {
				err := tryUpdate(st, func(tx kv.Txn) error {
					_, ok, err := lookup(tx, strconv.Itoa(round))
					if err != nil {
						return err
					}
					if ok {
						return exists
					}
					return putAll(tx, pair{strconv.Itoa(round), strconv.Itoa(who)})
				})
				if err != nil && !errors.Is(err, exists) {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					created++
				}
				if created > 1 {
					return fmt.Errorf("%d created key %d", created, round)
				}
				return nil
			})
		}
		return fns
	})
	if got := dump(t, st); len(got) != 20 {
		t.Errorf("%d keys were created, want 20", len(got))
	}
}
