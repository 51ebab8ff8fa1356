package organizations

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

func typeNotEnabled() error {
	return api.NewError("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
}

func mustBeRoot(o *directory.Organization, root *string) error {
	if text(root) != o.RootID {
		return api.NewError("RootNotFoundException", "You specified a root that doesn't exist.")
	}
	return nil
}

// EnablePolicyType puts the policies of a type in force. AWS's policy of the
// type, which changes nothing, is then attached everywhere.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html.
func (s *Service) EnablePolicyType(ctx context.Context, in *api.EnablePolicyTypeInput) (*api.EnablePolicyTypeOutput, error) {
	out := &api.EnablePolicyTypeOutput{}
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		policyType := text(in.PolicyType)
		if err := mustBeRoot(o, in.RootId); err != nil {
			return err
		}
		if err := served(policyType); err != nil {
			return err
		}
		if o.Billing {
			return typeNotAvailable()
		}
		if o.Enabled(policyType) {
			return api.NewError("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
		}
		if err := t.EnablePolicyType(o, policyType); err != nil {
			return err
		}
		out.Root = renderRoot(o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DisablePolicyType takes all policies of a type off everything. They still
// exist, and none is attached again when the type is enabled again.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisablePolicyType.html.
func (s *Service) DisablePolicyType(ctx context.Context, in *api.DisablePolicyTypeInput) (*api.DisablePolicyTypeOutput, error) {
	out := &api.DisablePolicyTypeOutput{}
	err := s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := mustBeRoot(o, in.RootId); err != nil {
			return err
		}
		if !o.Enabled(text(in.PolicyType)) {
			return typeNotEnabled()
		}
		if err := t.DisablePolicyType(o, text(in.PolicyType)); err != nil {
			return err
		}
		out.Root = renderRoot(o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownPolicy tells whether it is the caller's own account whose policy is asked for.
func ownPolicy(ctx context.Context, in *api.DescribeEffectivePolicyInput) bool {
	return in.TargetId == nil || *in.TargetId == caller.From(ctx).Account()
}

// DescribeEffectivePolicy answers that an account has no effective policy: only
// the types that are not served have one.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html.
func (s *Service) DescribeEffectivePolicy(ctx context.Context, in *api.DescribeEffectivePolicyInput) (*api.DescribeEffectivePolicyOutput, error) {
	err := s.dir.View(ctx, func(t *directory.ReadTx) error {
		if ownPolicy(ctx, in) {
			_, err := organization(ctx, t)
			return err
		}
		o, err := admitted(ctx, t, reads)
		if err != nil {
			return err
		}
		_, err = policyTarget(t, o, in.TargetId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, noEffectivePolicy()
}
