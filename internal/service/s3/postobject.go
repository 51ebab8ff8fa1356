package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// PostObject stores an object of up to 5 GiB that a browser sends in a form. The
// length of the file is not known before its end.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
func (s *Service) PostObject(ctx context.Context, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	return s.PutObject(ctx, in)
}
