package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// AttachUserPolicy attaches a managed policy to a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
func (s *Service) AttachUserPolicy(ctx context.Context, in *api.AttachUserPolicyInput) (*api.AttachUserPolicyOutput, error) {
	return &api.AttachUserPolicyOutput{}, s.attach(ctx, directory.KindUser, in.UserName, in.PolicyArn)
}

// AttachGroupPolicy attaches a managed policy to a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html
func (s *Service) AttachGroupPolicy(ctx context.Context, in *api.AttachGroupPolicyInput) (*api.AttachGroupPolicyOutput, error) {
	return &api.AttachGroupPolicyOutput{}, s.attach(ctx, directory.KindGroup, in.GroupName, in.PolicyArn)
}

// AttachRolePolicy attaches a managed policy to a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
func (s *Service) AttachRolePolicy(ctx context.Context, in *api.AttachRolePolicyInput) (*api.AttachRolePolicyOutput, error) {
	return &api.AttachRolePolicyOutput{}, s.attach(ctx, directory.KindRole, in.RoleName, in.PolicyArn)
}

// DetachUserPolicy takes a managed policy off a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
func (s *Service) DetachUserPolicy(ctx context.Context, in *api.DetachUserPolicyInput) (*api.DetachUserPolicyOutput, error) {
	return &api.DetachUserPolicyOutput{}, s.detach(ctx, directory.KindUser, in.UserName, in.PolicyArn)
}

// DetachGroupPolicy takes a managed policy off a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
func (s *Service) DetachGroupPolicy(ctx context.Context, in *api.DetachGroupPolicyInput) (*api.DetachGroupPolicyOutput, error) {
	return &api.DetachGroupPolicyOutput{}, s.detach(ctx, directory.KindGroup, in.GroupName, in.PolicyArn)
}

// DetachRolePolicy takes a managed policy off a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
func (s *Service) DetachRolePolicy(ctx context.Context, in *api.DetachRolePolicyInput) (*api.DetachRolePolicyOutput, error) {
	return &api.DetachRolePolicyOutput{}, s.detach(ctx, directory.KindRole, in.RoleName, in.PolicyArn)
}

// serviceRolePolicies is how the ARNs of policies begin that only service-linked
// roles can have.
const serviceRolePolicies = "arn:aws:iam::" + directory.AWSAccount + ":policy" + directory.ServiceRolePath

func (s *Service) attach(ctx context.Context, k directory.Kind, name, policyARN *string) error {
	account, wanted := accountOf(ctx), value(policyARN)
	if _, ok := policyOwner(wanted); !ok {
		return notValid(wanted)
	}
	return s.changeHolder(ctx, k, name, func(tx *directory.Tx, h *directory.Holder) (bool, error) {
		if err := modifiable(&h.Entity); err != nil {
			return false, err
		}
		if _, err := policyFor(&tx.ReadTx, account, wanted); errors.Is(err, directory.ErrNotFound) {
			return false, api.PolicyNotAttachable(wanted)
		} else if err != nil {
			return false, err
		}
		if strings.HasPrefix(wanted, serviceRolePolicies) {
			return false, api.NewError("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
		}
		if slices.Contains(h.Attached, wanted) {
			return false, nil
		}
		if quota, limit := s.attachmentQuota(k); len(h.Attached) >= limit {
			return false, api.LimitExceeded(quota, limit)
		}
		h.Attached = append(h.Attached, wanted)
		return true, nil
	})
}

func (s *Service) detach(ctx context.Context, k directory.Kind, name, policyARN *string) error {
	wanted := value(policyARN)
	if _, ok := policyOwner(wanted); !ok {
		return notValid(wanted)
	}
	return s.changeHolder(ctx, k, name, func(_ *directory.Tx, h *directory.Holder) (bool, error) {
		if err := modifiable(&h.Entity); err != nil {
			return false, err
		}
		at := slices.Index(h.Attached, wanted)
		if at < 0 {
			return false, api.NoSuchPolicy(wanted)
		}
		h.Attached = slices.Delete(h.Attached, at, at+1)
		return true, nil
	})
}

// ListAttachedUserPolicies lists the managed policies attached to a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html
func (s *Service) ListAttachedUserPolicies(ctx context.Context, in *api.ListAttachedUserPoliciesInput) (*api.ListAttachedUserPoliciesOutput, error) {
	out := new(api.ListAttachedUserPoliciesOutput)
	var err error
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = s.attached(ctx, directory.KindUser, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
	return out, err
}

// ListAttachedGroupPolicies lists the managed policies attached to a group.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, in *api.ListAttachedGroupPoliciesInput) (*api.ListAttachedGroupPoliciesOutput, error) {
	out := new(api.ListAttachedGroupPoliciesOutput)
	var err error
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = s.attached(ctx, directory.KindGroup, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
	return out, err
}

// ListAttachedRolePolicies lists the managed policies attached to a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
func (s *Service) ListAttachedRolePolicies(ctx context.Context, in *api.ListAttachedRolePoliciesInput) (*api.ListAttachedRolePoliciesOutput, error) {
	out := new(api.ListAttachedRolePoliciesOutput)
	var err error
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = s.attached(ctx, directory.KindRole, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
	return out, err
}

func (s *Service) attached(ctx context.Context, k directory.Kind, name, prefix, marker *string, maxItems *int32) (items []api.AttachedPolicy, more *bool, next *string, err error) {
	p, err := pageBelow(prefix, marker, maxItems)
	if err != nil {
		return nil, nil, nil, err
	}
	err = s.viewHolder(ctx, k, name, func(_ *directory.ReadTx, h *directory.Holder) error {
		below := slices.DeleteFunc(sortedARNs(h.Attached), func(policyARN string) bool {
			path, _ := policyPathName(policyARN)
			return !strings.HasPrefix(path, p.PathPrefix)
		})
		l := window(below, attachedKey, p)
		items = showAttached(l.Items)
		more, next = truncated(l.Next)
		return nil
	})
	return items, more, next, err
}

func showAttached(policyARNs []string) []api.AttachedPolicy {
	out := make([]api.AttachedPolicy, len(policyARNs))
	for i, policyARN := range policyARNs {
		_, name := policyPathName(policyARN)
		out[i] = api.AttachedPolicy{PolicyName: new(name), PolicyArn: new(policyARN)}
	}
	return out
}

// sortedARNs are policies by name.
func sortedARNs(policyARNs []string) []string {
	return slices.SortedFunc(slices.Values(policyARNs), func(a, b string) int {
		return strings.Compare(attachedKey(a), attachedKey(b))
	})
}

// attachedKey orders the policies of an entity: by name, and a customer's before
// AWS's of the same name.
func attachedKey(policyARN string) string {
	_, name := policyPathName(policyARN)
	owner, _ := policyOwner(policyARN)
	return strings.ToLower(name) + "\x00" + owner
}
