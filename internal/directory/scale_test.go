package directory

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport/sallyport/authz"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/kv/pebble"
)

// TestReopen is the life of a directory on a disk: closed and opened again, all
// is as it was.
func TestReopen(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "kv"), newClock()
	run := func(fn func(*world)) {
		t.Helper()
		store, err := pebble.Open(path, pebble.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := Open(t.Context(), store, master, Options{Clock: c.Now, PollInterval: time.Hour, FlushInterval: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		fn(&world{d, c, store})
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	u, r, g := newUser(acctA, "/", "u"), newRole(acctA, "/", "r", allowAll), newGroup(acctA, "g")
	var root *RootCredential
	var key, secret, stored, token string
	var s Session
	run(func(w *world) {
		var err error
		if root, err = w.EnsureAccount(t.Context(), "a", acctA); err != nil {
			t.Fatal(err)
		}
		w.update(t, func(tx *Tx) error { g.ID = ""; return tx.CreateGroup(g) })
		u.Groups, u.Inline = []string{g.ID}, []InlinePolicy{{"p", allowAll}}
		key, secret = w.userKey(t, u)
		w.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
		s, token = w.session(t, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
		if stored, err = w.StorePrincipal(t.Context(), "AWS", r.ARN()); err != nil {
			t.Fatal(err)
		}
		w.Used(key, "", "us-east-1", "s3")
	})
	run(func(w *world) {
		if again, err := w.EnsureAccount(t.Context(), "a", ""); err != nil || again.SecretKey != root.SecretKey || again.Created {
			t.Errorf("account: %+v, %v", again, err)
		}
		cred := w.mustSign(t, key, "")
		if cred.Secret != secret || names(w, cred) != "user/u:p" {
			t.Errorf("user: %s", names(w, cred))
		}
		if c := w.mustSign(t, s.KeyID, token); c.Secret != s.Secret {
			t.Error("the session has another secret")
		}
		if shown, _ := w.RenderPrincipal(stored); shown != r.ARN() {
			t.Errorf("stored principal: %s", shown)
		}
		w.view(t, func(tx *ReadTx) error {
			members, err := tx.Members(g.ID, Page{})
			if err != nil || len(members.Items) != 1 {
				t.Errorf("members: %+v", members)
			}
			last, err := tx.LastUsed(key)
			if last.Service != "s3" {
				t.Errorf("last used: %+v", last)
			}
			return err
		})
		w.update(t, func(tx *Tx) error { return tx.DeleteRole(r) })
	})
	run(func(w *world) {
		if _, err := w.Credentials(t.Context(), s.KeyID, token); err == nil {
			t.Error("the deleted role's session lives")
		}
	})
}

// fill makes roles in accounts of 1,000 each, with 20,000 policies among them.
func fill(b *testing.B, store *kvmemory.Store, roles int) {
	b.Helper()
	w := openOn(b, store, newClock())
	for i := 0; i < roles; i += 1000 {
		account := fmt.Sprint(100000000000 + i)
		w.account(b, fmt.Sprint("a", i), account)
		w.update(b, func(tx *Tx) error {
			for j := range 1000 {
				r := newRole(account, "/apps/", fmt.Sprint("role-", j), fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%012d:root"},"Action":"sts:AssumeRole"}]}`, 100000000000+(i+j)%roles))
				r.Tags = []Tag{{"team", fmt.Sprint(j % 10)}}
				r.Inline = []InlinePolicy{{"access", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket-%d","arn:aws:s3:::bucket-%[1]d/*"]}]}`, (i+j)%20000)}}
				if err := tx.CreateRole(r); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkOpen100kRoles is a start with 100 accounts, 100,000 roles, each with
// a trust policy of its own, and 20,000 policies among them.
func BenchmarkOpen100kRoles(b *testing.B) {
	store := kvmemory.New()
	defer store.Close()
	fill(b, store, 100_000)
	for b.Loop() {
		before := heap()
		d, err := Open(b.Context(), store, master, Options{PollInterval: time.Hour, FlushInterval: time.Hour, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		d.Close()
		b.StartTimer()
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkCredentials is what a request costs here: who signs, and the policies
// that bear on it.
func BenchmarkCredentials(b *testing.B) {
	w := open(b)
	w.account(b, "a", acctA)
	u := newUser(acctA, "/", "u")
	u.Inline = []InlinePolicy{{"p", allowAll}}
	key, _ := w.userKey(b, u)
	r := newRole(acctA, "/", "r", allowAll)
	w.update(b, func(tx *Tx) error { return tx.CreateRole(r) })
	s, token := w.session(b, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
	for name, c := range map[string][2]string{"user": {key, ""}, "session": {s.KeyID, token}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var docs authz.Documents
				for pb.Next() {
					cred, err := w.Credentials(b.Context(), c[0], c[1])
					if err != nil {
						b.Error(err)
						return
					}
					w.Documents(cred, &docs)
					w.Used(cred.KeyID, cred.RoleID(), "us-east-1", "s3")
				}
			})
		})
	}
}
