package directory

import (
	"slices"

	"github.com/sallyport/sallyport/authz"
)

// place is where an account stands in the organization and what that brings
// with it, as they were when the organization was at gen.
type place struct {
	gen        uint64
	org        authz.Org
	scps, rcps []authz.Level // the root's first; nil while the type is not enabled
}

// Place is where an account stands in an organization and the policies that come
// with it, the root's level first.
type Place struct {
	Org        authz.Org
	SCPs, RCPs []authz.Level
}

// nowhere is the place of an account that does not exist.
var nowhere = &place{}

// maxDepth bounds the way from an account up to the root. AWS allows five units
// on it.
const maxDepth = 16

// orgPolicy is an organization policy in memory.
type orgPolicy struct {
	rec *OrganizationPolicy
	doc *document
}

// place is where the account stands. It is found once and kept until anything
// in the organization changes.
func (d *Directory) place(m *memory, a *account) *place {
	gen := m.orgGen.Load()
	if p := a.place.Load(); p != nil && p.gen == gen {
		return p
	}
	p := d.findPlace(m, a)
	p.gen = gen
	a.place.Store(p)
	return p
}

func (d *Directory) findPlace(m *memory, a *account) *place {
	if d.opt.Place != nil {
		if at, ok := d.opt.Place(a.id); ok {
			return &place{org: at.Org, scps: at.SCPs, rcps: at.RCPs}
		}
	}
	rec := a.rec.Load()
	if rec == nil {
		return &place{}
	}
	o, ok := m.orgs.get(rec.Org)
	if !ok {
		return &place{}
	}
	way, path := m.wayTo(o, rec)
	p := &place{org: authz.Org{ID: o.ID, Paths: []string{path}, Management: o.Management == a.id}}
	if p.org.Management {
		return p // neither SCPs nor RCPs bind the management account
	}
	if o.Enabled(ServiceControl) {
		p.scps = d.levels(m, o, ServiceControl, way)
	}
	if o.Enabled(ResourceControl) {
		p.rcps = d.levels(m, o, ResourceControl, way)
	}
	return p
}

// wayTo is the ids of the root, the units down to the account, and the account;
// and the path of these but the last, as aws:PrincipalOrgPaths has it.
func (m *memory) wayTo(o *Organization, a *Account) (way []string, path string) {
	way = []string{a.ID}
	for at := o.ParentOf(a); at != o.RootID && len(way) < maxDepth; {
		way = append(way, at)
		u, ok := m.units.get(at)
		if !ok {
			break
		}
		at = u.Parent
	}
	way = append(way, o.RootID)
	slices.Reverse(way)
	path = o.ID + "/"
	for _, id := range way[:len(way)-1] {
		path += id + "/"
	}
	return way, path
}

// levels are the policies of a type along the way. A level without any, or with
// one that is gone, which cannot be, allows nothing.
func (d *Directory) levels(m *memory, o *Organization, policyType string, way []string) []authz.Level {
	levels := make([]authz.Level, 0, len(way))
	for _, target := range way {
		level := authz.Level{}
		ids, _ := m.attachments.get(target)
		for _, id := range ids {
			p, ok := m.orgPolicies.get(id)
			source := &authz.Source{Kind: authz.SourceOrganization, Name: id, On: target}
			switch {
			case !ok:
				d.opt.Logger.Error("directory: an attached policy does not exist", "policy", id, "on", target)
				level = append(level, authz.Document{Policy: refuse(), Source: source})
			case p.rec.Type == policyType:
				source.Name, source.ARN = p.rec.Name, OrganizationPolicyARN(o, p.rec)
				level = append(level, authz.Document{Policy: d.load(p.doc, source), Source: source})
			}
		}
		levels = append(levels, level)
	}
	return levels
}

// policyWord is a type's word in ARNs.
func policyWord(policyType string) string {
	if policyType == ResourceControl {
		return "resource_control_policy"
	}
	return "service_control_policy"
}

// OrganizationPolicyARN is the ARN of an organization policy.
func OrganizationPolicyARN(o *Organization, p *OrganizationPolicy) string {
	if p.AWSManaged || o == nil {
		return "arn:aws:organizations::aws:policy/" + policyWord(p.Type) + "/" + p.ID
	}
	return "arn:aws:organizations::" + o.Management + ":policy/" + o.ID + "/" + policyWord(p.Type) + "/" + p.ID
}

// placeOf is the place of the account with the id.
func (d *Directory) placeOf(account string) *place {
	m := d.mem.Load()
	a, ok := m.accounts.get(account)
	if !ok {
		return nowhere
	}
	return d.place(m, a)
}

// Org is where an account stands in the organization; the zero value if there
// is no such account.
func (d *Directory) Org(account string) authz.Org { return d.placeOf(account).org }

// RCPs are the resource control policies that bind an account's resources, the
// root's level first; nil for the management account, for accounts that are not
// here, and while the organization has them not enabled.
func (d *Directory) RCPs(account string) []authz.Level { return d.placeOf(account).rcps }

// PublicAccessBlock is what Block Public Access blocks in all of an account's
// buckets.
func (d *Directory) PublicAccessBlock(account string) authz.BPA {
	a, ok := d.mem.Load().accounts.get(account)
	if !ok {
		return authz.BPA{}
	}
	rec := a.rec.Load()
	if rec == nil || rec.PublicAccessBlock == nil {
		return authz.BPA{}
	}
	return authz.BPA(*rec.PublicAccessBlock)
}
