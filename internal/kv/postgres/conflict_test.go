package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

func get(r kv.Reader, key string) (string, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return "", nil
	}
	return string(v), err
}

func put(t testing.TB, s *Store, key, value string) {
	t.Helper()
	if err := s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put([]byte(key), []byte(value)) }); err != nil {
		t.Fatal(err)
	}
}

func wantValue(t testing.TB, s *Store, key, want string) {
	t.Helper()
	if err := s.View(context.Background(), func(r kv.Reader) error {
		got, err := get(r, key)
		if got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// TestSkewWithOverlap makes sure that both transactions have read before
// either writes, which the general suite cannot ask of every engine. One must be
// run again and then see the other.
func TestSkewWithOverlap(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	for name, read := range map[string]func(tx kv.Txn, round string) (bool, error){
		"by key": func(tx kv.Txn, round string) (bool, error) {
			a, err1 := get(tx, round+"/0")
			b, err2 := get(tx, round+"/1")
			return a != "" || b != "", errors.Join(err1, err2)
		},
		"by range": func(tx kv.Txn, round string) (found bool, err error) {
			err = tx.Scan(kv.Prefix([]byte(round+"/")), func(k, v []byte) error {
				found = true
				return nil
			})
			return found, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for n := range 10 {
				round := fmt.Sprint(name, n)
				skewRound(t, s, round, read)
				rows := 0
				if err := s.View(context.Background(), func(r kv.Reader) error {
					return r.Scan(kv.Prefix([]byte(round+"/")), func(k, v []byte) error { rows++; return nil })
				}); err != nil || rows != 1 {
					t.Errorf("%s: %d went on call, want 1; error %v", round, rows, err)
				}
			}
		})
	}
}

func skewRound(t *testing.T, s *Store, round string, read func(kv.Txn, string) (bool, error)) {
	var wg, bothRead sync.WaitGroup
	bothRead.Add(2)
	for who := range 2 {
		wg.Go(func() {
			var once sync.Once
			err := s.Update(context.Background(), func(tx kv.Txn) error {
				found, err := read(tx, round)
				once.Do(bothRead.Done)
				bothRead.Wait()
				if found || err != nil {
					return err
				}
				return tx.Put([]byte(round+"/"+strconv.Itoa(who)), []byte("on call"))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestConflictIsBounded meets a conflict in every attempt.
func TestConflictIsBounded(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	runs := 0
	err := s.Update(context.Background(), func(tx kv.Txn) error {
		runs++
		if _, err := get(tx, "k"); err != nil {
			return err
		}
		put(t, s, "k", fmt.Sprint("other ", runs))
		return tx.Put([]byte("k"), []byte("mine"))
	})
	if !errors.Is(err, kv.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	if runs != attempts {
		t.Errorf("fn was run %d times, want %d", runs, attempts)
	}
	wantValue(t, s, "k", fmt.Sprint("other ", attempts))
}

// TestSwallowedError has fn hide the error of a read: a transaction that the
// server has given up must not be taken for a success.
func TestSwallowedError(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	put(t, s, "k", "0")
	runs := 0
	err := s.Update(context.Background(), func(tx kv.Txn) error {
		runs++
		_, _ = get(tx, "k")
		if runs == 1 {
			terminateOthers(t, s)
			_, _ = get(tx, "k") // fails
		}
		return tx.Put([]byte("k"), fmt.Append(nil, runs))
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, error %v; want a second run that succeeds", runs, err)
	}
	wantValue(t, s, "k", "2")
}

// terminateOthers breaks all connections to the database but its own.
func terminateOthers(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Error(err)
	}
}

func TestUseAfterReturn(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	ctx := context.Background()
	var r kv.Reader
	var tx kv.Txn
	if err := s.View(ctx, func(got kv.Reader) error { r = got; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, func(got kv.Txn) error { tx = got; return tx.Put([]byte("a"), nil) }); err != nil {
		t.Fatal(err)
	}
	_, errGet := r.Get([]byte("a"))
	_, errTxGet := tx.Get([]byte("a"))
	scan := func(k, v []byte) error { return nil }
	for what, err := range map[string]error{
		"Reader.Get": errGet, "Reader.Scan": r.Scan(kv.Range{}, scan), "Txn.Get": errTxGet,
		"Txn.Scan": tx.Scan(kv.Prefix([]byte("z")), scan), "Txn.Put": tx.Put([]byte("b"), nil), "Txn.Delete": tx.Delete([]byte("a")),
	} {
		if !errors.Is(err, errGone) {
			t.Errorf("%s after its function returned: %v", what, err)
		}
	}
}
