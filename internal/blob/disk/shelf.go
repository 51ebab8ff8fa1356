package disk

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/sallyport/sallyport/internal/blob"
)

// errRootFailed has the cause of a failed sync that it repeats.
var errRootFailed = fmt.Errorf("disk: an earlier sync of the root failed: %w", syscall.EIO)

// shelf is a directory that takes new blobs.
type shelf struct {
	name   blob.ID
	handle directory
	sync   *groupSync

	// Guarded by Store.mu.
	count   int // ids given, whether their blobs exist or not
	pending int // Puts that have not returned
	retired bool
}

// retire closes the handle now or when the last Put in the shelf ends. An error
// of closing a directory says nothing of what is in it. The caller holds
// Store.mu.
func (f *shelf) retire() {
	if f.retired = true; f.pending == 0 {
		_ = f.handle.Close()
	}
}

// reserve gives a new id and the shelf it belongs in. Each call that succeeds
// is followed by one of release.
func (s *Store) reserve() (*shelf, blob.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return nil, "", ErrClosed
	}
	if s.current == nil || s.current.count >= s.max || s.current.sync.failed() {
		if err := s.nextShelf(); err != nil {
			return nil, "", mediumError(err)
		}
	}
	f := s.current
	f.count++
	f.pending++
	s.inFlight++
	return f, s.ids.Next(), nil
}

func (s *Store) release(f *shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.pending--; f.pending == 0 && f.retired {
		_ = f.handle.Close()
	}
	s.inFlight--
	_ = s.finish()
}

// nextShelf makes a new directory the current one. Its entry in the root is
// made durable along with the first blob in it. The caller holds mu.
func (s *Store) nextShelf() error {
	name := s.ids.Next()
	path := s.dir + "/" + string(name)
	failures := s.root.failures.Load()
	if err := s.fs.Mkdir(path); err != nil {
		return fmt.Errorf("disk: making a directory: %w", err)
	}
	f, err := s.openShelf(name, failures)
	if err != nil {
		return errors.Join(err, s.fs.Remove(path))
	}
	shelves := append(*s.shelves.Load(), name)
	s.shelves.Store(&shelves)
	old := s.current
	if s.current = f; old != nil {
		old.retire()
	}
	return nil
}

// openShelf opens a directory that was just made: its first sync takes in the
// root as well. failures is how often the root failed to sync before it was made.
func (s *Store) openShelf(name blob.ID, failures int64) (*shelf, error) {
	handle, err := s.fs.OpenDir(s.dir + "/" + string(name))
	if err != nil {
		return nil, fmt.Errorf("disk: opening a directory: %w", err)
	}
	linked := false
	return &shelf{name: name, handle: handle, sync: newGroupSync(func() error {
		if !linked {
			if err := s.root.sync(failures); err != nil {
				return err
			}
			linked = true
		}
		return handle.Sync()
	})}, nil
}

// rootDir is the directory of the directories.
type rootDir struct {
	directory
	failures atomic.Int64 // changes under mu

	mu sync.Mutex
}

// sync makes the entries durable, or those alone that were made after the given
// number of failures: a sync that fails may drop what is waiting for it, and the
// next one then succeeds without.
func (r *rootDir) sync(failures int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures.Load() != failures {
		return errRootFailed
	}
	err := r.directory.Sync()
	if err != nil {
		r.failures.Add(1)
	}
	return err
}

// dropShelf removes a directory that was found empty, unless a Put may still
// come to it.
func (s *Store) dropShelf(name blob.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A retired shelf with Puts in flight is rare enough to wait for all of them.
	if s.closed.Load() || s.inFlight > 0 || s.current != nil && s.current.name == name {
		return
	}
	if s.fs.Remove(s.dir+"/"+string(name)) != nil {
		return // not empty after all, or tried again by the next List
	}
	shelves := slices.DeleteFunc(slices.Clone(*s.shelves.Load()), func(n blob.ID) bool { return n == name })
	s.shelves.Store(&shelves)
}
