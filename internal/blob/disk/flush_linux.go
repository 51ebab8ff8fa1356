package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func (f osFile) Flush(offset, n int64) error {
	return f.syncRange(offset, n, unix.SYNC_FILE_RANGE_WRITE)
}

func (f osFile) Drain(offset, n int64) error {
	return f.syncRange(offset, n,
		unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
}

// syncRange passes on errors of the medium: the kernel reports each to a file
// once, so the fsync that follows may not repeat it. A system that lacks the
// call or forbids it only loses the early start.
func (f osFile) syncRange(offset, n int64, flags int) error {
	for {
		err := unix.SyncFileRange(int(f.Fd()), offset, n, flags)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EIO), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
			return &os.PathError{Op: "sync_file_range", Path: f.Name(), Err: err}
		default:
			return nil
		}
	}
}
