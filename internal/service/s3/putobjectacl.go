package s3

import (
	"context"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
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
		return t.UpdateObject(b, o)
	})
	if err != nil {
		return nil, putting(s.reveal(ctx, err))
	}
	return &api.PutObjectAclOutput{}, nil
}

// putting is the answer to a request that meant to write: a delete marker has
// nothing to write to.
func putting(err error) error {
	e, ok := wire.AsError(err)
	if !ok || e.Code != "MethodNotAllowed" {
		return err
	}
	put := *e
	put.Fields = slices.Clone(e.Fields)
	for i := range put.Fields {
		if put.Fields[i].Name == "Method" {
			put.Fields[i].Value = "PUT"
		}
	}
	return &put
}
