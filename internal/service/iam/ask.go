package iam

import (
	"context"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Some operations need a second permission, which depends on what they are
// asked to do.

// mayBecome asks whether the caller may do on the entity that an update makes
// what it may do on the entity as it is.
func (s *Service) mayBecome(ctx context.Context, action, kind string, in any) error {
	target, err := s.Target(ctx, &wire.Access{Action: action, Resource: kind}, in)
	if err != nil {
		return err
	}
	return caller.Authorize(ctx, action, target)
}

// mayTag asks whether the caller may give a new entity its tags, if it has any.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func (s *Service) mayTag(ctx context.Context, action, kind string, in any, tags []directory.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	target, err := s.Target(ctx, &wire.Access{Action: action, Resource: kind}, in)
	if err != nil {
		return err
	}
	requested, keys := map[string]string{}, []string{}
	for _, t := range tags {
		requested[t.Key] = t.Value
		keys = append(keys, t.Key)
	}
	target.Context = func(v *policy.Values) {
		v.SetTags(policy.FamilyRequestTag, policy.MakeTags(requested))
		v.SetNamedList("aws:TagKeys", keys)
	}
	return caller.Authorize(ctx, action, target)
}
