package disk

import (
	"io"
	"time"
)

// fileSystem is what disk asks of the operating system, and no more, so that
// tests can put a medium below it that fails or loses power. Names are paths
// joined with slashes. Errors satisfy errors.Is for fs.ErrExist, fs.ErrNotExist
// and the syscall's errno.
type fileSystem interface {
	// Mkdir makes one directory that only its owner may use.
	Mkdir(name string) error
	// Create makes a file, which must not exist, for writing.
	Create(name string) (file, error)
	// Open opens a file for reading.
	Open(name string) (file, error)
	// OpenDir opens a directory for Names and Sync.
	OpenDir(name string) (directory, error)
	// Stat tells the size and the time of the last change of a file.
	Stat(name string) (int64, time.Time, error)
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// Rename replaces what newName names.
	Rename(oldName, newName string) error
	// Lock takes the lock that the named file stands for, without waiting; it
	// returns ErrLocked if another process holds it.
	Lock(name string) (io.Closer, error)
}

type file interface {
	io.Writer
	io.ReaderAt
	io.Closer
	// Sync makes what was written durable.
	Sync() error
	Size() (int64, error)
	// Flush starts to write a range to the medium without waiting for it.
	Flush(offset, n int64) error
	// Drain waits until a range is written. That does not make it durable, but
	// its error means that the range never will be.
	Drain(offset, n int64) error
}

type directory interface {
	io.Closer
	// Names returns the names of the entries, in no order.
	Names() ([]string, error)
	// Sync makes the entries made so far durable.
	Sync() error
}
