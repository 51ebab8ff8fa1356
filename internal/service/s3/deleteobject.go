package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// DeleteObject removes an object; one that is not there is as good as removed. In
// a bucket with versioning it makes a delete marker the current version, and
// removes for good a version that the request names.
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
	var d deletion
	del := func(t *store.Txn, proven string) error {
		b, err := openBucket(&t.Reader, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		if b.MFADelete == store.MFADeleteEnabled && in.VersionId != nil {
			if err := mfaNeeded(b, proven); err != nil {
				return err
			}
		}
		bypass := value(in.BypassGovernanceRetention)
		if err := checkBypass(b, bypass); err != nil {
			return err
		}
		t.Bypass(bypass)
		d, err = s.deleteIn(ctx, t, b, value(in.Key), in.VersionId, &conditions)
		return err
	}
	err := s.withMFA(ctx, in.MFA, func(proven string) error {
		return s.store.Update(ctx, func(t *store.Txn) error { return del(t, proven) })
	})
	if err != nil {
		return nil, conditions.outcome(locked(err))
	}
	return &api.DeleteObjectOutput{DeleteMarker: yes(d.marker), VersionId: d.version}, nil
}

// checkBypass refuses to bypass what a bucket does not have.
func checkBypass(b *store.Bucket, bypass bool) error {
	if !bypass || b.Has(store.ObjectLock) {
		return nil
	}
	return fail("InvalidArgument", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
		"ArgumentName", "x-amz-bypass-governance-retention")
}

// deletion is what became of a delete.
type deletion struct {
	marker  bool    // a delete marker was made, or the one that was named removed
	version *string // of the marker that was made, or as it was named
}

// yes is a pointer to true, nil for false.
func yes(v bool) *bool {
	if !v {
		return nil
	}
	return &v
}

// deleteIn removes an object, or the version of it that is named, in a
// transaction.
func (s *Service) deleteIn(ctx context.Context, t *store.Txn, b *store.Bucket, key string, version *string, c *writeConditions) (deletion, error) {
	if version != nil {
		return s.deleteVersion(ctx, t, b, key, *version, c)
	}
	if err := c.checkIn(&t.Reader, b, key); err != nil {
		return deletion{}, err
	}
	marker, gone, err := t.DeleteObject(b, key, writer(ctx, b))
	switch {
	case errors.Is(err, store.ErrNoSuchObject):
		return deletion{}, nil
	case err != nil:
		return deletion{}, err
	case marker == nil:
		return deletion{}, s.changed(ctx, t, b, gone, removed)
	}
	return deletion{true, shownVersion(b, marker)}, s.changed(ctx, t, b, marker, markerCreated)
}

// deleteVersion removes a version for good. A condition applies to current
// versions alone, so S3 has none where a version is named.
func (s *Service) deleteVersion(ctx context.Context, t *store.Txn, b *store.Bucket, key, version string, c *writeConditions) (deletion, error) {
	d := deletion{version: &version}
	id, err := parseVersion(version)
	if err != nil {
		return d, err
	}
	if c.any() {
		return d, api.NotImplemented("If-Match")
	}
	o, err := t.ObjectVersion(b.ID, key, id)
	if errors.Is(err, store.ErrNoSuchObject) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	d.marker = o.DeleteMarker
	if err := t.DeleteVersion(b, o); err != nil {
		return d, err
	}
	return d, s.changed(ctx, t, b, o, removed)
}
