package directory

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/arn"
)

func newProfile(account, path, name string) *InstanceProfile {
	return &InstanceProfile{Entity: Entity{Account: account, Path: path, Name: name}}
}

func TestResourcesHaveOnePlaceEach(t *testing.T) {
	w := open(t)
	w.update(t, func(tx *Tx) error {
		p := newProfile(acctA, "/", "App")
		var err error
		if p.ID, err = tx.NewUniqueID(arn.PrefixInstanceProfile); err != nil {
			return err
		}
		return tx.CreateResource(p)
	})
	for _, c := range []struct {
		name string
		fn   func(*Tx) error
		want error
	}{
		{"the same name in another case", func(tx *Tx) error { return tx.CreateResource(newProfile(acctA, "/", "aPP")) }, ErrExists},
		{"another account", func(tx *Tx) error { return tx.CreateResource(newProfile(acctB, "/", "App")) }, nil},
		{"replace what is not there", func(tx *Tx) error { return tx.PutResource(newProfile(acctA, "/", "other")) }, ErrNotFound},
		{"delete what is not there", func(tx *Tx) error { return tx.DeleteResource(newProfile(acctA, "/", "other")) }, ErrNotFound},
		{"set what is not there", func(tx *Tx) error { return tx.SetResource(newProfile(acctA, "/deep/", "other")) }, nil},
		{"set what is there", func(tx *Tx) error { return tx.SetResource(newProfile(acctA, "/deep/", "other")) }, nil},
	} {
		if err := w.Update(t.Context(), c.fn); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	w.view(t, func(tx *ReadTx) error {
		p, err := FindResource(tx, newProfile(acctA, "", "APP"))
		if err != nil {
			return err
		}
		if p.ARN() != "arn:aws:iam::"+acctA+":instance-profile/App" || !strings.HasPrefix(p.ID, "AIPA") {
			t.Errorf("found %s with id %s", p.ARN(), p.ID)
		}
		if n, err := tx.CountResources(KindInstanceProfile, acctA); n != 2 || err != nil {
			t.Errorf("%d profiles (%v), want 2", n, err)
		}
		l, err := Resources(tx, newProfile(acctA, "", ""), Page{PathPrefix: "/deep/"}, nil)
		if len(l.Items) != 1 || l.Items[0].Name != "other" {
			t.Errorf("below /deep/: %v", l.Items)
		}
		return err
	})
	w.update(t, func(tx *Tx) error { return tx.DeleteResource(newProfile(acctA, "/", "app")) })
	w.view(t, func(tx *ReadTx) error {
		if _, err := FindResource(tx, newProfile(acctA, "", "app")); !errors.Is(err, ErrNotFound) {
			t.Errorf("after its deletion: %v", err)
		}
		n, err := tx.CountResources(KindInstanceProfile, acctA)
		if n != 1 {
			t.Errorf("%d profiles are left, want 1", n)
		}
		return err
	})
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	w := open(t)
	var sealed []byte
	w.update(t, func(tx *Tx) error {
		sealed = tx.Seal([]byte("seed"), "mfa seed", "one")
		return nil
	})
	w.view(t, func(tx *ReadTx) error {
		if plain, err := tx.Unseal(sealed, "mfa seed", "one"); string(plain) != "seed" || err != nil {
			t.Errorf("opened as %q: %v", plain, err)
		}
		if _, err := tx.Unseal(sealed, "mfa seed", "two"); err == nil {
			t.Error("opened in another's place")
		}
		return nil
	})
}
