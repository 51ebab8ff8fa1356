package disk

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/sallyport/sallyport/internal/blob"
)

// DefaultDirectoryFiles is how many blobs a directory takes unless Options says
// otherwise. A million blobs make 244 directories.
const DefaultDirectoryFiles = 4096

// Options of a store. The zero value is the default.
type Options struct {
	// DirectoryFiles is how many blobs a directory takes before the next is
	// begun; 0 means DefaultDirectoryFiles. It may differ from one Open to the
	// next.
	DirectoryFiles int
}

var (
	// ErrLocked is returned by Open while another process uses the directory.
	ErrLocked = errors.New("disk: the directory is in use by another process")
	// ErrFormat is returned by Open for a directory of another version or that
	// is not a blob directory at all.
	ErrFormat = errors.New("disk: not a blob directory of a known version")
	// ErrClosed is returned by every call on a closed store.
	ErrClosed = errors.New("disk: store is closed")
)

// Store is a blob.Store on a directory of a local file system.
type Store struct {
	fs   fileSystem
	dir  string
	max  int
	ids  *blob.IDs
	root rootDir
	lock io.Closer

	closed atomic.Bool
	// shelves are the names of the directories in order. The slice is replaced
	// or appended to under mu and never changed in place, so a reader needs no
	// lock.
	shelves atomic.Pointer[[]blob.ID]

	mu       sync.Mutex
	current  *shelf // nil until the first Put; each Open begins another
	inFlight int    // Puts that have not returned
}

var _ blob.Store = (*Store)(nil)

// Close implements blob.Store. Puts in flight may still end well; the lock on
// the directory is given up when the last has ended.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Swap(true) {
		return nil
	}
	if s.current != nil {
		s.current.retire()
		s.current = nil
	}
	return s.finish()
}

// finish gives up what the store holds once it is closed and idle. The caller
// holds mu.
func (s *Store) finish() error {
	if !s.closed.Load() || s.inFlight > 0 {
		return nil
	}
	return errors.Join(s.root.Close(), s.lock.Close())
}

// path is where id lies, for an id with a valid form, and whether it can exist.
func (s *Store) path(id blob.ID) (string, bool) {
	if !id.Valid() {
		return "", false
	}
	shelves := *s.shelves.Load()
	i, found := slices.BinarySearch(shelves, id)
	if found || i == 0 {
		return "", false // a directory's own name is no blob
	}
	return s.join(shelves[i-1], id), true
}

func (s *Store) join(shelf, id blob.ID) string {
	return s.dir + "/" + string(shelf) + "/" + string(id)
}

// mediumError tells a full medium from other errors.
func mediumError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", blob.ErrNoSpace, err)
	}
	return err
}
