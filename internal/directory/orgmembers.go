package directory

import (
	"errors"
	"slices"

	"github.com/sallyport/sallyport/authz"
)

// organizationOf is the organization that an account is a member of; ErrNotFound
// if it is in none.
func (t *ReadTx) organizationOf(a *Account) (*Organization, error) {
	if a.Org == Standalone {
		return nil, ErrNotFound
	}
	return load[Organization](t.r, orgKey(a.Org))
}

// OrganizationOf is the organization that the account with the id is a member of.
// ErrNotFound: it is in none, or there is no such account.
func (t *ReadTx) OrganizationOf(account string) (*Organization, error) {
	a, err := t.Account(account)
	if err != nil {
		return nil, err
	}
	return t.organizationOf(a)
}

// OrganizationWithKey is the organization that has the key.
func (t *ReadTx) OrganizationWithKey(org string) (*Organization, error) {
	return load[Organization](t.r, orgKey(org))
}

// MembersOf lists the accounts of an organization by id, closed ones for as long
// as they are shown.
func (t *ReadTx) MembersOf(o *Organization) ([]*Account, error) {
	now := t.Now()
	l, err := list(t.r, dkey(tagAccount, 0), Page{}, func(a *Account) bool { return o.Has(a, now) })
	return l.Items, err
}

// FoundOrganization makes an organization of one account, its management account.
// ID and RootID are filled in, and Key unless it is the installation's first.
func (t *Tx) FoundOrganization(o *Organization, management *Account, first bool) (err error) {
	if o.ID, err = t.d.lowerID("o-", 10); err != nil {
		return err
	}
	if o.RootID, err = t.freeRootID(); err != nil {
		return err
	}
	if !first {
		o.Key = o.ID
	}
	if err := t.PutOrganization(o); err != nil {
		return err
	}
	return t.Join(o, management)
}

// freeRootID is a random id of a root that no organization has.
func (t *Tx) freeRootID() (string, error) {
	all, err := list(t.r, dkey(tagOrg, 0), Page{}, keepAll[Organization])
	if err != nil {
		return "", err
	}
	for range 16 {
		id, err := t.d.lowerID("r-", 4)
		if err != nil || !slices.ContainsFunc(all.Items, func(o *Organization) bool { return o.RootID == id }) {
			return id, err
		}
	}
	return "", errors.New("directory: no free id of a root found")
}

// Join puts an account that is in no organization below the root of one. It has
// the policies that AWS manages, and its SCPs and RCPs bind it from then on.
func (t *Tx) Join(o *Organization, a *Account) error {
	a.Org, a.Parent, a.Joined = o.Key, "", t.d.now()
	if err := t.PutAccount(a); err != nil {
		return err
	}
	return t.attachDefaults(o, a.ID)
}

// Leave takes an account out of its organization with the policies and tags that
// it had there.
func (t *Tx) Leave(a *Account) error {
	a.Org, a.Parent, a.Tags = Standalone, "", nil
	return errors.Join(t.SetPoliciesOf(a.ID, nil), t.PutAccount(a))
}

// DeleteOrganization takes away an organization with its units and policies. The
// accounts that it has, which is to be its management account alone, are in none
// afterwards.
func (t *Tx) DeleteOrganization(o *Organization) error {
	if err := t.eachTarget(o, func(target string) error { return t.SetPoliciesOf(target, nil) }); err != nil {
		return err
	}
	units, err := t.UnitsOf(o)
	if err != nil {
		return err
	}
	for _, u := range units {
		if err := t.deleteTracked(unitKey(u.ID)); err != nil {
			return err
		}
	}
	policies, err := t.PoliciesIn(o)
	if err != nil {
		return err
	}
	for _, p := range policies {
		if err := t.DeleteOrganizationPolicy(p.ID); err != nil {
			return err
		}
	}
	accounts, err := list(t.r, dkey(tagAccount, 0), Page{}, func(a *Account) bool { return a.Org == o.Key })
	if err != nil {
		return err
	}
	for _, a := range accounts.Items { // those closed long ago too
		if err := t.Leave(a); err != nil {
			return err
		}
	}
	return t.deleteTracked(orgKey(o.Key))
}

// AccessRole is the role that Organizations makes in an account that is created in
// an organization when it is given no other name.
const AccessRole = "OrganizationAccountAccessRole"

// CreateAccessRole makes the role in an account that the management account may
// assume and that may do everything.
func (t *Tx) CreateAccessRole(account, management, name string) error {
	return t.CreateRole(&Role{
		Holder: Holder{
			Entity:   Entity{Account: account, Name: name, Path: "/"},
			Attached: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
		},
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` +
			RootARN(management) + `"},"Action":"sts:AssumeRole"}]}`,
		MaxSession: 3600,
	})
}

// MembershipOf is the organization of an account, as memory knows it: it costs no
// I/O and is not the caller's to change. Nil: the account is in none.
func (d *Directory) MembershipOf(account string) *Organization {
	m := d.mem.Load()
	a, ok := m.accounts.get(account)
	if !ok {
		return nil
	}
	rec := a.rec.Load()
	if rec == nil {
		return nil
	}
	o, _ := m.orgs.get(rec.Org)
	return o
}

// DelegationPolicy is an organization's resource-based policy, nil if it has none.
func (d *Directory) DelegationPolicy(o *Organization) *authz.Document {
	if o.Delegation == nil {
		return nil
	}
	source := &authz.Source{Kind: authz.SourceResource, Name: "resource policy", On: o.ID}
	return &authz.Document{Policy: d.load(d.mem.Load().docs.intern(o.Delegation.Content), source), Source: source}
}

// Closed is the policy of what belongs to an account that is closed: nobody may use
// it. Nil for every other account.
//
// See https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-closing.html.
func (d *Directory) Closed(account string) *authz.Document {
	a, ok := d.mem.Load().accounts.get(account)
	if !ok {
		return nil
	}
	if rec := a.rec.Load(); rec == nil || rec.Status == AccountActive {
		return nil
	}
	return closed()
}

// IAMService is the service principal whose trusted access IAM's features for an
// organization need.
const IAMService = "iam.amazonaws.com"
