package memory

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
)

const firstBuffer = 4 << 10

type entry struct {
	data     []byte
	modified time.Time
}

// Store is a blob.Store in memory.
type Store struct {
	ids *blob.IDs

	mu    sync.RWMutex
	blobs map[blob.ID]entry
}

var _ blob.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{ids: blob.NewIDs(""), blobs: make(map[blob.ID]entry)}
}

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, r io.Reader) (blob.ID, int64, error) {
	data := make([]byte, 0, firstBuffer)
	for {
		if len(data) == cap(data) {
			data = slices.Grow(data, len(data))
		}
		n, err := blob.Fill(ctx, r, data[len(data):cap(data)], 1)
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", 0, err
		}
	}
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	data = slices.Clip(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.ids.Next()
	s.blobs[id] = entry{data, time.Now()}
	return id, int64(len(data)), nil
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, id blob.ID, offset, length int64) (io.ReadCloser, error) {
	s.mu.RLock()
	e, ok := s.blobs[id]
	s.mu.RUnlock()
	if !ok {
		return nil, blob.ErrNotFound
	}
	length, err := blob.Within(int64(len(e.data)), offset, length)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(e.data[offset : offset+length])), nil
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, id blob.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, id)
	return nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context, after blob.ID, fn func(blob.Info) error) error {
	s.mu.RLock()
	ids := slices.Sorted(maps.Keys(s.blobs))
	s.mu.RUnlock()
	for _, id := range ids {
		if id <= after {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s.mu.RLock()
		e, ok := s.blobs[id]
		s.mu.RUnlock()
		if !ok {
			continue
		}
		if err := fn(blob.Info{ID: id, Size: int64(len(e.data)), Modified: e.modified}); err != nil {
			return err
		}
	}
	return nil
}

// Close implements blob.Store.
func (s *Store) Close() error { return nil }
