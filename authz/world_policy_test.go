package authz_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// maker makes random worlds. Everything is drawn from few names, so that policies and requests meet often.
type maker struct {
	*rand.Rand
	c       *Case
	strange bool       // the world being made may have variables, Unicode and values of wrong types
	used    []worldKey // in the world's conditions
}

func newMaker(seed, n uint64) *maker { return &maker{Rand: rand.New(rand.NewPCG(seed, n))} }

// chance is true in p of a hundred cases.
func (m *maker) chance(p int) bool { return m.IntN(100) < p }

func one[T any](m *maker, list []T) T { return list[m.IntN(len(list))] }

// some is one to three elements of list.
func some[T any](m *maker, list []T) []T {
	out := []T{one(m, list)}
	for m.chance(30) && len(out) < 3 {
		out = append(out, one(m, list))
	}
	return out
}

// text is a list as policies write it: a single value without brackets, at times.
func (m *maker) text(list []string) any {
	if len(list) == 1 && m.chance(50) {
		return list[0]
	}
	return list
}

type node = map[string]any

// policy is a random document. kind: identity, boundary, session, scp, rcp, endpoint, bucket, ap, key, trust.
func (m *maker) policy(kind string) json.RawMessage {
	doc := node{}
	switch n := m.IntN(100); {
	case n < 75 || kind == "scp" || kind == "rcp":
		doc["Version"] = "2012-10-17"
	case n < 90:
		doc["Version"] = "2008-10-17"
	}
	var list []node
	for len(list) == 0 || m.chance(40) && len(list) < 4 {
		list = append(list, m.statement(kind))
	}
	if kind == "rcp" || kind == "scp" && m.chance(70) {
		all := node{"Effect": "Allow", "Action": "*", "Resource": "*"}
		if kind == "rcp" {
			all["Principal"] = "*"
		}
		list = append(list, all)
	}
	doc["Statement"] = list
	if len(list) == 1 && m.chance(30) {
		doc["Statement"] = list[0]
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return b
}

// policies is none to two documents.
func (m *maker) policies(kind string) (out []json.RawMessage) {
	for m.chance(65) && len(out) < 2 {
		out = append(out, m.policy(kind))
	}
	return out
}

// maybe is a document or none.
func (m *maker) maybe(kind string, p int) json.RawMessage {
	if m.chance(p) {
		return m.policy(kind)
	}
	return nil
}

func (m *maker) statement(kind string) node {
	s := node{"Effect": "Allow"}
	deny := map[string]int{"scp": 40, "rcp": 100, "identity": 12, "bucket": 20}[kind]
	if m.chance(max(deny, 12)) {
		s["Effect"] = "Deny"
	}
	m.actions(s, kind)
	if kind != "trust" {
		m.resources(s, kind)
	}
	switch kind {
	case "rcp":
		s["Principal"] = one(m, []any{"*", node{"AWS": "*"}})
	case "bucket", "ap", "key", "trust":
		if s["Effect"] == "Deny" && kind != "trust" && m.chance(25) {
			s["NotPrincipal"] = m.notPrincipal()
		} else {
			s["Principal"] = m.principal(kind)
		}
	case "endpoint":
		if m.chance(30) {
			s["Principal"] = m.principal("bucket")
		}
	}
	often := 25
	if s["Effect"] == "Deny" {
		often = 65
	}
	if m.chance(often) {
		s["Condition"] = m.conditions()
	}
	return s
}

var actionPatterns = map[string][]string{
	"s3": {"s3:*", "s3:*", "*", "s3:Get*", "s3:GetObject", "s3:GetObject*", "s3:?etObject", "S3:getOBJECT", "s3:PutObject", "s3:Put*",
		"s3:List*", "s3:ListBucket", "s3:*Acl", "s3:Delete*", "s3:DeleteObject", "s3:*Object", "s3:*Policy", "s3:GetObjectVersion",
		"s3:*Tagging", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:CreateBucket", "s3:ListAllMyBuckets", "s3:*O*t*"},
	"kms": {"kms:*", "*", "kms:Decrypt", "kms:Generate*", "KMS:decrypt", "kms:RetireGrant", "kms:D*"},
	"sts": {"sts:AssumeRole", "sts:*", "sts:AssumeRole*", "sts:TagSession", "sts:AssumeRoleWithWebIdentity", "STS:assumerole"},
	"iam": {"iam:*", "iam:Get*", "iam:GetUser", "iam:List*"},
}

func (m *maker) actions(s node, kind string) {
	family := one(m, []string{"s3", "s3", "s3", "s3", "s3", "kms", "sts", "iam"})
	switch kind {
	case "bucket", "ap":
		family = "s3"
	case "key":
		family = "kms"
	case "trust":
		family = "sts"
	}
	list := some(m, actionPatterns[family])
	if kind != "trust" && s["Effect"] == "Allow" && m.chance(45) {
		list = []string{"*"}
	}
	if m.chance(8) && kind != "trust" {
		s["NotAction"] = m.text(list)
		return
	}
	s["Action"] = m.text(list)
}

var (
	plainResources = []string{"*", "arn:aws:s3:::*", "arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:s3:::b", "arn:aws:s3:::bb/*",
		"arn:aws:s3:::b/k", "arn:aws:s3:::b/K", "arn:aws:s3:::*/k", "arn:aws:s3:::?/*", "arn:aws:s3:::?b*", "arn:aws:s3:::o/*",
		"arn:aws:s3:::b/a:b", "arn:aws:s3:*:*:b/*", "arn:aws:s3:::b/alice/*", "arn:*:s3:::o*", "arn:aws:s3:::b/*x*"}
	strangeResources = []string{"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:::b/${aws:userid}",
		"arn:aws:s3:::b/${aws:PrincipalTag/team, 'k'}", "arn:aws:s3:::b/${*}", "arn:aws:s3:::b/${?}", "arn:aws:s3:::b/${$}*", "arn:aws:s3:::b/é*",
		"arn:aws:s3:::b/É?", "arn:aws:s3:::${aws:TagKeys}/*", "arn:aws:s3:::b/${aws:TagKeys, 'k'}", "arn:aws:s3:::b/${AWS:Username}*",
		"arn:aws:s3:::b/${s3:prefix}", "arn:aws:s3:::b/**?", "arn:aws:s3:::b/${aws:PrincipalAccount}*", "arn:aws:s3:::b/${aws:PrincipalOrgPaths}*"}
	otherResources = []string{"arn:aws:kms:us-east-1:111111111111:key/1", "arn:aws:kms:*:111111111111:key/*", "arn:aws:kms:us-east-1:222222222222:key/1",
		"arn:aws:iam::111111111111:role/app", "arn:aws:iam::*:role/*", "arn:aws:iam::222222222222:role/*", "arn:aws:iam::111111111111:user/*",
		"arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::222222222222:*", "arn:aws:sts::111111111111:federated-user/*"}
	accessPointResources = []string{"arn:aws:s3:us-east-1:111111111111:accesspoint/ap", "arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/*",
		"arn:aws:s3:us-east-1:222222222222:accesspoint/ap/object/*", "arn:aws:s3:*:*:accesspoint/ap*", "arn:aws:s3:us-east-1:222222222222:accesspoint/*",
		"arn:aws:s3:us-east-1:111111111111:accesspoint/ap/object/k", "*"}
)

func (m *maker) resources(s node, kind string) {
	pool := plainResources
	switch n := m.IntN(100); {
	case kind == "ap":
		pool = accessPointResources
	case kind == "key":
		pool = []string{"*", "*", "arn:aws:kms:us-east-1:111111111111:key/1", "arn:aws:kms:us-east-1:222222222222:key/1"}
	case kind == "bucket" && m.strange && n < 25:
		pool = strangeResources
	case kind == "bucket":
	case n < 15 && m.strange:
		pool = strangeResources
	case n < 25:
		pool = accessPointResources
	case n < 40:
		pool = otherResources
	case n < 70:
		pool = []string{"*"}
	}
	if kind == "scp" && s["Effect"] == "Allow" {
		pool = []string{"*"}
	}
	list := some(m, pool)
	if kind != "key" && s["Effect"] == "Allow" && m.chance(35) {
		list = []string{"*"}
	}
	if m.chance(8) {
		s["NotResource"] = m.text(list)
		return
	}
	s["Resource"] = m.text(list)
}

// principal is a Principal element.
func (m *maker) principal(kind string) any {
	if m.chance(22) {
		return one(m, []any{"*", node{"AWS": "*"}})
	}
	out := node{"AWS": m.text(some(m, m.principals()))}
	if m.chance(12) {
		out["Service"] = m.text(some(m, services))
	}
	switch {
	case kind == "bucket" && m.chance(10):
		out["CanonicalUser"] = m.c.Accounts[one(m, accountIDs)].CanonicalID
	case kind == "trust" && m.chance(50):
		out["Federated"] = one(m, providers)
	}
	if m.chance(5) {
		delete(out, "AWS")
		out["Service"] = one(m, services)
	}
	return out
}

// principals are all forms that stand under AWS.
func (m *maker) principals() (out []string) {
	for _, id := range accountIDs {
		a := m.c.Accounts[id]
		out = append(out, id, "arn:aws:iam::"+id+":root", "arn:aws:sts::"+id+":federated-user/fred")
		for name, u := range sorted(a.Users) {
			out = append(out, "arn:aws:iam::"+id+":user"+u.Path+name, u.ID)
		}
		for name, r := range sorted(a.Roles) {
			out = append(out, "arn:aws:iam::"+id+":role"+r.Path+name, "arn:aws:iam::"+id+":role/"+name, r.ID,
				"arn:aws:sts::"+id+":assumed-role/"+name+"/s1", "arn:aws:sts::"+id+":assumed-role/"+name+"/S1")
		}
	}
	return append(out, "*", "AIDAEXAMPLESTALEALICE", "AROAEXAMPLESTALEAPP00", "arn:aws-cn:iam::111111111111:root",
		"arn:aws-cn:iam::111111111111:user/alice", "arn:aws:iam::111111111111:user/ALICE", "arn:aws:iam::444444444444:root")
}

// notPrincipal lists whole chains: account and user, or account, role and session, or the account alone.
func (m *maker) notPrincipal() any {
	var list []string
	for len(list) == 0 || m.chance(40) && len(list) < 6 {
		id := one(m, accountIDs)
		a := m.c.Accounts[id]
		list = append(list, one(m, []string{id, "arn:aws:iam::" + id + ":root"}))
		switch m.IntN(3) {
		case 0:
			name := one(m, names(a.Users))
			list = append(list, one(m, []string{"arn:aws:iam::" + id + ":user" + a.Users[name].Path + name, a.Users[name].ID}))
		case 1:
			name := one(m, names(a.Roles))
			list = append(list, one(m, []string{"arn:aws:iam::" + id + ":role" + a.Roles[name].Path + name, a.Roles[name].ID}),
				"arn:aws:sts::"+id+":assumed-role/"+name+"/"+one(m, sessions))
		}
	}
	out := node{"AWS": list}
	if m.chance(20) {
		out["Service"] = one(m, services)
	}
	return out
}

// casing changes the letter case of a name, at times.
func (m *maker) casing(name string) string {
	switch {
	case m.chance(4):
		return strings.ToUpper(name)
	case m.chance(4):
		return strings.ToLower(name)
	}
	return name
}
