package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// DeleteBucket removes an empty bucket. Uploads in progress are aborted with it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
func (s *Service) DeleteBucket(ctx context.Context, in *api.DeleteBucketInput) (*api.DeleteBucketOutput, error) {
	versioned := false
	err := s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		versioned = b.Versioning != store.Unversioned
		return t.DeleteBucket(b)
	})
	if errors.Is(err, store.ErrBucketNotEmpty) {
		return nil, api.BucketNotEmpty(value(in.Bucket), versioned)
	}
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketOutput{}, nil
}
