package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListObjectsV2 lists a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func (s *Service) ListObjectsV2(ctx context.Context, in *api.ListObjectsV2Input) (*api.ListObjectsV2Output, error) {
	var out *api.ListObjectsV2Output
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		out, err = s.listV2(ctx, r, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) listV2(ctx context.Context, r *store.Reader, in *api.ListObjectsV2Input) (*api.ListObjectsV2Output, error) {
	b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	l, err := newListing(in.Prefix, in.Delimiter, in.EncodingType, in.MaxKeys, "maxKeys")
	if err != nil {
		return nil, err
	}
	l.After = value(in.StartAfter)
	if in.ContinuationToken != nil {
		if l.After, err = resume(bucketList(b), *in.ContinuationToken); err != nil {
			return nil, err
		}
	}
	out := &api.ListObjectsV2Output{Name: in.Bucket, Prefix: l.always(in.Prefix), StartAfter: l.given(in.StartAfter),
		Delimiter: l.given(in.Delimiter), MaxKeys: l.max(), EncodingType: l.encoding(),
		ContinuationToken: in.ContinuationToken}
	es := s.newEntries(ctx, b, l, value(in.FetchOwner))
	if out.Contents, err = s.contents(r, b, l, es, in.OptionalObjectAttributes); err != nil {
		return nil, err
	}
	count := int32(l.n)
	out.KeyCount, out.IsTruncated, out.CommonPrefixes = &count, &l.truncated, l.prefixes
	if l.truncated {
		out.NextContinuationToken = continuation(bucketList(b), l.last)
	}
	return out, nil
}
