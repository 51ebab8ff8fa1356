package directory

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/authz"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
)

const denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`

// shape is the names of the policies of each level.
func shape(levels []authz.Level) string {
	var out []string
	for _, level := range levels {
		var names []string
		for _, d := range level {
			names = append(names, d.Source.Name)
		}
		out = append(out, strings.Join(names, "+"))
	}
	return strings.Join(out, " / ")
}

// organize makes the units outer and inner, with account B in inner, and turns
// both types of policies on.
func (w *world) organize(t *testing.T) (o *Organization, outer, inner *OrganizationalUnit) {
	t.Helper()
	w.account(t, "green", acctA)
	w.account(t, "blue", acctB)
	w.update(t, func(tx *Tx) (err error) {
		if o, err = tx.Organization(); err != nil {
			return err
		}
		outer = &OrganizationalUnit{Name: "outer", Parent: o.RootID}
		if err := tx.CreateUnit(outer); err != nil {
			return err
		}
		inner = &OrganizationalUnit{Name: "inner", Parent: outer.ID}
		if err := tx.CreateUnit(inner); err != nil {
			return err
		}
		a, err := tx.Account(acctB)
		if err != nil {
			return err
		}
		a.Parent = inner.ID
		if err := tx.PutAccount(a); err != nil {
			return err
		}
		if err := tx.EnablePolicyType(o, ServiceControl); err != nil {
			return err
		}
		return tx.EnablePolicyType(o, ResourceControl)
	})
	return o, outer, inner
}

func (w *world) scps(t *testing.T, account string) string {
	t.Helper()
	root, err := w.EnsureAccount(t.Context(), "", account)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Credentials(t.Context(), root.KeyID, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Principal.Org, w.Org(account); got.ID != want.ID || !slices.Equal(got.Paths, want.Paths) || got.Management != want.Management {
		t.Errorf("the caller is in %+v, the account in %+v", got, want)
	}
	var docs authz.Documents
	w.Documents(c, &docs)
	return shape(docs.SCPs)
}

func TestPlaces(t *testing.T) {
	w := open(t)
	w.account(t, "green", acctA)
	w.account(t, "blue", acctB)
	if got := w.scps(t, acctB); got != "" || w.RCPs(acctB) != nil {
		t.Errorf("without policy types: %q, %v", got, w.RCPs(acctB))
	}
	o, outer, inner := w.organize(t)
	rootPath := o.ID + "/" + o.RootID + "/"
	if got := w.Org(acctB); !slices.Equal(got.Paths, []string{rootPath + outer.ID + "/" + inner.ID + "/"}) || got.Management {
		t.Errorf("%+v", got)
	}
	if got := w.Org(acctA); !slices.Equal(got.Paths, []string{rootPath}) || !got.Management {
		t.Errorf("%+v", got)
	}
	const full = "FullAWSAccess / FullAWSAccess / FullAWSAccess / FullAWSAccess"
	if got := w.scps(t, acctB); got != full {
		t.Errorf("SCPs are %q", got)
	}
	if got := shape(w.RCPs(acctB)); got != strings.ReplaceAll(full, "Full", "RCPFull") {
		t.Errorf("RCPs are %q", got)
	}
	if got := w.scps(t, acctA); got != "" || w.RCPs(acctA) != nil {
		t.Errorf("of the management account: %q, %v", got, w.RCPs(acctA))
	}
	if got := w.Org("999999999999"); got.ID != "" || w.RCPs("999999999999") != nil {
		t.Errorf("of no account: %+v", got)
	}
}

func TestPoliciesFollowTheTree(t *testing.T) {
	w := open(t)
	o, outer, inner := w.organize(t)
	p := &OrganizationPolicy{Name: "Stop", Type: ServiceControl, Content: denyAll}
	w.update(t, func(tx *Tx) error {
		if err := tx.CreateOrganizationPolicy(p); err != nil {
			return err
		}
		return tx.SetPoliciesOf(outer.ID, []string{FullAWSAccess, RCPFullAWSAccess, p.ID})
	})
	if got := w.scps(t, acctB); got != "FullAWSAccess / FullAWSAccess+Stop / FullAWSAccess / FullAWSAccess" {
		t.Errorf("SCPs are %q", got)
	}
	w.view(t, func(tx *ReadTx) error {
		targets, err := tx.TargetsOf(p.ID, Page{})
		if !slices.Equal(targets.Items, []string{outer.ID}) {
			t.Errorf("targets are %v", targets.Items)
		}
		return err
	})
	w.update(t, func(tx *Tx) error { // out of the units
		a, err := tx.Account(acctB)
		if err != nil {
			return err
		}
		a.Parent = ""
		return tx.PutAccount(a)
	})
	if got := w.scps(t, acctB); got != "FullAWSAccess / FullAWSAccess" {
		t.Errorf("after the move: %q", got)
	}
	if got := w.Org(acctB).Paths; !slices.Equal(got, []string{o.ID + "/" + o.RootID + "/"}) {
		t.Errorf("after the move: %v", got)
	}
	w.update(t, func(tx *Tx) error { return tx.DeleteUnit(inner.ID) })
	w.view(t, func(tx *ReadTx) error {
		if got, err := tx.PoliciesOf(inner.ID); err != nil || got != nil {
			t.Errorf("a unit that is gone has %v, %v", got, err)
		}
		targets, err := tx.TargetsOf(FullAWSAccess, Page{})
		if slices.Contains(targets.Items, inner.ID) || len(targets.Items) != 4 {
			t.Errorf("targets are %v", targets.Items)
		}
		return err
	})
	w.account(t, "red", "333333333333")
	if got := w.scps(t, "333333333333"); got != "FullAWSAccess / FullAWSAccess" {
		t.Errorf("of a new account: %q", got)
	}
	w.update(t, func(tx *Tx) error { return tx.DisablePolicyType(o, ServiceControl) })
	if got := w.scps(t, acctB); got != "" || shape(w.RCPs(acctB)) != "RCPFullAWSAccess / RCPFullAWSAccess" {
		t.Errorf("without SCPs: %q, %q", got, shape(w.RCPs(acctB)))
	}
	w.view(t, func(tx *ReadTx) error {
		got, err := tx.PoliciesOf(outer.ID)
		if !slices.Equal(got, []string{RCPFullAWSAccess}) {
			t.Errorf("the unit has %v", got)
		}
		return err
	})
}

// TestAPolicyThatIsGoneDenies: what cannot be read must not open anything.
func TestAPolicyThatIsGoneDenies(t *testing.T) {
	w := open(t)
	_, outer, _ := w.organize(t)
	w.update(t, func(tx *Tx) error { return tx.SetPoliciesOf(outer.ID, []string{FullAWSAccess, "p-none"}) })
	root, err := w.EnsureAccount(t.Context(), "", acctB)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Credentials(t.Context(), root.KeyID, "")
	if err != nil {
		t.Fatal(err)
	}
	var docs authz.Documents
	w.Documents(c, &docs)
	if got := docs.SCPs[1][1].Policy; got != refuse() {
		t.Errorf("got %v", got)
	}
}

func TestOtherGatewaysFollowTheOrganization(t *testing.T) {
	store := kvmemory.New()
	t.Cleanup(func() { store.Close() })
	w := openOn(t, store, newClock())
	_, outer, _ := w.organize(t)
	other := openOn(t, store, newClock())
	p := &OrganizationPolicy{Name: "Stop", Type: ResourceControl, Content: denyAll}
	w.update(t, func(tx *Tx) error {
		if err := tx.CreateOrganizationPolicy(p); err != nil {
			return err
		}
		return tx.SetPoliciesOf(outer.ID, []string{FullAWSAccess, RCPFullAWSAccess, p.ID})
	})
	if got := shape(other.RCPs(acctB)); strings.Contains(got, "Stop") {
		t.Fatalf("before it looked: %q", got)
	}
	if err := other.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := shape(other.RCPs(acctB)); got != "RCPFullAWSAccess / RCPFullAWSAccess+Stop / RCPFullAWSAccess / RCPFullAWSAccess" {
		t.Errorf("after it looked: %q", got)
	}
	w.update(t, func(tx *Tx) error {
		a, err := tx.Account(acctB)
		if err != nil {
			return err
		}
		a.PublicAccessBlock = &PublicAccessBlock{BlockPublicAcls: true, RestrictPublicBuckets: true}
		return tx.PutAccount(a)
	})
	if err := other.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := other.PublicAccessBlock(acctB); got != (authz.BPA{BlockPublicAcls: true, RestrictPublicBuckets: true}) {
		t.Errorf("%+v", got)
	}
	if got := other.PublicAccessBlock(acctA); got != (authz.BPA{}) {
		t.Errorf("%+v", got)
	}
}

func TestPlacesCostNoAllocation(t *testing.T) {
	w := open(t)
	w.organize(t)
	root, err := w.EnsureAccount(t.Context(), "", acctB)
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		c, err := w.Credentials(t.Context(), root.KeyID, "")
		if err != nil {
			t.Fatal(err)
		}
		var docs authz.Documents
		w.Documents(c, &docs)
		docs.RCPs = w.RCPs(acctB)
		if w.Org(acctB).ID == "" || docs.SCPs == nil || docs.RCPs == nil {
			t.Fatal("nowhere")
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
