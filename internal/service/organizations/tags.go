package organizations

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

const maxTags = 50

// mergeTags is old with the new tags in place of those of the same keys.
func mergeTags(old []directory.Tag, tags []api.Tag) ([]directory.Tag, error) {
	out := slices.Clone(old)
	for i, tag := range tags {
		k := text(tag.Key)
		switch {
		case k == "" || len(k) > 128 || len(text(tag.Value)) > 256:
			return nil, invalidInput("INVALID_PATTERN", "You specified an invalid tag.")
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalidInput("INVALID_SYSTEM_TAGS_PARAMETER", "Tag keys cannot begin with aws:.")
		case slices.ContainsFunc(tags[:i], func(t api.Tag) bool { return text(t.Key) == k }):
			return nil, invalidInput("DUPLICATE_TAG_KEY", "You specified a tag key more than once.")
		}
		out = slices.DeleteFunc(out, func(t directory.Tag) bool { return t.Key == k })
		out = append(out, directory.Tag{Key: k, Value: text(tag.Value)})
	}
	if len(out) > maxTags {
		return nil, api.ConstraintViolation("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags a resource can have.")
	}
	return out, nil
}

// tagsOf are the tags of the account, unit, root or policy with the id, and how
// to write its record with them changed.
func tagsOf(t *directory.ReadTx, o *directory.Organization, id string) (tags *[]directory.Tag, put func(*directory.Tx) error, err error) {
	p, err := find(t, o, id)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return policyTags(t, o, id)
	case err != nil:
		return nil, nil, err
	case p.account != nil:
		return &p.account.Tags, func(t *directory.Tx) error { return t.PutAccount(p.account) }, nil
	case p.unit != nil:
		return &p.unit.Tags, func(t *directory.Tx) error { return t.PutUnit(p.unit) }, nil
	}
	return &o.RootTags, func(t *directory.Tx) error { return t.PutOrganization(o) }, nil
}

// policyTags are those of a policy, or of the organization's resource policy.
func policyTags(t *directory.ReadTx, o *directory.Organization, id string) (tags *[]directory.Tag, put func(*directory.Tx) error, err error) {
	if d := o.Delegation; d != nil && d.ID == id {
		return &d.Tags, func(t *directory.Tx) error { return t.PutOrganization(o) }, nil
	}
	p, err := t.OrganizationPolicy(id)
	switch {
	case errors.Is(err, directory.ErrNotFound), err == nil && !belongs(o, p):
		return nil, nil, api.TargetNotFound()
	case err != nil:
		return nil, nil, err
	case p.AWSManaged:
		return nil, nil, invalidInput("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified.")
	}
	return &p.Tags, func(t *directory.Tx) error { return t.PutOrganizationPolicy(p) }, nil
}

// ListTagsForResource lists the tags of an account, unit, root or
// policy.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		tags, _, err := tagsOf(t, o, text(in.ResourceId))
		if err != nil {
			return err
		}
		for _, tag := range *tags {
			out.Tags = append(out.Tags, api.Tag{Key: &tag.Key, Value: &tag.Value})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TagResource sets tags of an account, unit, root or policy.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceId, func(old []directory.Tag) ([]directory.Tag, error) { return mergeTags(old, in.Tags) })
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags of an account, unit, root or policy.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_UntagResource.html.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceId, func(old []directory.Tag) ([]directory.Tag, error) {
		return slices.DeleteFunc(old, func(t directory.Tag) bool { return slices.Contains(in.TagKeys, t.Key) }), nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

func (s *Service) retag(ctx context.Context, id *string, change func([]directory.Tag) ([]directory.Tag, error)) error {
	return s.updateDelegated(ctx, func(t *directory.Tx, o *directory.Organization) error {
		tags, put, err := tagsOf(&t.ReadTx, o, text(id))
		if err != nil {
			return err
		}
		if *tags, err = change(*tags); err != nil {
			return err
		}
		return put(t)
	})
}
