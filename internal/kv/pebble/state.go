package pebble

import (
	"sync"
	"sync/atomic"

	lsm "github.com/cockroachdb/pebble/v2"
)

// state is the store as of one transaction. Update makes one when it has
// applied its batch, and publishes it to Views when the batch is on disk. The
// log is one sequence, so that what came before is on disk then, too.
//
// The one published state is shared by all Views, which makes a View as cheap
// as a reference count, where a Pebble snapshot of its own would take Pebble's
// central lock twice.
type state struct {
	seq  uint64 // counts transactions
	snap *lsm.Snapshot
	refs atomic.Int64 // 1 for being made or current, 1 for each reader

	durable chan struct{} // closed when the outcome is known
	err     error         // the outcome, once durable is closed
}

// acquire takes a reference unless the last one is gone.
func (st *state) acquire() bool {
	for {
		n := st.refs.Load()
		if n == 0 {
			return false
		}
		if st.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// read is the published state, which the caller has to release.
func (s *Store) read() *state {
	for {
		// The state fails to be acquired only if another took its place.
		if st := s.current.Load(); st.acquire() {
			return st
		}
	}
}

func (s *Store) release(st *state) {
	if st.refs.Add(-1) == 0 {
		s.reaper.add(st.snap)
	}
}

// publish makes st current unless a later one is.
func (s *Store) publish(st *state) {
	for {
		old := s.current.Load()
		if old != nil && old.seq >= st.seq {
			s.release(st)
			return
		}
		if s.current.CompareAndSwap(old, st) {
			if old != nil {
				s.release(old)
			}
			return
		}
	}
}

// reaper closes snapshots in the background. Closing the oldest makes Pebble
// look for compactions, which can wait for the manifest to be synced: nothing
// that a request should pay for.
type reaper struct {
	mu   sync.Mutex
	dead []*lsm.Snapshot
	wake chan struct{}
	done chan error
}

func newReaper() *reaper {
	return &reaper{wake: make(chan struct{}, 1), done: make(chan error, 1)}
}

func (r *reaper) add(snap *lsm.Snapshot) {
	r.mu.Lock()
	r.dead = append(r.dead, snap)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run reaps until stop.
func (r *reaper) run() {
	var err error
	for more := true; more; {
		_, more = <-r.wake
		r.mu.Lock()
		dead := r.dead
		r.dead = nil
		r.mu.Unlock()
		// Newest first: Pebble looks for compactions once, at the oldest.
		for i := len(dead) - 1; i >= 0; i-- {
			if e := dead[i].Close(); err == nil {
				err = e
			}
		}
	}
	r.done <- err
}

// stop closes what was added. Nothing may be added any more.
func (r *reaper) stop() error {
	close(r.wake)
	return <-r.done
}
