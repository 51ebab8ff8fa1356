package directory

import (
	"errors"
	"testing"
)

func TestProfilesAreFoundByRoleAndARN(t *testing.T) {
	w := open(t)
	r := &Role{Trust: "{}"}
	r.Account, r.Name = acctA, "R"
	w.update(t, func(tx *Tx) error {
		if err := tx.CreateRole(r); err != nil {
			return err
		}
		for _, name := range []string{"One", "Two"} {
			p := newProfile(acctA, "/deep/", name)
			p.Role = r.ID
			if err := tx.CreateResource(p); err != nil {
				return err
			}
		}
		return tx.CreateResource(newProfile(acctA, "/", "Empty"))
	})
	want := func(names string) {
		t.Helper()
		w.view(t, func(tx *ReadTx) error {
			l, err := ProfilesOf(tx, r.ID, Page{})
			got := ""
			for _, p := range l.Items {
				got += p.Name + " "
			}
			if got != names {
				t.Errorf("profiles %q, want %q", got, names)
			}
			return err
		})
	}
	want("One Two ")
	w.update(t, func(tx *Tx) error { return tx.PutResource(newProfile(acctA, "/deep/", "one")) })
	want("Two ")
	w.update(t, func(tx *Tx) error { return tx.DeleteResource(newProfile(acctA, "", "two")) })
	want("")

	for arn, found := range map[string]bool{
		"arn:aws:iam::" + acctA + ":instance-profile/Empty":   true,
		"arn:aws:iam::" + acctA + ":instance-profile/empty":   false,
		"arn:aws:iam::" + acctA + ":instance-profile/x/Empty": false,
		"arn:aws:iam::" + acctB + ":instance-profile/Empty":   false,
		"arn:aws:iam::" + acctA + ":role/Empty":               false,
		"Empty":                                               false, "": false,
	} {
		w.view(t, func(tx *ReadTx) error {
			_, err := ProfileByARN(tx, arn)
			if found != (err == nil) || err != nil && !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", arn, err)
			}
			return nil
		})
	}
}
