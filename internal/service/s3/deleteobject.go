package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// DeleteObject removes an object; one that is not there is as good as removed.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
func (s *Service) DeleteObject(ctx context.Context, in *api.DeleteObjectInput) (*api.DeleteObjectOutput, error) {
	if err := checkKey(value(in.Key)); err != nil {
		return nil, err
	}
	switch {
	case in.IfMatchLastModifiedTime != nil:
		return nil, api.NotImplemented("x-amz-if-match-last-modified-time")
	case in.IfMatchSize != nil:
		return nil, api.NotImplemented("x-amz-if-match-size")
	}
	conditions := writeConditions{ifMatch: in.IfMatch}
	out := &api.DeleteObjectOutput{}
	err := s.store.Update(ctx, func(t *store.Txn) error {
		b, err := openBucket(&t.Reader, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		return deleteIn(t, b, value(in.Key), in.VersionId, &conditions)
	})
	if err != nil {
		return nil, conditions.outcome(err)
	}
	return out, nil
}

// deleteIn removes an object, or the version of it that is named, in a
// transaction.
func deleteIn(t *store.Txn, b *store.Bucket, key string, version *string, c *writeConditions) error {
	if version != nil && *version != nullVersion {
		if *version == "" {
			return emptyVersion()
		}
		if _, ok := store.ParseID(*version); !ok {
			return invalidArgument("Invalid version id specified", "versionId", *version)
		}
		return nil
	}
	if err := c.checkIn(&t.Reader, b, key); err != nil {
		return err
	}
	_, err := t.DeleteObject(b, key)
	if errors.Is(err, store.ErrNoSuchObject) {
		return nil
	}
	return err
}
