package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// GetBucketAcl shows the ACL of a bucket. Where the owner is enforced that is the
// owner's full control, whatever is stored.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
func (s *Service) GetBucketAcl(ctx context.Context, in *api.GetBucketAclInput) (*api.GetBucketAclOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	acl := b.ACL
	if b.Ownership == store.BucketOwnerEnforced {
		acl = nil
	}
	grants, err := storedACL(acl, b.Account)
	if err != nil {
		return nil, err
	}
	return &api.GetBucketAclOutput{Owner: s.owner(ctx, b.Account), Grants: s.shown(ctx, grants)}, nil
}
