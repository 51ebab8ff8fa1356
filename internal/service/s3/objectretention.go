package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutObjectRetention keeps a version until a time, or with an empty Retention no
// longer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
func (s *Service) PutObjectRetention(ctx context.Context, in *api.PutObjectRetentionInput) (*api.PutObjectRetentionOutput, error) {
	if in.Retention == nil || (in.Retention.Mode == nil) != (in.Retention.RetainUntilDate == nil) {
		return nil, api.MalformedXML()
	}
	var to store.Lock
	if in.Retention.Mode != nil {
		var ok bool
		if to.Mode, ok = modes[*in.Retention.Mode]; !ok {
			return nil, api.MalformedXML()
		}
		to.Until = *in.Retention.RetainUntilDate
	}
	_, err := s.relock(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner}, func(o *store.Object) error {
		now := s.store.Now()
		if to.Mode != store.NoLock {
			if err := checkUntil(to.Until, now, "RetainUntilDate"); err != nil {
				return err
			}
		}
		if err := mayRetain(&o.Lock, &to, now, value(in.BypassGovernanceRetention)); err != nil {
			return err
		}
		o.Mode, o.Until = to.Mode, to.Until
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutObjectRetentionOutput{}, nil
}

// relock changes the lock of a version; its time does not change.
func (s *Service) relock(ctx context.Context, at *target, change func(*store.Object) error) (o *store.Object, err error) {
	err = s.store.Update(ctx, func(t *store.Txn) error {
		var b *store.Bucket
		if b, o, err = findLockable(&t.Reader, at); err != nil {
			return err
		}
		if err := change(o); err != nil {
			return err
		}
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
		return s.changed(ctx, t, b, o, lockPut)
	})
	if err != nil {
		return nil, s.revealMarker(ctx, err, "PUT")
	}
	return o, nil
}

// findLockable is find in a bucket that has Object Lock.
func findLockable(r *store.Reader, at *target) (*store.Bucket, *store.Object, error) {
	b, err := openBucket(r, at.bucket, at.expectedOwner)
	if err != nil {
		return nil, nil, err
	}
	if !b.Has(store.ObjectLock) {
		return nil, nil, missingLock()
	}
	return find(r, at)
}

// lockable reads a version to show its lock.
func (s *Service) lockable(ctx context.Context, at *target) (o *store.Object, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		_, o, err = findLockable(r, at)
		return err
	})
	if err != nil {
		return nil, s.revealMarker(ctx, err, "GET")
	}
	return o, nil
}

// GetObjectRetention shows until when a version is kept.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
func (s *Service) GetObjectRetention(ctx context.Context, in *api.GetObjectRetentionInput) (*api.GetObjectRetentionOutput, error) {
	o, err := s.lockable(ctx, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
	if err != nil {
		return nil, err
	}
	if o.Mode == store.NoLock {
		return nil, fail("NoSuchObjectLockConfiguration", "")
	}
	return &api.GetObjectRetentionOutput{Retention: &api.ObjectLockRetention{
		Mode: set(o.Mode.String()), RetainUntilDate: &o.Until,
	}}, nil
}
