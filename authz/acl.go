package authz

import (
	"slices"

	"github.com/sallyport/sallyport/policy"
)

// logDelivery is the service that the LogDelivery group stands for.
const logDelivery = "logging.s3.amazonaws.com"

// foreignObject tells whether the request works on an existing object of another account than the bucket's, under that
// account's rules.
func (s *stage) foreignObject() bool {
	x := s.docs.S3
	return !s.stage1 && s.req.Resource.Kind == ResourceObject && x != nil && x.Ownership != BucketOwnerEnforced &&
		x.Object != nil && !x.Object.Missing && x.Object.Owner != "" && x.Object.Owner != s.account &&
		(objectContext(s.req.Action) || replicates(s.req.Action))
}

// aclGrants finds in which ways the ACL that governs the action names the caller.
func (s *stage) aclGrants() {
	x := s.docs.S3
	if x == nil || s.stage1 || x.Ownership == BucketOwnerEnforced {
		return
	}
	onBucket, onObject := aclPermission(s.req.Action)
	switch {
	case onBucket != 0:
		s.acl = s.aclNames(x.ACL, onBucket)
	case onObject != 0 && x.Object != nil && !x.Object.Missing:
		s.acl = s.aclNames(x.Object.ACL, onObject)
	}
	if s.trace != nil && onBucket|onObject != 0 {
		e := s.entry(RoleACL)
		e.Allows, e.Grants = s.acl != 0, s.acl
		s.trace.Entries = append(s.trace.Entries, e)
	}
}

func (s *stage) aclNames(acl []Grant, need Permission) (g policy.Grants) {
	for i := range acl {
		if acl[i].Permission&need != 0 {
			g |= s.granteeNames(&acl[i])
		}
	}
	return g
}

// granteeNames: a grant to an account, or to everybody who signs, delegates to the caller's account; to all users it is
// direct for those who do not sign.
func (s *stage) granteeNames(g *Grant) policy.Grants {
	p := s.principal
	ignored := s.bpa().IgnorePublicAcls
	switch g.Grantee {
	case GranteeAccount:
		if p.Signed() && g.Account != "" && g.Account == p.Account {
			return policy.GrantAccount
		}
	case GranteeAllUsers:
		if ignored {
			return 0
		}
		if p.Kind == policy.CallerAnonymous {
			return policy.GrantDirect
		}
		if p.Signed() {
			return policy.GrantAccount
		}
	case GranteeAuthenticatedUsers:
		if !ignored && p.Signed() {
			return policy.GrantAccount
		}
	case GranteeLogDelivery:
		if p.Kind == policy.CallerService && p.ARN == logDelivery {
			return policy.GrantDirect
		}
	}
	return 0
}

// PublicACL tells whether an ACL grants anything to AllUsers or AuthenticatedUsers.
func PublicACL(acl []Grant) bool {
	return slices.ContainsFunc(acl, func(g Grant) bool {
		return g.Grantee == GranteeAllUsers || g.Grantee == GranteeAuthenticatedUsers
	})
}
