package directory

import (
	"errors"
	"testing"

	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
)

// TestOrganizationsAreFollowed: other gateways and later starts see accounts leave
// and organizations come and go.
func TestOrganizationsAreFollowed(t *testing.T) {
	store := kvmemory.New()
	t.Cleanup(func() { store.Close() })
	one := openOn(t, store, newClock())
	one.account(t, "a", acctA)
	one.account(t, "b", acctB)
	two := openOn(t, store, newClock())
	first := one.Org(acctA).ID
	see := func(what, org string, management bool) {
		t.Helper()
		if err := two.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, w := range []*world{one, two, openOn(t, store, newClock())} {
			if at := w.Org(acctB); at.ID != org || at.Management != management || (org == "") != (len(at.Paths) == 0) {
				t.Errorf("%s: %+v", what, at)
			}
			if at := w.Org(acctA); at.ID != first || !at.Management {
				t.Errorf("%s: the first is %+v", what, at)
			}
			if o := w.MembershipOf(acctB); (o == nil) != (org == "") || o != nil && o.ID != org {
				t.Errorf("%s: %+v", what, o)
			}
		}
	}
	change := func(fn func(*Tx, *Account) error) {
		t.Helper()
		one.update(t, func(tx *Tx) error {
			b, err := tx.Account(acctB)
			return errors.Join(err, fn(tx, b))
		})
	}
	see("at first", first, false)
	change(func(tx *Tx, b *Account) error { return tx.Leave(b) })
	see("left", "", false)
	var made *Organization
	change(func(tx *Tx, b *Account) error {
		made = &Organization{Management: acctB}
		return tx.FoundOrganization(made, b, false)
	})
	see("founded", made.ID, true)
	change(func(tx *Tx, _ *Account) error { return tx.EnablePolicyType(made, ServiceControl) })
	one.view(t, func(tx *ReadTx) error {
		for target, want := range map[string]int{acctA: 0, acctB: 1, made.RootID: 1} {
			if ids, err := tx.PoliciesOf(target); err != nil || len(ids) != want {
				t.Errorf("of %s: %v, %v", target, ids, err)
			}
		}
		return nil
	})
	change(func(tx *Tx, _ *Account) error { return tx.DeleteOrganization(made) })
	see("deleted", "", false)
	one.view(t, func(tx *ReadTx) error {
		for _, target := range []string{acctB, made.RootID} {
			if ids, err := tx.PoliciesOf(target); err != nil || len(ids) != 0 {
				t.Errorf("of %s: %v, %v", target, ids, err)
			}
		}
		return nil
	})
}

// TestTheFirstOrganizationIsNotMadeAgain: who comes after it is gone is in none, and
// nothing of it falls to another.
func TestTheFirstOrganizationIsNotMadeAgain(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	w.update(t, func(tx *Tx) error {
		o, err := tx.Organization()
		if err != nil {
			return err
		}
		return errors.Join(tx.CreateOrganizationPolicy(&OrganizationPolicy{Name: "left", Type: ServiceControl, Content: "{}"}), tx.DeleteOrganization(o))
	})
	if c, err := w.EnsureMember(t.Context(), "b", acctB); err != nil || c.Account.Org != Standalone {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := w.LookupRole(t.Context(), "arn:aws:iam::"+acctB+":role/"+AccessRole); !errors.Is(err, ErrNotFound) {
		t.Errorf("there is a role: %v", err)
	}
	if at := w.Org(acctB); at.ID != "" {
		t.Errorf("it is in %+v", at)
	}
	w.update(t, func(tx *Tx) error {
		b, err := tx.Account(acctB)
		if err != nil {
			return err
		}
		o := &Organization{Management: acctB}
		if err := tx.FoundOrganization(o, b, false); err != nil || o.Key != o.ID {
			t.Errorf("its key is %q, %v", o.Key, err)
		}
		policies, err := tx.PoliciesIn(o)
		if len(policies) != 0 {
			t.Errorf("it has %v", policies)
		}
		return err
	})
}

// TestRecordsOfTheFirstLayout: accounts and organizations written before there were
// several are the first organization's.
func TestRecordsOfTheFirstLayout(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	w.account(t, "b", acctB)
	w.update(t, func(tx *Tx) error {
		for _, k := range [][]byte{orgKey(""), accountKey(acctA), accountKey(acctB)} {
			value, err := tx.w.Get(k)
			if err != nil || value[0] != 2 {
				t.Errorf("%q: %v %v", k, value[:1], err)
			}
			if err := tx.w.Put(k, append([]byte{1}, value[1:]...)); err != nil {
				return err
			}
		}
		return nil
	})
	again := openOn(t, w.store, newClock())
	if at := again.Org(acctB); at.ID == "" || at.ID != w.Org(acctA).ID {
		t.Errorf("it is in %+v", at)
	}
}
