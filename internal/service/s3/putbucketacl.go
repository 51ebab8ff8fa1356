package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketAcl replaces the ACL of a bucket: by a canned one, by the grants of
// headers or by those of the body, and by one of these alone.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
func (s *Service) PutBucketAcl(ctx context.Context, in *api.PutBucketAclInput) (*api.PutBucketAclOutput, error) {
	a := askingOf(in)
	w, err := a.putACL(cannedACLs)
	if err != nil {
		return nil, err
	}
	acl, err := s.resolve(ctx, w)
	if err != nil {
		return nil, err
	}
	err = s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		if b.Ownership == store.BucketOwnerEnforced {
			// What is stored counts again when the owner is not enforced any more.
			return s.checkEnforced(w, b)
		}
		b.ACL = acl.encode(b.Account, "")
		return acl.checkOwner(b.Account)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketAclOutput{}, nil
}

// putACL is the ACL that a request to put one brings.
func (a *asking) putACL(known []string) (*wantedACL, error) {
	w, err := a.acl.wanted(known)
	switch {
	case err != nil:
		return nil, err
	case w != nil && a.aclBody != nil:
		return nil, fail("UnexpectedContent", "")
	case w != nil:
		return w, nil
	case a.aclBody == nil:
		return nil, api.MissingSecurityHeader("x-amz-acl")
	}
	return wantedBody(a.aclBody)
}
