package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sallyport/sallyport/internal/blob"
)

const (
	formatFile = "FORMAT"
	lockFile   = "LOCK"
	// formatLine begins with what the directory is and ends with the version. A
	// version that is not known is never opened.
	formatLine = "sallyport blobs 1\n"
)

// Open opens the store in dir and makes it if it is not there. One process at a
// time can have it open (ErrLocked).
func Open(dir string, opts Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return open(osFS{}, dir, opts)
}

func open(fsys fileSystem, dir string, opts Options) (_ *Store, err error) {
	s := &Store{fs: fsys, dir: dir, max: opts.DirectoryFiles}
	if s.max <= 0 {
		s.max = DefaultDirectoryFiles
	}
	if err := mkdirAll(fsys, dir); err != nil {
		return nil, mediumError(fmt.Errorf("disk: making %s: %w", dir, err))
	}
	if s.lock, err = fsys.Lock(dir + "/" + lockFile); err != nil {
		return nil, mediumError(fmt.Errorf("disk: locking %s: %w", dir, err))
	}
	if s.root.directory, err = fsys.OpenDir(dir); err != nil {
		return nil, errors.Join(mediumError(fmt.Errorf("disk: opening %s: %w", dir, err)), s.lock.Close())
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(mediumError(err), s.root.Close(), s.lock.Close())
	}
	return s, nil
}

// mkdirAll makes dir and the directories above it, each entry durable.
func mkdirAll(fsys fileSystem, dir string) error {
	if d, err := fsys.OpenDir(dir); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return d.Close()
	}
	parent := filepath.Dir(dir)
	if parent == dir {
		return fs.ErrNotExist
	}
	if err := mkdirAll(fsys, parent); err != nil {
		return err
	}
	if err := fsys.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(fsys, parent); err != nil {
		// Made again next time, it is synced again.
		return errors.Join(err, fsys.Remove(dir))
	}
	return nil
}

// syncAbove makes the entries durable that lead to dir. An earlier Open may have
// made them and died before it synced them; once the format is there they are
// known to be durable. Directories that are not ours need not let us: what was
// there before us was made by somebody who could.
func syncAbove(fsys fileSystem, dir string) error {
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		err := syncDir(fsys, parent)
		switch {
		case err == nil, errors.Is(err, fs.ErrPermission), errors.Is(err, errors.ErrUnsupported):
		case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EROFS):
		default:
			return fmt.Errorf("disk: syncing %s: %w", parent, err)
		}
	}
	return nil
}

func syncDir(fsys fileSystem, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// load checks the format and reads the names of the directories, and those in
// the last one for the greatest id. It does not go on to fill that one: an
// earlier process may have failed to sync it, and nothing shows that.
func (s *Store) load() error {
	names, err := readDir(s.fs, s.dir)
	if err != nil {
		return fmt.Errorf("disk: reading %s: %w", s.dir, err)
	}
	shelves := validIDs(names)
	if slices.Contains(names, formatFile) {
		err = s.checkFormat()
	} else if len(shelves) > 0 {
		err = fmt.Errorf("%w: %s has blobs but no %s", ErrFormat, s.dir, formatFile)
	} else if err = syncAbove(s.fs, s.dir); err == nil {
		err = s.makeFormat()
	}
	if err != nil {
		return err
	}
	s.shelves.Store(&shelves)
	if len(shelves) == 0 {
		s.ids = blob.NewIDs("")
		return nil
	}
	last := shelves[len(shelves)-1]
	ids, _, err := s.names(last)
	if err != nil {
		return err
	}
	s.ids = blob.NewIDs(slices.Max(append(ids, last)))
	return nil
}

func (s *Store) checkFormat() error {
	f, err := s.fs.Open(s.dir + "/" + formatFile)
	if err != nil {
		return fmt.Errorf("disk: reading the format: %w", err)
	}
	buf := make([]byte, 2*len(formatLine))
	n, err := f.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("disk: reading the format: %w", err), f.Close())
	}
	if line := string(buf[:n]); line != formatLine {
		err := fmt.Errorf("%w: %s/%s says %q, want %q", ErrFormat, s.dir, formatFile,
			strings.TrimSpace(line), strings.TrimSpace(formatLine))
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	// A process may have died between making the file and making it durable.
	if err := s.root.Sync(); err != nil {
		return fmt.Errorf("disk: syncing %s: %w", s.dir, err)
	}
	return nil
}

// makeFormat writes the format under a temporary name, so that it is there as a
// whole or not at all.
func (s *Store) makeFormat() error {
	name := s.dir + "/" + formatFile
	temporary := name + ".new"
	if err := s.fs.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("disk: writing the format: %w", err)
	}
	f, err := s.fs.Create(temporary)
	if err != nil {
		return fmt.Errorf("disk: writing the format: %w", err)
	}
	if _, err = io.WriteString(f, formatLine); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.fs.Rename(temporary, name)
	}
	if err != nil {
		return fmt.Errorf("disk: writing the format: %w", err)
	}
	if err := s.root.Sync(); err != nil {
		// Made again next time, it is synced again.
		return errors.Join(fmt.Errorf("disk: writing the format: %w", err), s.fs.Remove(name))
	}
	return nil
}
