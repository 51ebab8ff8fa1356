package authz_test

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
)

var (
	accountIDs = []string{"111111111111", "222222222222", "333333333333"}
	services   = []string{"logging.s3.amazonaws.com", "cloudtrail.amazonaws.com"}
	providers  = []string{"arn:aws:iam::111111111111:oidc-provider/token.example.com", "arn:aws:iam::222222222222:saml-provider/okta"}
	sessions   = []string{"s1", "S1"}
	objectKeys = []string{"k", "K", "a:b", "alice/x", "é", "É1", "*", "?", "red/x", "$x", "AIDAEXAMPLE0001ALICE0"}
	bpaNames   = []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
)

func names[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// sorted walks a map in the order of its keys, for seeds to give the same world again.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range names(m) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// world makes the accounts of a case.
func (m *maker) world() *Case {
	m.c = &Case{Accounts: map[string]*Account{}}
	m.strange, m.used = m.chance(40), nil
	for _, id := range accountIDs {
		m.c.Accounts[id] = m.members(id)
	}
	organized := m.chance(40)
	for _, id := range accountIDs {
		m.fill(id, m.c.Accounts[id])
		if organized && m.chance(75) {
			m.c.Accounts[id].Org = m.org()
		}
	}
	return m.c
}

// members are an account's users and roles without policies: all names have to be known before policies name them.
func (m *maker) members(id string) *Account {
	n := id[:1]
	path := func() string { return one(m, []string{"/", "/", "/team/"}) }
	return &Account{
		CanonicalID: strings.Repeat(n, 64),
		Users: map[string]*User{
			"alice": {Path: path(), ID: "AIDAEXAMPLE000" + n + "ALICE0"}, "Alice": {Path: "/", ID: "AIDAEXAMPLE000" + n + "CAPITA"},
			"bob": {Path: path(), ID: "AIDAEXAMPLE000" + n + "BOB000"},
		},
		Roles: map[string]*Role{"app": {Path: path(), ID: "AROAEXAMPLE00000" + n + "APP0"}, "hop": {Path: "/", ID: "AROAEXAMPLE00000" + n + "HOP0"}},
	}
}

func (m *maker) tags() map[string]string {
	if m.chance(50) {
		return nil
	}
	return map[string]string{one(m, []string{"team", "Team"}): one(m, teams)}
}

func (m *maker) fill(id string, a *Account) {
	a.BPA = m.bpa(12)
	a.Groups = map[string]*Group{"devs": {Policies: m.policies("identity")}}
	for _, u := range sorted(a.Users) {
		u.Policies, u.Boundary, u.Tags = m.policies("identity"), m.maybe("boundary", 15), m.tags()
		if m.chance(25) {
			u.Groups = []string{"devs"}
		}
	}
	for _, r := range sorted(a.Roles) {
		r.Policies, r.Boundary, r.Tags = m.policies("identity"), m.maybe("boundary", 15), m.tags()
		r.Trust, r.ServiceLinked = m.maybe("trust", 80), m.chance(6)
	}
	a.Buckets = map[string]*Bucket{}
	for _, name := range map[string][]string{"111111111111": {"b", "bb"}, "222222222222": {"o"}}[id] {
		a.Buckets[name] = m.bucket(id)
	}
	a.AccessPoints = map[string]*AccessPoint{"ap": {
		Bucket: "b", BucketAccount: accountIDs[0], Policy: m.maybe("ap", 80), BPA: m.bpa(20), VPC: one(m, []string{"", "", "vpc-1"}),
	}}
	arn := "arn:aws:kms:us-east-1:" + id + ":key/1"
	a.Keys = map[string]*Key{arn: {Policy: m.maybe("key", 85), Grants: m.keyGrants(), AWSManaged: m.chance(8)}}
}

func (m *maker) bpa(p int) (out []string) {
	for _, name := range bpaNames {
		if m.chance(p) {
			out = append(out, name)
		}
	}
	return out
}

func (m *maker) bucket(owner string) *Bucket {
	b := &Bucket{
		Policy: m.maybe("bucket", 75), BPA: m.bpa(12), RequesterPays: m.chance(8), ACL: m.acl(owner),
		Ownership: one(m, []string{"", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "ObjectWriter"}),
		Objects:   map[string]*Object{},
	}
	for _, key := range objectKeys {
		if m.chance(60) {
			of := owner
			if m.chance(35) {
				of = one(m, accountIDs)
			}
			b.Objects[key] = &Object{Owner: of, ACL: m.acl(of), Tags: m.tags()}
			if m.chance(20) {
				b.Objects[key].Owner = ""
			}
		}
	}
	return b
}

func (m *maker) acl(owner string) (out []Grant) {
	if m.chance(60) {
		out = append(out, Grant{Grantee: owner, Permission: "FULL_CONTROL"})
	}
	for m.chance(45) && len(out) < 4 {
		grantee := one(m, append([]string{"AllUsers", "AuthenticatedUsers", "LogDelivery"}, accountIDs...))
		out = append(out, Grant{Grantee: grantee, Permission: one(m, []string{"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"})})
	}
	return out
}

func (m *maker) keyGrants() (out []KeyGrant) {
	for m.chance(60) && len(out) < 3 {
		g := KeyGrant{Grantee: one(m, append(m.principals(), services...)), Operations: some(m, []string{"Decrypt", "GenerateDataKey", "RetireGrant"})}
		if !strings.HasPrefix(g.Grantee, "arn:") && !slices.Contains(services, g.Grantee) {
			continue // a grant names an ARN or a service
		}
		contexts := []map[string]string{{"dept": "hr"}, {"aws:s3:arn": "arn:aws:s3:::b/k"}, {"dept": "hr", "aws:s3:arn": "arn:aws:s3:::b/k"}, {}}
		switch m.IntN(4) {
		case 0:
			g.Constraints.Equals = one(m, contexts)
		case 1:
			g.Constraints.Subset = one(m, contexts)
		}
		if m.chance(20) && strings.Contains(g.Grantee, ":user/") {
			g.GranteeID = one(m, []string{"AIDAEXAMPLE0001ALICE0", "AIDAEXAMPLESTALEALICE", "AIDAEXAMPLE0002ALICE0"})
		}
		out = append(out, g)
	}
	return out
}

func (m *maker) org() *Org {
	o := &Org{ID: one(m, []string{"o-1", "o-1", "o-2"}), Management: m.chance(12)}
	o.Path = o.ID + "/r-1/" + one(m, []string{"", "ou-1/", "ou-1/ou-2/"})
	for range m.IntN(4) {
		o.SCPs = append(o.SCPs, m.level("scp"))
	}
	for range m.IntN(3) {
		o.RCPs = append(o.RCPs, m.level("rcp"))
	}
	return o
}

func (m *maker) level(kind string) []json.RawMessage {
	level := m.policies(kind)
	if kind == "scp" && m.chance(80) {
		level = append(level, json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	}
	return level
}
