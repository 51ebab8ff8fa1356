package importing

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/directory"
)

var profileRecords = records[directory.InstanceProfile]{
	load: func(t *directory.ReadTx, f *directory.InstanceProfile) (*directory.InstanceProfile, error) {
		return directory.FindResource(t, f)
	},
	create: func(tx *directory.Tx, f *directory.InstanceProfile) error { return tx.CreateResource(f) },
	put:    func(tx *directory.Tx, f *directory.InstanceProfile) error { return tx.PutResource(f) },
	drop:   func(tx *directory.Tx, f *directory.InstanceProfile) error { return tx.DeleteResource(f) },
}

// planProfiles compares the instance profiles.
func (p *plan) planProfiles() {
	roles := map[string]*awsexport.Role{}
	for _, r := range p.export.Roles {
		roles[strings.ToLower(r.Name)] = r
	}
	for _, in := range p.export.Profiles {
		had := here(p, &in.Entity, p.profiles, func(f *directory.InstanceProfile) *directory.Entity { return &f.Entity }, p.removeProfile)
		after := &directory.InstanceProfile{Entity: directory.Entity{
			ID: in.ID, Account: p.account, Name: in.Name, Path: in.Path, Created: in.Created, Tags: wantTags(in.Tags),
		}}
		roleARN := ""
		if r := roles[strings.ToLower(in.Role)]; r != nil {
			after.Role, roleARN = r.ID, r.ARN
		} else if in.Role != "" {
			p.wrong(&in.Entity, "its role %s is not in the files", in.Role)
		}
		d := &draft{p: p, v: verbs{kindProfile, "InstanceProfile"}, arn: in.ARN}
		d.saved.Entity = after.Entity
		hadRole := ""
		if had == nil {
			d.need(d.making("iam:CreateInstanceProfile"))
			if len(after.Tags) > 0 {
				d.need(d.making("iam:TagInstanceProfile"))
			}
		} else {
			d.had, hadRole = &directory.Holder{Entity: had.Entity}, had.Role
			d.entity(&had.Entity)
			after.Entity = d.saved.Entity
		}
		if hadRole != after.Role {
			d.what = append(d.what, "role "+in.Role)
			d.profileRole(hadRole, after.Role, roleARN, p.tagsOfRole(roles[strings.ToLower(in.Role)]))
		}
		d.finish(after, profileRecords.step(had, after))
	}
}

// tagsOfRole are the tags that the role of the files has here, or is made with.
func (p *plan) tagsOfRole(in *awsexport.Role) []directory.Tag {
	if in == nil {
		return nil
	}
	if r := p.roles[strings.ToLower(in.Name)]; r != nil && r.ID == in.ID {
		return r.Tags
	}
	return wantTags(in.Tags)
}

func (d *draft) profileRole(had, want, wantARN string, tags []directory.Tag) {
	if had != "" {
		d.need(d.ask("iam:RemoveRoleFromInstanceProfile"))
	}
	if want != "" {
		d.need(d.ask("iam:AddRoleToInstanceProfile"))
		d.need(on("iam:PassRole", wantARN, "", d.p.account, tags).with("iam:PassedToService", "ec2.amazonaws.com"))
	}
}

func (p *plan) removeProfile(f *directory.InstanceProfile) {
	c := &change{Item: Item{kindProfile, f.Name, f.ARN(), nil}, verb: removes, size: overhead, write: profileRecords.step(f, nil)}
	if f.Role != "" {
		c.asks = append(c.asks, on("iam:RemoveRoleFromInstanceProfile", f.ARN(), "", p.account, f.Tags))
	}
	c.asks = append(c.asks, on("iam:DeleteInstanceProfile", f.ARN(), "", p.account, f.Tags))
	p.add(c)
}

// planRest finds what is here and not in the files. Holders come before what they
// hold.
func (p *plan) planRest() {
	if !p.export.Details || p.export.Incomplete {
		return
	}
	named := map[string]bool{}
	for _, list := range [][]string{
		idsOf(p.export.Users), idsOf(p.export.Groups), idsOf(p.export.Roles), idsOf(p.export.Policies), idsOf(p.export.Profiles),
	} {
		for _, id := range list {
			named[id] = true
		}
	}
	rest := func(id string) bool { return !named[id] && !p.gone[id] }
	for _, f := range sorted(p.profiles) {
		// AWS lists instance profiles beside their roles, and those without a role not at all.
		if rest(f.ID) && f.Role != "" {
			p.over(Item{kindProfile, f.Name, f.ARN(), nil}, func() { p.removeProfile(f) })
		}
	}
	for _, u := range sorted(p.users) {
		if rest(u.ID) {
			p.over(Item{kindUser, u.Name, u.ARN(), nil}, func() { p.removeUser(u) })
		}
	}
	for _, g := range sorted(p.groups) {
		if rest(g.ID) {
			p.over(Item{kindGroup, g.Name, g.ARN(), nil}, func() { p.removeGroup(g) })
		}
	}
	for _, r := range sorted(p.roles) {
		if rest(r.ID) {
			p.over(Item{kindRole, r.Name, r.ARN(), nil}, func() { p.removeRole(r) })
		}
	}
	for _, v := range sorted(p.policies) {
		if rest(v.ID) {
			p.over(Item{kindPolicy, v.Name, v.ARN(), nil}, func() { p.removePolicy(v) })
		}
	}
	for _, v := range sorted(p.brought) {
		if !slices.ContainsFunc(p.export.AWSPolicies, func(in *awsexport.Policy) bool { return strings.EqualFold(in.Name, v.Name) }) {
			p.over(Item{kindAWSPolicy, v.Name, v.ARN(), nil}, func() { p.removeAWSPolicy(v) })
		}
	}
}

func (p *plan) removeAWSPolicy(v *directory.ManagedPolicy) {
	p.rootOnly = "takes " + v.ARN() + " away, which AWS manages"
	p.add(&change{Item: Item{kindAWSPolicy, v.Name, v.ARN(), nil}, verb: removes, size: overhead,
		asks:  []ask{on("iam:DeletePolicy", v.ARN(), "policy "+v.ARN(), p.account, nil)},
		write: p.unmoved(v.Name, v, func(tx *directory.Tx) error { return tx.DropAWSPolicy(p.account, v.Name) })})
}

// over is something that is here and not in the files.
func (p *plan) over(item Item, remove func()) {
	if p.o.Prune {
		remove()
	} else {
		p.extra = append(p.extra, item)
	}
}

func sorted[T any](m map[string]*T) (out []*T) {
	for _, name := range slices.Sorted(keysOf(m)) {
		out = append(out, m[name])
	}
	return out
}

// identified is any entity of an export.
type identified interface{ UniqueID() string }

func idsOf[T identified](items []T) (out []string) {
	for _, item := range items {
		out = append(out, item.UniqueID())
	}
	return out
}

// checkProfileIDs refuses an instance profile whose unique id is another's here.
func (p *plan) checkProfileIDs() {
	byID := map[string]string{}
	for name, f := range p.profiles {
		byID[f.ID] = name
	}
	for _, in := range p.export.Profiles {
		if name, ok := byID[in.ID]; ok && name != strings.ToLower(in.Name) {
			p.wrong(&in.Entity, "its unique id %s is that of the instance profile %s here", in.ID, p.profiles[name].Name)
		}
	}
}

// canonicalHere is the canonical user id that here means the account of one in the
// files, "" for none. The account has another here than at AWS.
func (p *plan) canonicalHere(id string) string {
	if id == p.export.Owner || id == p.record.CanonicalID {
		return p.record.CanonicalID
	}
	if arn.ValidCanonicalID(id) && p.dir.PrincipalExists("CanonicalUser", id) {
		return id
	}
	return ""
}
