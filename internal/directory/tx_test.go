package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
)

func TestNamesAreUniqueWithoutRegardToCase(t *testing.T) {
	w := open(t)
	w.update(t, func(tx *Tx) error { return tx.CreateUser(newUser(acctA, "/", "Alice")) })
	for _, c := range []struct {
		name string
		fn   func(*Tx) error
		want error
	}{
		{"the same name", func(tx *Tx) error { return tx.CreateUser(newUser(acctA, "/x/", "Alice")) }, ErrExists},
		{"another case", func(tx *Tx) error { return tx.CreateUser(newUser(acctA, "/", "aLICE")) }, ErrExists},
		{"another account", func(tx *Tx) error { return tx.CreateUser(newUser(acctB, "/", "Alice")) }, nil},
		{"another kind", func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", "Alice", "{}")) }, nil},
	} {
		if err := w.Update(t.Context(), c.fn); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	w.view(t, func(tx *ReadTx) error {
		u, err := tx.User(acctA, "ALICE")
		if err == nil && (u.Name != "Alice" || !strings.HasPrefix(u.ID, "AIDA") || len(u.ID) != 21 || u.Path != "/") {
			t.Errorf("found %+v", u)
		}
		return err
	})
}

func TestAStaleRecordDoesNotOverwriteItsSuccessor(t *testing.T) {
	w := open(t)
	old := newRole(acctA, "/", "app", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(old) })
	w.update(t, func(tx *Tx) error { return tx.DeleteRole(old) })
	w.update(t, func(tx *Tx) error { return tx.CreateRole(newRole(acctA, "/", "app", "{}")) })
	for name, fn := range map[string]func(*Tx) error{
		"put":    func(tx *Tx) error { return tx.PutRole(old) },
		"delete": func(tx *Tx) error { return tx.DeleteRole(old) },
	} {
		if err := w.Update(t.Context(), fn); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRenameKeepsTheIDAndMovesTheName(t *testing.T) {
	w := open(t)
	u := newUser(acctA, "/", "ann")
	w.update(t, func(tx *Tx) error {
		return errors.Join(tx.CreateUser(u), tx.CreateUser(newUser(acctA, "/", "bob")))
	})
	id := u.ID
	if err := w.Update(t.Context(), func(tx *Tx) error { return tx.RenameUser(u, "BOB") }); !errors.Is(err, ErrExists) {
		t.Fatalf("onto another: %v", err)
	}
	for _, name := range []string{"Ann", "anna"} { // a new case, a new name
		w.update(t, func(tx *Tx) error {
			u, err := tx.UserByID(id)
			if err != nil {
				return err
			}
			u.Path = "/moved/"
			return tx.RenameUser(u, name)
		})
		w.view(t, func(tx *ReadTx) error {
			got, err := tx.UserByID(id)
			if err == nil && (got.Name != name || got.Path != "/moved/") {
				t.Errorf("%+v", got)
			}
			return err
		})
		if arn, ok := w.RenderPrincipal(id); !ok || arn != "arn:aws:iam::"+acctA+":user/moved/"+name {
			t.Errorf("rendered %q", arn)
		}
	}
	w.view(t, func(tx *ReadTx) error {
		if _, err := tx.User(acctA, "ann"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the old name: %v", err)
		}
		n, err := tx.Count(acctA, KindUser)
		if n != 2 {
			t.Errorf("count %d", n)
		}
		return err
	})
}

func TestIndexesFollowTheRecords(t *testing.T) {
	w := open(t)
	p, b := newPolicy(acctA, "P", "{}"), newPolicy(acctA, "B", "{}")
	g, u := newGroup(acctA, "g"), newUser(acctA, "/", "u")
	w.update(t, func(tx *Tx) error {
		if err := errors.Join(tx.CreatePolicy(p), tx.CreatePolicy(b), tx.CreateGroup(g)); err != nil {
			return err
		}
		u.ID = ""
		u.Groups, u.Attached, u.Boundary = []string{g.ID}, []string{p.ARN()}, b.ARN()
		return tx.CreateUser(u)
	})
	state := func() string {
		var out string
		w.view(t, func(tx *ReadTx) error {
			members, err := tx.Members(g.ID, Page{})
			if err != nil {
				return err
			}
			attached, err := tx.AttachedTo(p.ARN(), Page{})
			if err != nil {
				return err
			}
			bounded, err := tx.BoundaryOf(b.ARN(), Page{})
			out = fmt.Sprint(len(members.Items), len(attached.Items), len(bounded.Items))
			return err
		})
		return out
	}
	if got := state(); got != "1 1 1" {
		t.Errorf("after create: %s", got)
	}
	if err := w.Update(t.Context(), func(tx *Tx) error { return tx.DeleteGroup(g) }); err == nil {
		t.Error("a group with members was deleted")
	}
	w.update(t, func(tx *Tx) error { u.Boundary = ""; return tx.RenameUser(u, "v") })
	if got := state(); got != "1 1 0" {
		t.Errorf("after a change: %s", got)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteUser(u) })
	if got := state(); got != "0 0 0" {
		t.Errorf("after delete: %s", got)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteGroup(g) })
}

func TestListing(t *testing.T) {
	w := open(t)
	w.update(t, func(tx *Tx) error {
		for i := range 10 {
			path := "/eng/"
			if i%2 == 1 {
				path = "/ops/"
			}
			if err := tx.CreateUser(newUser(acctA, path, fmt.Sprintf("User%d", i))); err != nil {
				return err
			}
		}
		return tx.CreateUser(newUser(acctB, "/eng/", "other"))
	})
	for _, c := range []struct {
		prefix string
		limit  int
		want   string
	}{
		{"", 0, "0123456789"}, {"", 3, "012 345 678 9"}, {"", 5, "01234 56789"},
		{"/eng/", 2, "02 46 8"}, {"/ops/", 5, "13579"}, {"/none/", 5, ""},
	} {
		var pages []string
		p := Page{PathPrefix: c.prefix, Limit: c.limit}
		for {
			var page Listing[*User]
			w.view(t, func(tx *ReadTx) (err error) { page, err = tx.Users(acctA, p); return err })
			var s string
			for _, u := range page.Items {
				s += strings.TrimPrefix(u.Name, "User")
			}
			pages = append(pages, s)
			if p.After = page.Next; p.After == "" {
				break
			}
		}
		if got := strings.Join(pages, " "); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestAccessKeys(t *testing.T) {
	w := open(t)
	u := newUser(acctA, "/", "u")
	var k *AccessKey
	var secret string
	w.update(t, func(tx *Tx) (err error) {
		*u = *newUser(acctA, "/", "u")
		if err := tx.CreateUser(u); err != nil {
			return err
		}
		k, secret, err = tx.CreateAccessKey(acctA, u)
		return err
	})
	if len(secret) != 40 || !strings.HasPrefix(k.ID, "AKIA") {
		t.Errorf("made %q %q", k.ID, secret)
	}
	w.store.View(t.Context(), func(r kv.Reader) error {
		return r.Scan(kv.Range{}, func(key, value []byte) error {
			if strings.Contains(string(value), secret) {
				t.Errorf("the secret is in clear at %q", key)
			}
			return nil
		})
	})
	w.view(t, func(tx *ReadTx) error {
		got, err := tx.UserByID(u.ID)
		if err == nil && !slices.Equal(got.AccessKeys, []string{k.ID}) {
			t.Errorf("the user has %v", got.AccessKeys)
		}
		return err
	})
	w.update(t, func(tx *Tx) error { return tx.DeleteAccessKey(k.ID) })
	w.view(t, func(tx *ReadTx) error {
		if _, err := tx.AccessKey(k.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("after delete: %v", err)
		}
		got, err := tx.UserByID(u.ID)
		if err == nil && len(got.AccessKeys) != 0 {
			t.Errorf("the user has %v", got.AccessKeys)
		}
		return err
	})
}

func TestAFailedUpdateChangesNothing(t *testing.T) {
	w := open(t)
	boom := errors.New("boom")
	err := w.Update(t.Context(), func(tx *Tx) error {
		if err := tx.CreateUser(newUser(acctA, "/", "u")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if _, ok := w.ResolvePrincipal("arn:aws:iam::" + acctA + ":user/u"); ok {
		t.Error("the user is in memory")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Update(ctx, func(*Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a dead context: %v", err)
	}
}

// twice runs every transaction's function a second time, as an engine does
// after a conflict.
type twice struct{ kv.Store }

var errAgain = errors.New("again")

func (s twice) Update(ctx context.Context, fn func(kv.Txn) error) error {
	err := s.Store.Update(ctx, func(tx kv.Txn) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errAgain
	})
	if !errors.Is(err, errAgain) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

func TestUpdateMayRunAgain(t *testing.T) {
	base := open(t)
	w := openOn(t, twice{base.store}, base.clock)
	w.account(t, "a", acctA)
	var u *User
	w.update(t, func(tx *Tx) error {
		u = newUser(acctA, "/", "u")
		if err := tx.CreateUser(u); err != nil {
			return err
		}
		_, _, err := tx.CreateAccessKey(acctA, u)
		return err
	})
	w.view(t, func(tx *ReadTx) error {
		got, err := tx.User(acctA, "u")
		if err == nil && (got.ID != u.ID || len(got.AccessKeys) != 1) {
			t.Errorf("stored %+v, made %+v", got, u)
		}
		return err
	})
	if id, ok := w.ResolvePrincipal("arn:aws:iam::" + acctA + ":user/u"); !ok || id != u.ID {
		t.Errorf("memory has %q, the store %q", id, u.ID)
	}
}
