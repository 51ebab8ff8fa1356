package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

func exec(t testing.TB, url string, sql ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range sql {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestOpenAtTheSameTime(t *testing.T) {
	url := pgtest.Start(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(context.Background(), url, Options{MaxConns: 1})
			if err != nil {
				t.Error(err)
				return
			}
			mustClose(t, s)
		})
	}
	wg.Wait()
}

func TestOpenNamesAreQuoted(t *testing.T) {
	url := pgtest.Start(t)
	opts := Options{Schema: `it's "mine"; --`, Table: `drop table "x"`}
	s := mustOpen(t, url, opts)
	put(t, s, "k", "v")
	mustClose(t, s)
	s = mustOpen(t, url, opts)
	wantValue(t, s, "k", "v")
	mustClose(t, s)
}

func TestOpenWrongTable(t *testing.T) {
	url := pgtest.Start(t)
	exec(t, url, "CREATE SCHEMA sallyport", "CREATE TABLE sallyport.kv (key text PRIMARY KEY, value bytea)")
	if _, err := Open(context.Background(), url, Options{}); err == nil || !strings.Contains(err.Error(), "bytea") {
		t.Errorf("Open on a table of text: %v", err)
	}
}

func TestOpenWithFewRights(t *testing.T) {
	url := pgtest.Start(t)
	mustClose(t, mustOpen(t, url, Options{}))
	exec(t, url, "DROP ROLE IF EXISTS gateway", "CREATE ROLE gateway LOGIN",
		"GRANT USAGE ON SCHEMA sallyport TO gateway", "GRANT SELECT, INSERT, UPDATE, DELETE ON sallyport.kv TO gateway")
	s := mustOpen(t, strings.Replace(url, "user=postgres", "user=gateway", 1), Options{})
	put(t, s, "k", "v")
	wantValue(t, s, "k", "v")
	mustClose(t, s)
	exec(t, url, "DROP OWNED BY gateway", "DROP ROLE gateway")
}

func TestSynchronousCommitIsSet(t *testing.T) {
	for setting, want := range map[string]string{"off": "on", "on": "on", "remote_apply": "remote_apply"} {
		url := pgtest.Start(t)
		name := strings.TrimPrefix(strings.Split(url, "?")[0], "postgres:///")
		exec(t, url, "ALTER DATABASE "+name+" SET synchronous_commit = "+setting)
		s := mustOpen(t, url, Options{})
		var got string
		if err := s.pool.QueryRow(context.Background(), "SHOW synchronous_commit").Scan(&got); err != nil || got != want {
			t.Errorf("database set to %s: connections have %q, %v; want %q", setting, got, err, want)
		}
		mustClose(t, s)
	}
}

func TestOpenRefusesReadOnly(t *testing.T) {
	url := pgtest.Start(t)
	name := strings.TrimPrefix(strings.Split(url, "?")[0], "postgres:///")
	exec(t, url, "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	if _, err := Open(context.Background(), url, Options{}); err == nil {
		t.Error("Open succeeded on a server that cannot be written")
	}
}

func TestOpenRefusesFsyncOff(t *testing.T) {
	url := pgtest.Start(t)
	setFsync(t, url, "off")
	defer setFsync(t, url, "on")
	if _, err := Open(context.Background(), url, Options{}); !errors.Is(err, ErrUnsafe) {
		t.Errorf("Open: %v, want ErrUnsafe", err)
	}
}

// setFsync changes the server and waits until new connections see it.
func setFsync(t *testing.T, url, value string) {
	t.Helper()
	exec(t, url, "ALTER SYSTEM SET fsync = "+value, "SELECT pg_reload_conf()")
	ctx := context.Background()
	for got := ""; got != value; {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.QueryRow(ctx, "SHOW fsync").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenHidesThePassword(t *testing.T) {
	for _, url := range []string{
		"postgres://user:hunter2@/db?host=/nowhere&sslmode=bogus",
		"postgres://user:hunter2@[::1/db",
		"postgres://user:hunter2@127.0.0.1:1/db?connect_timeout=1",
	} {
		_, err := Open(context.Background(), url, Options{})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open: %v", err)
		}
	}
}
