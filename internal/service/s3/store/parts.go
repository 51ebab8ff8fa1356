package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sallyport/sallyport/internal/kv"
)

// partsReader reads a range of a multipart object, with one part open at a time.
type partsReader struct {
	ctx    context.Context
	store  *Store
	parts  *Manifest
	secret []byte
	next   int    // the part to open next
	skip   int64  // bytes of that part before the range
	left   int64  // bytes of the range that no part was opened for
	part   source // nil when none is open
	err    error
}

func (sn *Snapshot) openParts(ctx context.Context, secret []byte, offset, length int64) source {
	p := &partsReader{ctx: ctx, store: sn.store, parts: sn.Manifest, secret: bytes.Clone(secret), left: length}
	if length > 0 {
		p.next = sn.Manifest.At(offset)
		start, _ := sn.Manifest.Bounds(p.next)
		p.skip = offset - start
	}
	return p
}

// advance opens the next part that has bytes of the range, or returns io.EOF.
func (p *partsReader) advance() error {
	if p.err != nil {
		return p.err
	}
	for p.part == nil {
		if p.left == 0 {
			return io.EOF
		}
		part := &p.parts.Parts[p.next]
		n := min(part.Size-p.skip, p.left)
		if n > 0 {
			if p.part, p.err = p.open(part, p.skip, n); p.err != nil {
				return p.err
			}
		}
		p.next, p.skip, p.left = p.next+1, 0, p.left-n
	}
	return nil
}

func (p *partsReader) open(part *Part, offset, length int64) (source, error) {
	k, err := partDataKey(p.secret, part.Data.ID)
	if err != nil {
		return nil, err
	}
	switch part.Data.Kind {
	case BlobData:
		return p.store.openBlob(p.ctx, k, &part.Data, part.Size, offset, length)
	case InlineData:
		var row []byte
		err := p.store.kv.View(p.ctx, func(r kv.Reader) (err error) {
			row, err = r.Get(dataKey(part.Data.ID))
			return err
		})
		if errors.Is(err, kv.ErrNotFound) {
			return nil, fmt.Errorf("%w: the data row of part %d is missing", ErrCorrupt, part.Number)
		}
		if err != nil {
			return nil, err
		}
		return openRow(k, row, part.Size, offset, length)
	}
	return nil, fmt.Errorf("%w: part %d has no data", ErrCorrupt, part.Number)
}

// finish closes the part that was read to its end.
func (p *partsReader) finish() error {
	part := p.part
	p.part = nil
	if err := part.Close(); err != nil && p.err == nil {
		p.err = err
	}
	return p.err
}

// Read implements io.Reader.
func (p *partsReader) Read(b []byte) (int, error) {
	for {
		if err := p.advance(); err != nil {
			return 0, err
		}
		n, err := p.part.Read(b)
		if err == nil {
			return n, nil
		}
		if err != io.EOF {
			p.err = err
			return n, err
		}
		if err := p.finish(); err != nil {
			return n, err
		}
		if n > 0 || len(b) == 0 {
			return n, nil
		}
	}
}

// WriteTo implements io.WriterTo.
func (p *partsReader) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if err := p.advance(); err == io.EOF {
			return written, nil
		} else if err != nil {
			return written, err
		}
		n, err := p.part.WriteTo(w)
		written += n
		if err != nil {
			p.err = err
			return written, err
		}
		if err := p.finish(); err != nil {
			return written, err
		}
	}
}

// Close implements io.Closer.
func (p *partsReader) Close() error {
	clear(p.secret)
	p.left, p.err = 0, os.ErrClosed
	if p.part == nil {
		return nil
	}
	part := p.part
	p.part = nil
	return part.Close()
}
