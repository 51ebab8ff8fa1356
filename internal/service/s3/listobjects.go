package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListObjects lists a bucket, as the first version of the operation does.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
func (s *Service) ListObjects(ctx context.Context, in *api.ListObjectsInput) (*api.ListObjectsOutput, error) {
	var out *api.ListObjectsOutput
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		l, err := newListing(in.Prefix, in.Delimiter, in.EncodingType, in.MaxKeys, "maxKeys")
		if err != nil {
			return err
		}
		l.After = value(in.Marker)
		out = &api.ListObjectsOutput{Name: in.Bucket, Prefix: l.always(in.Prefix), Marker: l.always(in.Marker),
			Delimiter: l.given(in.Delimiter), MaxKeys: l.max(), EncodingType: l.encoding()}
		es := s.newEntries(ctx, b, l, true)
		out.Contents, err = s.contents(r, b, l, es, in.OptionalObjectAttributes)
		out.IsTruncated, out.CommonPrefixes = &l.truncated, l.prefixes
		if l.truncated && l.Delimiter != "" {
			out.NextMarker = l.text(l.last)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
