package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// GetObjectTagging shows the tags of an object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
func (s *Service) GetObjectTagging(ctx context.Context, in *api.GetObjectTaggingInput) (*api.GetObjectTaggingOutput, error) {
	var b *store.Bucket
	var o *store.Object
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		b, o, err = find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		return err
	})
	if err != nil {
		return nil, s.revealMarker(ctx, err, "GET")
	}
	return &api.GetObjectTaggingOutput{TagSet: shownTags(o.Tags), VersionId: shownVersion(b, o)}, nil
}
