package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
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

// sumSealer authenticates and hides nothing: enough to see that what was
// changed is refused and that the additional data count.
type sumSealer struct{}

var errSeal = errors.New("seal: cannot open")

func (sumSealer) Wrap(plain, aad []byte) ([]byte, error) {
	sum := sha256.Sum256(append(bytes.Clone(aad), plain...))
	out := append([]byte{}, sum[:]...)
	for _, b := range plain {
		out = append(out, ^b)
	}
	return out, nil
}

func (s sumSealer) Unwrap(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < sha256.Size {
		return nil, errSeal
	}
	var plain []byte
	for _, b := range sealed[sha256.Size:] {
		plain = append(plain, ^b)
	}
	again, _ := s.Wrap(plain, aad)
	if !bytes.Equal(again, sealed) {
		return nil, errSeal
	}
	return plain, nil
}

func (s sumSealer) SealToken(plain []byte) (string, error) {
	sealed, err := s.Wrap(plain, []byte("token"))
	return base64.StdEncoding.EncodeToString(sealed), err
}

func (s sumSealer) OpenToken(token string) ([]byte, error) {
	sealed, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return nil, errSeal
	}
	return s.Unwrap(sealed, []byte("token"))
}

type world struct {
	*Directory
	clock *clock
	store kv.Store
}

// openOn opens a directory that follows others only when it is told to.
func openOn(t testing.TB, store kv.Store, c *clock) *world {
	t.Helper()
	d, err := Open(t.Context(), store, sumSealer{}, Options{
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
