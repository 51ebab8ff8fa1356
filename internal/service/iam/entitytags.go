package iam

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// TagUser adds tags to a user, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
func (s *Service) TagUser(ctx context.Context, in *api.TagUserInput) (*api.TagUserOutput, error) {
	return &api.TagUserOutput{}, s.tagHolder(ctx, directory.KindUser, in.UserName, in.Tags)
}

// TagRole adds tags to a role, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
func (s *Service) TagRole(ctx context.Context, in *api.TagRoleInput) (*api.TagRoleOutput, error) {
	return &api.TagRoleOutput{}, s.tagHolder(ctx, directory.KindRole, in.RoleName, in.Tags)
}

func (s *Service) tagHolder(ctx context.Context, k directory.Kind, name *string, tags []api.Tag) error {
	return s.changeHolder(ctx, k, name, func(_ *directory.Tx, h *directory.Holder) (bool, error) {
		merged, err := tagRuleOf(k).merge(h.Tags, tags, s.quotas.TagsPerEntity)
		h.Tags = merged
		return err == nil, err
	})
}

// UntagUser takes tags off a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html
func (s *Service) UntagUser(ctx context.Context, in *api.UntagUserInput) (*api.UntagUserOutput, error) {
	return &api.UntagUserOutput{}, s.untagHolder(ctx, directory.KindUser, in.UserName, in.TagKeys)
}

// UntagRole takes tags off a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html
func (s *Service) UntagRole(ctx context.Context, in *api.UntagRoleInput) (*api.UntagRoleOutput, error) {
	return &api.UntagRoleOutput{}, s.untagHolder(ctx, directory.KindRole, in.RoleName, in.TagKeys)
}

func (s *Service) untagHolder(ctx context.Context, k directory.Kind, name *string, keys []string) error {
	return s.changeHolder(ctx, k, name, func(_ *directory.Tx, h *directory.Holder) (bool, error) {
		h.Tags = tagRuleOf(k).without(h.Tags, keys)
		return true, nil
	})
}

// ListUserTags lists the tags of a user by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html
func (s *Service) ListUserTags(ctx context.Context, in *api.ListUserTagsInput) (*api.ListUserTagsOutput, error) {
	out := new(api.ListUserTagsOutput)
	err := s.viewHolder(ctx, directory.KindUser, in.UserName, func(_ *directory.ReadTx, h *directory.Holder) (err error) {
		out.Tags, out.IsTruncated, out.Marker, err = listTags(h.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// ListRoleTags lists the tags of a role by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html
func (s *Service) ListRoleTags(ctx context.Context, in *api.ListRoleTagsInput) (*api.ListRoleTagsOutput, error) {
	out := new(api.ListRoleTagsOutput)
	err := s.viewHolder(ctx, directory.KindRole, in.RoleName, func(_ *directory.ReadTx, h *directory.Holder) (err error) {
		out.Tags, out.IsTruncated, out.Marker, err = listTags(h.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// TagPolicy adds tags to a customer managed policy, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html
func (s *Service) TagPolicy(ctx context.Context, in *api.TagPolicyInput) (*api.TagPolicyOutput, error) {
	err := s.changePolicy(ctx, "iam:TagPolicy", in.PolicyArn, func(tx *directory.Tx, p *directory.ManagedPolicy) error {
		tags, err := tagRuleOf(directory.KindPolicy).merge(p.Tags, in.Tags, s.quotas.TagsPerEntity)
		if err != nil {
			return err
		}
		p.Tags = tags
		return tx.PutPolicy(p)
	})
	return &api.TagPolicyOutput{}, err
}

// UntagPolicy takes tags off a customer managed policy.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html
func (s *Service) UntagPolicy(ctx context.Context, in *api.UntagPolicyInput) (*api.UntagPolicyOutput, error) {
	err := s.changePolicy(ctx, "iam:UntagPolicy", in.PolicyArn, func(tx *directory.Tx, p *directory.ManagedPolicy) error {
		p.Tags = tagRuleOf(directory.KindPolicy).without(p.Tags, in.TagKeys)
		return tx.PutPolicy(p)
	})
	return &api.UntagPolicyOutput{}, err
}

// ListPolicyTags lists the tags of a managed policy by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html
func (s *Service) ListPolicyTags(ctx context.Context, in *api.ListPolicyTagsInput) (*api.ListPolicyTagsOutput, error) {
	out := new(api.ListPolicyTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := foundPolicy(t, accountOf(ctx), value(in.PolicyArn))
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(p.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}
