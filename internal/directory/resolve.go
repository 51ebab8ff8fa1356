package directory

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/arn"
)

// PrincipalError says which principal of a policy cannot be stored: it does not
// exist, or nothing of its kind can be a principal.
type PrincipalError struct {
	Type  string // AWS, Service, CanonicalUser or Federated
	Value string
}

func (e *PrincipalError) Error() string {
	return fmt.Sprintf("directory: invalid principal %q:%q", e.Type, e.Value)
}

// ResolvePrincipal is the unique id of the user or role that an ARN names.
// Names and paths count with their case.
func (d *Directory) ResolvePrincipal(principalARN string) (id string, ok bool) {
	p, err := arn.ParsePrincipal(principalARN)
	if err != nil {
		return "", false
	}
	e := d.mem.Load().principal(p)
	if e == nil {
		return "", false
	}
	return e.id, true
}

// RenderPrincipal is the ARN of the living user or role with the unique id.
func (d *Directory) RenderPrincipal(id string) (principalARN string, ok bool) {
	e, ok := d.mem.Load().byID.get(id)
	if !ok || e.kind != KindUser && e.kind != KindRole {
		return "", false
	}
	return e.arn(), true
}

func (e *entry) arn() string {
	return "arn:aws:iam::" + e.acct.id + ":" + e.kind.String() + e.path + e.name
}

// principal is the user or role that p names exactly, or nil.
func (m *memory) principal(p arn.Principal) *entry {
	kind := KindUser
	switch p.Kind {
	case arn.KindUser:
	case arn.KindRole:
		kind = KindRole
	default:
		return nil
	}
	e, ok := m.named.get(string(entityKey(kind, p.Account, p.Name)))
	if !ok || p.Partition != arn.PartitionAWS || e.name != p.Name || e.path != p.Path {
		return nil
	}
	return e
}

// StorePrincipal turns one entry of a Principal element into the form in which
// it is stored: users and roles as unique ids, accounts as root ARNs, the rest
// as it is. The error is a *PrincipalError for a user, role, account or unique
// id that does not exist, for groups, and for ARNs with wildcards.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
func (d *Directory) StorePrincipal(ctx context.Context, kind, value string) (string, error) {
	if in, ok := ctx.Value(importingKey{}).(*importing); ok {
		return d.whileImporting(in, kind, value)
	}
	if stored, ok := d.mem.Load().storePrincipal(kind, value); ok {
		return stored, nil
	}
	// It may have been made a moment ago through another gateway.
	if err := d.glance(ctx); err != nil {
		return "", err
	}
	if stored, ok := d.mem.Load().storePrincipal(kind, value); ok {
		return stored, nil
	}
	return "", &PrincipalError{Type: kind, Value: value}
}

// PrincipalExists tells whether StorePrincipal would take the entry, without
// I/O.
func (d *Directory) PrincipalExists(kind, value string) bool {
	_, ok := d.mem.Load().storePrincipal(kind, value)
	return ok
}

func (m *memory) storePrincipal(kind, value string) (string, bool) {
	switch kind {
	case "AWS":
		return m.storeAWS(value)
	case "CanonicalUser":
		_, ok := m.canonical.get(value)
		return value, ok
	case "Service":
		return value, isServiceName(value)
	case "Federated":
		return value, value != "" && !strings.ContainsAny(value, "*?")
	}
	return "", false
}

func (m *memory) storeAWS(value string) (string, bool) {
	switch {
	case value == "*":
		return value, true
	case arn.ValidAccountID(value):
		return RootARN(value), m.hasAccount(value)
	case arn.IsUniqueID(arn.PrefixUser, value) || arn.IsUniqueID(arn.PrefixRole, value):
		e, ok := m.byID.get(value)
		return value, ok && (e.kind == KindUser || e.kind == KindRole)
	}
	p, err := arn.ParsePrincipal(value)
	if err != nil || p.Partition != arn.PartitionAWS || strings.ContainsAny(value, "*?") {
		return "", false
	}
	switch p.Kind {
	case arn.KindRoot, arn.KindFederatedUser:
		return value, m.hasAccount(p.Account)
	case arn.KindUser, arn.KindRole:
		if e := m.principal(p); e != nil {
			return e.id, true
		}
	case arn.KindAssumedRole:
		e, ok := m.named.get(string(entityKey(KindRole, p.Account, p.Name)))
		return value, ok && e.name == p.Name
	}
	return "", false
}

func (m *memory) hasAccount(id string) bool {
	a, ok := m.accounts.get(id)
	return ok && a.rec.Load() != nil
}

// isServiceName tells whether s has the form of a service principal.
func isServiceName(s string) bool {
	name, ok := strings.CutSuffix(s, ".amazonaws.com")
	if !ok || name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
