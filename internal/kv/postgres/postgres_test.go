package postgres

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/kvtest"
	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := pgtest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func mustOpen(t testing.TB, url string, opts Options) *Store {
	t.Helper()
	s, err := Open(context.Background(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSuite(t *testing.T) {
	url := pgtest.Start(t)
	var tables atomic.Int64
	names := map[kv.Store]string{}
	open := func(t testing.TB, table string) kv.Store {
		s := mustOpen(t, url, Options{Table: table})
		names[s] = table
		return s
	}
	kvtest.Test(t, func(t testing.TB) kv.Store {
		return open(t, fmt.Sprint("kv", tables.Add(1)))
	}, kvtest.Options{
		Reopen: func(t testing.TB, s kv.Store) kv.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, names[s])
		},
	})
}

func BenchmarkPostgres(b *testing.B) {
	url := pgtest.Start(b)
	kvtest.Bench(b, func(t testing.TB) kv.Store { return mustOpen(t, url, Options{}) })
}
