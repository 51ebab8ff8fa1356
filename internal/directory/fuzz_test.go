package directory

import (
	"strings"
	"testing"
)

// FuzzCredentials: whatever comes as a key and a token that were not given out
// together signs for nobody.
func FuzzCredentials(f *testing.F) {
	w := open(f)
	w.account(f, "a", acctA)
	r := newRole(acctA, "/", "r", allowAll)
	w.update(f, func(tx *Tx) error { return tx.CreateRole(r) })
	s, token := w.session(f, Session{Kind: RoleSession, Account: acctA, Principal: r.ID, Name: "n"})
	key, _ := w.userKey(f, newUser(acctA, "/", "u"))
	for _, seed := range [][2]string{{s.KeyID, token}, {key, ""}, {key, token}, {s.KeyID, token[1:]}, {"ASIA", "\n"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, k, tok string) {
		c, err := w.Credentials(t.Context(), k, tok)
		given := k == s.KeyID && tok == token || tok == "" && w.keyExists(k)
		if (err == nil) != given || (c != nil) != given {
			t.Errorf("%q %q: %v, %v", k, tok, c, err)
		}
	})
}

func (w *world) keyExists(id string) bool {
	_, ok := w.mem.Load().keys.get(id)
	return ok
}

// FuzzStorePrincipal: what is stored can be shown, and never names a wildcard
// but "*".
func FuzzStorePrincipal(f *testing.F) {
	w := open(f)
	w.account(f, "a", acctA)
	r := newRole(acctA, "/x/", "r", allowAll)
	w.update(f, func(tx *Tx) error { return tx.CreateRole(r) })
	for _, seed := range []string{"*", acctA, r.ID, r.ARN(), RootARN(acctA), "arn:aws:sts::" + acctA + ":assumed-role/r/s", "arn:aws:iam::1:role/*"} {
		f.Add("AWS", seed)
	}
	f.Fuzz(func(t *testing.T, kind, value string) {
		stored, err := w.StorePrincipal(t.Context(), kind, value)
		if err == nil && stored != "*" && strings.ContainsAny(stored, "*?") {
			t.Errorf("%q %q is stored as %q", kind, value, stored)
		}
	})
}
