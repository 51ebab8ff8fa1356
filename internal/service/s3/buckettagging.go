package s3

import (
	"context"
	"net/http"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// maxBucketTags is how many tags a bucket may have.
const maxBucketTags = 50

// System tags are AWS's; the operations word their refusal differently.
const (
	systemTag         = "System tags cannot be added/updated by requester"
	systemTagCreating = `User-defined tag keys can't start with "aws:". This prefix is reserved for system tags. ` +
		`Remove "aws:" from your tag keys and try again.`
)

// checkBucketTags refuses bucket tags that AWS refuses, apart from repeated keys.
func checkBucketTags(tags []store.Tag, system string) error {
	if len(tags) > maxBucketTags {
		return &wire.Error{Status: http.StatusBadRequest, Code: "BadRequest", Message: "Bucket tag count cannot be greater than 50"}
	}
	for _, t := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return api.InvalidTag(system, t.Key)
		case t.Key == "" || !tagText(t.Key, maxTagKey):
			return api.InvalidTag("The TagKey you have provided is invalid", t.Key)
		case !tagText(t.Value, maxTagValue):
			return api.InvalidTag("The TagValue you have provided is invalid", t.Key)
		}
	}
	return nil
}

// PutBucketTagging replaces the tags of a bucket. A bucket whose tags count in
// authorization is tagged by S3 Control alone.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
func (s *Service) PutBucketTagging(ctx context.Context, in *api.PutBucketTaggingInput) (*api.PutBucketTaggingOutput, error) {
	tags, err := tagSet(in.Tagging)
	if err != nil {
		return nil, err
	}
	if err := checkBucketTags(tags, systemTag); err != nil {
		return nil, err
	}
	if err := s.replaceBucketTags(ctx, in.Bucket, in.ExpectedBucketOwner, tags); err != nil {
		return nil, err
	}
	return &api.PutBucketTaggingOutput{}, nil
}

// DeleteBucketTagging takes all tags off a bucket; there need not be any.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html
func (s *Service) DeleteBucketTagging(ctx context.Context, in *api.DeleteBucketTaggingInput) (*api.DeleteBucketTaggingOutput, error) {
	if err := s.replaceBucketTags(ctx, in.Bucket, in.ExpectedBucketOwner, nil); err != nil {
		return nil, err
	}
	return &api.DeleteBucketTaggingOutput{}, nil
}

func (s *Service) replaceBucketTags(ctx context.Context, bucket, expectedOwner *string, tags []store.Tag) error {
	return s.configure(ctx, bucket, expectedOwner, func(b *store.Bucket) error {
		if b.ABAC {
			return api.InvalidRequest("Attribute-based access control is enabled on this bucket. Use TagResource and UntagResource to change its tags.")
		}
		b.Tags = tags
		return nil
	})
}

// GetBucketTagging shows the tags of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
func (s *Service) GetBucketTagging(ctx context.Context, in *api.GetBucketTaggingInput) (*api.GetBucketTaggingOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if len(b.Tags) == 0 {
		return nil, api.NoSuchConfiguration("NoSuchTagSet", b.Name)
	}
	return &api.GetBucketTaggingOutput{TagSet: shownTags(b.Tags)}, nil
}

// GetBucketAbac tells whether the bucket's tags count in authorization.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html
func (s *Service) GetBucketAbac(ctx context.Context, in *api.GetBucketAbacInput) (*api.GetBucketAbacOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	status := "Disabled"
	if b.ABAC {
		status = "Enabled"
	}
	return &api.GetBucketAbacOutput{AbacStatus: &api.AbacStatus{Status: &status}}, nil
}

// PutBucketAbac says whether the bucket's tags count in authorization.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html
func (s *Service) PutBucketAbac(ctx context.Context, in *api.PutBucketAbacInput) (*api.PutBucketAbacOutput, error) {
	if in.AbacStatus == nil || in.AbacStatus.Status == nil {
		return nil, api.MalformedXML()
	}
	err := s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		b.ABAC = *in.AbacStatus.Status == "Enabled"
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketAbacOutput{}, nil
}

// BucketTarget is what a permission on a bucket is asked on, for the services
// beside S3 that work on buckets. The bucket must be the account's.
func (s *Service) BucketTarget(ctx context.Context, bucket, account string) (*caller.Target, error) {
	return s.bucketTarget(ctx, "", &asking{bucket: &bucket, owner: &account}, nil)
}

// BucketTags are the tags of an account's bucket.
func (s *Service) BucketTags(ctx context.Context, bucket, account string) ([]policy.Tag, error) {
	b, err := s.bucket(ctx, &bucket, &account)
	if err != nil {
		return nil, err
	}
	tags := make([]policy.Tag, 0, len(b.Tags))
	for _, t := range b.Tags {
		tags = append(tags, policy.Tag(t))
	}
	return tags, nil
}

// TagBucket sets tags of an account's bucket, leaving others as they are, and
// removes those of the keys in remove.
func (s *Service) TagBucket(ctx context.Context, bucket, account string, tags []policy.Tag, remove []string) error {
	return s.configure(ctx, &bucket, &account, func(b *store.Bucket) error {
		b.Tags = slices.DeleteFunc(b.Tags, func(have store.Tag) bool {
			return slices.Contains(remove, have.Key) || slices.ContainsFunc(tags, func(t policy.Tag) bool { return t.Key == have.Key })
		})
		for i, t := range tags {
			if slices.ContainsFunc(tags[:i], func(other policy.Tag) bool { return other.Key == t.Key }) {
				return api.InvalidTag("Cannot provide multiple Tags with the same key", t.Key)
			}
			b.Tags = append(b.Tags, store.Tag(t))
		}
		return checkBucketTags(b.Tags, systemTag)
	})
}
