package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketOwnershipControls sets the object ownership of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
func (s *Service) PutBucketOwnershipControls(ctx context.Context, in *api.PutBucketOwnershipControlsInput) (*api.PutBucketOwnershipControlsOutput, error) {
	if in.OwnershipControls == nil || len(in.OwnershipControls.Rules) != 1 {
		return nil, api.MalformedXML()
	}
	ownership, ok := store.ParseOwnership(value(in.OwnershipControls.Rules[0].ObjectOwnership))
	if !ok {
		return nil, api.MalformedXML()
	}
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		if ownership == store.BucketOwnerEnforced && b.Ownership != ownership {
			grants, err := storedACL(b.ACL, b.Account)
			if err != nil {
				return err
			}
			if grantsOthers(grants, b.Account) {
				return fail("InvalidBucketAclWithObjectOwnership", "")
			}
		}
		b.Ownership = ownership
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketOwnershipControlsOutput{}, nil
}

// GetBucketOwnershipControls shows the object ownership of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
func (s *Service) GetBucketOwnershipControls(ctx context.Context, in *api.GetBucketOwnershipControlsInput) (*api.GetBucketOwnershipControlsOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if b.Ownership == store.NoOwnership {
		return nil, api.NoSuchConfiguration("OwnershipControlsNotFoundError", b.Name)
	}
	return &api.GetBucketOwnershipControlsOutput{OwnershipControls: &api.OwnershipControls{
		Rules: []api.OwnershipControlsRule{{ObjectOwnership: set(b.Ownership.String())}},
	}}, nil
}

// DeleteBucketOwnershipControls takes the controls away: writers own what they
// write.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
func (s *Service) DeleteBucketOwnershipControls(ctx context.Context, in *api.DeleteBucketOwnershipControlsInput) (*api.DeleteBucketOwnershipControlsOutput, error) {
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.Ownership = store.NoOwnership
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketOwnershipControlsOutput{}, nil
}
