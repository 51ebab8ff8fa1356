package directory

import (
	"errors"
	"slices"
	"strings"
)

// Unit is the organizational unit with the id.
func (t *ReadTx) Unit(id string) (*OrganizationalUnit, error) {
	return load[OrganizationalUnit](t.r, unitKey(id))
}

// UnitsOf lists the units of an organization by id.
func (t *ReadTx) UnitsOf(o *Organization) ([]*OrganizationalUnit, error) {
	l, err := list(t.r, dkey(tagUnit, 0), Page{}, func(u *OrganizationalUnit) bool { return u.Org == o.Key })
	return l.Items, err
}

// OrganizationPolicy is the organization policy with the id, a customer's or one
// that AWS manages.
func (t *ReadTx) OrganizationPolicy(id string) (*OrganizationPolicy, error) {
	if p := awsOrganizationPolicy(id); p != nil {
		return p, nil
	}
	return load[OrganizationPolicy](t.r, orgPolicyKey(id))
}

// PoliciesIn lists the customer's policies of an organization by id.
func (t *ReadTx) PoliciesIn(o *Organization) ([]*OrganizationPolicy, error) {
	l, err := list(t.r, dkey(tagOrgPolicy, 0), Page{}, func(p *OrganizationPolicy) bool { return p.Org == o.Key })
	return l.Items, err
}

// PoliciesOf are the ids of the organization policies attached to a root, unit
// or account.
func (t *ReadTx) PoliciesOf(target string) ([]string, error) {
	a, err := load[Attachments](t.r, attachmentsKey(target))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return a.Policies, nil
}

// TargetsOf lists the roots, units and accounts that an organization policy is
// attached to, by id.
func (t *ReadTx) TargetsOf(policyID string, p Page) (Listing[string], error) {
	return t.pairs(tagAttached, policyID, p)
}

// CreateUnit adds an organizational unit below Parent and gives it an id. It has
// the policies that AWS manages, of the types that are enabled.
func (t *Tx) CreateUnit(u *OrganizationalUnit) error {
	o, err := load[Organization](t.r, orgKey(u.Org))
	if err != nil {
		return err
	}
	if u.ID == "" {
		prefix := "ou-" + strings.TrimPrefix(o.RootID, "r-") + "-"
		if u.ID, err = t.d.lowerID(prefix, 8); err != nil {
			return err
		}
	}
	if taken, err := t.exists(unitKey(u.ID)); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	u.Created = t.d.now()
	return errors.Join(t.putTracked(unitKey(u.ID), u), t.attachDefaults(o, u.ID))
}

// PutUnit replaces an organizational unit.
func (t *Tx) PutUnit(u *OrganizationalUnit) error {
	if _, err := t.Unit(u.ID); err != nil {
		return err
	}
	return t.putTracked(unitKey(u.ID), u)
}

// DeleteUnit removes an organizational unit, which must be empty, with its
// attachments.
func (t *Tx) DeleteUnit(id string) error {
	return errors.Join(t.SetPoliciesOf(id, nil), t.deleteTracked(unitKey(id)))
}

// CreateOrganizationPolicy adds an organization policy and gives it an id.
func (t *Tx) CreateOrganizationPolicy(p *OrganizationPolicy) (err error) {
	if p.ID == "" {
		if p.ID, err = t.d.lowerID("p-", 8); err != nil {
			return err
		}
	}
	if taken, err := t.exists(orgPolicyKey(p.ID)); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	p.Created = t.d.now()
	return t.putTracked(orgPolicyKey(p.ID), p)
}

// PutOrganizationPolicy replaces an organization policy.
func (t *Tx) PutOrganizationPolicy(p *OrganizationPolicy) error {
	if _, err := load[OrganizationPolicy](t.r, orgPolicyKey(p.ID)); err != nil {
		return err
	}
	return t.putTracked(orgPolicyKey(p.ID), p)
}

// DeleteOrganizationPolicy removes an organization policy, which must not be
// attached to anything: what is left of it would deny everything.
func (t *Tx) DeleteOrganizationPolicy(id string) error { return t.deleteTracked(orgPolicyKey(id)) }

// SetPoliciesOf replaces the policies attached to a root, unit or account.
func (t *Tx) SetPoliciesOf(target string, policies []string) error {
	old, err := t.PoliciesOf(target)
	if err != nil {
		return err
	}
	for _, id := range old {
		if !slices.Contains(policies, id) {
			if err := t.w.Delete(pairKey(tagAttached, id, target)); err != nil {
				return err
			}
		}
	}
	for _, id := range policies {
		if !slices.Contains(old, id) {
			if err := t.w.Put(pairKey(tagAttached, id, target), nil); err != nil {
				return err
			}
		}
	}
	if len(policies) == 0 {
		return t.deleteTracked(attachmentsKey(target))
	}
	return t.putTracked(attachmentsKey(target), &Attachments{Target: target, Policies: policies})
}

// attachDefaults attaches AWS's policies of the enabled types to a new target.
func (t *Tx) attachDefaults(o *Organization, target string) error {
	if len(o.PolicyTypes) == 0 {
		return nil
	}
	policies, err := t.PoliciesOf(target)
	if err != nil {
		return err
	}
	for _, policyType := range o.PolicyTypes {
		if id := fullAccess(policyType); !slices.Contains(policies, id) {
			policies = append(policies, id)
		}
	}
	return t.SetPoliciesOf(target, policies)
}

// EnablePolicyType puts the policies of a type in force: the root, every unit
// and every account then has AWS's policy of the type.
func (t *Tx) EnablePolicyType(o *Organization, policyType string) error {
	o.PolicyTypes = append(o.PolicyTypes, policyType)
	if err := t.PutOrganization(o); err != nil {
		return err
	}
	return t.eachTarget(o, func(target string) error { return t.attachDefaults(o, target) })
}

// DisablePolicyType takes the policies of a type off everything.
func (t *Tx) DisablePolicyType(o *Organization, policyType string) error {
	o.PolicyTypes = slices.DeleteFunc(o.PolicyTypes, func(have string) bool { return have == policyType })
	if err := t.PutOrganization(o); err != nil {
		return err
	}
	return t.eachTarget(o, func(target string) error {
		policies, err := t.PoliciesOf(target)
		if err != nil || len(policies) == 0 {
			return err
		}
		var left []string
		for _, id := range policies {
			p, err := t.OrganizationPolicy(id)
			if err != nil {
				return err
			}
			if p.Type != policyType {
				left = append(left, id)
			}
		}
		return t.SetPoliciesOf(target, left)
	})
}

// eachTarget calls fn with the root, every unit and every account.
func (t *Tx) eachTarget(o *Organization, fn func(target string) error) error {
	targets := []string{o.RootID}
	units, err := t.UnitsOf(o)
	if err != nil {
		return err
	}
	for _, u := range units {
		targets = append(targets, u.ID)
	}
	accounts, err := t.Accounts(Page{})
	if err != nil {
		return err
	}
	for _, a := range accounts.Items {
		if a.Org == o.Key {
			targets = append(targets, a.ID)
		}
	}
	for _, target := range targets {
		if err := fn(target); err != nil {
			return err
		}
	}
	return nil
}
