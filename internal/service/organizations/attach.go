package organizations

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// maxAttached is how many policies of a type a root, unit or account has, those
// that AWS manages included.
//
// See https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
func maxAttached(policyType string) int {
	if policyType == directory.ServiceControl {
		return 10
	}
	return 5
}

// policyTarget is the root, unit or account with the id.
func policyTarget(t *directory.ReadTx, o *directory.Organization, id *string) (*place, error) {
	p, err := find(t, o, text(id))
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.TargetNotFound()
	}
	return p, err
}

// attached are the policies of a type that a target has, and the ids of all of
// its policies.
func attached(t *directory.ReadTx, target, policyType string) (of []*directory.OrganizationPolicy, ids []string, err error) {
	if ids, err = t.PoliciesOf(target); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		p, err := t.OrganizationPolicy(id)
		if err != nil {
			return nil, nil, err
		}
		if p.Type == policyType {
			of = append(of, p)
		}
	}
	return of, ids, nil
}

// attachment is a policy and a target that a request names together.
type attachment struct {
	policy *directory.OrganizationPolicy
	target *place
	same   []*directory.OrganizationPolicy // of the policy's type, on the target
	ids    []string                        // of all on the target
}

func attachmentOf(t *directory.ReadTx, o *directory.Organization, policyID, targetID *string) (a *attachment, err error) {
	a = new(attachment)
	if a.policy, err = organizationPolicy(t, o, policyID); err != nil {
		return nil, err
	}
	if a.target, err = policyTarget(t, o, targetID); err != nil {
		return nil, err
	}
	a.same, a.ids, err = attached(t, a.target.id, a.policy.Type)
	return a, err
}

// AttachPolicy puts a policy in force for a root, unit or account and all below
// it.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html.
func (s *Service) AttachPolicy(ctx context.Context, in *api.AttachPolicyInput) (*api.AttachPolicyOutput, error) {
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := attachmentOf(&t.ReadTx, o, in.PolicyId, in.TargetId)
		switch {
		case err != nil:
			return err
		case !o.Enabled(a.policy.Type):
			return typeNotEnabled()
		case slices.Contains(a.ids, a.policy.ID):
			return api.NewError("DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.")
		case len(a.same) >= maxAttached(a.policy.Type):
			return api.ConstraintViolation("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
				"You have exceeded the number of policies of a type that can be attached to an entity.")
		}
		return t.SetPoliciesOf(a.target.id, append(a.ids, a.policy.ID))
	})
	if err != nil {
		return nil, err
	}
	return &api.AttachPolicyOutput{}, nil
}

// DetachPolicy takes a policy off a root, unit or account. The last service
// control policy cannot be taken off, nor can RCPFullAWSAccess.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html.
func (s *Service) DetachPolicy(ctx context.Context, in *api.DetachPolicyInput) (*api.DetachPolicyOutput, error) {
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := attachmentOf(&t.ReadTx, o, in.PolicyId, in.TargetId)
		switch {
		case err != nil:
			return err
		case !slices.Contains(a.ids, a.policy.ID):
			return api.NewError("PolicyNotAttachedException", "The policy isn't attached to the specified target in the specified root.")
		case a.policy.ID == directory.RCPFullAWSAccess:
			return invalidInput("IMMUTABLE_POLICY", "You can't detach the RCPFullAWSAccess policy.")
		case len(a.same) == 1:
			return api.ConstraintViolation("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
				"You cannot remove the last service control policy from an entity.")
		}
		return t.SetPoliciesOf(a.target.id, slices.DeleteFunc(a.ids, func(id string) bool { return id == a.policy.ID }))
	})
	if err != nil {
		return nil, err
	}
	return &api.DetachPolicyOutput{}, nil
}

// ListPoliciesForTarget lists the policies of a type that are attached to a root,
// unit or account itself.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html.
func (s *Service) ListPoliciesForTarget(ctx context.Context, in *api.ListPoliciesForTargetInput) (*api.ListPoliciesForTargetOutput, error) {
	out := &api.ListPoliciesForTargetOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		target, err := policyTarget(t, o, in.TargetId)
		if err != nil {
			return err
		}
		all, _, err := attached(t, target.id, text(in.Filter))
		if err != nil {
			return err
		}
		out.Policies, out.NextToken, err = summaries(o, "ListPoliciesForTarget", all, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListTargetsForPolicy lists the roots, units and accounts that a policy is
// attached to.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html.
func (s *Service) ListTargetsForPolicy(ctx context.Context, in *api.ListTargetsForPolicyInput) (*api.ListTargetsForPolicyOutput, error) {
	out := &api.ListTargetsForPolicyOutput{Targets: []api.PolicyTargetSummary{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		p, err := organizationPolicy(t, o, in.PolicyId)
		if err != nil {
			return err
		}
		all, err := t.TargetsOf(p.ID, directory.Page{})
		if err != nil {
			return err
		}
		own, err := within(t, o, all.Items)
		if err != nil {
			return err
		}
		some, next, err := page("ListTargetsForPolicy", own, func(id string) string { return id }, in.NextToken, in.MaxResults)
		if err != nil {
			return err
		}
		for _, id := range some {
			target, err := find(t, o, id)
			if err != nil {
				return err
			}
			out.Targets = append(out.Targets, api.PolicyTargetSummary{
				TargetId: &target.id, Arn: ptr(resourceARN(o, id)), Name: &target.name, Type: &target.kind,
			})
		}
		out.NextToken = next
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// within keeps the ids of the organization's own root, units and accounts: AWS's
// policies are attached in every organization.
func within(t *directory.ReadTx, o *directory.Organization, ids []string) (own []string, err error) {
	for _, id := range ids {
		_, err := find(t, o, id)
		switch {
		case err == nil:
			own = append(own, id)
		case !errors.Is(err, directory.ErrNotFound):
			return nil, err
		}
	}
	return own, nil
}
