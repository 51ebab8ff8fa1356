package s3

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// dueUpload is an upload to end.
type dueUpload struct {
	key string
	id  store.ID
}

func (d *dueUpload) do(_ context.Context, w *lifecycleWorker, t *store.Txn, b *store.Bucket, c *lifecycle.Configuration) error {
	u, err := t.Upload(b.ID, d.key, d.id)
	if errors.Is(err, store.ErrNoSuchUpload) {
		return nil
	}
	if err != nil {
		return err
	}
	if at, _, ok := c.Abort(u.Key, u.Initiated, w.day); !ok || at.After(t.Now()) {
		return nil
	}
	return t.AbortUpload(b, d.key, d.id)
}

// dueVersion is a version that a rule applied to, with what was above it.
type dueVersion struct {
	key      string
	version  store.ID
	sequence uint64
	latest   bool
	above    *versionAbove
	newer    int
}

// do applies the rules to the version if it is still the one, and still where it
// was among the versions of its key.
func (d *dueVersion) do(ctx context.Context, w *lifecycleWorker, t *store.Txn, b *store.Bucket, c *lifecycle.Configuration) error {
	o, err := t.ObjectVersion(b.ID, d.key, d.version)
	if errors.Is(err, store.ErrNoSuchObject) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.Sequence != d.sequence || o.Latest != d.latest {
		return nil
	}
	l := ruled(o, t.Now())
	switch {
	case !o.Latest:
		if there, err := d.place(t, b, c, &l); err != nil || !there {
			return err
		}
	case o.DeleteMarker:
		if l.Alone, err = alone(t, b, d.key); err != nil {
			return err
		}
	}
	switch a := c.Decide(&l, t.Now(), b.Versioning != store.Unversioned, w.day); a.Verb {
	case lifecycle.Expire:
		return w.expire(ctx, t, b, d.key)
	case lifecycle.Remove:
		if err := t.DeleteVersion(b, o); err != nil {
			return err
		}
		return w.changed(ctx, t, b, o, lifecycleExpired)
	case lifecycle.Transition:
		o.StorageClass = a.StorageClass
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
		return w.changed(ctx, t, b, o, transitioned)
	}
	return nil
}

// expire ends a current version as a delete without a version id would.
func (w *lifecycleWorker) expire(ctx context.Context, t *store.Txn, b *store.Bucket, key string) error {
	marker, gone, err := t.DeleteObject(b, key, b.Account)
	switch {
	case err != nil:
		return err
	case marker != nil:
		return w.changed(ctx, t, b, marker, lifecycleMarker)
	}
	return w.changed(ctx, t, b, gone, lifecycleExpired)
}

// place says since when a noncurrent version is one, and how many there are that
// are newer. there is false if the version that was above it is gone.
func (d *dueVersion) place(t *store.Txn, b *store.Bucket, c *lifecycle.Configuration, l *lifecycle.Object) (there bool, err error) {
	if d.above == nil {
		return false, nil
	}
	above, err := t.ObjectVersion(b.ID, d.key, d.above.Version)
	if errors.Is(err, store.ErrNoSuchObject) || err == nil && above.Sequence != d.above.Sequence {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.Noncurrent, l.Covered, l.Newer = true, above.Modified, d.newer
	if d.newer > 0 && c.Counts() {
		l.Newer, err = newer(t, b, d.key, d.sequence, min(d.newer, lifecycle.MaxNewer))
	}
	return true, err
}

// newer counts the noncurrent versions of a key that are newer than a sequence, but
// no further than most.
func newer(t *store.Txn, b *store.Bucket, key string, than uint64, most int) (n int, err error) {
	err = t.ListVersions(b.ID, store.Listing{Prefix: key}, 0, func(e *store.VersionEntry) error {
		if e.Key != key || e.Sequence <= than || n == most {
			return kv.Stop
		}
		if !e.Latest {
			n++
		}
		return nil
	}, nil)
	return n, err
}

// alone tells whether a key has one version.
func alone(t *store.Txn, b *store.Bucket, key string) (bool, error) {
	n := 0
	err := t.ListVersions(b.ID, store.Listing{Prefix: key}, 0, func(e *store.VersionEntry) error {
		if e.Key == key {
			n++
		}
		if e.Key != key || n > 1 {
			return kv.Stop
		}
		return nil
	}, nil)
	return n == 1, err
}
