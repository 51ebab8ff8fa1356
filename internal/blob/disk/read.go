package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/sallyport/sallyport/internal/blob"
)

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, id blob.ID, offset, length int64) (io.ReadCloser, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	path, ok := s.path(id)
	if !ok {
		return nil, blob.ErrNotFound
	}
	f, err := s.fs.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("disk: opening a blob: %w", err)
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("disk: opening a blob: %w", err), f.Close())
	}
	length, err = blob.Within(size, offset, length)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &reader{f: f, offset: offset, left: length}, nil
}

// reader reads straight into the caller's buffer; the kernel sees ascending
// offsets and reads ahead by itself.
type reader struct {
	f            file
	offset, left int64
}

func (r *reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.left)]
	n, err := r.f.ReadAt(p, r.offset)
	r.offset += int64(n)
	r.left -= int64(n)
	if errors.Is(err, io.EOF) {
		if err = nil; r.left > 0 && n < len(p) {
			err = io.ErrUnexpectedEOF // the file shrank under us
		}
	}
	return n, err
}

func (r *reader) Close() error { return r.f.Close() }

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, id blob.ID) error {
	if s.closed.Load() {
		return ErrClosed
	}
	path, ok := s.path(id)
	if !ok {
		return nil
	}
	if err := s.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("disk: deleting a blob: %w", err)
	}
	return nil
}
