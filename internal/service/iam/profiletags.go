package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// profileTags is the rule for tags of instance profiles.
func profileTags() tagRule { return resourceTags("TagsPerInstanceProfile") }

// TagInstanceProfile adds tags to an instance profile, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html
func (s *Service) TagInstanceProfile(ctx context.Context, in *api.TagInstanceProfileInput) (*api.TagInstanceProfileOutput, error) {
	err := s.changeProfile(ctx, in.InstanceProfileName, func(_ *directory.Tx, p *directory.InstanceProfile) (err error) {
		p.Tags, err = profileTags().merge(p.Tags, in.Tags, s.quotas.TagsPerEntity)
		return err
	})
	return &api.TagInstanceProfileOutput{}, err
}

// UntagInstanceProfile takes tags off an instance profile.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html
func (s *Service) UntagInstanceProfile(ctx context.Context, in *api.UntagInstanceProfileInput) (*api.UntagInstanceProfileOutput, error) {
	err := s.changeProfile(ctx, in.InstanceProfileName, func(_ *directory.Tx, p *directory.InstanceProfile) error {
		p.Tags = profileTags().without(p.Tags, in.TagKeys)
		return nil
	})
	return &api.UntagInstanceProfileOutput{}, err
}

// ListInstanceProfileTags lists the tags of an instance profile by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html
func (s *Service) ListInstanceProfileTags(ctx context.Context, in *api.ListInstanceProfileTagsInput) (*api.ListInstanceProfileTagsOutput, error) {
	out := new(api.ListInstanceProfileTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := profile(t, accountOf(ctx), value(in.InstanceProfileName))
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(p.Tags, in.Marker, in.MaxItems)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// instanceProfile is the resource of an operation on an instance profile.
func (r *target) instanceProfile(t *directory.ReadTx) error {
	name := r.text("InstanceProfileName")
	p, err := directory.ProfileByName(t, r.account, name)
	if r.creates() || errors.Is(err, directory.ErrNotFound) {
		r.missingResource("instance-profile", name)
		return nil
	}
	if err != nil {
		return err
	}
	r.arn, r.tags = p.ARN(), p.Tags
	return nil
}
