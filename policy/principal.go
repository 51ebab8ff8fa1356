package policy

import (
	"slices"

	"github.com/sallyport/sallyport/arn"
)

// Grants says in which ways a resource policy's Allow names a caller; the crossing rules of boundaries, session policies
// and accounts depend on it.
type Grants uint8

// Ways of being named.
const (
	// GrantDirect: the caller itself, or everybody.
	GrantDirect Grants = 1 << iota
	// GrantRole: the role of the caller's session.
	GrantRole
	// GrantIssuer: the user who asked for the federated user's credentials.
	GrantIssuer
	// GrantAccount: the caller's account, which leaves the decision to that account's own policies.
	GrantAccount
)

// entryKind is what one entry of a Principal element names.
type entryKind uint8

const (
	entryNobody entryKind = iota // unreadable, or an id of something deleted: names nobody that exists
	entryAny
	entryAccount
	entryUser // an ARN
	entryRole
	entrySession
	entryFederated
	entryUserID // a unique id, the form that is stored
	entryRoleID
	entryService
	entryCanonical
	entryProvider
	entryAnyOfType // "*" under Service, Federated or CanonicalUser
)

type principalEntry struct {
	kind      entryKind
	typ       string
	value     string
	partition string // of ARNs
}

// principalSet is a compiled Principal or NotPrincipal element.
type principalSet struct {
	entries []principalEntry
}

func compilePrincipal(doc *PrincipalDoc) *principalSet {
	if doc == nil {
		return nil
	}
	set := new(principalSet)
	if doc.Any {
		set.entries = append(set.entries, principalEntry{kind: entryAny})
	}
	for _, e := range doc.Entries {
		set.entries = append(set.entries, compileEntry(e))
	}
	return set
}

func compileEntry(e PrincipalEntry) principalEntry {
	out := principalEntry{typ: e.Type, value: e.Value}
	switch {
	case e.Value == "*" && e.Type == TypeAWS:
		out.kind = entryAny
	case e.Value == "*":
		out.kind = entryAnyOfType
	case e.Type == TypeService:
		out.kind = entryService
	case e.Type == TypeCanonical:
		out.kind = entryCanonical
	case e.Type == TypeFederated:
		out.kind = entryProvider
	case arn.ValidAccountID(e.Value):
		out.kind = entryAccount
	case arn.IsUniqueID(arn.PrefixUser, e.Value):
		out.kind = entryUserID
	case arn.IsUniqueID(arn.PrefixRole, e.Value):
		out.kind = entryRoleID
	default:
		out.kind, out.value, out.partition = compileARNEntry(e.Value)
	}
	return out
}

func compileARNEntry(value string) (kind entryKind, name, partition string) {
	p, err := arn.ParsePrincipal(value)
	if err != nil {
		return entryNobody, value, ""
	}
	switch p.Kind {
	case arn.KindRoot:
		return entryAccount, p.Account, p.Partition
	case arn.KindUser:
		return entryUser, value, p.Partition
	case arn.KindRole:
		return entryRole, value, p.Partition
	case arn.KindAssumedRole:
		return entrySession, value, p.Partition
	case arn.KindFederatedUser:
		return entryFederated, value, p.Partition
	}
	return entryNobody, value, ""
}

// names tells in which way the entry names the caller, 0 for not at all.
func (e *principalEntry) names(c *Caller) Grants {
	hit := false
	switch e.kind {
	case entryAny:
		return GrantDirect
	case entryAccount:
		if c.Account == e.value && c.Signed() && (e.partition == "" || e.partition == c.partition()) {
			return GrantAccount
		}
		return 0
	case entryCanonical:
		if c.CanonicalID == e.value && c.Signed() && e.value != "" {
			return GrantAccount
		}
		return 0
	case entryUser:
		return e.namesUser(c, c.ARN, c.IssuerARN)
	case entryUserID:
		return e.namesUser(c, c.UniqueID, c.IssuerID)
	case entryRole:
		if c.Kind == CallerSession && c.PrincipalARN == e.value {
			return GrantRole
		}
		return 0
	case entryRoleID:
		if c.Kind == CallerSession && c.UniqueID == e.value {
			return GrantRole
		}
		return 0
	case entrySession:
		hit = c.Kind == CallerSession && c.ARN == e.value
	case entryFederated:
		hit = c.Kind == CallerFederated && c.ARN == e.value
	case entryService:
		hit = c.Kind == CallerService && c.ARN == e.value
	case entryProvider:
		hit = c.Kind == CallerProvider && c.ARN == e.value
	}
	if hit {
		return GrantDirect
	}
	return 0
}

// namesUser compares a user's ARN or id with the caller and with who issued the caller's credentials.
func (e *principalEntry) namesUser(c *Caller, own, issuer string) Grants {
	switch {
	case c.Kind == CallerUser && own == e.value:
		return GrantDirect
	case c.Kind == CallerFederated && issuer == e.value:
		return GrantIssuer
	}
	return 0
}

// allows is the ways in which an Allow statement's Principal names the caller. Whoever comes with an identity provider's
// token is named by the provider alone, never by "*".
func (s *principalSet) allows(c *Caller) (g Grants) {
	for i := range s.entries {
		e := &s.entries[i]
		if c.Kind == CallerProvider && e.kind != entryProvider {
			continue
		}
		g |= e.names(c)
	}
	return g
}

// admits is the ways in which an Allow of a mere filter (a VPC endpoint policy) names the caller. There "*" is everybody,
// those with an identity provider's token too: it grants them nothing.
func (s *principalSet) admits(c *Caller) (g Grants) {
	for i := range s.entries {
		g |= s.entries[i].names(c)
	}
	return g
}

// denies tells whether a Deny statement's Principal hits the caller.
func (s *principalSet) denies(c *Caller) bool {
	for i := range s.entries {
		if s.entries[i].names(c) != 0 || s.entries[i].anyOfType(c) {
			return true
		}
	}
	return false
}

func (e *principalEntry) anyOfType(c *Caller) bool {
	if e.kind != entryAnyOfType {
		return false
	}
	switch e.typ {
	case TypeService:
		return c.Kind == CallerService
	case TypeFederated:
		return c.Kind == CallerProvider
	}
	return c.Signed()
}

// spares tells whether a NotPrincipal of a Deny statement leaves the caller alone: every form in which the caller could be
// named must be listed (a session: account, role and session). A caller with a permissions boundary is never spared.
func (s *principalSet) spares(c *Caller) bool {
	if c.HasBoundary {
		return false
	}
	var got Grants
	for i := range s.entries {
		got |= s.entries[i].names(c)
		if s.entries[i].kind == entryAny {
			return true
		}
	}
	need := GrantDirect
	switch c.Kind {
	case CallerRoot:
		need = GrantAccount
	case CallerUser, CallerFederated:
		need = GrantDirect | GrantAccount
	case CallerSession:
		need = GrantDirect | GrantAccount | GrantRole
	}
	return got&need == need
}

// specific tells whether the set names fixed principals only, each of which indexKeys can find.
func (s *principalSet) specific() bool {
	return !slices.ContainsFunc(s.entries, func(e principalEntry) bool {
		return e.kind == entryAny || e.kind == entryAnyOfType
	})
}
