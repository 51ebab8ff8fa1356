package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Who pays for requests, as S3 names them.
const (
	payerOwner     = "BucketOwner"
	payerRequester = "Requester"
)

// PutBucketRequestPayment says who pays for requests to a bucket. Where the
// requester does, other accounts have to say so with each request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
func (s *Service) PutBucketRequestPayment(ctx context.Context, in *api.PutBucketRequestPaymentInput) (*api.PutBucketRequestPaymentOutput, error) {
	if in.RequestPaymentConfiguration == nil {
		return nil, api.MalformedXML()
	}
	payer := value(in.RequestPaymentConfiguration.Payer)
	if payer != payerOwner && payer != payerRequester {
		return nil, api.MalformedXML()
	}
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.RequesterPays = payer == payerRequester
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketRequestPaymentOutput{}, nil
}

// GetBucketRequestPayment tells who pays for requests to a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
func (s *Service) GetBucketRequestPayment(ctx context.Context, in *api.GetBucketRequestPaymentInput) (*api.GetBucketRequestPaymentOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	payer := payerOwner
	if b.RequesterPays {
		payer = payerRequester
	}
	return &api.GetBucketRequestPaymentOutput{Payer: set(payer)}, nil
}
