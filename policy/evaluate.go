package policy

// Mode says whether a policy's Principal elements are asked.
type Mode uint8

const (
	// IgnorePrincipal is for policies that bind whoever they are attached to: identity policies, boundaries, session
	// policies, SCPs.
	IgnorePrincipal Mode = iota
	// AskPrincipal is for policies on resources: bucket, access point, key and trust policies, RCPs. An Allow without
	// Principal names nobody, a Deny without one everybody.
	AskPrincipal
	// AskPrincipalIfAny is for VPC endpoint policies, whose statements may do without.
	AskPrincipalIfAny
)

// Outcome is a policy's answer. Deny is the first Deny statement found to match, in which case Allows may be incomplete.
// Grants is the ways in which matching Allow statements name the caller (GrantDirect where principals are not asked), and
// Allow the first such statement of the strongest way.
type Outcome struct {
	Deny   *Statement
	Allow  *Statement
	Grants Grants
}

// Evaluate asks every statement that could match q. It allocates nothing unless a condition compares letter-case-free
// text with variables in it, an ARN with variables in it, or a time as text.
func (p *Policy) Evaluate(q *Query, mode Mode) (o Outcome) {
	if q.tail == 0 {
		q.tail = tailOf(q.Resource)
	}
	if p.index != nil {
		p.index.evaluate(p, q, mode, &o)
		return o
	}
	for i := range p.statements {
		if p.statements[i].apply(q, mode, &o) {
			return o
		}
	}
	return o
}

// Explicit is Evaluate for who wants to know of a Deny alone.
func (p *Policy) Explicit(q *Query, mode Mode) *Statement { return p.Evaluate(q, mode).Deny }

// apply adds the statement's say to o; true means that it denies.
func (s *Statement) apply(q *Query, mode Mode, o *Outcome) (denied bool) {
	if !s.matchAction(q) {
		return false
	}
	g := s.grants(q, mode)
	if g == 0 || !s.matchResource(q) || !s.matchConditions(q) {
		return false
	}
	if s.deny {
		o.Deny = s
		return true
	}
	if o.Allow == nil || stronger(g, o.Grants) || (!stronger(o.Grants, g) && s.Number < o.Allow.Number) {
		o.Allow = s
	}
	o.Grants |= g
	return false
}

// stronger tells whether g has a way that ranks before every way of h; the constants are declared by rank.
func stronger(g, h Grants) bool {
	return g&-g < h&-h
}

// grants is the ways in which the statement names the caller; for a Deny any way is all.
func (s *Statement) grants(q *Query, mode Mode) Grants {
	switch {
	case mode == IgnorePrincipal, s.principals == nil && mode == AskPrincipalIfAny:
		return GrantDirect
	case s.principals == nil && s.deny:
		return GrantDirect
	case s.principals == nil || q.Caller == nil:
		return 0
	case s.notPrincipal && !s.deny:
		return 0 // AWS refuses to store it
	case s.notPrincipal && !s.principals.spares(q.Caller):
		return GrantDirect
	case s.notPrincipal:
		return 0
	case !s.deny && mode == AskPrincipalIfAny:
		return s.principals.admits(q.Caller)
	case !s.deny:
		return s.principals.allows(q.Caller)
	case s.principals.denies(q.Caller):
		return GrantDirect
	}
	return 0
}
