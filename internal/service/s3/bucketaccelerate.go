package s3

import (
	"context"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

const accelerateEnabled = "Enabled"

// PutBucketAccelerateConfiguration says whether a bucket answers at the hosts of
// Transfer Acceleration.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
func (s *Service) PutBucketAccelerateConfiguration(ctx context.Context, in *api.PutBucketAccelerateConfigurationInput) (*api.PutBucketAccelerateConfigurationOutput, error) {
	c := in.AccelerateConfiguration
	if c == nil || value(c.Status) != accelerateEnabled && value(c.Status) != "Suspended" {
		return nil, api.MalformedXML()
	}
	err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Accelerate, "", c,
		func(_ *store.Txn, b *store.Bucket) error {
			if strings.Contains(b.Name, ".") {
				return api.InvalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketAccelerateConfigurationOutput{}, nil
}

// GetBucketAccelerateConfiguration shows the state, nothing if it was never set.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html
func (s *Service) GetBucketAccelerateConfiguration(ctx context.Context, in *api.GetBucketAccelerateConfigurationInput) (*api.GetBucketAccelerateConfigurationOutput, error) {
	out := &api.GetBucketAccelerateConfigurationOutput{}
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		c, err := configured[api.AccelerateConfiguration](s, r, b, store.Accelerate)
		if c != nil {
			out.Status = c.Status
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Accelerated is nil if a bucket answers at the hosts of Transfer Acceleration,
// and the refusal of a request there if it does not; NoSuchBucket if there is none.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration-getting-started.html
func (s *Service) Accelerated(ctx context.Context, bucket string) error {
	return s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, &bucket, nil)
		if err != nil {
			return err
		}
		c, err := configured[api.AccelerateConfiguration](s, r, b, store.Accelerate)
		switch {
		case err != nil:
			return err
		case c == nil:
			return api.InvalidRequest("S3 Transfer Acceleration is not configured on this bucket")
		case value(c.Status) != accelerateEnabled:
			return api.InvalidRequest("S3 Transfer Acceleration is disabled on this bucket")
		}
		return nil
	})
}
