package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// HeadBucket tells that a bucket is there and where it is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func (s *Service) HeadBucket(ctx context.Context, in *api.HeadBucketInput) (*api.HeadBucketOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	alias := false
	return &api.HeadBucketOutput{BucketRegion: set(b.Region), AccessPointAlias: &alias, BucketArn: set(bucketARN(b.Name))}, nil
}

// GetBucketLocation names the bucket's region; us-east-1 has no name here.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
func (s *Service) GetBucketLocation(ctx context.Context, in *api.GetBucketLocationInput) (*api.GetBucketLocationOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	out := &api.GetBucketLocationOutput{}
	if b.Region != usEast1 {
		out.LocationConstraint = set(b.Region)
	}
	return out, nil
}
