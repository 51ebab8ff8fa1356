package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// Snapshot is a version of an object whose bytes stay readable until Close,
// whatever happens to the object meanwhile. It is not safe for concurrent use.
type Snapshot struct {
	Bucket *Bucket
	Object *Object
	// Manifest lists the parts of a multipart object, nil for any other.
	Manifest *Manifest

	store  *Store
	row    []byte // the sealed bytes of InlineData
	pinned bool
	secret []byte // the data key, after Unlock
}

// Snapshot holds on to the object that find returns, with its bucket, from one
// consistent state. Errors of find come back as they are.
func (s *Store) Snapshot(ctx context.Context, find func(*Reader) (*Bucket, *Object, error)) (*Snapshot, error) {
	s.reading.RLock()
	defer s.reading.RUnlock()
	sn := &Snapshot{store: s}
	err := s.View(ctx, func(r *Reader) (err error) {
		sn.Bucket, sn.Object, err = find(r)
		if err != nil {
			return err
		}
		return sn.load(r)
	})
	if err != nil {
		return nil, err
	}
	if sn.Object.Data.Kind > InlineData {
		s.pins.add(sn.Object.Data.ID)
		sn.pinned = true
	}
	return sn, nil
}

func (sn *Snapshot) load(r *Reader) (err error) {
	d := &sn.Object.Data
	switch d.Kind {
	case InlineData:
		sn.row, err = r.kv.Get(dataKey(d.ID))
	case PartsData:
		sn.Manifest, err = r.Manifest(d.ID)
		if err == nil && sn.Manifest.Size() != sn.Object.Size {
			err = fmt.Errorf("%w: parts of %d bytes for an object of %d", ErrCorrupt, sn.Manifest.Size(), sn.Object.Size)
		}
	}
	if errors.Is(err, kv.ErrNotFound) {
		err = fmt.Errorf("%w: the data row is missing", ErrCorrupt)
	}
	return err
}

// Close lets go of the object. It may be called again.
func (sn *Snapshot) Close() {
	if sn.pinned {
		sn.pinned = false
		sn.store.pins.remove(sn.Object.Data.ID)
	}
}

// Open reads length bytes from offset, which must lie within the object. The
// reader implements io.WriterTo; closing it closes the snapshot too, and so does
// an error. What was changed on its way through the store is an error that wraps
// seal.ErrCorrupt, before any of it is returned. ctx must last as long as the
// reader.
func (sn *Snapshot) Open(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	r, err := sn.open(ctx, offset, length)
	if err != nil {
		sn.Close()
		return nil, err
	}
	return &content{r, sn}, nil
}

// source is what content is read from.
type source interface {
	io.ReadCloser
	io.WriterTo
}

type content struct {
	source
	sn *Snapshot
}

// Close implements io.Closer.
func (c *content) Close() error {
	err := c.source.Close()
	c.sn.Close()
	return err
}

func (sn *Snapshot) open(ctx context.Context, offset, length int64) (source, error) {
	o := sn.Object
	if offset < 0 || length < 0 || offset > o.Size || length > o.Size-offset {
		return nil, fmt.Errorf("store: bytes %d+%d of %d", offset, length, o.Size)
	}
	if o.Data.Kind == NoData {
		if o.Size != 0 {
			return nil, fmt.Errorf("%w: no data for an object of %d bytes", ErrCorrupt, o.Size)
		}
		return inMemory(nil), nil
	}
	secret := sn.secret
	if secret == nil {
		var err error
		secret, err = sn.store.unlock(ctx, sn.Bucket, o.Key, o.Data.ID, o.Data.Key, o.Encryption, seal.Key{})
		if err != nil {
			return nil, err
		}
		defer clear(secret)
	}
	if o.Data.Kind == PartsData {
		return sn.openParts(ctx, secret, offset, length), nil
	}
	k, err := seal.DataKeyFromBytes(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if o.Data.Kind == InlineData {
		return openRow(k, sn.row, o.Size, offset, length)
	}
	return sn.store.openBlob(ctx, k, &o.Data, o.Size, offset, length)
}

// openRow opens a range of the bytes sealed in a row.
func openRow(k seal.DataKey, row []byte, size, offset, length int64) (source, error) {
	plain, err := seal.OpenBytes(k, make([]byte, 0, size+1), row)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if int64(len(plain)) != size {
		return nil, fmt.Errorf("%w: %d bytes for an object of %d", ErrCorrupt, len(plain), size)
	}
	return inMemory(plain[offset : offset+length]), nil
}

func (s *Store) openBlob(ctx context.Context, k seal.DataKey, d *Data, size, offset, length int64) (source, error) {
	r, err := seal.Open(k, size, offset, length, func(offset, n int64) (io.ReadCloser, error) {
		return s.blobs.Open(ctx, d.Blob, offset, n)
	})
	if err != nil {
		return nil, err
	}
	return r.(source), nil
}

type memory struct{ bytes.Reader }

func inMemory(b []byte) *memory {
	m := &memory{}
	m.Reset(b)
	return m
}

// Close implements io.Closer.
func (*memory) Close() error { return nil }
