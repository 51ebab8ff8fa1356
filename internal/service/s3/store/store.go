package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// Keys finds an account's default key, under which its buckets' data keys are
// wrapped. It is safe for concurrent use.
type Keys interface {
	AccountKey(ctx context.Context, account string) (seal.Key, error)
}

// DefaultInlineMax is the default of Options.InlineMax.
const DefaultInlineMax = 32 << 10

// Options is what a Store is made of.
type Options struct {
	KV    kv.Store
	Blobs blob.Store
	Keys  Keys
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// InlineMax is the most plain bytes of an object that are stored in a row
	// instead of a blob; 0 for DefaultInlineMax.
	InlineMax int
	// Grace is how long replaced and deleted data is kept for readers in other
	// processes; readers in this one need none. With metadata that several
	// processes share, a download that takes longer than this fails when the object
	// is overwritten meanwhile.
	Grace time.Duration
}

// Store is the buckets and objects of an installation. It is safe for concurrent
// use.
type Store struct {
	kv        kv.Store
	blobs     blob.Store
	keys      Keys
	now       func() time.Time
	inlineMax int
	grace     time.Duration

	// reading is held for reading from before an object's row is read until its data
	// is pinned, so that Collect can tell when a pin must be visible.
	reading sync.RWMutex
	pins    pins
	// garbage is signalled when a transaction left some.
	garbage chan struct{}
	// work is signalled when a transaction put something into a queue.
	work [queues]chan struct{}
	// buffers hold the bytes of a small object, sealed or not.
	buffers sync.Pool
}

// New makes a Store. It does nothing on its own: Run takes away garbage.
func New(o Options) *Store {
	s := &Store{kv: o.KV, blobs: o.Blobs, keys: o.Keys, now: o.Now, inlineMax: o.InlineMax, grace: o.Grace}
	if s.now == nil {
		s.now = time.Now
	}
	if s.inlineMax == 0 {
		s.inlineMax = DefaultInlineMax
	}
	s.pins.held = map[ID]int{}
	s.garbage = make(chan struct{}, 1)
	for q := range s.work {
		s.work[q] = make(chan struct{}, 1)
	}
	size := int(max(seal.SealedSize(int64(s.inlineMax)), int64(s.inlineMax)+1))
	s.buffers.New = func() any { b := make([]byte, size); return &b }
	return s
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now().UTC() }

// Reader reads one consistent state. It is valid only inside the function it
// was passed to and is not safe for concurrent use.
type Reader struct {
	kv     kv.Reader
	steady *steady // of the request, nil outside of one
	writes bool    // whether it is a Txn's
}

// Txn is a Reader that sees its own writes and can make more.
type Txn struct {
	Reader
	txn     kv.Txn
	now     time.Time
	dropped bool
	bypass  bool // of governance
	queued  [queues]bool
	replica *StagedReplica // taken over
}

// View runs fn on a consistent state. Errors of fn come back as they are.
func (s *Store) View(ctx context.Context, fn func(*Reader) error) error {
	steady := steadyIn(ctx)
	return s.kv.View(ctx, func(r kv.Reader) error { return fn(&Reader{kv: r, steady: steady}) })
}

// Update runs fn and makes all its writes visible and durable at once, or none
// if it fails. fn may be run more than once. Errors of fn come back as they are;
// after any other error it is not known whether the writes were made.
func (s *Store) Update(ctx context.Context, fn func(*Txn) error) error {
	dropped, steady := false, steadyIn(ctx)
	var queued [queues]bool
	err := s.kv.Update(ctx, func(tx kv.Txn) error {
		t := Txn{Reader: Reader{kv: tx, steady: steady, writes: true}, txn: tx, now: s.now()}
		err := fn(&t)
		dropped, queued = t.dropped, t.queued
		return err
	})
	if err == nil && dropped {
		signal(s.garbage)
	}
	for q, some := range queued {
		if some && err == nil {
			signal(s.work[q])
		}
	}
	return err
}

// signal wakes whoever waits for c, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Now is the time of the transaction and of what it writes. Like all times that
// S3 shows it has seconds.
func (t *Txn) Now() time.Time { return t.now.UTC().Truncate(time.Second) }

// Exactly is Now to the nanosecond.
func (t *Txn) Exactly() time.Time { return t.now }

func corruptKey(err error) error {
	return fmt.Errorf("%w: key: %w", ErrCorrupt, err)
}
