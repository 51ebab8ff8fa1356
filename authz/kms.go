package authz

import (
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// keyGrants tells whether a KMS grant covers the request.
func (s *stage) keyGrants() bool {
	if s.req.Resource.Kind != ResourceKey {
		return false
	}
	for i := range s.docs.KeyGrants {
		g := &s.docs.KeyGrants[i]
		if g.covers(s.req.Action) && g.names(s.principal) && g.fits(s.req.Encryption) {
			if s.trace != nil {
				e := s.entry(RoleKeyGrant)
				e.Allows = true
				s.trace.Entries = append(s.trace.Entries, e)
			}
			return true
		}
	}
	return false
}

func (g *KeyGrant) covers(a policy.Action) bool {
	name := strings.TrimPrefix(a.Lower(), "kms:")
	for _, op := range g.Operations {
		if strings.EqualFold(op, name) {
			return true
		}
	}
	return false
}

// names tells whether the grantee is the caller, or the role of the caller's session. An account's root stands for the root
// user alone.
func (g *KeyGrant) names(p *Principal) bool {
	if g.GranteeID != "" {
		return p.UniqueID == g.GranteeID
	}
	return g.Grantee != "" && p.Kind != policy.CallerProvider && (g.Grantee == p.ARN || g.Grantee == p.PrincipalARN)
}

// fits tells whether the request's encryption context meets the grant's constraints.
func (g *KeyGrant) fits(e *EncryptionContext) bool {
	var pairs []policy.Tag
	if e != nil {
		pairs = e.Pairs.All()
	}
	if g.ContextEquals != nil && len(g.ContextEquals) != len(pairs) {
		return false
	}
	return subset(g.ContextEquals, pairs) && subset(g.ContextSubset, pairs)
}

// subset tells whether every pair of want is among pairs; keys and values are case-sensitive.
func subset(want map[string]string, pairs []policy.Tag) bool {
	found := 0
	for _, p := range pairs {
		if v, ok := want[p.Key]; ok && v == p.Value {
			found++
		}
	}
	return found == len(want)
}
