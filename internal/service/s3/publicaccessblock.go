package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutPublicAccessBlock sets a bucket's four settings; those left out are off.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
func (s *Service) PutPublicAccessBlock(ctx context.Context, in *api.PutPublicAccessBlockInput) (*api.PutPublicAccessBlockOutput, error) {
	c := in.PublicAccessBlockConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	if *c == (api.PublicAccessBlockConfiguration{}) {
		return nil, api.InvalidRequest("Must specify at least one configuration.")
	}
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.PublicAccessBlock = &store.PublicAccessBlock{
			BlockPublicAcls: value(c.BlockPublicAcls), IgnorePublicAcls: value(c.IgnorePublicAcls),
			BlockPublicPolicy: value(c.BlockPublicPolicy), RestrictPublicBuckets: value(c.RestrictPublicBuckets),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutPublicAccessBlockOutput{}, nil
}

// GetPublicAccessBlock shows a bucket's four settings.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
func (s *Service) GetPublicAccessBlock(ctx context.Context, in *api.GetPublicAccessBlockInput) (*api.GetPublicAccessBlockOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	p := b.PublicAccessBlock
	if p == nil {
		return nil, api.NoSuchConfiguration("NoSuchPublicAccessBlockConfiguration", b.Name)
	}
	return &api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{
		BlockPublicAcls: &p.BlockPublicAcls, IgnorePublicAcls: &p.IgnorePublicAcls,
		BlockPublicPolicy: &p.BlockPublicPolicy, RestrictPublicBuckets: &p.RestrictPublicBuckets,
	}}, nil
}

// DeletePublicAccessBlock takes a bucket's settings away.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
func (s *Service) DeletePublicAccessBlock(ctx context.Context, in *api.DeletePublicAccessBlockInput) (*api.DeletePublicAccessBlockOutput, error) {
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.PublicAccessBlock = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeletePublicAccessBlockOutput{}, nil
}
