package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// AbortMultipartUpload ends an upload; its parts go soon afterwards.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
func (s *Service) AbortMultipartUpload(ctx context.Context, in *api.AbortMultipartUploadInput) (*api.AbortMultipartUploadOutput, error) {
	if in.IfMatchInitiatedTime != nil {
		return nil, api.NotImplemented("x-amz-if-match-initiated-time")
	}
	if err := checkKey(value(in.Key)); err != nil {
		return nil, err
	}
	id, ok := store.ParseID(value(in.UploadId))
	err := s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		if !ok {
			return store.ErrNoSuchUpload
		}
		return t.AbortUpload(b, value(in.Key), id)
	})
	if errors.Is(err, store.ErrNoSuchUpload) {
		return nil, api.NoSuchUpload(value(in.UploadId))
	}
	if err != nil {
		return nil, err
	}
	return &api.AbortMultipartUploadOutput{}, nil
}
