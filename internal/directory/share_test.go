package directory

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/policy"
)

func TestGatewaysFollowEachOther(t *testing.T) {
	one := open(t)
	two := openOn(t, one.store, one.clock)
	one.account(t, "a", acctA)
	u := newUser(acctA, "/", "u")
	key, _ := one.userKey(t, u)
	if _, err := two.Credentials(t.Context(), key, ""); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("before it looks: %v", err)
	}
	sync := func(w *world) {
		t.Helper()
		if err := w.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sync(two)
	two.mustSign(t, key, "")
	if two.Org(acctA).ID == "" || two.Org(acctA).ID != one.Org(acctA).ID {
		t.Errorf("organizations %q and %q", one.Org(acctA).ID, two.Org(acctA).ID)
	}
	// A change of its own after one of the other's brings both.
	one.update(t, func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", "r1", "{}")) })
	two.update(t, func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", "r2", "{}")) })
	for _, name := range []string{"r1", "r2"} {
		if _, ok := two.ResolvePrincipal(arn.Role("aws", acctA, "/", name)); !ok {
			t.Errorf("two does not know %s", name)
		}
	}
	two.update(t, func(tx *Tx) error { u, err := tx.User(acctA, "u"); return errors.Join(err, tx.DeleteUser(u)) })
	sync(one)
	if _, err := one.Credentials(t.Context(), key, ""); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("after the other deleted it: %v", err)
	}
}

func TestAGatewayThatIsFarBehindReadsEverything(t *testing.T) {
	one := open(t)
	two := openOn(t, one.store, one.clock)
	one.account(t, "a", acctA)
	gone := newRole(acctA, "/", "gone", "{}")
	one.update(t, func(tx *Tx) error { return tx.CreateRole(gone) })
	if err := two.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, token := two.session(t, Session{Kind: RoleSession, Account: acctA, Principal: gone.ID, Name: "n"})
	two.mustSign(t, s.KeyID, token)
	one.update(t, func(tx *Tx) error { return tx.DeleteRole(gone) })
	r := newRole(acctA, "/", "r", "{}")
	one.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	for i := range logLength + 1 {
		one.update(t, func(tx *Tx) error { r.MaxSession = 3600 + i; return tx.PutRole(r) })
	}
	if err := two.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	view, err := two.LookupRole(t.Context(), r.ARN())
	if err != nil || view.MaxSession != 3600+logLength {
		t.Errorf("%+v, %v", view, err)
	}
	if _, err := two.Credentials(t.Context(), s.KeyID, token); !errors.Is(err, ErrGone) {
		t.Errorf("session of a role that went meanwhile: %v", err)
	}
	var entries int
	one.store.View(t.Context(), func(r kv.Reader) error {
		return r.Scan(kv.Prefix(dkey(tagLog, 0)), func(_, _ []byte) error { entries++; return nil })
	})
	if entries != logLength {
		t.Errorf("the log has %d entries", entries)
	}
}

func TestWhatAnotherGatewayJustMadeIsFound(t *testing.T) {
	one := open(t)
	two := openOn(t, one.store, one.clock)
	one.account(t, "a", acctA)
	r := newRole(acctA, "/", "r", "{}")
	one.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	if id, err := two.StorePrincipal(t.Context(), "AWS", r.ARN()); err != nil || id != r.ID {
		t.Errorf("stored as %q, %v", id, err)
	}
	next := newRole(acctA, "/", "next", "{}")
	one.update(t, func(tx *Tx) error { return tx.CreateRole(next) })
	if view, err := two.LookupRole(t.Context(), next.ARN()); err != nil || view.ID != next.ID {
		t.Errorf("found %+v, %v", view, err)
	}
	// Inside a transaction, which holds the lock that following needs, the call
	// comes back all the same.
	late := newRole(acctA, "/", "late", "{}")
	one.update(t, func(tx *Tx) error { return tx.CreateRole(late) })
	two.update(t, func(tx *Tx) error {
		var refused *PrincipalError
		if _, err := two.StorePrincipal(t.Context(), "AWS", late.ARN()); !errors.As(err, &refused) {
			t.Errorf("inside a transaction: %v", err)
		}
		return nil
	})
}

func TestPollingFollows(t *testing.T) {
	one := open(t)
	two, err := Open(t.Context(), one.store, master, Options{PollInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	one.account(t, "a", acctA)
	for two.Org(acctA).ID == "" { // ends the test by its time limit if it never comes
		if t.Context().Err() != nil {
			t.Fatal("never seen")
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	one := open(t)
	two := openOn(t, one.store, one.clock)
	one.account(t, "a", acctA)
	u := newUser(acctA, "/", "u")
	u.Inline = []InlinePolicy{{"p", allowAll}}
	key, _ := one.userKey(t, u)
	done := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				c, err := one.Credentials(t.Context(), key, "")
				if err != nil {
					t.Error(err)
					return
				}
				names(one, c)
				one.Used(key, "", "us-east-1", "s3")
			}
		})
	}
	for g, w := range []*world{one, two, one} {
		writers.Go(func() {
			for i := range 30 {
				name := fmt.Sprintf("r%d-%d", g, i)
				err := w.Update(t.Context(), func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", name, "{}")) })
				if err != nil {
					t.Error(err)
				}
				if _, ok := w.ResolvePrincipal(arn.Role("aws", acctA, "/", name)); !ok {
					t.Errorf("%s is not seen at once", name)
				}
				if i%5 == 0 {
					if err := errors.Join(w.Flush(t.Context()), w.Sync(t.Context())); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	one.view(t, func(tx *ReadTx) error {
		n, err := tx.Count(acctA, KindRole)
		if n != 90 {
			t.Errorf("%d roles", n)
		}
		return err
	})
}

func TestLastUsed(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	u := newUser(acctA, "/", "u")
	key, _ := w.userKey(t, u)
	r := newRole(acctA, "/", "r", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(r) })
	last := func(w *world, id string) string {
		var out LastUsed
		w.view(t, func(tx *ReadTx) (err error) { out, err = tx.LastUsed(id); return err })
		if out.Time.IsZero() {
			return "never"
		}
		return fmt.Sprint(out.Time.Sub(newClock().Now()), out.Region, out.Service)
	}
	if got := last(w, key); got != "never" {
		t.Error(got)
	}
	w.Used(key, "", "eu-west-1", "s3")
	w.clock.Advance(time.Minute)
	w.Used(key, "", "", "iam")
	w.Used("ASIAWHATEVERITISTHERE", r.ID, "eu-west-1", "s3")
	if got := last(w, key); got != "1m0sus-east-1iam" {
		t.Errorf("before the flush: %s", got)
	}
	for range 2 {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again := openOn(t, w.store, w.clock)
	if got := last(again, key); got != "1m0sus-east-1iam" {
		t.Errorf("key after a restart: %s", got)
	}
	if got := last(again, r.ID); got != "1m0seu-west-1" {
		t.Errorf("role after a restart: %s", got)
	}
	// What was deleted before the flush does not come back, and Close flushes.
	w.clock.Advance(time.Minute)
	again.Used(r.ID, r.ID, "eu-west-1", "s3")
	again.Used(key, "", "eu-west-1", "s3")
	w.update(t, func(tx *Tx) error { return tx.DeleteRole(r) })
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	w.store.View(t.Context(), func(reader kv.Reader) error {
		if _, err := reader.Get(lastUsedKey(r.ID)); !errors.Is(err, kv.ErrNotFound) {
			t.Errorf("the deleted role's: %v", err)
		}
		return nil
	})
	if got := last(w, key); got != "2m0seu-west-1s3" {
		t.Errorf("after Close: %s", got)
	}
}

func TestAccounts(t *testing.T) {
	w := open(t)
	first, err := w.EnsureAccount(t.Context(), "green", "")
	if err != nil {
		t.Fatal(err)
	}
	a := first.Account
	if !first.Created || !arn.ValidAccountID(a.ID) || a.Email != "green@example.com" || !arn.ValidCanonicalID(a.CanonicalID) || !w.Org(a.ID).Management {
		t.Errorf("%+v", first)
	}
	if c := w.mustSign(t, first.KeyID, ""); c.Principal.Kind != policy.CallerRoot || c.Secret != first.SecretKey {
		t.Errorf("%+v", c.Principal)
	}
	for _, c := range []struct{ name, id string }{{"green", ""}, {"green", a.ID}, {"another", a.ID}} {
		again, err := w.EnsureAccount(t.Context(), c.name, c.id)
		if err != nil || again.Created || again.Account.ID != a.ID || again.KeyID != first.KeyID || again.SecretKey != first.SecretKey {
			t.Errorf("%v again: %+v, %v", c, again, err)
		}
	}
	second := w.account(t, "blue", acctB)
	if second != acctB || w.Org(acctB).Management || w.Org(acctB).ID != w.Org(a.ID).ID {
		t.Errorf("%s: %+v", second, w.Org(acctB))
	}
	for _, c := range []struct {
		name string
		a    *Account
		want error
	}{
		{"a taken id", &Account{ID: acctB, Name: "x", Email: "x@example.com"}, ErrExists},
		{"a taken address", &Account{Name: "x", Email: "BLUE@example.com"}, ErrEmailExists},
	} {
		if err := w.Update(t.Context(), func(tx *Tx) error { return tx.CreateAccount(c.a) }); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := w.EnsureAccount(t.Context(), "x", "12"); err == nil {
		t.Error("an id of two digits was taken")
	}
	k1, err1 := w.AccountKey(a.ID)
	k2, err2 := openOn(t, w.store, w.clock).AccountKey(a.ID)
	k3, err3 := w.AccountKey(acctB)
	if err := errors.Join(err1, err2, err3); err != nil || !k1.Equal(k2) || k1.Equal(k3) {
		t.Errorf("account keys: %v", err)
	}
	if _, err := w.AccountKey("999999999999"); !errors.Is(err, ErrNotFound) {
		t.Errorf("key of no account: %v", err)
	}
}

func TestAWSManagedPoliciesCompile(t *testing.T) {
	all := AWSManaged()
	if len(all) < 20 {
		t.Fatalf("%d policies", len(all))
	}
	ids := map[string]bool{}
	for _, p := range all {
		if _, err := policy.Validate([]byte(p.Document()), policy.Identity, policy.Options{}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if ids[p.ID] || !arn.IsUniqueID(arn.PrefixManagedPolicy, p.ID) {
			t.Errorf("%s: id %s", p.Name, p.ID)
		}
		ids[p.ID] = true
	}
	w := open(t)
	w.view(t, func(tx *ReadTx) error {
		p, err := tx.PolicyByARN("arn:aws:iam::aws:policy/AdministratorAccess")
		if err == nil && p.Document() != allowAll {
			t.Errorf("AdministratorAccess is %s", p.Document())
		}
		if _, err := tx.PolicyByARN("arn:aws:iam::aws:policy/Nothing"); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
		return err
	})
}
