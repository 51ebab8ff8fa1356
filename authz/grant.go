package authz

import "github.com/sallyport/sallyport/policy"

// decide applies the filters and the crossing rules once no policy denies.
func (s *stage) decide() {
	switch {
	case !s.scp:
		s.deny(NoSCP)
	case !s.endpoint:
		s.deny(NoEndpointPolicy)
	case s.principal.Delegated && !s.session:
		s.deny(NoSessionPolicy)
	case !s.principal.Signed():
		s.decideUnsigned()
	case s.principal.Kind == policy.CallerRoot:
		s.decideRoot()
	case s.ownRules() && s.sameAccount(s.owner):
		s.decideStrict()
	case s.sameAccount(s.owner):
		s.decideSame()
	default:
		s.decideCross()
	}
}

// ownRules tells whether the resource's own policy must allow even within the account: keys and roles.
func (s *stage) ownRules() bool {
	return s.req.Resource.Kind == ResourceKey || s.req.Resource.Kind == ResourceRole
}

// consent is every way in which the resource's side names the caller.
func (s *stage) consent() policy.Grants { return s.named | s.acl }

// decideUnsigned is for services, anonymous callers and those with a provider's token: the resource alone decides.
func (s *stage) decideUnsigned() {
	switch {
	case s.named&policy.GrantDirect != 0:
		s.allow(ResourcePolicy)
	case s.acl&policy.GrantDirect != 0:
		s.allow(ACL)
	case s.keyGrant:
		s.allow(KMSGrant)
	default:
		s.deny(s.missing())
	}
}

// decideRoot: a root user has every right that its account has, but keys must allow even it, and roles cannot be assumed
// by it at all.
func (s *stage) decideRoot() {
	own := s.sameAccount(s.owner)
	switch {
	case s.req.Resource.Kind == ResourceRole:
		s.deny(NoTrustPolicy)
	case own && s.req.Resource.Kind != ResourceKey:
		s.allow(OwnerRoot)
	case s.named != 0:
		s.allow(ResourcePolicy)
	case s.acl != 0:
		s.allow(ACL)
	case s.keyGrant:
		s.allow(KMSGrant)
	default:
		s.deny(s.missing())
	}
}

// decideSame: within an account either side is enough. What names the caller itself (or everybody) passes by boundary and
// session policies; what names the caller's role or issuer, like identity policies, does not. An ACL names at most the
// account here.
func (s *stage) decideSame() {
	switch {
	case s.named&policy.GrantDirect != 0:
		s.allow(ResourcePolicy)
	case s.named&(policy.GrantRole|policy.GrantIssuer) != 0:
		s.limited(ResourcePolicy)
	case s.ident:
		s.limited(IdentityPolicy)
	default:
		s.deny(NoIdentityPolicy)
	}
}

// decideStrict: for keys and roles in the caller's own account the resource's policy must allow.
func (s *stage) decideStrict() {
	switch {
	case s.named&policy.GrantDirect != 0:
		s.allow(ResourcePolicy)
	case s.named&(policy.GrantRole|policy.GrantIssuer) != 0 && s.lim():
		s.allow(ResourcePolicy)
	case s.keyGrant:
		s.allow(KMSGrant)
	case s.named&(policy.GrantRole|policy.GrantIssuer) != 0:
		s.limited(ResourcePolicy)
	case s.named == 0:
		s.deny(s.missing())
	case !s.ident:
		s.deny(NoIdentityPolicy)
	default:
		s.limited(IdentityAndResourcePolicy)
	}
}

// decideCross: across accounts both sides must allow, and nothing passes by boundary or session policies.
func (s *stage) decideCross() {
	switch {
	case !s.ident:
		s.deny(NoIdentityPolicy)
	case !s.lim():
		s.limited(reasonNone)
	case s.named != 0 && s.req.AccessPoint != nil && !s.stage1:
		// The access point was the place where both accounts were asked; the bucket adds its own consent.
		s.allow(ResourcePolicy)
	case s.named != 0:
		s.allow(IdentityAndResourcePolicy)
	case s.acl != 0:
		s.allow(ACL)
	case s.keyGrant:
		s.allow(KMSGrant)
	default:
		s.deny(s.missing())
	}
}

func (s *stage) lim() bool { return s.boundary && s.session }

// limited allows for reason if boundary and session policies do.
func (s *stage) limited(reason Reason) {
	switch {
	case !s.boundary:
		s.deny(NoBoundary)
	case !s.session:
		s.deny(NoSessionPolicy)
	default:
		s.allow(reason)
	}
}

// missing is the reason for a resource's side that names nobody.
func (s *stage) missing() Reason {
	switch {
	case s.foreignObject():
		return NoObjectACLGrant
	case s.req.Resource.Kind == ResourceKey:
		return NoKeyPolicy
	case s.req.Resource.Kind == ResourceRole:
		return NoTrustPolicy
	}
	return NoResourcePolicy
}

func (s *stage) allow(r Reason) {
	s.d.Allowed, s.d.Reason = true, r
	switch r {
	case IdentityPolicy, OwnerRoot:
		s.d.CallerDoor, s.d.ResourceDoor = DoorOpen, DoorNotNeeded
	case ResourcePolicy, KMSGrant:
		s.d.CallerDoor, s.d.ResourceDoor = DoorNotNeeded, DoorOpen
	default:
		s.d.CallerDoor, s.d.ResourceDoor = DoorOpen, DoorOpen
	}
}

func (s *stage) deny(r Reason) {
	s.d.Allowed, s.d.Reason = false, r
	s.d.CallerDoor, s.d.ResourceDoor = s.callerDoor(), s.resourceDoor()
}

// callerDoor is the state of the caller's side, for explanations.
func (s *stage) callerDoor() Door {
	switch {
	case !s.principal.Signed():
		return DoorNotNeeded
	case s.scp && s.endpoint && s.lim() && (s.ident || s.principal.Kind == policy.CallerRoot):
		return DoorOpen
	}
	return DoorShut
}

func (s *stage) resourceDoor() Door {
	switch {
	case s.consent() != 0 || s.keyGrant:
		return DoorOpen
	case s.sameAccount(s.owner) && !s.ownRules():
		return DoorNotNeeded
	}
	return DoorShut
}
