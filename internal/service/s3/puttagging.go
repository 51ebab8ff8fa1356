package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// tagSet reads the tags of a body. AWS refuses a key that comes twice.
func tagSet(t *api.Tagging) ([]store.Tag, error) {
	if t == nil || t.TagSet == nil {
		return nil, api.MalformedXML()
	}
	return tagsFrom(t.TagSet)
}

func tagsFrom(set []api.Tag) ([]store.Tag, error) {
	tags := make([]store.Tag, 0, len(set))
	for _, t := range set {
		if t.Key == nil || t.Value == nil {
			return nil, api.MalformedXML()
		}
		for _, other := range tags {
			if other.Key == *t.Key {
				return nil, api.InvalidTag("Cannot provide multiple Tags with the same key", *t.Key)
			}
		}
		tags = append(tags, store.Tag{Key: *t.Key, Value: *t.Value})
	}
	return tags, nil
}

func shownTags(tags []store.Tag) []api.Tag {
	out := make([]api.Tag, 0, len(tags))
	for _, t := range tags {
		out = append(out, api.Tag{Key: &t.Key, Value: &t.Value})
	}
	return out
}

// PutObjectTagging replaces the tags of an object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
func (s *Service) PutObjectTagging(ctx context.Context, in *api.PutObjectTaggingInput) (*api.PutObjectTaggingOutput, error) {
	tags, err := tagSet(in.Tagging)
	if err != nil {
		return nil, err
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	version, err := s.retag(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner}, tags, "PUT", taggingPut)
	if err != nil {
		return nil, err
	}
	return &api.PutObjectTaggingOutput{VersionId: version}, nil
}

// DeleteObjectTagging takes all tags off an object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
func (s *Service) DeleteObjectTagging(ctx context.Context, in *api.DeleteObjectTaggingInput) (*api.DeleteObjectTaggingOutput, error) {
	version, err := s.retag(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner}, nil, "DELETE", taggingDeleted)
	if err != nil {
		return nil, err
	}
	return &api.DeleteObjectTaggingOutput{VersionId: version}, nil
}

// retag replaces the tags of the object, whose time does not change, and returns
// the id of the version. method is the request's.
func (s *Service) retag(ctx context.Context, at *target, tags []store.Tag, method string, e event) (version *string, err error) {
	err = s.store.Update(ctx, func(t *store.Txn) error {
		b, o, err := find(&t.Reader, at)
		if err != nil {
			return err
		}
		o.Tags, version = tags, shownVersion(b, o)
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
		return s.changed(ctx, t, b, o, e)
	})
	if err != nil {
		return nil, s.revealMarker(ctx, err, method)
	}
	return version, nil
}
