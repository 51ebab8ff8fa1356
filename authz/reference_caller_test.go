package authz_test

import (
	"encoding/json"
	"strings"
)

// refCaller is who asks, with the policies that come along.
type refCaller struct {
	kind              string // anonymous, root, user, session, federated, service, provider
	partition         string
	account           string
	arn, roleARN      string // roleARN of a session's role
	id                string // AIDA… or AROA…
	name              string // of a user; SESSION of a session
	canonical         string
	issuer, issuerID  string
	issuerRoot        bool
	serviceLinked     bool
	sessionToken      bool
	identity, session []*refPolicy
	boundary          *refPolicy
	tags              map[string]string
}

// named tells in which ways a principal of a policy names the caller (1.4).
func (c *refCaller) named(p refPrincipal) (k refKinds) {
	switch p.typ {
	case "AWS":
		switch {
		case p.value == "*":
			k.direct = true
		case c.account == "":
		case p.value == c.account, p.value == "arn:"+c.partition+":iam::"+c.account+":root":
			k.account = true
		case p.value == c.arn:
			k.direct = true
		case c.kind == "user" && p.value == c.id:
			k.direct = true
		case c.kind == "session" && (p.value == c.roleARN || p.value == c.id):
			k.role = true
		case c.kind == "federated" && (p.value == c.issuer || p.value == c.issuerID):
			k.issuer = p.value != ""
		}
	case "Service":
		k.direct = c.kind == "service" && p.value == c.arn
	case "Federated":
		k.direct = c.kind == "provider" && p.value == c.arn
	case "CanonicalUser":
		k.account = c.account != "" && p.value == c.canonical
	}
	return k
}

// hitByNotPrincipal is section 1.6.
func (c *refCaller) hitByNotPrincipal(list []refPrincipal) bool {
	listed := func(values ...string) bool {
		for _, p := range list {
			for _, v := range values {
				if v != "" && p.typ == "AWS" && p.value == v {
					return true
				}
			}
		}
		return false
	}
	root := listed(c.account, "arn:"+c.partition+":iam::"+c.account+":root")
	switch {
	case c.boundary != nil:
		return true
	case c.kind == "root":
		return !root
	case c.kind == "user":
		return !(root && listed(c.arn, c.id))
	case c.kind == "session":
		return !(root && listed(c.arn) && listed(c.roleARN, c.id))
	case c.kind == "service":
		for _, p := range list {
			if p.typ == "Service" && p.value == c.arn {
				return false
			}
		}
	}
	return true
}

// refWorld reads a case; cache may be shared by cases.
type refWorld struct {
	c     *Case
	cache map[string]*refPolicy
}

func (w *refWorld) policy(raw json.RawMessage) *refPolicy {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if p, ok := w.cache[string(raw)]; ok {
		return p
	}
	p, err := refParse(raw)
	if err != nil {
		panic(err)
	}
	w.cache[string(raw)] = p
	return p
}

func (w *refWorld) list(raws []json.RawMessage) (out []*refPolicy) {
	for _, raw := range raws {
		out = append(out, w.policy(raw))
	}
	return out
}

func (w *refWorld) account(id string) *Account {
	if a := w.c.Accounts[id]; a != nil {
		return a
	}
	return new(Account)
}

func (w *refWorld) caller() *refCaller {
	req := &w.c.Request
	parts := strings.SplitN(req.Principal, ":", 6)
	if req.Principal == "anonymous" || req.Principal == "" {
		return &refCaller{kind: "anonymous"}
	}
	if strings.HasPrefix(req.Action, "sts:AssumeRoleWith") {
		return &refCaller{kind: "provider", arn: req.Principal}
	}
	if len(parts) != 6 {
		return &refCaller{kind: "service", arn: req.Principal}
	}
	c := &refCaller{partition: parts[1], account: parts[4], arn: req.Principal, sessionToken: req.SessionToken}
	acc := w.account(c.account)
	c.canonical = refCanonical(w, c.account)
	words := strings.Split(parts[5], "/")
	name := words[len(words)-1]
	if len(req.SessionPolicy) > 0 {
		var many []json.RawMessage
		if json.Unmarshal(req.SessionPolicy, &many) == nil {
			c.session = w.list(many)
		} else {
			c.session = []*refPolicy{w.policy(req.SessionPolicy)}
		}
	}
	switch words[0] {
	case "root":
		c.kind = "root"
	case "user":
		c.kind, c.name = "user", name
		c.asUser(w, acc, name)
		if u := acc.Users[name]; u != nil {
			c.tags = u.Tags
		}
	case "assumed-role":
		c.kind, c.name = "session", name
		role := acc.Roles[words[1]]
		if role == nil {
			role = new(Role)
		}
		path := role.Path
		if path == "" {
			path = "/"
		}
		c.roleARN = "arn:" + c.partition + ":iam::" + c.account + ":role" + path + words[1]
		c.id = refID(role.ID, "AROA-"+c.account+words[1])
		c.identity, c.boundary, c.serviceLinked = w.list(role.Policies), w.policy(role.Boundary), role.ServiceLinked
		c.tags = map[string]string{}
		for k, v := range role.Tags {
			c.tags[strings.ToLower(k)] = v
		}
		for k, v := range req.SessionTags {
			c.tags[strings.ToLower(k)] = v
		}
	case "federated-user":
		c.kind, c.name, c.tags, c.issuer = "federated", name, req.SessionTags, req.Issuer
		issuer := strings.SplitN(req.Issuer, ":", 6)
		if c.issuerRoot = strings.HasSuffix(req.Issuer, ":root"); !c.issuerRoot && len(issuer) == 6 {
			words := strings.Split(issuer[5], "/")
			c.asUser(w, acc, words[len(words)-1])
			c.id, c.issuerID = "", c.id
		}
	}
	return c
}

func (c *refCaller) asUser(w *refWorld, acc *Account, name string) {
	u := acc.Users[name]
	if u == nil {
		u = new(User)
	}
	c.id = refID(u.ID, "AIDA-"+c.account+name)
	c.identity, c.boundary = w.list(u.Policies), w.policy(u.Boundary)
	for _, g := range u.Groups {
		if group := acc.Groups[g]; group != nil {
			c.identity = append(c.identity, w.list(group.Policies)...)
		}
	}
}

func refID(given, made string) string {
	if given != "" {
		return given
	}
	return made
}

func refCanonical(w *refWorld, account string) string {
	if id := w.account(account).CanonicalID; id != "" {
		return id
	}
	return strings.Repeat("0", 64-len(account)) + account
}
