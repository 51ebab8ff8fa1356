package postgres

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

// cutter stands between the store and the server and breaks the connection
// that sends a commit, before the server gets it or before its answer arrives.
type cutter struct {
	listener net.Listener
	server   string
	mode     atomic.Int32
	wg       sync.WaitGroup
}

const (
	pass = iota
	cutBefore
	cutAfter
)

// newCutter returns a URL that leads to the server of pgURL through a cutter.
func newCutter(t *testing.T, pgURL string) (*cutter, string) {
	u, err := url.Parse(pgURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	c := &cutter{server: filepath.Join(q.Get("host"), ".s.PGSQL.5432")}
	if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(c.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	q.Set("host", host)
	q.Set("port", port)
	q.Set("sslmode", "disable")
	q.Set("default_query_exec_mode", "exec") // statements travel as text
	u.RawQuery = q.Encode()
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		if err := c.listener.Close(); err != nil {
			t.Error(err)
		}
		c.wg.Wait()
	})
	return c, u.String()
}

func (c *cutter) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", c.server)
		if err != nil {
			client.Close()
			continue
		}
		c.wg.Go(func() { c.forward(client, server) })
	}
}

func (c *cutter) forward(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	var mute atomic.Bool
	answered := make(chan struct{})
	c.wg.Go(func() {
		defer close(answered)
		buf := make([]byte, 32<<10)
		for {
			n, err := server.Read(buf)
			// A muted answer is read to the end of the commit, so that it was made.
			if mute.Load() && bytes.Contains(buf[:n], []byte("COMMIT\x00Z")) {
				return
			}
			if err != nil {
				client.Close()
				return
			}
			if !mute.Load() {
				if _, err := client.Write(buf[:n]); err != nil {
					return
				}
			}
		}
	})
	buf := make([]byte, 32<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte("COMMIT")) {
			switch c.mode.Load() {
			case cutBefore:
				return
			case cutAfter:
				mute.Store(true)
				if _, err := server.Write(buf[:n]); err == nil {
					<-answered
				}
				return
			}
		}
		if _, err := io.Copy(server, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}

func TestLostCommitIsUncertain(t *testing.T) {
	pgURL := pgtest.Start(t)
	c, through := newCutter(t, pgURL)
	s := mustOpen(t, through, Options{})
	defer mustClose(t, s)
	direct := mustOpen(t, pgURL, Options{})
	defer mustClose(t, direct)
	for _, tt := range []struct {
		name string
		mode int32
		want string
	}{{"before the server has it", cutBefore, ""}, {"before the answer", cutAfter, "v"}} {
		t.Run(tt.name, func(t *testing.T) {
			for _, reads := range []bool{false, true} {
				key := tt.name
				if reads {
					key += " after a read"
				}
				c.mode.Store(tt.mode)
				runs := 0
				err := s.Update(context.Background(), func(tx kv.Txn) error {
					runs++
					if reads {
						if _, err := get(tx, key); err != nil {
							return err
						}
					}
					return tx.Put([]byte(key), []byte("v"))
				})
				c.mode.Store(pass)
				if !errors.Is(err, kv.ErrUncertain) || runs != 1 {
					t.Errorf("reads %v: %d runs, error %v; want one and ErrUncertain", reads, runs, err)
				}
				wantValue(t, direct, key, tt.want)
				wantValue(t, s, key, tt.want) // on a new connection
			}
		})
	}
}

// TestLostBeforeCommit breaks the connection inside fn: nothing was sent, so
// the transaction may be and is run again.
func TestLostBeforeCommit(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	runs := 0
	err := s.Update(context.Background(), func(tx kv.Txn) error {
		if runs++; runs == 1 {
			if _, err := get(tx, "k"); err != nil {
				return err
			}
			terminateOthers(t, s)
		}
		if _, err := get(tx, "k"); err != nil {
			return err
		}
		return tx.Put([]byte("k"), []byte("v"))
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, error %v; want a second run that succeeds", runs, err)
	}
	wantValue(t, s, "k", "v")
}

func TestCommitError(t *testing.T) {
	answer := func(severity, code string) error {
		return &pgconn.PgError{SeverityUnlocalized: severity, Code: code}
	}
	tests := []struct {
		name     string
		err      error
		atCommit bool
		want     string
	}{
		{"conflict at a write", answer("ERROR", "40001"), false, "conflict"},
		{"conflict at the commit", answer("ERROR", "40001"), true, "conflict"},
		{"deadlock", answer("ERROR", "40P01"), false, "conflict"},
		{"disk full at a write", answer("ERROR", "53100"), false, "certain"},
		{"constraint at the commit", answer("ERROR", "23505"), true, "certain"},
		{"completion unknown", answer("ERROR", "40003"), true, "uncertain"},
		{"internal error at the commit", answer("ERROR", "XX000"), true, "uncertain"},
		{"shut down at a write", answer("FATAL", "57P01"), false, "uncertain"},
		{"shut down at the commit", answer("FATAL", "57P01"), true, "uncertain"},
		{"connection failure", answer("ERROR", "08006"), false, "uncertain"},
		{"end of file", io.ErrUnexpectedEOF, false, "uncertain"},
		{"deadline", context.DeadlineExceeded, true, "uncertain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := commitError(tt.err, tt.atCommit)
			got := "certain"
			switch {
			case errors.Is(err, kv.ErrUncertain):
				got = "uncertain"
			case isConflict(err):
				got = "conflict"
			}
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%v is %s, want %s", err, got, tt.want)
			}
		})
	}
}

func TestViewLosesConnection(t *testing.T) {
	s := mustOpen(t, pgtest.Start(t), Options{})
	defer mustClose(t, s)
	put(t, s, "k", "v")
	err := s.View(context.Background(), func(r kv.Reader) error {
		if _, err := get(r, "k"); err != nil {
			return err
		}
		terminateOthers(t, s)
		_, _ = get(r, "k") // fn hides it
		return nil
	})
	if err == nil {
		t.Error("a View whose connection broke returned no error")
	}
	wantValue(t, s, "k", "v")
}
