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
		return nil, api.NewError("ConstraintViolationException", "You have exceeded the number of tags a resource can have.")
	}
	return out, nil
}

// tagged is the account that a tagging operation names.
func tagged(t *directory.ReadTx, id *string) (*directory.Account, error) {
	a, err := t.Account(text(id))
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NewError("TargetNotFoundException", "You specified a target that doesn't exist.")
	}
	return a, err
}

// ListTagsForResource lists the tags of an account.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, _ *directory.Organization) error {
		a, err := tagged(t, in.ResourceId)
		if err != nil {
			return err
		}
		for _, tag := range a.Tags {
			out.Tags = append(out.Tags, api.Tag{Key: &tag.Key, Value: &tag.Value})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TagResource sets tags of an account.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceId, func(old []directory.Tag) ([]directory.Tag, error) { return mergeTags(old, in.Tags) })
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags of an account.
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
	return s.dir.Update(ctx, func(t *directory.Tx) error {
		if _, err := managed(ctx, &t.ReadTx); err != nil {
			return err
		}
		a, err := tagged(&t.ReadTx, id)
		if err != nil {
			return err
		}
		if a.Tags, err = change(a.Tags); err != nil {
			return err
		}
		return t.PutAccount(a)
	})
}
