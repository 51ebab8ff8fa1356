package directory

import (
	"context"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// RoleView is what memory knows of a role: what assuming it needs.
type RoleView struct {
	ID, ARN, Account, Path, Name string
	Tags                         *policy.Tags
	Trust                        *authz.Document
	MaxSession                   int // seconds
}

// LookupRole finds the role with exactly this ARN without I/O; when there is
// none it looks once for changes made through other gateways. ErrNotFound: no
// such role. A service-linked role has no Trust here: nobody but its service, which
// is none of those that this server acts for, may assume it, whatever it says.
func (d *Directory) LookupRole(ctx context.Context, roleARN string) (*RoleView, error) {
	p, err := arn.ParsePrincipal(roleARN)
	if err != nil || p.Kind != arn.KindRole {
		return nil, ErrNotFound
	}
	e := d.mem.Load().principal(p)
	if e == nil {
		if err := d.glance(ctx); err != nil {
			return nil, err
		}
		if e = d.mem.Load().principal(p); e == nil {
			return nil, ErrNotFound
		}
	}
	source := &authz.Source{Kind: authz.SourceResource, Name: "AssumeRolePolicyDocument", On: e.label()}
	view := &RoleView{
		ID: e.id, ARN: e.arn(), Account: e.acct.id, Path: e.path, Name: e.name, Tags: e.tags, MaxSession: e.maxSession,
	}
	if !strings.HasPrefix(e.path, ServiceRolePath) {
		view.Trust = &authz.Document{Policy: d.load(e.doc, source), Source: source}
	}
	return view, nil
}

// ManagedPolicyExists tells whether the account knows a managed policy with
// exactly this ARN, a customer's or one of AWS's.
func (d *Directory) ManagedPolicyExists(account, policyARN string) bool {
	return d.mem.Load().managed(account, policyARN) != nil
}
