package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sallyport/sallyport/internal/blob"
)

const (
	bufferSize = 256 << 10
	// writeSize is how full the buffer must be to be written: a reader that
	// yields records need not cut one to fill the rest.
	writeSize = bufferSize * 3 / 4

	// A long stream is sent to the medium while it comes in, in windows, and
	// never runs more than maxBehind ahead of it. So the fsync at its end has
	// little left to do, and a stream of any length dirties little of the page
	// cache. (Space is not allocated ahead: the length is not known, and the
	// windows keep extents long enough.)
	flushWindow = 8 << 20
	maxBehind   = 4 * flushWindow
)

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, r io.Reader) (blob.ID, int64, error) {
	if s.closed.Load() {
		return "", 0, ErrClosed
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	// The first bytes come before the file: readers that fail often fail early.
	n, readErr := blob.Fill(ctx, r, buf[:], writeSize)
	if readErr != nil && !errors.Is(readErr, io.EOF) {
		return "", 0, readErr
	}
	shelf, id, err := s.reserve()
	if err != nil {
		return "", 0, err
	}
	defer s.release(shelf)
	size, err := s.write(ctx, shelf, id, &pending{r: r, buf: buf, n: n, err: readErr})
	if err != nil {
		return "", 0, err
	}
	return id, size, nil
}

// pending is a stream of which the first n bytes, and what the reader said
// after them, are there already.
type pending struct {
	r   io.Reader
	buf *[bufferSize]byte
	n   int
	err error
}

// write makes the blob and leaves nothing behind if it does not succeed, be it
// that the reader panics.
func (s *Store) write(ctx context.Context, shelf *shelf, id blob.ID, p *pending) (size int64, err error) {
	path := s.join(shelf.name, id)
	f, err := s.fs.Create(path)
	if err != nil {
		return 0, mediumError(fmt.Errorf("disk: creating a blob: %w", err))
	}
	done, closed := false, false
	defer func() {
		if done {
			return
		}
		if !closed {
			_ = f.Close() // what was not synced is not missed
		}
		if removeErr := s.fs.Remove(path); removeErr != nil {
			err = errors.Join(err, fmt.Errorf("disk: removing what was written: %w", removeErr))
		}
	}()
	size, err = copyTo(ctx, f, p)
	if err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, mediumError(fmt.Errorf("disk: syncing a blob: %w", err))
	}
	closed = true
	if err := f.Close(); err != nil {
		return 0, mediumError(fmt.Errorf("disk: closing a blob: %w", err))
	}
	if err := shelf.sync.wait(); err != nil {
		return 0, mediumError(fmt.Errorf("disk: syncing a directory: %w", err))
	}
	done = true
	return size, nil
}

// copyTo writes the stream to f and returns its length. It tells errors of the
// reader, which it passes on, from those of the medium.
func copyTo(ctx context.Context, f file, p *pending) (int64, error) {
	var size int64
	flush := flusher{f: f}
	for {
		if p.n > 0 {
			if _, err := f.Write(p.buf[:p.n]); err != nil {
				return 0, mediumError(fmt.Errorf("disk: writing a blob: %w", err))
			}
			size += int64(p.n)
			if err := flush.written(size); err != nil {
				return 0, mediumError(err)
			}
		}
		switch {
		case p.err == nil:
		case errors.Is(p.err, io.EOF):
			return size, nil
		default:
			return 0, p.err
		}
		p.n, p.err = blob.Fill(ctx, p.r, p.buf[:], writeSize)
	}
}

type flusher struct {
	f       file
	flushed int64 // bytes sent on their way
	drained int64 // bytes that have arrived
}

func (w *flusher) written(size int64) error {
	if size-w.flushed < flushWindow {
		return nil
	}
	if err := w.f.Flush(w.flushed, size-w.flushed); err != nil {
		return err
	}
	w.flushed = size
	if behind := w.flushed - maxBehind; behind > w.drained {
		if err := w.f.Drain(w.drained, behind-w.drained); err != nil {
			return err
		}
		w.drained = behind
	}
	return nil
}
