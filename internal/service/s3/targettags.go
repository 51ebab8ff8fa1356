package s3

import (
	"context"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// accountBlocks is what an Accounts may tell beside: Block Public Access for all
// of an account's buckets.
type accountBlocks interface {
	PublicAccessBlock(account string) authz.BPA
}

// blockOf is what Block Public Access blocks in the bucket: its own settings and
// its account's together.
func (s *Service) blockOf(b *store.Bucket) (block authz.BPA) {
	if p := b.PublicAccessBlock; p != nil {
		block = authz.BPA(*p)
	}
	if s.blocks != nil {
		block = block.Or(s.blocks.PublicAccessBlock(b.Account))
	}
	return block
}

// also adds condition keys to those that the target sets already.
func also(t *caller.Target, add func(*policy.Values)) {
	first := t.Context
	if first == nil {
		t.Context = add
		return
	}
	t.Context = func(v *policy.Values) {
		first(v)
		add(v)
	}
}

// bucketTagKeys are the keys of the tags of a bucket whose tags count.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging.html
func bucketTagKeys(t *caller.Target, b *store.Bucket) {
	if !b.ABAC || len(b.Tags) == 0 {
		return
	}
	tags := tagsOf(b.Tags)
	t.Resource.Tags = tags
	also(t, func(v *policy.Values) { v.SetTags(policy.FamilyBucketTag, tags) })
}

// requestTagKeys gives the keys of the tags that a request brings their values
// as they will be stored: S3's tags may have keys that differ in letter case
// alone, which the generic reading of an input takes for one.
func requestTagKeys(ctx context.Context, t *caller.Target, in any) {
	family, tags := policy.FamilyRequestObjectTag, []store.Tag(nil)
	switch in := in.(type) {
	case *api.PutObjectInput:
		tags = headerTags(in.Tagging)
	case *api.CopyObjectInput:
		if value(in.TaggingDirective) == "REPLACE" {
			tags = headerTags(in.Tagging)
		}
	case *api.CreateMultipartUploadInput:
		tags = headerTags(in.Tagging)
	case *api.PutObjectTaggingInput:
		tags = bodyTags(in.Tagging)
	case *api.PutBucketTaggingInput:
		family, tags = policy.FamilyRequestTag, bodyTags(in.Tagging)
	case *api.CreateBucketInput:
		if c := in.CreateBucketConfiguration; c != nil {
			family, tags = policy.FamilyRequestTag, bodyTags(&api.Tagging{TagSet: c.Tags})
		}
	}
	if set := tagsOf(tags); set != nil {
		if family == policy.FamilyRequestObjectTag {
			seeTags(ctx, set)
		}
		also(t, func(v *policy.Values) { v.SetTags(family, set) })
	}
}

func withRequestTags(ctx context.Context, t *caller.Target, err error, in any) (*caller.Target, error) {
	if err == nil {
		requestTagKeys(ctx, t, in)
	}
	return t, err
}

// headerTags and bodyTags read tags that are not checked yet; what is malformed
// is refused when it comes to be stored.
func headerTags(header *string) []store.Tag {
	if header == nil {
		return nil
	}
	tags, _ := parseTagging(header)
	return tags
}

func bodyTags(t *api.Tagging) []store.Tag {
	if t == nil {
		return nil
	}
	tags := make([]store.Tag, 0, len(t.TagSet))
	for _, tag := range t.TagSet {
		tags = append(tags, store.Tag{Key: value(tag.Key), Value: value(tag.Value)})
	}
	return tags
}
