package pebble

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

// Store is a kv.Store in a directory.
type Store struct {
	db      *lsm.DB
	opts    Options
	gate    *engine.Gate
	writer  engine.Lock           // held while a transaction runs and is applied
	last    *state                // of the last transaction applied; guarded by writer
	current atomic.Pointer[state] // the newest state that is on disk
	failure atomic.Pointer[error] // why no more is written
	reaper  *reaper
}

var _ kv.Store = (*Store)(nil)

// start publishes what Open found, all of which is on disk.
func (s *Store) start() {
	s.reaper = newReaper()
	go s.reaper.run()
	s.last = &state{snap: s.db.NewSnapshot(), durable: make(chan struct{})}
	s.last.refs.Store(1)
	close(s.last.durable)
	s.publish(s.last)
}

// View implements kv.Store. It takes no lock and does not wait for writers.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	st := s.read()
	r := reader{ctx: ctx, src: st.snap}
	defer func() {
		r.src = gone{}
		s.release(st)
	}()
	return fn(&r)
}

// Update implements kv.Store. fn is run once, and no other Update's meanwhile.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	st, batch, err := s.apply(ctx, fn)
	if batch != nil {
		return s.sync(st, batch)
	}
	if st == nil {
		return err
	}
	// fn wrote nothing, but what it read, and the answer it led to, may rest on
	// a transaction that is not on disk yet.
	select {
	case <-st.durable:
	case <-ctx.Done():
		return ctx.Err()
	}
	if st.err != nil {
		return st.err
	}
	return err
}

// apply runs fn and applies what it wrote. It returns the state after it, with
// the batch that the state waits for, or without one when fn failed or wrote
// nothing.
func (s *Store) apply(ctx context.Context, fn func(kv.Txn) error) (*state, *lsm.Batch, error) {
	if err := s.writer.Lock(ctx); err != nil {
		return nil, nil, err
	}
	defer s.writer.Unlock()
	if failure := s.failure.Load(); failure != nil {
		return nil, nil, fmt.Errorf("pebble: the store failed before: %w", *failure)
	}
	t := txn{reader: reader{ctx: ctx, src: s.db}, db: s.db}
	defer t.end()
	if err := fn(&t); err != nil {
		return s.last, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if t.batch == nil {
		return s.last, nil, nil
	}
	if err := s.applyBatch(t.batch); err != nil {
		t.batch = nil // Pebble may hold on to it
		return nil, nil, err
	}
	st := &state{seq: s.last.seq + 1, snap: s.db.NewSnapshot(), durable: make(chan struct{})}
	st.refs.Store(1)
	s.last = st
	batch := t.batch
	t.batch = nil // sync closes it
	return st, batch, nil
}

// applyBatch makes Pebble's panics over a log that it cannot write the end of
// the store.
func (s *Store) applyBatch(b *lsm.Batch) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if failure := s.failure.Load(); err == nil && failure != nil {
			err = *failure // Pebble gave up and its Fatalf came back
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", kv.ErrUncertain, err)
			s.fail(err)
		}
	}()
	return s.db.ApplyNoSyncWait(b, lsm.Sync)
}

// sync waits for the disk and makes st visible.
func (s *Store) sync(st *state, b *lsm.Batch) error {
	if err := b.SyncWait(); err != nil {
		st.err = fmt.Errorf("%w: %w", kv.ErrUncertain, err)
		s.fail(fmt.Errorf("pebble: write-ahead log: %w", err))
		s.release(st)
	} else {
		s.publish(st)
	}
	close(st.durable)
	if err := b.Close(); err != nil {
		s.opts.Logger.Error("metadata store: close batch", "error", err)
	}
	return st.err
}

// fail keeps everything from being written from here on.
func (s *Store) fail(err error) {
	s.failure.CompareAndSwap(nil, &err)
	s.opts.Fatal(err)
}

// Close implements kv.Store.
func (s *Store) Close() error {
	if err := s.gate.Close(); err != nil {
		return err
	}
	s.release(s.current.Load())
	return errors.Join(s.reaper.stop(), s.db.Close())
}
