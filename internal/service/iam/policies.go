package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// CreatePolicy makes a customer managed policy with its version v1.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
func (s *Service) CreatePolicy(ctx context.Context, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	account, document := accountOf(ctx), value(in.PolicyDocument)
	tags, err := tagRuleOf(directory.KindPolicy).merge(nil, in.Tags, s.quotas.TagsPerEntity)
	if err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagPolicy", "policy", in, tags); err != nil {
		return nil, err
	}
	if err := s.checkManaged(document); err != nil {
		return nil, err
	}
	out := new(api.CreatePolicyOutput)
	err = s.update(ctx, func(tx *directory.Tx) error {
		p := &directory.ManagedPolicy{
			Description: value(in.Description), Updated: now(ctx), Default: "v1", NextVersion: 2,
			Versions: []directory.PolicyVersion{{ID: "v1", Document: document, Created: now(ctx)}},
		}
		p.Account, p.Name, p.Path, p.Tags, p.Created = account, value(in.PolicyName), or(in.Path, "/"), tags, now(ctx)
		if _, err := tx.Policy(account, p.Name); err == nil {
			return api.PolicyExists(p.Name)
		}
		if err := s.room(&tx.ReadTx, account, directory.KindPolicy); err != nil {
			return err
		}
		if err := tx.CreatePolicy(p); errors.Is(err, directory.ErrExists) {
			return api.PolicyExists(p.Name)
		} else if err != nil {
			return err
		}
		shown, err := showPolicy(&tx.ReadTx, account, p)
		shown.Tags = showTags(p.Tags)
		out.Policy = &shown
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetPolicy shows a managed policy of the account or of AWS.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
func (s *Service) GetPolicy(ctx context.Context, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	account := accountOf(ctx)
	out := new(api.GetPolicyOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := foundPolicy(t, account, value(in.PolicyArn))
		if err != nil {
			return err
		}
		shown, err := showPolicy(t, account, p)
		shown.Description = text(p.Description)
		shown.Tags = append([]api.Tag{}, showTags(p.Tags)...)
		out.Policy = &shown
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeletePolicy removes a customer managed policy that nothing uses and that has
// no version but its default.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
func (s *Service) DeletePolicy(ctx context.Context, in *api.DeletePolicyInput) (*api.DeletePolicyOutput, error) {
	err := s.changePolicy(ctx, "iam:DeletePolicy", in.PolicyArn, func(tx *directory.Tx, p *directory.ManagedPolicy) error {
		used, err := inUse(&tx.ReadTx, p.Account, p.ARN())
		if err != nil {
			return err
		}
		if used {
			return deleteConflict("Cannot delete a policy attached to entities.")
		}
		if len(p.Versions) > 1 {
			return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return tx.DeletePolicy(p)
	})
	return &api.DeletePolicyOutput{}, err
}

// inUse tells whether a policy is attached or a permissions boundary.
func inUse(t *directory.ReadTx, account, policyARN string) (bool, error) {
	n, err := attachmentCount(t, account, policyARN)
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = boundaryCount(t, account, policyARN)
	return n > 0, err
}

// changePolicy changes a customer managed policy in a transaction. fn writes,
// and may be run more than once. Nobody may change a policy that AWS manages,
// which the error says of the action.
func (s *Service) changePolicy(ctx context.Context, action string, policyARN *string, fn func(*directory.Tx, *directory.ManagedPolicy) error) error {
	account, wanted := accountOf(ctx), value(policyARN)
	if owner, _ := policyOwner(wanted); owner == directory.AWSAccount {
		return denied(callerOf(ctx).ARN, action, "policy "+wanted)
	}
	return s.update(ctx, func(tx *directory.Tx) error {
		p, err := foundPolicy(&tx.ReadTx, account, wanted)
		if err != nil {
			return err
		}
		return fn(tx, p)
	})
}
