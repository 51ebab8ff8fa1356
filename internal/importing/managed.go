package importing

import (
	"errors"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

var policyRecords = records[directory.ManagedPolicy]{
	load: func(t *directory.ReadTx, v *directory.ManagedPolicy) (*directory.ManagedPolicy, error) {
		return t.Policy(v.Account, v.Name)
	},
	create: (*directory.Tx).CreatePolicy, put: (*directory.Tx).PutPolicy, drop: (*directory.Tx).DeletePolicy,
}

// policyRecord is a managed policy of the files as the directory has it.
func (p *plan) policyRecord(in *awsexport.Policy, account string) *directory.ManagedPolicy {
	v := &directory.ManagedPolicy{
		Entity:  directory.Entity{ID: in.ID, Account: account, Name: in.Name, Path: in.Path, Created: in.Created, Tags: wantTags(in.Tags)},
		Updated: in.Updated, Default: in.Default, NextVersion: 1,
	}
	if in.Description != nil {
		v.Description = *in.Description
	}
	for _, w := range in.Versions {
		v.Versions = append(v.Versions, directory.PolicyVersion{ID: w.ID, Document: w.Text, Created: w.Created})
	}
	return v
}

// planPolicies compares the account's own managed policies.
func (p *plan) planPolicies() {
	for _, in := range p.export.Policies {
		for _, w := range in.Versions {
			p.checkIdentity(&in.Entity, "version "+w.ID, w.Text)
		}
		if len(in.Versions) > policy.MaxVersions {
			p.wrong(&in.Entity, "has more than %d versions", policy.MaxVersions)
		}
		had := here(p, &in.Entity, p.policies, func(v *directory.ManagedPolicy) *directory.Entity { return &v.Entity }, p.removePolicy)
		after := p.policyRecord(in, p.account)
		after.NextVersion = nextVersion(in.Versions)
		if had == nil {
			p.add(p.newPolicy(in, after))
			continue
		}
		p.changePolicy(in, had, after)
	}
}

// nextVersion is one more than the highest number.
func nextVersion(versions []awsexport.Version) int {
	n := 1
	for _, w := range versions {
		n = max(n, awsexport.VersionNumber(w.ID)+1)
	}
	return n
}

func (p *plan) newPolicy(in *awsexport.Policy, after *directory.ManagedPolicy) *change {
	c := &change{Item: Item{kindPolicy, in.Name, in.ARN, nil}, verb: creates, size: sizeOf(after), write: policyRecords.step(nil, after)}
	c.asks = append(c.asks, on("iam:CreatePolicy", in.ARN, "policy "+in.Name, p.account, nil).tagging(after.Tags))
	if len(after.Tags) > 0 {
		c.asks = append(c.asks, on("iam:TagPolicy", in.ARN, "policy "+in.Name, p.account, nil).tagging(after.Tags))
	}
	if len(in.Versions) > 1 {
		c.asks = append(c.asks, p.onPolicy("iam:CreatePolicyVersion", after))
	}
	return c
}

func (p *plan) onPolicy(action string, v *directory.ManagedPolicy) ask {
	return on(action, v.ARN(), "policy "+v.ARN(), p.account, v.Tags)
}

func (p *plan) changePolicy(in *awsexport.Policy, had, after *directory.ManagedPolicy) {
	d := &draft{p: p, v: verbs{kindPolicy, "Policy"}, arn: in.ARN, had: &directory.Holder{Entity: had.Entity}}
	d.saved.Entity = after.Entity
	if !in.Tagged {
		d.saved.Tags = had.Tags
	}
	d.entity(&had.Entity)
	if had.ARN() != after.ARN() {
		for _, a := range p.detaching(had.ARN()) {
			d.need(a)
		}
	}
	after.Entity = d.saved.Entity
	after.NextVersion = max(after.NextVersion, had.NextVersion)
	if in.Description == nil {
		after.Description = had.Description
	} else if had.Description != after.Description {
		d.what = append(d.what, "description")
		d.need(p.onPolicy("iam:CreatePolicyVersion", had)) // AWS changes no description
	}
	p.versions(d, had, after)
	if after.Default != had.Default {
		d.what = append(d.what, "version "+after.Default+" in force")
		d.need(p.onPolicy("iam:SetDefaultPolicyVersion", had))
	}
	if after.Updated.IsZero() || after.Updated.Unix() == had.Updated.Unix() {
		after.Updated = had.Updated
	} else if len(d.what) == 0 {
		d.what = append(d.what, "date of the last change")
		d.need(p.onPolicy("iam:SetDefaultPolicyVersion", had))
	}
	d.finish(after, policyRecords.step(had, after))
}

func (p *plan) versions(d *draft, had, after *directory.ManagedPolicy) {
	for i := range after.Versions {
		w := &after.Versions[i]
		old := had.Version(w.ID)
		switch {
		case old != nil && sameDocument(old.Document, w.Document) && closeTo(old.Created, w.Created):
			*w = *old
			continue
		case old != nil && !sameDocument(old.Document, w.Document):
			d.need(p.onPolicy("iam:DeletePolicyVersion", had))
		}
		d.what = append(d.what, "version "+w.ID)
		d.need(p.onPolicy("iam:CreatePolicyVersion", had))
		if w.ID == had.Default {
			d.need(p.onPolicy("iam:SetDefaultPolicyVersion", had)) // what is in force changes
		}
	}
	for _, old := range had.Versions {
		if after.Version(old.ID) == nil {
			d.what = append(d.what, "version "+old.ID+" goes")
			d.need(p.onPolicy("iam:DeletePolicyVersion", had))
		}
	}
}

// closeTo tells whether two times are the same in whole seconds, which is how they
// are shown.
func closeTo(a, b time.Time) bool { return b.IsZero() || a.Unix() == b.Unix() }

// detaching are the permissions to take a policy off all that have it. AWS deletes
// none that anything has.
func (p *plan) detaching(policyARN string) []ask {
	if p.having == nil {
		p.having = map[string][]ask{}
		for _, u := range sorted(p.users) {
			p.has(ofUser, &u.Holder, u.ARN())
		}
		for _, g := range sorted(p.groups) {
			p.has(ofGroup, &g.Holder, g.ARN())
		}
		for _, r := range sorted(p.roles) {
			p.has(ofRole, &r.Holder, r.ARN())
		}
	}
	return p.having[policyARN]
}

func (p *plan) has(v verbs, h *directory.Holder, entityARN string) {
	d := &draft{p: p, v: v, arn: entityARN, had: h}
	for _, policyARN := range h.Attached {
		p.having[policyARN] = append(p.having[policyARN], d.ask("iam:Detach"+v.noun+"Policy").with("iam:PolicyARN", policyARN).bound(h.Boundary))
	}
	if h.Boundary != "" {
		p.having[h.Boundary] = append(p.having[h.Boundary], d.ask("iam:Delete"+v.noun+"PermissionsBoundary").bound(h.Boundary))
	}
}

func (p *plan) removePolicy(v *directory.ManagedPolicy) {
	c := &change{Item: Item{kindPolicy, v.Name, v.ARN(), nil}, verb: removes, size: overhead, write: policyRecords.step(v, nil)}
	if len(v.Versions) > 1 {
		c.asks = append(c.asks, p.onPolicy("iam:DeletePolicyVersion", v))
	}
	c.asks = append(c.asks, p.onPolicy("iam:DeletePolicy", v))
	c.asks = append(c.asks, p.detaching(v.ARN())...)
	p.add(c)
}

// planAWSPolicies compares the policies that AWS manages. One that differs from
// what the program ships, or that it does not ship, is kept for this account alone.
func (p *plan) planAWSPolicies() {
	shipped := map[string]*directory.ManagedPolicy{}
	for _, v := range directory.AWSManaged() {
		shipped[v.ARN()] = v
	}
	for _, in := range p.export.AWSPolicies {
		for _, w := range in.Versions {
			if _, err := policy.Load([]byte(w.Text)); err != nil {
				p.wrong(&in.Entity, "version %s: MalformedPolicyDocument: Syntax errors in policy.", w.ID)
			}
		}
		after := p.policyRecord(in, directory.AWSAccount)
		after.NextVersion = nextVersion(in.Versions)
		had := p.brought[strings.ToLower(in.Name)]
		ours := shipped[in.ARN]
		if had == nil && ours != nil && sameDocument(ours.Document(), after.Document()) {
			p.unchanged[kindAWSPolicy]++
			continue
		}
		if ours != nil {
			p.notes = append(p.notes, in.ARN+" differs from what is shipped here: in this account the files' version is in force")
		}
		p.addAWSPolicy(in, had, after)
	}
}

func (p *plan) addAWSPolicy(in *awsexport.Policy, had, after *directory.ManagedPolicy) {
	if had != nil {
		if same, err := directory.Same(had, after); err == nil && same {
			p.unchanged[kindAWSPolicy]++
			return
		}
	}
	c := &change{Item: Item{kindAWSPolicy, in.Name, in.ARN, nil}, verb: creates, size: sizeOf(after)}
	if had != nil {
		c.verb, c.What = changes, []string{"documents"}
	}
	c.asks = []ask{on("iam:CreatePolicyVersion", in.ARN, "policy "+in.ARN, p.account, nil)}
	p.rootOnly = "brings " + in.ARN + " along, which AWS manages"
	c.write = p.unmoved(in.Name, had, func(tx *directory.Tx) error { return tx.SetAWSPolicy(p.account, after) })
	p.add(c)
}

// unmoved is a step that finds the account's copy of AWS's policy as it was.
func (p *plan) unmoved(name string, had *directory.ManagedPolicy, step func(*directory.Tx) error) func(*directory.Tx) error {
	return func(tx *directory.Tx) error {
		now, err := tx.ImportedAWSPolicy(p.account, name)
		if errors.Is(err, directory.ErrNotFound) {
			now, err = nil, nil
		}
		if err != nil {
			return err
		}
		if same, err := directory.Same(now, had); err != nil || !same {
			return errMoved
		}
		return step(tx)
	}
}
