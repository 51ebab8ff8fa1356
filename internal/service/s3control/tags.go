package s3control

import (
	"context"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// bucketOf is the bucket that an ARN names. Nothing else that S3 Control tags
// exists here.
func bucketOf(resourceARN *string) (string, error) {
	bucket, ok := strings.CutPrefix(value(resourceARN), "arn:aws:s3:::")
	if !ok || bucket == "" || strings.Contains(bucket, "/") {
		return "", api.NoSuchResource()
	}
	return bucket, nil
}

// worded is an error of the S3 service as this one words it.
func worded(err error) error {
	if e, ok := wire.AsError(err); ok && (e.Code == "NoSuchBucket" || e.Code == "InvalidBucketName") {
		return api.NoSuchResource()
	}
	return err
}

// named is the account and the bucket of a request.
func named(ctx context.Context, account, resourceARN *string) (id, bucket string, err error) {
	if id, err = own(ctx, account); err != nil {
		return "", "", err
	}
	bucket, err = bucketOf(resourceARN)
	return id, bucket, err
}

func tagsOf(tags []api.Tag) []policy.Tag {
	out := make([]policy.Tag, 0, len(tags))
	for _, t := range tags {
		out = append(out, policy.Tag{Key: value(t.Key), Value: value(t.Value)})
	}
	return out
}

// TagResource sets tags of a bucket.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	id, bucket, err := named(ctx, in.AccountId, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := s.buckets.TagBucket(ctx, bucket, id, tagsOf(in.Tags), nil); err != nil {
		return nil, worded(err)
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags of a bucket; keys that it does not have are passed
// over.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UntagResource.html.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	id, bucket, err := named(ctx, in.AccountId, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := s.buckets.TagBucket(ctx, bucket, id, nil, in.TagKeys); err != nil {
		return nil, worded(err)
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource shows the tags of a bucket.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	id, bucket, err := named(ctx, in.AccountId, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := s.buckets.BucketTags(ctx, bucket, id)
	if err != nil {
		return nil, worded(err)
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, t := range tags {
		out.Tags = append(out.Tags, api.Tag{Key: &t.Key, Value: &t.Value})
	}
	return out, nil
}
