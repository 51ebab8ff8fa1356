package directory

import (
	"errors"
	"testing"
)

func TestStorePrincipal(t *testing.T) {
	w := open(t)
	a, err := w.EnsureAccount(t.Context(), "a", acctA)
	if err != nil {
		t.Fatal(err)
	}
	u, r, dead := newUser(acctA, "/team/", "Alice"), newRole(acctA, "/", "app", "{}"), newRole(acctA, "/", "dead", "{}")
	g := newGroup(acctA, "g")
	w.update(t, func(tx *Tx) error {
		return errors.Join(tx.CreateUser(u), tx.CreateRole(r), tx.CreateRole(dead), tx.CreateGroup(g))
	})
	w.update(t, func(tx *Tx) error { return tx.DeleteRole(dead) })
	const root = "arn:aws:iam::" + acctA + ":root"
	for _, c := range []struct{ kind, value, want string }{
		{"AWS", "*", "*"},
		{"AWS", acctA, root},
		{"AWS", root, root},
		{"AWS", u.ARN(), u.ID},
		{"AWS", r.ARN(), r.ID},
		{"AWS", r.ID, r.ID},
		{"AWS", "arn:aws:sts::" + acctA + ":assumed-role/app/s", "arn:aws:sts::" + acctA + ":assumed-role/app/s"},
		{"AWS", "arn:aws:sts::" + acctA + ":federated-user/f", "arn:aws:sts::" + acctA + ":federated-user/f"},
		{"Service", "logging.s3.amazonaws.com", "logging.s3.amazonaws.com"},
		{"CanonicalUser", a.Account.CanonicalID, a.Account.CanonicalID},
		{"Federated", "accounts.google.com", "accounts.google.com"},
		// Refused.
		{"AWS", "", ""},
		{"AWS", acctB, ""},
		{"AWS", "11111111111", ""},
		{"AWS", "arn:aws:iam::" + acctB + ":root", ""},
		{"AWS", "arn:aws-cn:iam::" + acctA + ":root", ""},
		{"AWS", "arn:aws:iam::" + acctA + ":user/team/alice", ""}, // case
		{"AWS", "arn:aws:iam::" + acctA + ":user/Alice", ""},      // path
		{"AWS", "arn:aws:iam::" + acctA + ":role/nobody", ""},
		{"AWS", "arn:aws:iam::" + acctA + ":role/*", ""},
		{"AWS", "arn:aws:iam::" + acctA + ":group/g", ""},
		{"AWS", "arn:aws:sts::" + acctA + ":assumed-role/nobody/s", ""},
		{"AWS", "arn:aws:sts::" + acctA + ":assumed-role/app/*", ""},
		{"AWS", "arn:aws:sts::" + acctB + ":federated-user/f", ""},
		{"AWS", dead.ID, ""},
		{"AWS", dead.ARN(), ""},
		{"AWS", g.ID, ""},
		{"AWS", "arn:aws:s3:::bucket", ""},
		{"Service", "s3.example.com", ""},
		{"Service", "*.amazonaws.com", ""},
		{"CanonicalUser", "65a011a29cdf8ec533ec3d1ccaae921c", ""},
		{"Federated", "*", ""},
		{"Other", "x", ""},
	} {
		got, err := w.StorePrincipal(t.Context(), c.kind, c.value)
		var refused *PrincipalError
		switch {
		case c.want == "" && !errors.As(err, &refused):
			t.Errorf("%s %q was taken as %q, %v", c.kind, c.value, got, err)
		case c.want == "" && (refused.Value != c.value || refused.Type != c.kind):
			t.Errorf("%s %q: blames %+v", c.kind, c.value, refused)
		case c.want != "" && (err != nil || got != c.want):
			t.Errorf("%s %q: %q, %v", c.kind, c.value, got, err)
		}
	}
}

func TestAPrincipalIsItsIDNotItsName(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	first := newRole(acctA, "/", "app", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(first) })
	stored, err := w.StorePrincipal(t.Context(), "AWS", first.ARN())
	if err != nil {
		t.Fatal(err)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteRole(first) })
	second := newRole(acctA, "/", "app", "{}")
	w.update(t, func(tx *Tx) error { return tx.CreateRole(second) })
	if got, ok := w.RenderPrincipal(stored); ok {
		t.Errorf("the dead role's id renders as %q", got)
	}
	if id, _ := w.ResolvePrincipal(first.ARN()); id != second.ID || id == first.ID {
		t.Errorf("the name resolves to %q", id)
	}
}

func TestStoredPolicies(t *testing.T) {
	w := open(t)
	w.account(t, "a", acctA)
	u, r := newUser(acctA, "/", "u"), newRole(acctA, "/x/", "r", "{}")
	w.update(t, func(tx *Tx) error { return errors.Join(tx.CreateUser(u), tx.CreateRole(r)) })
	doc := func(user, account, role string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["` + user + `","` + account + `"],"Service":"ec2.amazonaws.com"},` +
			`"Action":"s3:*","Resource":"*"},{"Effect":"Deny","NotPrincipal":{"AWS":"` + role + `"},"Action":"s3:*","Resource":"*"}]}`
	}
	stored, err := w.StorePolicy(t.Context(), " "+doc(u.ARN(), acctA, r.ARN()))
	if want := doc(u.ID, RootARN(acctA), r.ID); err != nil || stored != want {
		t.Fatalf("stored %s, %v\nwant %s", stored, err, want)
	}
	if got, err := w.RenderPolicy(stored); err != nil || got != doc(u.ARN(), RootARN(acctA), r.ARN()) {
		t.Errorf("shown %s, %v", got, err)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteUser(u) })
	if got, err := w.RenderPolicy(stored); err != nil || got != doc(u.ID, RootARN(acctA), r.ARN()) {
		t.Errorf("with a dead user: %s, %v", got, err)
	}
	var refused *PrincipalError
	if _, err := w.StorePolicy(t.Context(), doc(u.ARN(), acctA, r.ARN())); !errors.As(err, &refused) || refused.Value != u.ARN() {
		t.Errorf("naming a dead user: %v", err)
	}
	if _, err := w.StorePolicy(t.Context(), "{"); err == nil || errors.As(err, &refused) {
		t.Errorf("no policy: %v", err)
	}
}
