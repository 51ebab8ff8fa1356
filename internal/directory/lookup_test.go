package directory

import "testing"

func TestAccountLookups(t *testing.T) {
	w := open(t)
	first, err := w.EnsureAccount(t.Context(), "green", "")
	if err != nil {
		t.Fatal(err)
	}
	a := first.Account
	for given, want := range map[string]string{a.CanonicalID: a.ID, a.CanonicalID[1:]: "", "": "", a.ID: ""} {
		if got, err := w.AccountByCanonicalID(t.Context(), given); err != nil || got != want {
			t.Errorf("%q: account %q, %v, want %q", given, got, err, want)
		}
	}
	for given, want := range map[string]string{a.Email: a.ID, "Green@Example.COM": a.ID, "green": "", "": ""} {
		if got, err := w.AccountByEmail(t.Context(), given); err != nil || got != want {
			t.Errorf("%q: account %q, %v, want %q", given, got, err, want)
		}
	}
}
