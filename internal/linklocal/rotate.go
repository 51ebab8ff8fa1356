package linklocal

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// ErrOver, wrapped in the error of a fetch, says that there will be no other value
// and that the one before is not to be used any more: what it was of is gone, or
// is no longer the caller's.
var ErrOver = errors.New("over")

// Times of a Rotating value that its owner leaves unset.
const (
	fetchTimeout = 20 * time.Second
	// patience is how long somebody waits for a new value who can have the old one.
	// SDKs give the metadata service one second.
	patience = 500 * time.Millisecond
	// pause is the least time between a fetch that failed and the next.
	pause = time.Second
)

// Rotating keeps a value that has an end, and has another fetched well before.
// One fetch serves all who wait for it; while it fails, the old value is given out
// for as long as it is good. Fill in the exported fields; the zero value of Clock
// and Patience will do. It is safe for concurrent use.
type Rotating[T any] struct {
	// Fetch makes a new value. It is given the one before, nil for none.
	Fetch func(ctx context.Context, old *T) (*T, error)
	// Life says from when on a value should be replaced, and when it must not be used
	// any more.
	Life     func(*T) (due, end time.Time)
	Clock    func() time.Time
	Patience time.Duration

	mu     sync.Mutex
	value  *T
	err    error     // of the last fetch
	again  time.Time // not before
	flight chan struct{}
}

func (r *Rotating[T]) now() time.Time {
	if r.Clock != nil {
		return r.Clock()
	}
	return time.Now()
}

// Get is a value that has not ended, or the error of the last fetch.
func (r *Rotating[T]) Get(ctx context.Context) (*T, error) {
	r.mu.Lock()
	now := r.now()
	old, good := r.good(now)
	if good && now.Before(r.due()) || now.Before(r.again) {
		defer r.mu.Unlock()
		return old, r.errUnless(good)
	}
	if r.flight == nil {
		r.flight = make(chan struct{})
		go r.fetch(context.WithoutCancel(ctx), r.flight, old)
	}
	flight := r.flight
	r.mu.Unlock()

	var enough <-chan time.Time
	if good {
		timer := time.NewTimer(cmp.Or(r.Patience, patience))
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-flight:
	case <-enough:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, good = r.good(r.now())
	return old, r.errUnless(good)
}

// good is the value, if there is one that has not ended.
func (r *Rotating[T]) good(now time.Time) (*T, bool) {
	if r.value == nil {
		return nil, false
	}
	if _, end := r.Life(r.value); !now.Before(end) {
		return nil, false
	}
	return r.value, true
}

func (r *Rotating[T]) due() time.Time {
	due, _ := r.Life(r.value)
	return due
}

func (r *Rotating[T]) errUnless(good bool) error {
	switch {
	case good:
		return nil
	case r.err != nil:
		return r.err
	}
	return errors.New("what was fetched has ended already")
}

func (r *Rotating[T]) fetch(ctx context.Context, flight chan struct{}, old *T) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	value, err := r.Fetch(ctx, old)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.flight = err, nil
	if err == nil {
		r.value = value
	} else {
		r.again = r.now().Add(pause)
		if errors.Is(err, ErrOver) {
			r.value = nil
		}
	}
	close(flight)
}
