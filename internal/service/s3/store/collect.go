package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// collectBatch is the most rows that one step of Collect reads or removes.
const collectBatch = 500

// Run takes away garbage as it comes up and, with what was pinned or had to wait
// for its time, once every interval, until ctx ends. Errors go to failed.
func (s *Store) Run(ctx context.Context, interval time.Duration, failed func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if _, err := s.Collect(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.garbage:
		}
	}
}

// dueRow is a garbage row with its key.
type dueRow struct {
	garbage
	row []byte
}

// Collect takes away all garbage that is due and that nobody in this process
// reads, and tells how many rows of it there were. A row that cannot be dealt
// with does not keep it from the others; the errors are joined. Every step may
// be repeated after a crash.
func (s *Store) Collect(ctx context.Context) (int, error) {
	var failed []error
	done := 0
	end := garbageKey(uint64(s.now().Add(-s.grace).UnixNano())+1, ID{}, 0)
	next := []byte(key.New(2, space, tagGarbage))
	for {
		due, last, err := s.dueGarbage(ctx, next, end)
		n, err2 := s.collect(ctx, s.unpinned(due))
		done += n
		if err = errors.Join(err, err2, ctx.Err()); err != nil {
			failed = append(failed, err)
		}
		if last == nil || ctx.Err() != nil {
			return done, errors.Join(failed...)
		}
		next = append(last, 0)
	}
}

// unpinned is the rows whose data nobody in this process reads.
func (s *Store) unpinned(due []dueRow) []dueRow {
	// Whoever found the data before it became garbage has pinned it once this lock
	// was to be had.
	s.reading.Lock()
	defer s.reading.Unlock()
	free := due[:0]
	for _, g := range due {
		if !s.pins.has(g.id) {
			free = append(free, g)
		}
	}
	return free
}

// dueGarbage reads the next rows, and the key of the last unless they were all.
func (s *Store) dueGarbage(ctx context.Context, start, end []byte) (due []dueRow, last []byte, err error) {
	var bad []error
	err = s.kv.View(ctx, func(r kv.Reader) error {
		due, last, bad = due[:0], nil, nil
		n := 0
		return r.Scan(kv.Range{Start: start, End: end}, func(k, row []byte) error {
			g, err := decodeGarbage(row)
			if err != nil {
				bad = append(bad, err)
			} else {
				due = append(due, dueRow{g, append([]byte(nil), k...)})
			}
			if n++; n == collectBatch {
				last = append([]byte(nil), k...)
				return kv.Stop
			}
			return nil
		})
	})
	return due, last, errors.Join(append(bad, err)...)
}

// collect does what the rows say and removes them.
func (s *Store) collect(ctx context.Context, due []dueRow) (done int, err error) {
	var failed []error
	var remove [][]byte
	for i := range due {
		rows, err := s.collectOne(ctx, &due[i])
		if err != nil {
			failed = append(failed, err)
			continue
		}
		remove = append(append(remove, rows...), due[i].row)
		done++
	}
	if err := s.remove(ctx, remove); err != nil {
		return 0, errors.Join(append(failed, err)...)
	}
	return done, errors.Join(failed...)
}

// collectOne does what one row says but for the rows it returns, which are to be
// removed together with it.
func (s *Store) collectOne(ctx context.Context, g *dueRow) ([][]byte, error) {
	switch {
	case g.kind == garbageData && g.data == BlobData:
		return [][]byte{referenceKey(g.blob)}, s.blobs.Delete(ctx, g.blob)
	case g.kind == garbageData && g.data == PartsData:
		return s.collectManifest(ctx, g.id)
	case g.kind == garbageParts:
		return nil, s.collectParts(ctx, g.id)
	case g.kind == garbageUploads:
		return nil, s.collectUploads(ctx, g.bucket)
	case g.kind == garbageMarker:
		return [][]byte{completedKey(g.bucket, g.key, g.id)}, nil
	}
	return nil, fmt.Errorf("%w: garbage of kind %d", ErrCorrupt, g.kind)
}

// remove deletes rows.
func (s *Store) remove(ctx context.Context, rows [][]byte) error {
	for len(rows) > 0 {
		n := min(len(rows), collectBatch)
		err := s.kv.Update(ctx, func(t kv.Txn) error {
			for _, k := range rows[:n] {
				if err := t.Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// collectManifest removes the parts of a multipart object; its manifest, which
// tells them, goes last.
func (s *Store) collectManifest(ctx context.Context, id ID) ([][]byte, error) {
	var m *Manifest
	err := s.View(ctx, func(r *Reader) (err error) {
		m, err = r.Manifest(id)
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows [][]byte
	for i := range m.Parts {
		k, err := s.collectPart(ctx, &m.Parts[i])
		if err != nil {
			return nil, err
		}
		if k != nil {
			rows = append(rows, k)
		}
	}
	return [][]byte{dataKey(id)}, s.remove(ctx, rows)
}

// collectPart removes a part's bytes but for the row it returns, nil for none.
func (s *Store) collectPart(ctx context.Context, p *Part) ([]byte, error) {
	switch p.Data.Kind {
	case InlineData:
		return dataKey(p.Data.ID), nil
	case BlobData:
		return referenceKey(p.Data.Blob), s.blobs.Delete(ctx, p.Data.Blob)
	}
	return nil, nil
}

// collectParts removes the part rows of an upload that ended, and their bytes.
func (s *Store) collectParts(ctx context.Context, upload ID) error {
	for {
		var parts []*Part
		err := s.View(ctx, func(r *Reader) error {
			parts = parts[:0]
			return r.ScanParts(upload, 0, func(p *Part) error {
				if parts = append(parts, p); len(parts) == collectBatch {
					return kv.Stop
				}
				return nil
			})
		})
		if err != nil || len(parts) == 0 {
			return err
		}
		var rows [][]byte
		for _, p := range parts {
			k, err := s.collectPart(ctx, p)
			if err != nil {
				return err
			}
			if k != nil {
				rows = append(rows, k)
			}
			rows = append(rows, partKey(upload, p.Number))
		}
		if err := s.remove(ctx, rows); err != nil {
			return err
		}
	}
}

// collectUploads aborts the uploads of a bucket that is gone, which leaves their
// parts as further garbage, and forgets those that were completed.
func (s *Store) collectUploads(ctx context.Context, b BucketID) error {
	bucket := &Bucket{ID: b}
	for {
		n := 0
		err := s.Update(ctx, func(t *Txn) error {
			var uploads []*Upload
			err := t.ScanUploads(b, "", "", ID{}, func(u *Upload) error {
				if uploads = append(uploads, u); len(uploads) == collectBatch {
					return kv.Stop
				}
				return nil
			})
			n = len(uploads)
			for _, u := range uploads {
				err = errors.Join(err, t.AbortUpload(bucket, u.Key, u.ID))
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
