package live

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// helperAccount is an account beside the case's, whose user assumes roles and
// which manages the organization that no account of the case manages.
const helperAccount = "999999999990"

var accountIDs = regexp.MustCompile(`(?:^|\D)(\d{12})(?:\D|$)`)

// accounts are the ids of all accounts that there must be.
func (p *player) accounts() []string {
	ids := map[string]bool{}
	for id, a := range p.c.Accounts {
		ids[id] = true
		for _, b := range a.Buckets {
			for _, o := range b.Objects {
				ids[o.Owner] = true
				grantees(ids, o.ACL)
			}
			grantees(ids, b.ACL)
		}
	}
	r := &p.c.Request
	for _, text := range []string{r.Principal, r.Issuer, r.Resource, string(r.BodyPolicy)} {
		for _, m := range accountIDs.FindAllStringSubmatch(text, -1) {
			ids[m[1]] = true
		}
	}
	delete(ids, "")
	delete(ids, helperAccount)
	return slices.Sorted(maps.Keys(ids))
}

func grantees(ids map[string]bool, acl []cases.Grant) {
	for _, g := range acl {
		if arn.ValidAccountID(g.Grantee) {
			ids[g.Grantee] = true
		}
	}
}

// makeAccounts makes the accounts, the one that manages the organization first.
func (p *player) makeAccounts(ctx context.Context) error {
	ids := append([]string{helperAccount}, p.accounts()...)
	for i, id := range ids {
		if a := p.c.Accounts[id]; a != nil && a.Org != nil && a.Org.Management && a.Org.ID == p.orgID() {
			ids[0], ids[i] = ids[i], ids[0]
			break
		}
	}
	return p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		for _, id := range ids {
			a := &directory.Account{
				ID: id, Name: "account-" + id, Email: id + "@example.com", CanonicalID: p.c.CanonicalID(id),
				PublicAccessBlock: accountBlock(p.c.Accounts[id]),
			}
			if err := t.FoundAccount(a); err != nil {
				return err
			}
			k, secret, err := t.CreateAccessKey(id, nil)
			if err != nil {
				return err
			}
			p.roots[id] = sigv4.Credentials{AccessKeyID: k.ID, SecretAccessKey: secret}
		}
		return p.makeHelper(t)
	})
}

func accountBlock(a *cases.Account) *directory.PublicAccessBlock {
	if a == nil || len(a.BPA) == 0 {
		return nil
	}
	return &directory.PublicAccessBlock{
		BlockPublicAcls: slices.Contains(a.BPA, "BlockPublicAcls"), IgnorePublicAcls: slices.Contains(a.BPA, "IgnorePublicAcls"),
		BlockPublicPolicy: slices.Contains(a.BPA, "BlockPublicPolicy"), RestrictPublicBuckets: slices.Contains(a.BPA, "RestrictPublicBuckets"),
	}
}

// makeHelper makes a user who may do anything that others let it.
func (p *player) makeHelper(t *directory.Tx) error {
	u := &directory.User{Holder: directory.Holder{
		Entity: directory.Entity{Account: helperAccount, Name: "helper"},
		Inline: []directory.InlinePolicy{{Name: "all", Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}},
	}}
	if err := t.CreateUser(u); err != nil {
		return err
	}
	k, secret, err := t.CreateAccessKey(helperAccount, u)
	p.helper = sigv4.Credentials{AccessKeyID: k.ID, SecretAccessKey: secret}
	return err
}

// makePrincipals makes the groups, users and roles, without the case's trust
// policies.
func (p *player) makePrincipals(ctx context.Context) error {
	world := p.people()
	return p.g.Directory().Update(ctx, func(t *directory.Tx) error {
		for _, account := range slices.Sorted(maps.Keys(world)) {
			m := &maker{t: t, account: account, groups: map[string]string{}}
			for _, name := range slices.Sorted(maps.Keys(world[account].Groups)) {
				m.group(name, world[account].Groups[name])
			}
			for _, name := range slices.Sorted(maps.Keys(world[account].Users)) {
				m.user(name, world[account].Users[name])
			}
			for _, name := range slices.Sorted(maps.Keys(world[account].Roles)) {
				r := *world[account].Roles[name]
				if p.is(account, name) {
					r.Path = rolePath(&r)
				}
				m.role(name, &r)
			}
			if m.err == nil && p.entity != nil && p.entity.kind == "policy" && p.asker() == account {
				m.managedAt(p.entity.path, p.entity.name, []byte(somePolicy))
			}
			if m.err != nil {
				return m.err
			}
		}
		return nil
	})
}

// is tells whether the request is of a session of the role.
func (p *player) is(account, role string) bool {
	who, err := arn.ParsePrincipal(p.c.Request.Principal)
	return err == nil && who.Kind == arn.KindAssumedRole && who.Account == account && who.Name == role
}

// asker is the account of the principal.
func (p *player) asker() string {
	who, err := arn.ParsePrincipal(p.c.Request.Principal)
	if err != nil {
		return ""
	}
	return who.Account
}

// people are the case's accounts and in them those who ask without being spelt
// out.
func (p *player) people() map[string]*cases.Account {
	out := map[string]*cases.Account{}
	for id, a := range p.c.Accounts {
		out[id] = &cases.Account{Groups: a.Groups, Users: maps.Clone(a.Users), Roles: maps.Clone(a.Roles)}
	}
	for _, text := range []string{p.c.Request.Principal, p.c.Request.Issuer} {
		who, err := arn.ParsePrincipal(text)
		if err != nil || who.Kind != arn.KindUser && who.Kind != arn.KindAssumedRole {
			continue
		}
		a := out[who.Account]
		if a == nil {
			a = &cases.Account{}
			out[who.Account] = a
		}
		if a.Users == nil {
			a.Users = map[string]*cases.User{}
		}
		if a.Roles == nil {
			a.Roles = map[string]*cases.Role{}
		}
		if who.Kind == arn.KindUser && a.Users[who.Name] == nil {
			a.Users[who.Name] = &cases.User{Path: who.Path}
		}
		if who.Kind == arn.KindAssumedRole && a.Roles[who.Name] == nil {
			a.Roles[who.Name] = &cases.Role{}
		}
	}
	p.addEntity(out)
	return out
}

// addEntity adds what an IAM operation works on.
func (p *player) addEntity(out map[string]*cases.Account) {
	e := p.entity
	if e == nil {
		return
	}
	a := out[p.asker()]
	if a == nil {
		a = &cases.Account{}
		out[p.asker()] = a
	}
	switch {
	case e.kind == "user" && a.Users[e.name] == nil:
		a.Users = with(a.Users, e.name, &cases.User{Path: e.path})
	case e.kind == "role" && a.Roles[e.name] == nil:
		a.Roles = with(a.Roles, e.name, &cases.Role{Path: e.path})
	case e.kind == "group" && a.Groups[e.name] == nil && e.path == "/":
		a.Groups = with(a.Groups, e.name, &cases.Group{})
	}
}

func with[T any](m map[string]T, name string, v T) map[string]T {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]T{}
	}
	out[name] = v
	return out
}

// maker makes the principals of one account and keeps the first error.
type maker struct {
	t       *directory.Tx
	account string
	groups  map[string]string // ids by name
	err     error
}

func (m *maker) keep(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *maker) holder(kind, name, path, id string, tags map[string]string, policies []json.RawMessage, boundary json.RawMessage) directory.Holder {
	h := directory.Holder{Entity: directory.Entity{ID: id, Account: m.account, Name: name, Path: path, Tags: tagList(tags)}}
	for i, text := range policies {
		h.Inline = append(h.Inline, directory.InlinePolicy{Name: "p" + string(rune('a'+i)), Document: string(text)})
	}
	if given(boundary) {
		h.Boundary = m.managed("boundary-"+kind+"-"+name, boundary)
	}
	return h
}

// managed makes a managed policy and returns its ARN.
func (m *maker) managed(name string, text json.RawMessage) string { return m.managedAt("", name, text) }

func (m *maker) managedAt(path, name string, text json.RawMessage) string {
	made := &directory.ManagedPolicy{
		Entity: directory.Entity{Account: m.account, Name: name, Path: path}, Default: "v1", NextVersion: 2,
		Versions: []directory.PolicyVersion{{ID: "v1", Document: string(text), Created: time.Now()}},
	}
	m.keep(m.t.CreatePolicy(made))
	return made.ARN()
}

func (m *maker) group(name string, g *cases.Group) {
	made := &directory.Group{Holder: m.holder("group", name, "", "", nil, g.Policies, nil)}
	m.keep(m.t.CreateGroup(made))
	m.groups[name] = made.ID
}

func (m *maker) user(name string, u *cases.User) {
	made := &directory.User{Holder: m.holder("user", name, u.Path, u.ID, u.Tags, u.Policies, u.Boundary)}
	for _, g := range u.Groups {
		if id := m.groups[g]; id != "" {
			made.Groups = append(made.Groups, id)
		}
	}
	m.keep(m.t.CreateUser(made))
}

// openTrust lets the helper in and nobody of the case.
const openTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + helperAccount +
	`:root"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`

func (m *maker) role(name string, r *cases.Role) {
	made := &directory.Role{
		Holder: m.holder("role", name, r.Path, r.ID, r.Tags, r.Policies, r.Boundary), Trust: openTrust, MaxSession: 43200,
	}
	m.keep(m.t.CreateRole(made))
}

const serviceRolePath = "/aws-service-role/"

// rolePath is the role's path, in which the server finds that it belongs to a
// service.
func rolePath(r *cases.Role) string {
	if r.ServiceLinked && !strings.HasPrefix(r.Path, serviceRolePath) {
		return serviceRolePath + "example.amazonaws.com/"
	}
	return r.Path
}

func tagList(tags map[string]string) (out []directory.Tag) {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, directory.Tag{Key: k, Value: tags[k]})
	}
	return out
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
