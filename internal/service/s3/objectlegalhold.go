package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutObjectLegalHold puts a version under legal hold, or lifts it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
func (s *Service) PutObjectLegalHold(ctx context.Context, in *api.PutObjectLegalHoldInput) (*api.PutObjectLegalHoldOutput, error) {
	if in.LegalHold == nil {
		return nil, api.MalformedXML()
	}
	hold, ok := holds[value(in.LegalHold.Status)]
	if !ok {
		return nil, api.MalformedXML()
	}
	_, err := s.relock(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner}, func(o *store.Object) error {
		o.Hold = hold
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutObjectLegalHoldOutput{}, nil
}

// GetObjectLegalHold shows whether a version is under legal hold.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html
func (s *Service) GetObjectLegalHold(ctx context.Context, in *api.GetObjectLegalHoldInput) (*api.GetObjectLegalHoldOutput, error) {
	o, err := s.lockable(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
	if err != nil {
		return nil, err
	}
	if o.Hold == store.NoHold {
		return nil, fail("NoSuchObjectLockConfiguration", "")
	}
	return &api.GetObjectLegalHoldOutput{LegalHold: &api.ObjectLockLegalHold{Status: set(holdName(o.Hold))}}, nil
}
