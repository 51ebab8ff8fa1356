package authz

import "github.com/sallyport/sallyport/policy"

// stage is one evaluation: the caller against one resource with one resource policy. A request through an access point has
// two of them. The fields are filled in the order of authorization: every policy that could deny is asked once, and what it
// allows is kept for the rules that follow.
type stage struct {
	req       *Request
	docs      *Documents
	principal *Principal
	q         *policy.Query
	trace     *Trace
	stage1    bool

	account  string    // that owns the resource
	owner    string    // the account that answers for it: account, or a foreign object's owner
	document *Document // the resource's policy
	rcps     []Level

	scp, endpoint, ident, boundary, session bool          // what allows (or does not limit)
	named                                   policy.Grants // how the resource policy's Allow names the caller
	acl                                     policy.Grants // how the ACL does
	keyGrant                                bool

	d Decision
}

// run evaluates the stage.
func (s *stage) run() Decision {
	if s.explicit() {
		s.d.Allowed = false
		return s.d
	}
	s.aclGrants()
	s.keyGrant = s.keyGrants()
	s.decide()
	return s.d
}

// explicit asks the policies in AWS's order and tells whether one denies.
func (s *stage) explicit() bool {
	return s.askSCPs() || s.askRCPs(s.rcps) || (s.foreignObject() && s.askRCPs(s.docs.ObjectOwnerRCPs)) ||
		s.askEndpoint() || s.askResource() || s.askIdentity() || s.askBoundary() || s.askSession()
}

// ask evaluates one document and keeps its Deny.
func (s *stage) ask(doc *Document, mode policy.Mode, role DocumentRole, level int, reason Reason) (o policy.Outcome, denied bool) {
	o = doc.Evaluate(s.q, mode)
	if s.trace != nil {
		s.note(doc, mode, role, level, o)
	}
	if o.Deny == nil {
		return o, false
	}
	s.d.Reason = reason
	s.d.Deny = Hit{o.Deny, doc.Source}
	if role == RoleResource || role == RoleRCP {
		s.d.ResourceDoor = DoorDenied
	} else {
		s.d.CallerDoor = DoorDenied
	}
	return o, true
}

// askSCPs: every level must allow. Only users, sessions and root users of member accounts are bound.
func (s *stage) askSCPs() (denied bool) {
	s.scp = true
	p := s.principal
	if !p.Signed() || p.Org.Management || p.ServiceLinked {
		return false
	}
	for i, level := range s.docs.SCPs {
		allows := false
		for j := range level {
			o, denied := s.ask(&level[j], policy.IgnorePrincipal, RoleSCP, i, ExplicitDenySCP)
			if denied {
				return true
			}
			allows = allows || o.Allow != nil
		}
		s.scp = s.scp && allows
	}
	return false
}

// askRCPs: they can only deny, since their one Allow is the fixed RCPFullAWSAccess.
func (s *stage) askRCPs(levels []Level) (denied bool) {
	a := s.req.Action
	if s.principal.ServiceLinked || s.req.Resource.AWSManaged || a.Lower() == "kms:retiregrant" || !policy.RCPService(a.Service()) {
		return false
	}
	for i, level := range levels {
		for j := range level {
			if _, denied := s.ask(&level[j], policy.AskPrincipal, RoleRCP, i, ExplicitDenyRCP); denied {
				return true
			}
		}
	}
	return false
}

func (s *stage) askEndpoint() (denied bool) {
	s.endpoint = true
	if s.docs.Endpoint == nil {
		return false
	}
	o, denied := s.ask(s.docs.Endpoint, policy.AskPrincipalIfAny, RoleEndpoint, 0, ExplicitDenyEndpoint)
	s.endpoint = o.Allow != nil
	return denied
}

// askResource: the bucket owner's root user cannot lock itself out of the bucket policy.
func (s *stage) askResource() (denied bool) {
	if s.document == nil || (!s.stage1 && s.principal.Kind == policy.CallerRoot && s.sameAccount(s.account) &&
		s.req.Resource.Kind == ResourceBucket && ownsPolicy(s.req.Action)) {
		return false
	}
	role := RoleResource
	if s.stage1 {
		role = RoleAccessPoint
	}
	o, denied := s.ask(s.document, policy.AskPrincipal, role, 0, ExplicitDenyResource)
	if denied {
		s.d.CallerDoor, s.d.ResourceDoor = DoorNotNeeded, DoorDenied
		return true
	}
	if s.foreignObject() {
		return false // of a foreign object's bucket policy only the Deny counts
	}
	s.named = o.Grants
	s.d.Resource = Hit{o.Allow, s.document.Source}
	return false
}

func (s *stage) askIdentity() (denied bool) {
	s.ident = s.principal.Kind == policy.CallerFederated && s.principal.IssuerIsRoot
	for i := range s.docs.Identity {
		doc := &s.docs.Identity[i]
		o, denied := s.ask(doc, policy.IgnorePrincipal, RoleIdentity, 0, ExplicitDenyIdentity)
		if denied {
			return true
		}
		if o.Allow != nil && s.d.Identity.Statement == nil {
			s.d.Identity = Hit{o.Allow, doc.Source}
			s.ident = true
		}
	}
	return false
}

func (s *stage) askBoundary() (denied bool) {
	s.boundary = true
	if s.docs.Boundary == nil {
		return false
	}
	o, denied := s.ask(s.docs.Boundary, policy.IgnorePrincipal, RoleBoundary, 0, ExplicitDenyBoundary)
	s.boundary = o.Allow != nil
	return denied
}

// askSession: a federated user must have a session policy, a role's session may.
func (s *stage) askSession() (denied bool) {
	s.session = len(s.docs.Session) == 0 && s.principal.Kind != policy.CallerFederated
	for i := range s.docs.Session {
		o, denied := s.ask(&s.docs.Session[i], policy.IgnorePrincipal, RoleSession, 0, ExplicitDenySession)
		if denied {
			return true
		}
		s.session = s.session || o.Allow != nil
	}
	return false
}

// sameAccount tells whether the caller belongs to account.
func (s *stage) sameAccount(account string) bool {
	return s.principal.Signed() && (account == "" || s.principal.Account == account)
}

func (s *stage) note(doc *Document, mode policy.Mode, role DocumentRole, level int, o policy.Outcome) {
	e := TraceEntry{
		Stage1: s.stage1, Role: role, Level: level, Source: doc.Source, Account: s.principal.Account,
		Action: s.req.Action.String(), Resource: s.q.Resource, Allows: o.Allow != nil, Denies: o.Deny != nil,
		Statements: doc.Explain(s.q, mode),
	}
	switch role {
	case RoleResource, RoleAccessPoint:
		e.Grants, e.Account = o.Grants, s.account
	case RoleRCP:
		e.Account = s.account
	}
	s.trace.Entries = append(s.trace.Entries, e)
}
