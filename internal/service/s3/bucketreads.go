package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// What clients ask of every bucket and of which there is only one answer while
// nothing can be configured.

// lacks is the answer to a question for a configuration that no bucket has.
func (s *Service) lacks(ctx context.Context, bucket, expectedOwner *string, code string) error {
	b, err := s.bucket(ctx, bucket, expectedOwner)
	if err != nil {
		return err
	}
	return api.NoSuchConfiguration(code, b.Name)
}

// GetBucketLifecycleConfiguration answers that there are no lifecycle rules.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
func (s *Service) GetBucketLifecycleConfiguration(ctx context.Context, in *api.GetBucketLifecycleConfigurationInput) (*api.GetBucketLifecycleConfigurationOutput, error) {
	return nil, s.lacks(ctx, in.Bucket, in.ExpectedBucketOwner, "NoSuchLifecycleConfiguration")
}
