package iam

import (
	"context"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// Values of PolicyUsageFilter.
const (
	usagePermissions = "PermissionsPolicy"
	usageBoundary    = "PermissionsBoundary"
)

// ListPolicies lists managed policies by name, the account's own before AWS's.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
func (s *Service) ListPolicies(ctx context.Context, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	p, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	account, scope := accountOf(ctx), or(in.Scope, "All")
	keep := func(p *api.Policy) bool {
		attached, bound := *p.AttachmentCount > 0, *p.PermissionsBoundaryUsageCount > 0
		switch value(in.PolicyUsageFilter) {
		case usagePermissions:
			return attached
		case usageBoundary:
			return bound
		}
		return attached || !value(in.OnlyAttached)
	}
	out := &api.ListPoliciesOutput{Policies: []api.Policy{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		var next string
		uses, err := t.AWSPolicyUses(account)
		if err != nil {
			return err
		}
		err = eachPolicy(t, account, scope, p, func(policy *directory.ManagedPolicy, place string) (bool, error) {
			var shown api.Policy
			if policy.Account == directory.AWSAccount {
				shown = countedPolicy(policy, uses[policy.ARN()])
			} else if shown, err = showPolicy(t, account, policy); err != nil {
				return false, err
			}
			if !keep(&shown) {
				return false, nil
			}
			if len(out.Policies) == p.Limit {
				return true, nil
			}
			out.Policies, next = append(out.Policies, shown), place
			return false, nil
		}, func() { next = "" })
		out.IsTruncated, out.Marker = truncated(next)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachPolicy calls fn with each policy of the scope from a page's beginning on,
// and its place, until fn says that it is full; if it never does, it calls end.
// A place is "L" or "A", for the account's own and AWS's, and a name.
func eachPolicy(t *directory.ReadTx, account, scope string, p directory.Page, fn func(*directory.ManagedPolicy, string) (full bool, err error), end func()) error {
	section, after := "L", p.After
	if after != "" {
		section, after = after[:1], after[1:]
	}
	if section == "L" && scope != "AWS" {
		for chunk := (directory.Page{PathPrefix: p.PathPrefix, After: after, Limit: p.Limit + 1}); ; {
			l, err := t.Policies(account, chunk)
			if err != nil {
				return err
			}
			for _, policy := range l.Items {
				if full, err := fn(policy, "L"+strings.ToLower(policy.Name)); err != nil || full {
					return err
				}
			}
			if chunk.After = l.Next; l.Next == "" {
				break
			}
		}
	}
	if section == "L" {
		after = ""
	}
	if scope != "Local" {
		managed, err := t.AWSManaged(account)
		if err != nil {
			return err
		}
		for _, policy := range managed {
			key := strings.ToLower(policy.Name)
			if key <= after || !strings.HasPrefix(policy.Path, p.PathPrefix) {
				continue
			}
			if full, err := fn(policy, "A"+key); err != nil || full {
				return err
			}
		}
	}
	end()
	return nil
}

// ListEntitiesForPolicy lists who has a managed policy, attached or as
// permissions boundary. Each entity counts once, by its unique id.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func (s *Service) ListEntitiesForPolicy(ctx context.Context, in *api.ListEntitiesForPolicyInput) (*api.ListEntitiesForPolicyOutput, error) {
	page, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	account := accountOf(ctx)
	out := &api.ListEntitiesForPolicyOutput{
		PolicyGroups: []api.PolicyGroup{}, PolicyUsers: []api.PolicyUser{}, PolicyRoles: []api.PolicyRole{},
	}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		p, err := foundPolicy(t, account, value(in.PolicyArn))
		if err != nil {
			return err
		}
		ids, err := usersOf(t, account, p.ARN(), value(in.PolicyUsageFilter))
		if err != nil {
			return err
		}
		if page.After != "" {
			ids = window(ids, func(id string) string { return id }, directory.Page{After: page.After}).Items
		}
		var last string
		shown := 0
		for _, id := range ids {
			add, err := entity(t, id, value(in.EntityFilter), page.PathPrefix)
			if err != nil {
				return err
			}
			if add == nil {
				continue
			}
			if shown == page.Limit {
				out.IsTruncated, out.Marker = truncated(last)
				return nil
			}
			add(out)
			shown, last = shown+1, id
		}
		out.IsTruncated, out.Marker = truncated("")
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// entity shows the entity with the id, or is nil when a filter leaves it out.
func entity(t *directory.ReadTx, id, filter, prefix string) (func(*api.ListEntitiesForPolicyOutput), error) {
	kind, account, name, err := t.Locate(id)
	if err != nil {
		return nil, err
	}
	h, _, err := holder(t, kind, account, name)
	if err != nil || !strings.HasPrefix(h.Path, prefix) {
		return nil, err
	}
	switch {
	case kind == directory.KindUser && (filter == "" || filter == "User"):
		return func(out *api.ListEntitiesForPolicyOutput) {
			out.PolicyUsers = append(out.PolicyUsers, api.PolicyUser{UserName: new(h.Name), UserId: new(id)})
		}, nil
	case kind == directory.KindGroup && (filter == "" || filter == "Group"):
		return func(out *api.ListEntitiesForPolicyOutput) {
			out.PolicyGroups = append(out.PolicyGroups, api.PolicyGroup{GroupName: new(h.Name), GroupId: new(id)})
		}, nil
	case kind == directory.KindRole && (filter == "" || filter == "Role"):
		return func(out *api.ListEntitiesForPolicyOutput) {
			out.PolicyRoles = append(out.PolicyRoles, api.PolicyRole{RoleName: new(h.Name), RoleId: new(id)})
		}, nil
	}
	return nil, nil
}
