package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
)

const (
	// attempts is how often an Update is run before it is given up.
	attempts = 16
	// From this attempt on, the Updates of this process that keep meeting
	// conflicts go one after the other.
	queueFrom  = 2
	minBackoff = time.Millisecond
	maxBackoff = 200 * time.Millisecond
)

// View implements kv.Store. Its transaction begins with the first read.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return ended(ctx, fmt.Errorf("postgres: %w", err))
	}
	r := reader{ctx: ctx, conn: conn.Conn(), sql: &s.sql, begin: beginView}
	defer conn.Release()
	defer r.end()
	err = fn(&r)
	if isConflict(r.err) {
		return fmt.Errorf("%w: %w", kv.ErrConflict, r.err)
	}
	if r.err != nil {
		return ended(ctx, r.err)
	}
	return err
}

// Update implements kv.Store.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	for n := 1; ; n++ {
		if n == queueFrom+1 {
			if err := s.contended.Lock(ctx); err != nil {
				return err
			}
			defer s.contended.Unlock()
		}
		again, err := s.attempt(ctx, fn)
		if !again {
			return err
		}
		if n == attempts {
			if isConflict(err) {
				return fmt.Errorf("%w: after %d attempts: %w", kv.ErrConflict, n, err)
			}
			return err
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
}

// attempt runs fn once and commits. again says that it failed for a reason that
// may pass, and that nothing was written.
func (s *Store) attempt(ctx context.Context, fn func(kv.Txn) error) (again bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, ended(ctx, fmt.Errorf("postgres: %w", err))
	}
	t := newTxn(reader{ctx: ctx, conn: conn.Conn(), sql: &s.sql, begin: beginUpdate})
	defer conn.Release()
	defer t.end()
	err = fn(t)
	if t.err != nil { // whatever fn made of it
		again = ctx.Err() == nil && (isConflict(t.err) || isLost(t.err))
		return again, ended(ctx, t.err)
	}
	if err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	err = t.commit(s.opts.CommitTimeout)
	return isConflict(err) && !errors.Is(err, kv.ErrUncertain), err
}

// pause waits before the attempt after the nth, a random time that grows.
func pause(ctx context.Context, n int) error {
	limit := min(maxBackoff, minBackoff<<n)
	timer := time.NewTimer(rand.N(limit))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
