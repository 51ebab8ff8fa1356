package directory

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var master = seal.NewKey()

type world struct {
	*Directory
	clock *clock
	store kv.Store
}

// openOn opens a directory that follows others only when it is told to.
func openOn(t testing.TB, store kv.Store, c *clock) *world {
	t.Helper()
	d, err := Open(t.Context(), store, master, Options{
		Clock: c.Now, PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
			t.Error(err)
		}
	})
	return &world{d, c, store}
}

func open(t testing.TB) *world {
	t.Helper()
	store := kvmemory.New()
	t.Cleanup(func() { store.Close() })
	return openOn(t, store, newClock())
}

func (w *world) update(t testing.TB, fn func(*Tx) error) {
	t.Helper()
	if err := w.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (w *world) view(t testing.TB, fn func(*ReadTx) error) {
	t.Helper()
	if err := w.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (w *world) account(t testing.TB, name, id string) string {
	t.Helper()
	c, err := w.EnsureAccount(t.Context(), name, id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Account.ID
}

func newUser(account, path, name string) *User {
	return &User{Holder: Holder{Entity: Entity{Account: account, Path: path, Name: name}}}
}

func newGroup(account, name string) *Group {
	return &Group{Holder: Holder{Entity: Entity{Account: account, Name: name}}}
}

func newRole(account, path, name, trust string) *Role {
	return &Role{Holder: Holder{Entity: Entity{Account: account, Path: path, Name: name}}, Trust: trust, MaxSession: 3600}
}

func newPolicy(account, name, document string) *ManagedPolicy {
	return &ManagedPolicy{
		Entity: Entity{Account: account, Name: name}, Default: "v1", NextVersion: 2,
		Versions: []PolicyVersion{{ID: "v1", Document: document}},
	}
}

const (
	acctA = "111111111111"
	acctB = "222222222222"
)
