package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// PutUserPolicy embeds a policy in a user, in place of one with the same name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
func (s *Service) PutUserPolicy(ctx context.Context, in *api.PutUserPolicyInput) (*api.PutUserPolicyOutput, error) {
	return &api.PutUserPolicyOutput{}, s.putInline(ctx, directory.KindUser, in.UserName, in.PolicyName, in.PolicyDocument)
}

// PutGroupPolicy embeds a policy in a group, in place of one with the same name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html
func (s *Service) PutGroupPolicy(ctx context.Context, in *api.PutGroupPolicyInput) (*api.PutGroupPolicyOutput, error) {
	return &api.PutGroupPolicyOutput{}, s.putInline(ctx, directory.KindGroup, in.GroupName, in.PolicyName, in.PolicyDocument)
}

// PutRolePolicy embeds a policy in a role, in place of one with the same name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
func (s *Service) PutRolePolicy(ctx context.Context, in *api.PutRolePolicyInput) (*api.PutRolePolicyOutput, error) {
	return &api.PutRolePolicyOutput{}, s.putInline(ctx, directory.KindRole, in.RoleName, in.PolicyName, in.PolicyDocument)
}

// putInline looks for the entity before it looks at the document, as AWS does.
func (s *Service) putInline(ctx context.Context, k directory.Kind, name, policyName, document *string) error {
	put := directory.InlinePolicy{Name: value(policyName), Document: value(document)}
	return s.changeHolder(ctx, k, name, func(_ *directory.Tx, h *directory.Holder) (bool, error) {
		if err := modifiable(&h.Entity); err != nil {
			return false, err
		}
		if err := checkIdentity(put.Document); err != nil {
			return false, err
		}
		at, found := inlineAt(h, put.Name)
		if found {
			h.Inline[at] = put
		} else {
			h.Inline = slices.Insert(h.Inline, at, put)
		}
		total := 0
		for _, p := range h.Inline {
			total += size(p.Document)
		}
		if limit := s.inlineQuota(k); total > limit {
			return false, limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", limit, k, h.Name)
		}
		return true, nil
	})
}

// inlineAt finds an inline policy, or the place for one: they are kept by name.
func inlineAt(h *directory.Holder, name string) (int, bool) {
	return slices.BinarySearchFunc(h.Inline, name, func(p directory.InlinePolicy, name string) int {
		return strings.Compare(p.Name, name)
	})
}

// DeleteUserPolicy removes an inline policy of a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html
func (s *Service) DeleteUserPolicy(ctx context.Context, in *api.DeleteUserPolicyInput) (*api.DeleteUserPolicyOutput, error) {
	return &api.DeleteUserPolicyOutput{}, s.deleteInline(ctx, directory.KindUser, in.UserName, in.PolicyName)
}

// DeleteGroupPolicy removes an inline policy of a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html
func (s *Service) DeleteGroupPolicy(ctx context.Context, in *api.DeleteGroupPolicyInput) (*api.DeleteGroupPolicyOutput, error) {
	return &api.DeleteGroupPolicyOutput{}, s.deleteInline(ctx, directory.KindGroup, in.GroupName, in.PolicyName)
}

// DeleteRolePolicy removes an inline policy of a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html
func (s *Service) DeleteRolePolicy(ctx context.Context, in *api.DeleteRolePolicyInput) (*api.DeleteRolePolicyOutput, error) {
	return &api.DeleteRolePolicyOutput{}, s.deleteInline(ctx, directory.KindRole, in.RoleName, in.PolicyName)
}

func (s *Service) deleteInline(ctx context.Context, k directory.Kind, name, policyName *string) error {
	return s.changeHolder(ctx, k, name, func(_ *directory.Tx, h *directory.Holder) (bool, error) {
		if err := modifiable(&h.Entity); err != nil {
			return false, err
		}
		at, found := inlineAt(h, value(policyName))
		if !found {
			return false, api.NoSuchInlinePolicy(k.String(), value(policyName))
		}
		h.Inline = slices.Delete(h.Inline, at, at+1)
		return true, nil
	})
}

// GetUserPolicy shows an inline policy of a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
func (s *Service) GetUserPolicy(ctx context.Context, in *api.GetUserPolicyInput) (*api.GetUserPolicyOutput, error) {
	h, p, err := s.inline(ctx, directory.KindUser, in.UserName, in.PolicyName)
	return &api.GetUserPolicyOutput{UserName: h, PolicyName: p.PolicyName, PolicyDocument: p.PolicyDocument}, err
}

// GetGroupPolicy shows an inline policy of a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html
func (s *Service) GetGroupPolicy(ctx context.Context, in *api.GetGroupPolicyInput) (*api.GetGroupPolicyOutput, error) {
	h, p, err := s.inline(ctx, directory.KindGroup, in.GroupName, in.PolicyName)
	return &api.GetGroupPolicyOutput{GroupName: h, PolicyName: p.PolicyName, PolicyDocument: p.PolicyDocument}, err
}

// GetRolePolicy shows an inline policy of a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func (s *Service) GetRolePolicy(ctx context.Context, in *api.GetRolePolicyInput) (*api.GetRolePolicyOutput, error) {
	h, p, err := s.inline(ctx, directory.KindRole, in.RoleName, in.PolicyName)
	return &api.GetRolePolicyOutput{RoleName: h, PolicyName: p.PolicyName, PolicyDocument: p.PolicyDocument}, err
}

func (s *Service) inline(ctx context.Context, k directory.Kind, name, policyName *string) (holderName *string, p api.PolicyDetail, err error) {
	err = s.viewHolder(ctx, k, name, func(_ *directory.ReadTx, h *directory.Holder) error {
		at, found := inlineAt(h, value(policyName))
		if !found {
			return api.NoSuchInlinePolicy(k.String(), value(policyName))
		}
		holderName, p = new(h.Name), showInline(h.Inline[at])
		return nil
	})
	return holderName, p, err
}

func showInline(p directory.InlinePolicy) api.PolicyDetail {
	return api.PolicyDetail{PolicyName: new(p.Name), PolicyDocument: new(encodeDocument(p.Document))}
}

// ListUserPolicies lists the names of a user's inline policies.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html
func (s *Service) ListUserPolicies(ctx context.Context, in *api.ListUserPoliciesInput) (*api.ListUserPoliciesOutput, error) {
	out := new(api.ListUserPoliciesOutput)
	var err error
	out.PolicyNames, out.IsTruncated, out.Marker, err = s.inlineNames(ctx, directory.KindUser, in.UserName, in.Marker, in.MaxItems)
	return out, err
}

// ListGroupPolicies lists the names of a group's inline policies.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html
func (s *Service) ListGroupPolicies(ctx context.Context, in *api.ListGroupPoliciesInput) (*api.ListGroupPoliciesOutput, error) {
	out := new(api.ListGroupPoliciesOutput)
	var err error
	out.PolicyNames, out.IsTruncated, out.Marker, err = s.inlineNames(ctx, directory.KindGroup, in.GroupName, in.Marker, in.MaxItems)
	return out, err
}

// ListRolePolicies lists the names of a role's inline policies.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
func (s *Service) ListRolePolicies(ctx context.Context, in *api.ListRolePoliciesInput) (*api.ListRolePoliciesOutput, error) {
	out := new(api.ListRolePoliciesOutput)
	var err error
	out.PolicyNames, out.IsTruncated, out.Marker, err = s.inlineNames(ctx, directory.KindRole, in.RoleName, in.Marker, in.MaxItems)
	return out, err
}

func (s *Service) inlineNames(ctx context.Context, k directory.Kind, name, marker *string, maxItems *int32) (names []string, more *bool, next *string, err error) {
	p, err := pageOf(marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	err = s.viewHolder(ctx, k, name, func(_ *directory.ReadTx, h *directory.Holder) error {
		l := window(h.Inline, func(p directory.InlinePolicy) string { return p.Name }, p)
		names = []string{}
		for _, p := range l.Items {
			names = append(names, p.Name)
		}
		more, next = truncated(l.Next)
		return nil
	})
	return names, more, next, err
}
