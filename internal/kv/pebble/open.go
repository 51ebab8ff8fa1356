package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

var (
	// ErrInUse is returned by Open for a directory that is open already, in this
	// process or another.
	ErrInUse = errors.New("pebble: the directory is in use by another process")
	// ErrForeign is returned by Open for a directory that holds something else.
	ErrForeign = errors.New("pebble: the directory holds files that are not this store's")
	// ErrDamaged is returned by Open for a directory that holds a store that
	// cannot be read.
	ErrDamaged = errors.New("pebble: the store is damaged")
)

// Open opens the store in dir and makes it when dir is empty or not there.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	created, err := checkDir(opts.fs, dir)
	if err != nil {
		return nil, err
	}
	s := &Store{gate: engine.NewGate(), writer: engine.NewLock(), opts: opts}
	if s.db, err = openLSM(dir, opts.lsm(s.fail)); err != nil {
		return nil, err
	}
	if created && opts.fs == vfs.Default {
		if err := os.Chmod(dir, 0o700); err != nil {
			return nil, errors.Join(err, s.db.Close())
		}
	}
	s.start()
	return s, nil
}

// openLSM opens dir and tells apart why it could not. Pebble panics on some
// damage that its checks do not foresee.
func openLSM(dir string, opts *lsm.Options) (db *lsm.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("%w: %s: %v", ErrDamaged, dir, r)
		}
	}()
	db, err = lsm.Open(dir, opts)
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, syscall.EAGAIN), strings.Contains(err.Error(), "lock held by current process"):
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("pebble: open %s: %w", dir, err)
	default:
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, dir, err)
	}
}

// ours matches the names of the files that Pebble makes.
var ours = regexp.MustCompile(`^(LOCK|CURRENT|lost\+found|(MANIFEST|OPTIONS)-\d+|\d+(-\d+)?\.(log|sst|blob|dbtmp)|marker\..*|temporary\..*|REMOTE-OBJ-CATALOG-\d+)$`)

// checkDir keeps Open from making a store in the midst of somebody's files. It
// reports whether dir is still to be made.
func checkDir(fsys vfs.FS, dir string) (created bool, err error) {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("pebble: open %s: %w", dir, err)
	}
	for _, name := range names {
		if !ours.MatchString(name) {
			return false, fmt.Errorf("%w: %s in %s", ErrForeign, name, dir)
		}
	}
	return false, nil
}
