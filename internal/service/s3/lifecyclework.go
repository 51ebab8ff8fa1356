package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// What the lifecycle worker does at once. Requests meet one transaction of a few
// changes at a time, and the worker rests as long as it has worked.
const (
	lifecyclePage  = 1000 // versions or uploads that it looks at in one state
	lifecycleBatch = 20   // changes in one transaction
	lifecycleRest  = time.Second
	lifecyclePoll  = time.Minute // how often it looks whether there is something to do
	lifecycleLease = 2 * time.Minute
)

// lifecycleName names the worker's lease and its progress.
const lifecycleName = "lifecycle"

// lifecycleWorker applies lifecycle rules in rounds through the buckets that have
// some. Of the gateways that share a store one works at a time, and any goes on
// where another left off. Lifecycle acts as S3 itself: it needs no permission and
// no policy holds it up.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
type lifecycleWorker struct {
	*Service
	holder   string
	interval time.Duration
	failed   func(error)
	size     int // of a page
}

// lifecycleProgress is how far a round has come, as it is stored.
type lifecycleProgress struct {
	Began time.Time
	Done  bool
	// Bucket is the one that the worker is in, or the first that it may be in next.
	Bucket  store.BucketID
	Uploads bool // that it is through with the objects
	// Key and Sequence are the version that was looked at last, or Key and Upload
	// the upload; Key is empty before the first.
	Key      string
	Sequence uint64
	Upload   store.ID
	// Above and Newer are what the versions of Key had above them, see versionWalk.
	Above *versionAbove
	Newer int
}

// RunLifecycle applies buckets' lifecycle rules until ctx ends, in rounds that
// begin an interval apart. Errors go to failed and do not end it.
func (s *Service) RunLifecycle(ctx context.Context, interval time.Duration, failed func(error)) {
	w := s.newLifecycleWorker(interval, failed)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			// Another gateway need not wait for the lease to run out.
			_ = s.store.Release(context.WithoutCancel(ctx), lifecycleName, w.holder)
			return
		case <-timer.C:
		}
		begun := time.Now()
		more, err := w.step(ctx)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		rest := min(lifecyclePoll, interval)
		if more && err == nil {
			rest = min(time.Since(begun), lifecycleRest)
		}
		timer.Reset(rest)
	}
}

func (s *Service) newLifecycleWorker(interval time.Duration, failed func(error)) *lifecycleWorker {
	return &lifecycleWorker{Service: s, holder: store.NewID(s.store.Now()).String(), interval: interval, failed: failed,
		size: lifecyclePage}
}

// step looks at the next page and does what is due. more tells whether the round
// goes on.
func (w *lifecycleWorker) step(ctx context.Context) (more bool, err error) {
	p, due, err := w.progress(ctx)
	if err != nil || !due {
		return false, err
	}
	err = w.store.Lease(ctx, lifecycleName, w.holder, lifecycleLease)
	if errors.Is(err, store.ErrLeased) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	// Another gateway may have come further until it gave the lease back.
	if p, due, err = w.progress(ctx); err != nil {
		return false, err
	}
	if due {
		if p.Done {
			p = lifecycleProgress{Began: w.store.Now()}
		}
		if err = w.page(ctx, &p); err != nil {
			return false, err
		}
		if err = w.note(ctx, &p); err != nil {
			return false, err
		}
	}
	if !due || p.Done {
		return false, w.store.Release(ctx, lifecycleName, w.holder)
	}
	return true, nil
}

// progress is how far the last round has come, and whether there is something to
// do: a round to go on with, or to begin.
func (w *lifecycleWorker) progress(ctx context.Context) (p lifecycleProgress, due bool, err error) {
	err = w.store.View(ctx, func(r *store.Reader) error {
		note, err := r.Progress(lifecycleName)
		if err != nil {
			return err
		}
		p = lifecycleProgress{Done: true}
		if note != nil {
			if err := json.Unmarshal(note, &p); err != nil {
				return fmt.Errorf("%w: lifecycle progress: %w", store.ErrCorrupt, err)
			}
		}
		if due = !p.Done; due {
			return nil
		}
		// A clock that was put back must not stop the rounds.
		now := w.store.Now()
		if now.Before(p.Began.Add(w.interval)) && !now.Before(p.Began) {
			return nil
		}
		return r.ScanConfigured(store.Lifecycle, 0, func(store.BucketID, string, []byte) error {
			due = true
			return kv.Stop
		})
	})
	return p, due, err
}

func (w *lifecycleWorker) note(ctx context.Context, p *lifecycleProgress) error {
	note, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return w.store.Update(ctx, func(t *store.Txn) error { return t.SetProgress(lifecycleName, note) })
}

// page looks at the next page of the bucket that p is in, does what is due and
// moves p on. What cannot be read keeps the round from that bucket alone, and what
// cannot be done waits for the next round.
func (w *lifecycleWorker) page(ctx context.Context, p *lifecycleProgress) error {
	var tasks []lifecycleTask
	from, bucket := *p, store.BucketID(0)
	err := w.store.View(ctx, func(r *store.Reader) (err error) {
		*p = from
		tasks, bucket, err = w.look(r, p)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && bucket == 0:
		return err
	case err != nil:
		w.failed(fmt.Errorf("bucket %016x: %w", uint64(bucket), err))
		p.leave(bucket)
		return nil
	}
	for len(tasks) > 0 {
		n := min(len(tasks), lifecycleBatch)
		w.apply(ctx, bucket, tasks[:n])
		if ctx.Err() != nil {
			*p = from
			return ctx.Err()
		}
		tasks = tasks[n:]
	}
	return nil
}

// leave moves on to the buckets behind one.
func (p *lifecycleProgress) leave(b store.BucketID) {
	*p = lifecycleProgress{Began: p.Began, Bucket: b + 1, Done: b+1 == 0}
}

// lifecycleTask is what may be due, to be looked at again in the transaction that
// does it.
type lifecycleTask interface {
	do(ctx context.Context, w *lifecycleWorker, t *store.Txn, b *store.Bucket, c *lifecycle.Configuration) error
}

// apply does tasks at once or, if that fails, one by one.
func (w *lifecycleWorker) apply(ctx context.Context, bucket store.BucketID, tasks []lifecycleTask) {
	err := w.store.Update(ctx, func(t *store.Txn) error {
		b, err := t.BucketByID(bucket)
		if errors.Is(err, store.ErrNoSuchBucket) {
			return nil
		}
		if err != nil {
			return err
		}
		c, err := configured[lifecycle.Configuration](w.Service, &t.Reader, b, store.Lifecycle)
		if err != nil || c == nil {
			return err
		}
		for _, task := range tasks {
			if err := task.do(ctx, w, t, b, c); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil || ctx.Err() != nil:
	case len(tasks) == 1:
		w.failed(fmt.Errorf("bucket %016x: %w", uint64(bucket), err))
	default:
		for i := range tasks {
			w.apply(ctx, bucket, tasks[i:i+1])
		}
	}
}
