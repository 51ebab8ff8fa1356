package authz

import "github.com/sallyport/sallyport/policy"

// stage is one evaluation: the caller against one resource with one resource policy. A request through an access point has
// two of them. The fields are filled in the order of authorization: every policy that could deny is asked once, and what it
// allows is kept for the rules that follow.
type stage struct {
	req       *Request
	docs      *Documents
	principal *Principal
	trace     *Trace
	stage1    bool
	surveying bool // no Deny ends the evaluation

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
func (s *stage) run(q *policy.Query) Decision {
	if s.explicit(q) {
		if s.trace != nil {
			s.survey(q)
		}
		return s.d
	}
	s.aclGrants()
	s.keyGrant = s.keyGrants()
	s.decide()
	return s.d
}

// explicit asks the policies in AWS's order and tells whether one denies.
func (s *stage) explicit(q *policy.Query) bool {
	return s.askSCPs(q) || s.askRCPs(q, s.rcps, false) || (s.foreignObject() && s.askRCPs(q, s.docs.ObjectOwnerRCPs, true)) ||
		s.askEndpoint(q) || s.askResource(q) || s.askIdentity(q) || s.askBoundary(q) || s.askSession(q)
}

// part is the part of a document in a decision: how it is asked and the reason if it denies.
type part struct {
	role   DocumentRole
	mode   policy.Mode
	reason Reason
	level  int
	// foreign: of the object owner's account, which is not the bucket owner's.
	foreign bool
}

// ask evaluates one document and keeps its Deny.
func (s *stage) ask(q *policy.Query, doc *Document, part part) (o policy.Outcome, denied bool) {
	o = doc.Evaluate(q, part.mode)
	if s.trace != nil {
		s.note(q, doc, part, o)
	}
	if o.Deny == nil || s.surveying {
		return o, false
	}
	s.d.Reason = part.reason
	s.d.Deny = Hit{o.Deny, doc.Source}
	if part.role.OfResource() {
		s.d.ResourceDoor = DoorDenied
	} else {
		s.d.CallerDoor = DoorDenied
	}
	return o, true
}

// askSCPs: every level must allow. Only users, sessions and root users of member accounts are bound.
func (s *stage) askSCPs(q *policy.Query) (denied bool) {
	s.scp = true
	p := s.principal
	if !p.Signed() || p.Org.Management || p.ServiceLinked {
		return false
	}
	for i, level := range s.docs.SCPs {
		allows := false
		for j := range level {
			o, denied := s.ask(q, &level[j], part{role: RoleSCP, mode: policy.IgnorePrincipal, reason: ExplicitDenySCP, level: i})
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
func (s *stage) askRCPs(q *policy.Query, levels []Level, foreign bool) (denied bool) {
	a := s.req.Action
	if s.principal.ServiceLinked || s.req.Resource.AWSManaged || a.Lower() == "kms:retiregrant" || !policy.RCPService(a.Service()) {
		return false
	}
	for i, level := range levels {
		for j := range level {
			if _, denied := s.ask(q, &level[j], part{role: RoleRCP, mode: policy.AskPrincipal, reason: ExplicitDenyRCP, level: i, foreign: foreign}); denied {
				return true
			}
		}
	}
	return false
}

func (s *stage) askEndpoint(q *policy.Query) (denied bool) {
	s.endpoint = true
	if s.docs.Endpoint == nil {
		return false
	}
	o, denied := s.ask(q, s.docs.Endpoint, part{role: RoleEndpoint, mode: policy.AskPrincipalIfAny, reason: ExplicitDenyEndpoint})
	s.endpoint = o.Allow != nil
	return denied
}

// askResource: the bucket owner's root user cannot lock itself out of the bucket policy.
func (s *stage) askResource(q *policy.Query) (denied bool) {
	if s.document == nil || (!s.stage1 && s.principal.Kind == policy.CallerRoot && s.sameAccount(s.account) &&
		ownsPolicy(s.req.Action)) {
		return false
	}
	role := RoleResource
	if s.stage1 {
		role = RoleAccessPoint
	}
	o, denied := s.ask(q, s.document, part{role: role, mode: policy.AskPrincipal, reason: ExplicitDenyResource})
	if denied || s.foreignObject() {
		return denied // of a foreign object's bucket policy only the Deny counts
	}
	s.named = o.Grants
	s.d.Resource = Hit{o.Allow, s.document.Source}
	return false
}

func (s *stage) askIdentity(q *policy.Query) (denied bool) {
	s.ident = s.principal.Kind == policy.CallerFederated && s.principal.IssuerIsRoot
	for i := range s.docs.Identity {
		doc := &s.docs.Identity[i]
		o, denied := s.ask(q, doc, part{role: RoleIdentity, mode: policy.IgnorePrincipal, reason: ExplicitDenyIdentity})
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

func (s *stage) askBoundary(q *policy.Query) (denied bool) {
	s.boundary = true
	if s.docs.Boundary == nil {
		return false
	}
	o, denied := s.ask(q, s.docs.Boundary, part{role: RoleBoundary, mode: policy.IgnorePrincipal, reason: ExplicitDenyBoundary})
	s.boundary = o.Allow != nil
	return denied
}

// askSession: a federated user and a delegated session must have a session policy, a role's session may.
func (s *stage) askSession(q *policy.Query) (denied bool) {
	s.session = len(s.docs.Session) == 0 && s.principal.Kind != policy.CallerFederated && !s.principal.Delegated
	for i := range s.docs.Session {
		o, denied := s.ask(q, &s.docs.Session[i], part{role: RoleSession, mode: policy.IgnorePrincipal, reason: ExplicitDenySession})
		if denied {
			return true
		}
		s.session = s.session || o.Allow != nil
	}
	return false
}

// sameAccount tells whether the caller belongs to account. A resource without an owner is the caller's own only if it is of
// a kind that nobody else can own; of all others a forgotten owner must not open the door.
func (s *stage) sameAccount(account string) bool {
	if account == "" {
		return s.principal.Signed() && s.req.Resource.Kind == ResourceOther
	}
	return s.principal.Signed() && s.principal.Account == account
}

// note writes a document and its answer into the trace.
func (s *stage) note(q *policy.Query, doc *Document, part part, o policy.Outcome) {
	e := s.entry(part.role)
	e.Level, e.Source, e.Policy, e.Allows, e.Denies = part.level, doc.Source, doc.Policy, o.Allow != nil, o.Deny != nil
	e.Statements = doc.Explain(q, part.mode)
	if part.mode == policy.AskPrincipal {
		e.Grants = o.Grants
	}
	if part.foreign {
		e.Account = s.docs.S3.Object.Owner
	}
	s.trace.Entries = append(s.trace.Entries, e)
}

// entry is a trace's entry with what the stage knows of itself. It reads the request rather than the stage's own copies,
// which would send the stage to the heap.
func (s *stage) entry(role DocumentRole) TraceEntry {
	e := TraceEntry{
		Stage1: s.stage1, Role: role, Account: s.principal.Account, Action: s.req.Action.String(), Resource: s.req.Resource.ARN,
	}
	if s.stage1 {
		e.Resource = s.req.AccessPoint.resource(&s.req.Resource)
	}
	if role.OfResource() {
		e.Account = s.req.Resource.Account
		if s.stage1 {
			e.Account = s.req.AccessPoint.Account
		}
	}
	if role == RoleACL && s.foreignObject() {
		e.Account = s.docs.S3.Object.Owner
	}
	return e
}
