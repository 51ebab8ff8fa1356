package s3control

import (
	"context"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Target names what a permission is asked on: a bucket, or the account at large.
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	id, err := own(ctx, account(in))
	if err != nil {
		return nil, err
	}
	if access.Resource != "resource" {
		return &caller.Target{Resource: authz.Resource{ARN: "*", Account: id}}, nil
	}
	resourceARN, tags := tagging(in)
	bucket, err := bucketOf(resourceARN)
	if err != nil {
		return nil, err
	}
	target, err := s.buckets.BucketTarget(ctx, bucket, id)
	if err != nil {
		return nil, worded(err)
	}
	if set := byKey(tags); set != nil {
		first := target.Context
		target.Context = func(v *policy.Values) {
			if first != nil {
				first(v)
			}
			v.SetTags(policy.FamilyRequestTag, set)
		}
	}
	return target, nil
}

// account is the account that an input names.
func account(in any) *string {
	switch in := in.(type) {
	case *api.GetPublicAccessBlockInput:
		return in.AccountId
	case *api.PutPublicAccessBlockInput:
		return in.AccountId
	case *api.DeletePublicAccessBlockInput:
		return in.AccountId
	case *api.TagResourceInput:
		return in.AccountId
	case *api.UntagResourceInput:
		return in.AccountId
	case *api.ListTagsForResourceInput:
		return in.AccountId
	}
	return nil
}

// tagging is what an input tags, and the tags it brings.
func tagging(in any) (resourceARN *string, tags []api.Tag) {
	switch in := in.(type) {
	case *api.TagResourceInput:
		return in.ResourceArn, in.Tags
	case *api.UntagResourceInput:
		return in.ResourceArn, nil
	case *api.ListTagsForResourceInput:
		return in.ResourceArn, nil
	}
	return nil, nil
}

// byKey are the tags with all keys that differ, in letter case too, as a bucket
// will have them.
func byKey(tags []api.Tag) *policy.Tags {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[value(t.Key)] = value(t.Value)
	}
	return policy.MakeTags(m)
}
