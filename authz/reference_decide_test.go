package authz_test

import (
	"slices"
	"strings"
)

// refAnswer is a decision. reasons are those that the specification lets stand; on a deny the first that holds in the
// order of appendix A, anyReason where the order says nothing.
type refAnswer struct {
	allow   bool
	reasons []string
}

const anyReason = "any"

func refDeny(reasons ...string) refAnswer  { return refAnswer{false, reasons} }
func refAllow(reasons ...string) refAnswer { return refAnswer{true, reasons} }

// refDecide decides a case: its main question and all others that it comes with.
func refDecide(c *Case, cache map[string]*refPolicy) refAnswer {
	w := &refWorld{c: c, cache: cache}
	answer := w.one(c.Request.Action, c.Request.Resource, true)
	for _, also := range c.Request.Also {
		if answer.allow {
			if more := w.one(also[0], also[1], false); !more.allow {
				answer = more
			}
		}
	}
	if answer.allow && len(c.Request.BodyPolicy) > 0 {
		if problem := w.validate(); problem != "" {
			return refDeny("malformed_policy:" + problem)
		}
	}
	return answer
}

func (w *refWorld) one(action, resource string, primary bool) refAnswer {
	c := w.caller()
	lower := strings.ToLower(action)
	if lower == "sts:getcalleridentity" || lower == "sts:getsessiontoken" {
		return refAllow("no_permission_required") // that GetSessionToken takes no temporary credentials is its own refusal
	}
	if c.refused(lower, w) {
		return refDeny(anyReason)
	}
	t := w.target(action, resource, c)
	if t.ap != nil {
		if answer := w.stage1(c, t); !answer.allow {
			return answer
		}
	}
	if t.bucket != nil {
		return w.s3(c, t, primary)
	}
	return w.core(c, refQuestion{t: t, resource: resource, owner: t.account, policy: t.policy, rcps: []string{t.account}})
}

// refused: what temporary credentials cannot call at all (7.5).
func (c *refCaller) refused(action string, w *refWorld) bool {
	iam, sts := strings.HasPrefix(action, "iam:"), strings.HasPrefix(action, "sts:")
	switch {
	case c.kind == "federated" && (iam || sts):
		return true
	case c.sessionToken && sts:
		return action != "sts:assumerole" && action != "sts:tagsession" // the latter is a part of the former
	case c.sessionToken && iam:
		return !slices.ContainsFunc(refContext(w.c, "aws:MultiFactorAuthPresent"), func(v string) bool { return strings.EqualFold(v, "true") })
	}
	return false
}

// refQuestion is one run of section 3.1.
type refQuestion struct {
	t             *refTarget
	resource      string // as the policies see it
	owner         string // O
	policy        *refPolicy
	denyOnly      bool     // of the policy its Deny statements alone
	acl           refKinds // what ACLs add to K
	rcps          []string // the accounts whose RCPs filter
	accountInKeys string
}

// core is the pseudo-code of section 3.1.
func (w *refWorld) core(c *refCaller, q refQuestion) refAnswer {
	t := *q.t
	if q.accountInKeys != "" {
		t.account = q.accountInKeys
	}
	a := refAsk{c, t.action, q.resource, w.keys(c, &t)}
	scps, bound := w.scps(c)
	endpoint := w.policy(w.c.Request.EndpointPolicy)
	denied := func(list ...*refPolicy) bool {
		return slices.ContainsFunc(list, func(p *refPolicy) bool { return p.denies(a) })
	}
	// 1
	escape := q.resource == t.resource && c.kind == "root" && c.account == q.owner && t.kind == "bucket" && refPolicyActions[strings.ToLower(t.action)]
	switch {
	case bound && denied(slices.Concat(scps...)...):
		return refDeny("explicit_deny_scp")
	case slices.ContainsFunc(q.rcps, func(account string) bool { return denied(w.rcps(c, account, &t)...) }):
		return refDeny("explicit_deny_rcp")
	case denied(endpoint):
		return refDeny("explicit_deny_vpc_endpoint_policy")
	case !escape && denied(q.policy):
		return refDeny("explicit_deny_resource_policy")
	case denied(c.identity...):
		return refDeny("explicit_deny_identity_policy")
	case denied(c.boundary):
		return refDeny("explicit_deny_permissions_boundary")
	case denied(c.session...):
		return refDeny("explicit_deny_session_policy")
	}
	allowed := func(list []*refPolicy) bool {
		return slices.ContainsFunc(list, func(p *refPolicy) bool { return p.allows(a) })
	}
	// 2
	for _, level := range scps {
		if bound && !allowed(level) {
			return refDeny("no_scp")
		}
	}
	if endpoint != nil && !endpoint.allows(a) {
		return refDeny("no_vpc_endpoint_policy")
	}
	// 3
	var fromPolicy refKinds
	if !q.denyOnly {
		fromPolicy = q.policy.kinds(a)
	}
	side := refSide{
		k: fromPolicy.or(q.acl), acl: !fromPolicy.any() && q.acl.any(),
		ident:    allowed(c.identity) || c.issuerRoot,
		boundary: c.boundary == nil || c.boundary.allows(a),
		session:  c.session == nil && c.kind != "federated" || allowed(c.session),
		missing:  "no_resource_policy",
	}
	if q.denyOnly {
		side.missing = "no_object_acl_grant"
	}
	return side.grant(c, q, w.keyGrant(c, &t))
}

func (w *refWorld) scps(c *refCaller) (levels [][]*refPolicy, bound bool) {
	o := w.account(c.account).Org
	if o == nil || o.Management || c.serviceLinked || c.account == "" {
		return nil, false
	}
	for _, level := range o.SCPs {
		levels = append(levels, w.list(level))
	}
	return levels, true
}

func (w *refWorld) rcps(c *refCaller, account string, t *refTarget) (out []*refPolicy) {
	o := w.account(account).Org
	service, _, _ := strings.Cut(strings.ToLower(t.action), ":")
	switch {
	case o == nil, o.Management, c.serviceLinked, service != "s3" && service != "sts" && service != "kms":
		return nil
	case strings.EqualFold(t.action, "kms:RetireGrant"), t.kmsKey != nil && t.kmsKey.AWSManaged:
		return nil
	}
	for _, level := range o.RCPs {
		out = append(out, w.list(level)...)
	}
	return out
}

// refSide is what both sides say, the denies apart.
type refSide struct {
	k                        refKinds
	acl                      bool // K comes from ACLs alone
	ident, boundary, session bool
	missing                  string // the reason when K is empty
}

// caller is what the caller's side lacks.
func (s refSide) caller(ident bool) []string {
	switch {
	case ident && !s.ident:
		return []string{"no_identity_policy"}
	case !s.boundary:
		return []string{"no_permissions_boundary"}
	case !s.session:
		return []string{"no_session_policy"}
	}
	return nil
}

func (s refSide) grant(c *refCaller, q refQuestion, keyGrant bool) refAnswer {
	same := c.account == q.owner && c.account != ""
	by := []string{"resource_policy"}
	if s.acl {
		by = []string{"acl"}
	}
	both := []string{"identity_and_resource_policy"}
	if s.acl {
		both = []string{"acl"}
	}
	switch q.t.kind {
	case "other":
		return s.identityOnly(c, same)
	case "key", "role":
		return s.mustAllow(c, q, same, keyGrant)
	}
	switch {
	case c.kind == "service" || c.kind == "anonymous" || c.kind == "provider":
		if s.k.direct {
			return refAllow(by...)
		}
		return refDeny(s.missing)
	case c.kind == "root" && same:
		return refAllow("owner_root")
	case c.kind == "root":
		if s.k.any() {
			return refAllow(by...)
		}
		return refDeny(s.missing)
	case same && s.k.direct:
		return refAllow(by...)
	case same:
		resource := s.k.role || s.k.issuer
		if lack := s.caller(!resource); lack != nil {
			return refDeny(lack...)
		}
		if resource {
			return refAllow("resource_policy")
		}
		return refAllow("identity_policy", "acl")
	}
	if lack := s.caller(true); lack != nil {
		return refDeny(lack...)
	}
	if !s.k.any() {
		return refDeny(s.missing)
	}
	if q.t.ap != nil {
		return refAllow(by[0], both[0]) // AP-14 gives the bucket's consent as the reason
	}
	return refAllow(both...)
}

// identityOnly is for what has no policy of its own: no call crosses accounts.
func (s refSide) identityOnly(c *refCaller, same bool) refAnswer {
	switch {
	case !same:
		return refDeny("no_identity_policy", "no_resource_policy", "no_permissions_boundary", "no_session_policy")
	case c.kind == "root":
		return refAllow("owner_root")
	}
	if lack := s.caller(true); lack != nil {
		return refDeny(lack...)
	}
	return refAllow("identity_policy")
}

// mustAllow is for KMS keys and role trust policies.
func (s refSide) mustAllow(c *refCaller, q refQuestion, same, keyGrant bool) refAnswer {
	missing := map[string]string{"key": "no_key_policy", "role": "no_trust_policy"}[q.t.kind]
	if c.kind == "root" && q.t.kind == "role" {
		return refDeny("no_trust_policy", "no_identity_policy", "no_resource_policy", "credentials_not_permitted")
	}
	ident := s
	ident.ident = s.ident || c.kind == "root"
	switch {
	case c.account == "":
		if s.k.direct || keyGrant {
			return refAllow("resource_policy", "kms_grant")
		}
		return refDeny(missing)
	case same && (s.k.direct || keyGrant):
		return refAllow("resource_policy", "kms_grant")
	case same && (s.k.role || s.k.issuer):
		if lack := s.caller(false); lack != nil {
			return refDeny(lack...)
		}
		return refAllow("resource_policy")
	}
	if !s.k.any() && !keyGrant {
		return refDeny(missing, "no_identity_policy", "no_permissions_boundary", "no_session_policy")
	}
	if lack := ident.caller(true); lack != nil {
		return refDeny(lack...)
	}
	return refAllow("identity_and_resource_policy", "resource_policy", "kms_grant")
}

// keyGrant is the last paragraph of 5.4.
func (w *refWorld) keyGrant(c *refCaller, t *refTarget) bool {
	if t.kmsKey == nil {
		return false
	}
	_, operation, _ := strings.Cut(t.action, ":")
	for _, g := range t.kmsKey.Grants {
		k := c.named(refPrincipal{"AWS", g.Grantee})
		named := k.direct || k.role || k.account && c.kind == "root" || c.named(refPrincipal{"Service", g.Grantee}).any()
		if g.GranteeID != "" { // the entity, whatever it is called now
			named = g.GranteeID == c.id
		}
		if !named || !slices.ContainsFunc(g.Operations, func(o string) bool { return strings.EqualFold(o, operation) }) {
			continue
		}
		ok := g.Constraints.Equals == nil || len(g.Constraints.Equals) == len(t.encryption)
		for _, want := range []map[string]string{g.Constraints.Equals, g.Constraints.Subset} {
			for name, v := range want {
				got, present := t.encryption[name]
				ok = ok && present && got == v
			}
		}
		if ok {
			return true
		}
	}
	return false
}
