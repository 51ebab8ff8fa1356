package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/sallyport/sallyport/internal/blob"
)

// List implements blob.Store. It holds the names of one directory at a time and
// no lock while fn runs, and takes away directories that it finds empty.
func (s *Store) List(ctx context.Context, after blob.ID, fn func(blob.Info) error) error {
	shelves := *s.shelves.Load()
	i, _ := slices.BinarySearch(shelves, after)
	for i = max(i-1, 0); i < len(shelves); i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.closed.Load() {
			return ErrClosed
		}
		ids, empty, err := s.names(shelves[i])
		if err != nil {
			return err
		}
		if empty {
			s.dropShelf(shelves[i])
			continue
		}
		// Files that lie in the wrong directory cannot be opened by their id.
		if i+1 < len(shelves) {
			end, _ := slices.BinarySearch(ids, shelves[i+1])
			ids = ids[:end]
		}
		begin, found := slices.BinarySearch(ids, max(after, shelves[i]))
		if found {
			begin++
		}
		if err := s.listShelf(ctx, shelves[i], ids[begin:], fn); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) listShelf(ctx context.Context, shelf blob.ID, ids []blob.ID, fn func(blob.Info) error) error {
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		size, modified, err := s.fs.Stat(s.join(shelf, id))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return fmt.Errorf("disk: listing blobs: %w", err)
		}
		if err := fn(blob.Info{ID: id, Size: size, Modified: modified}); err != nil {
			return err
		}
	}
	return nil
}

// names returns the ids in a directory in order, and whether it has no entry at
// all. What is not named by an id is not ours.
func (s *Store) names(shelf blob.ID) (ids []blob.ID, empty bool, err error) {
	names, err := readDir(s.fs, s.dir+"/"+string(shelf))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil // taken away meanwhile
	}
	if err != nil {
		return nil, false, fmt.Errorf("disk: listing blobs: %w", err)
	}
	return validIDs(names), len(names) == 0, nil
}

func validIDs(names []string) []blob.ID {
	ids := make([]blob.ID, 0, len(names))
	for _, name := range names {
		if id := blob.ID(name); id.Valid() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func readDir(fsys fileSystem, name string) ([]string, error) {
	d, err := fsys.OpenDir(name)
	if err != nil {
		return nil, err
	}
	names, err := d.Names()
	return names, errors.Join(err, d.Close())
}
