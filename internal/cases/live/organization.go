package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/directory"
)

// orgID is the organization that the server's own stands for: the one with most
// policies, since there is only one on a server. Accounts of another are put
// where the case says by gateway.Trial.
func (p *player) orgID() string {
	best, most := "", -1
	for _, id := range slices.Sorted(maps.Keys(p.c.Accounts)) {
		o := p.c.Accounts[id].Org
		if o == nil || o.ID == "" {
			continue
		}
		if n := len(o.SCPs) + len(o.RCPs); n > most {
			best, most = o.ID, n
		}
	}
	return best
}

// makeOrganization puts each account where it belongs: the members of the server's
// organization below units with real policies, all others outside.
func (p *player) makeOrganization(ctx context.Context) error {
	id, outside := p.orgID(), map[string]directory.Place{}
	err := p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		clear(outside)
		o, err := t.Organization()
		if err != nil {
			return err
		}
		b := &orgBuilder{t: t, o: o, units: map[string]bool{}, set: map[string]string{}}
		if id != "" {
			o.ID = id
		}
		o.RootID = p.rootID(id, o.RootID)
		for _, policyType := range []string{directory.ServiceControl, directory.ResourceControl} {
			if err := t.EnablePolicyType(o, policyType); err != nil {
				return err
			}
		}
		for _, account := range p.accounts() {
			a := p.c.Accounts[account]
			if a != nil && a.Org != nil && a.Org.ID == id && b.fits(account, a.Org) {
				if err := b.place(account, a.Org); err != nil {
					return err
				}
				continue
			}
			org, scps, rcps, err := p.c.Place(account)
			if err != nil {
				return err
			}
			outside[account] = directory.Place{Org: org, SCPs: scps, RCPs: rcps}
		}
		return nil
	})
	p.mu.Lock()
	p.places = outside
	p.mu.Unlock()
	if err != nil {
		return err
	}
	// What is known of places is found again when the organization changes.
	return p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		o, err := t.Organization()
		if err != nil {
			return err
		}
		return t.PutOrganization(o)
	})
}

// rootID is the root's id as the case's paths have it.
func (p *player) rootID(org, otherwise string) string {
	for _, a := range p.c.Accounts {
		if a.Org != nil && a.Org.ID == org {
			if ids := wayOf(a.Org); len(ids) > 0 {
				return ids[0]
			}
		}
	}
	return otherwise
}

// wayOf is the root and the units of a path, nil if the case gives none.
func wayOf(o *cases.Org) []string {
	parts := strings.Split(strings.Trim(o.Path, "/"), "/")
	if len(parts) < 2 || parts[0] != o.ID {
		return nil
	}
	return parts[1:]
}

// orgBuilder makes units and policies.
type orgBuilder struct {
	t     *directory.Tx
	o     *directory.Organization
	units map[string]bool   // made
	set   map[string]string // what hangs on a root, unit or account, as text
	n     int
}

// targets are the places on which an account's levels hang, from the root down; a
// case that gives no path gets units of its own for the levels above the account.
func (b *orgBuilder) targets(account string, o *cases.Org) []string {
	if way := wayOf(o); way != nil {
		return append(way, account)
	}
	out := []string{b.o.RootID}
	for i := range max(len(o.SCPs), len(o.RCPs)) - 1 {
		out = append(out, fmt.Sprintf("ou-%s-%s%d", strings.TrimPrefix(b.o.RootID, "r-"), account[4:], i))
	}
	return append(out, account)
}

// levels are the documents for each of the targets; nil is AWS's own policy.
func levels(documents [][]json.RawMessage, targets int) [][]json.RawMessage {
	out := make([][]json.RawMessage, targets)
	if len(documents) > targets {
		return out
	}
	for i, level := range documents {
		if level == nil {
			level = []json.RawMessage{} // a level that is written down has what is written, even nothing
		}
		out[targets-len(documents)+i] = level
	}
	return out
}

// fits tells whether the account's levels can hang where its path says, without
// touching what binds other accounts.
func (b *orgBuilder) fits(account string, o *cases.Org) bool {
	targets := b.targets(account, o)
	if len(o.SCPs) > len(targets) || len(o.RCPs) > len(targets) || wayOf(o) != nil && wayOf(o)[0] != b.o.RootID {
		return false
	}
	scps, rcps := levels(o.SCPs, len(targets)), levels(o.RCPs, len(targets))
	for i, target := range targets {
		if was, ok := b.set[target]; ok && was != hanging(scps[i], rcps[i]) {
			return false
		}
	}
	return true
}

func hanging(scps, rcps []json.RawMessage) string {
	return string(encoded([]any{scps, rcps}))
}

func (b *orgBuilder) place(account string, o *cases.Org) error {
	targets := b.targets(account, o)
	scps, rcps := levels(o.SCPs, len(targets)), levels(o.RCPs, len(targets))
	for i, target := range targets {
		if i > 0 && i < len(targets)-1 && !b.units[target] {
			b.units[target] = true
			u := &directory.OrganizationalUnit{ID: target, Name: target, Parent: targets[i-1]}
			if err := b.t.CreateUnit(u); err != nil {
				return err
			}
		}
		if err := b.hang(target, scps[i], rcps[i]); err != nil {
			return err
		}
	}
	a, err := b.t.Account(account)
	if err != nil {
		return err
	}
	if a.Parent = targets[len(targets)-2]; a.Parent == b.o.RootID {
		a.Parent = ""
	}
	return b.t.PutAccount(a)
}

func (b *orgBuilder) hang(target string, scps, rcps []json.RawMessage) error {
	if _, done := b.set[target]; done {
		return nil
	}
	b.set[target] = hanging(scps, rcps)
	var ids []string
	for _, kind := range []struct {
		policyType, full string
		documents        []json.RawMessage
	}{
		{directory.ServiceControl, directory.FullAWSAccess, scps},
		{directory.ResourceControl, directory.RCPFullAWSAccess, rcps},
	} {
		if kind.documents == nil {
			ids = append(ids, kind.full)
		}
		for _, text := range kind.documents {
			b.n++
			made := &directory.OrganizationPolicy{Name: fmt.Sprintf("policy-%d", b.n), Type: kind.policyType, Content: string(text)}
			if err := b.t.CreateOrganizationPolicy(made); err != nil {
				return err
			}
			ids = append(ids, made.ID)
		}
	}
	return b.t.SetPoliciesOf(target, ids)
}
