package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// GetObjectAcl shows the ACL of an object. In a bucket whose owner is enforced
// that is the bucket owner's full control, whatever is stored.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
func (s *Service) GetObjectAcl(ctx context.Context, in *api.GetObjectAclInput) (*api.GetObjectAclOutput, error) {
	var b *store.Bucket
	var o *store.Object
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		b, o, err = find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		return err
	})
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	owner, acl := ownerOf(b, o.Owner), o.ACL
	if b.Ownership == store.BucketOwnerEnforced {
		acl = nil
	}
	grants, err := storedACL(acl, owner)
	if err != nil {
		return nil, err
	}
	return &api.GetObjectAclOutput{Owner: s.owner(ctx, owner), Grants: s.shown(ctx, grants)}, nil
}
