package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutObjectAcl replaces the ACL of an object, as PutBucketAcl does a bucket's.
// Who owns the object stays as it is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
func (s *Service) PutObjectAcl(ctx context.Context, in *api.PutObjectAclInput) (*api.PutObjectAclOutput, error) {
	a := askingOf(in)
	w, err := a.putACL(objectACLs)
	if err != nil {
		return nil, err
	}
	acl, err := s.resolve(ctx, w)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(t *store.Txn) error {
		b, o, err := find(&t.Reader, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		if err != nil {
			return err
		}
		if b.Ownership == store.BucketOwnerEnforced {
			return s.checkEnforced(w, b)
		}
		owner := ownerOf(b, o.Owner)
		if err := acl.checkOwner(owner); err != nil {
			return err
		}
		o.ACL = acl.encode(owner, b.Account)
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
		return s.changed(ctx, t, b, o, aclPut)
	})
	if err != nil {
		return nil, s.revealMarker(ctx, err, "PUT")
	}
	return &api.PutObjectAclOutput{}, nil
}
