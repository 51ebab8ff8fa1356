package s3

import (
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// look reads the next page of the bucket that p is in, or of the next one that has
// rules, finds what is due in it and moves p on. bucket is where it was, 0 if
// there is none left.
func (w *lifecycleWorker) look(r *store.Reader, p *lifecycleProgress) (tasks []lifecycleTask, bucket store.BucketID, err error) {
	err = r.ScanConfigured(store.Lifecycle, p.Bucket, func(b store.BucketID, _ string, _ []byte) error {
		bucket = b
		return kv.Stop
	})
	if err != nil {
		return nil, 0, err
	}
	if bucket == 0 {
		p.Done = true
		return nil, 0, nil
	}
	if bucket != p.Bucket {
		*p = lifecycleProgress{Began: p.Began, Bucket: bucket}
	}
	b, err := r.BucketByID(bucket)
	if errors.Is(err, store.ErrNoSuchBucket) {
		p.leave(bucket)
		return nil, bucket, nil
	}
	if err != nil {
		return nil, bucket, err
	}
	c, err := configured[lifecycle.Configuration](w.Service, r, b, store.Lifecycle)
	if err != nil {
		return nil, bucket, err
	}
	prefix, enabled := "", false
	if c != nil {
		prefix, enabled = c.Prefix()
	}
	switch {
	case !enabled || p.Uploads && !c.Aborts():
		p.leave(bucket)
	case p.Uploads:
		tasks, err = w.lookAtUploads(r, b, c, prefix, p)
	default:
		v := versionWalk{w: w, r: r, b: b, c: c, now: w.store.Now(), p: p}
		tasks, err = v.run(prefix)
	}
	return tasks, bucket, err
}

// lookAtUploads finds uploads to end.
func (w *lifecycleWorker) lookAtUploads(r *store.Reader, b *store.Bucket, c *lifecycle.Configuration, prefix string, p *lifecycleProgress) ([]lifecycleTask, error) {
	var tasks []lifecycleTask
	seen, full := 0, false
	now := w.store.Now()
	err := r.ScanUploads(b.ID, prefix, p.Key, p.Upload, func(u *store.Upload) error {
		if full = seen == w.size; full {
			return kv.Stop
		}
		seen++
		p.Key, p.Upload = u.Key, u.ID
		if at, _, ok := c.Abort(u.Key, u.Initiated, w.day); ok && !at.After(now) {
			tasks = append(tasks, &dueUpload{u.Key, u.ID})
		}
		return nil
	})
	if err == nil && !full {
		p.leave(b.ID)
	}
	return tasks, err
}

// versionAbove is the version just newer than another of its key: that which made
// the other one noncurrent.
type versionAbove struct {
	Version  store.ID
	Sequence uint64
	Modified time.Time
}

// versionWalk looks at versions, of each key from the newest to the oldest, and
// finds what is due. It sees a key as it will be once all that it found is done:
// the version above another, and how many newer ones there are, are of those that
// stay. So a round that ends between two versions of a key goes on with the same.
type versionWalk struct {
	w   *lifecycleWorker
	r   *store.Reader
	b   *store.Bucket
	c   *lifecycle.Configuration
	now time.Time
	p   *lifecycleProgress

	tasks []lifecycleTask
	seen  int
	full  bool
	// marker is a current delete marker of which the next version will tell whether
	// it is alone.
	marker *store.VersionEntry
}

func (v *versionWalk) run(prefix string) ([]lifecycleTask, error) {
	listing := store.Listing{Prefix: prefix, After: v.p.Key}
	if err := v.r.ListVersions(v.b.ID, listing, v.p.Sequence, v.item, nil); err != nil {
		return nil, err
	}
	if err := v.settle(true); err != nil {
		return nil, err
	}
	if !v.full {
		v.p.leave(v.b.ID)
		if v.c.Aborts() {
			*v.p = lifecycleProgress{Began: v.p.Began, Bucket: v.b.ID, Uploads: true}
		}
	}
	return v.tasks, nil
}

func (v *versionWalk) item(e *store.VersionEntry) error {
	if v.marker != nil {
		if err := v.settle(e.Key != v.marker.Key); err != nil {
			return err
		}
	}
	if v.full = v.seen == v.w.size; v.full {
		return kv.Stop
	}
	v.seen++
	if e.Key != v.p.Key {
		v.p.Key, v.p.Above, v.p.Newer = e.Key, nil, 0
	}
	v.p.Sequence = e.Sequence
	if e.Latest && e.DeleteMarker {
		marker := *e
		v.marker = &marker
		v.stays(e)
		return nil
	}
	return v.consider(e, false)
}

// settle decides about the current delete marker that waits for it.
func (v *versionWalk) settle(alone bool) error {
	e := v.marker
	v.marker = nil
	if e == nil || !alone {
		return nil // it hides something, so it stays
	}
	return v.consider(e, true)
}

// stays notes a version that the older ones of its key have above them.
func (v *versionWalk) stays(e *store.VersionEntry) {
	v.p.Above = &versionAbove{e.Version, e.Sequence, e.Modified}
	if !e.Latest {
		v.p.Newer++
	}
}

func (v *versionWalk) consider(e *store.VersionEntry, alone bool) error {
	o := lifecycle.Object{Key: e.Key, Size: e.Size, AnyTags: true, StorageClass: e.StorageClass, Created: e.Modified, DeleteMarker: e.DeleteMarker}
	v.place(&o, e, alone)
	if v.decide(&o).Verb != lifecycle.Keep {
		// What a listing does not tell decides.
		full, err := v.r.ObjectVersion(v.b.ID, e.Key, e.Version)
		if err != nil {
			return err
		}
		o = ruled(full, v.now)
		v.place(&o, e, alone)
		if a := v.decide(&o); a.Verb != lifecycle.Keep {
			v.tasks = append(v.tasks, &dueVersion{e.Key, e.Version, e.Sequence, e.Latest, v.p.Above, v.p.Newer})
			if a.Verb == lifecycle.Remove {
				return nil
			}
		}
	}
	if !alone {
		v.stays(e)
	}
	return nil
}

// place says where a version is among those of its key.
func (v *versionWalk) place(o *lifecycle.Object, e *store.VersionEntry, alone bool) {
	o.Alone = alone
	if e.Latest {
		return
	}
	o.Noncurrent, o.Newer, o.Covered = true, v.p.Newer, v.now
	if v.p.Above != nil {
		o.Covered = v.p.Above.Modified
	}
}

func (v *versionWalk) decide(o *lifecycle.Object) lifecycle.Action {
	return v.c.Decide(o, v.now, v.b.Versioning != store.Unversioned, v.w.day)
}
