package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv"
)

// joinBlobs goes through blobs and references side by side, both in the order of
// their ids, and finds what has no counterpart.
func (c *scrubber) joinBlobs() error {
	refs := &references{c: c}
	err := c.blobs.List(c.ctx, "", func(info blob.Info) error {
		c.report.Blobs++
		if c.report.Blobs%scrubBatch == 0 {
			c.progress()
		}
		for {
			ref, err := refs.next()
			if err != nil {
				return err
			}
			switch {
			case ref == nil || ref.Blob > info.ID:
				return c.unreferenced(info)
			case ref.Blob == info.ID:
				refs.take()
				return nil
			}
			refs.take()
			if err := c.blobless(ref); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	for {
		ref, err := refs.next()
		if err != nil || ref == nil {
			return err
		}
		refs.take()
		if err := c.blobless(ref); err != nil {
			return err
		}
	}
}

// references reads the reference rows one after the other, a batch at a time.
type references struct {
	c     *scrubber
	batch []Reference
	last  blob.ID
	done  bool
}

// next is the reference that is next to be taken, nil at the end.
func (r *references) next() (*Reference, error) {
	if len(r.batch) == 0 && !r.done {
		if err := r.read(); err != nil {
			return nil, err
		}
	}
	if len(r.batch) == 0 {
		return nil, nil
	}
	return &r.batch[0], nil
}

func (r *references) take() {
	r.batch = r.batch[1:]
	r.c.report.References++
}

func (r *references) read() error {
	rng := kv.Prefix(referenceKey(""))
	if r.last != "" {
		rng.Start = referenceKey(r.last).Byte(0)
	}
	var bad []Damage
	n := 0
	err := r.c.kv.View(r.c.ctx, func(kr kv.Reader) error {
		r.batch, bad, n = make([]Reference, 0, scrubBatch), nil, 0
		return kr.Scan(rng, func(k, row []byte) error {
			ref, err := decodeReference(k, row)
			if err != nil {
				bad = append(bad, Damage{Kind: BadRow, Blob: ref.Blob, Err: err})
			}
			r.batch = append(r.batch, ref)
			if n++; n == scrubBatch {
				return kv.Stop
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, d := range bad {
		r.c.damaged(d)
	}
	if n < scrubBatch {
		r.done = true
	} else {
		r.last = r.batch[n-1].Blob
	}
	return nil
}

func decodeReference(k, row []byte) (Reference, error) {
	d := decoder{rest: row}
	d.format(referenceFormat)
	ref := Reference{Blob: blob.ID(k[2:])}
	if b := d.fixed(8); b != nil {
		ref.Bucket = BucketID(binary.BigEndian.Uint64(b))
	}
	ref.Data = d.id()
	return ref, d.end("reference")
}

// referred tells whether a blob has a reference now.
func (c *scrubber) referred(id blob.ID) (yes bool, err error) {
	err = c.kv.View(c.ctx, func(r kv.Reader) error {
		_, err := r.Get(referenceKey(id))
		yes = err == nil
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		return err
	})
	return yes, err
}

// unreferenced deals with a blob that no reference was found for.
func (c *scrubber) unreferenced(info blob.Info) error {
	if c.keep[info.ID] || c.o.Grace > 0 && c.now().Sub(info.Modified) < c.o.Grace {
		return nil
	}
	if yes, err := c.referred(info.ID); yes || err != nil {
		return err
	}
	d := Damage{Kind: UnreferencedBlob, Blob: info.ID}
	if c.o.Remove {
		if d.Err = c.blobs.Delete(c.ctx, info.ID); d.Err == nil {
			d.Removed = true
			c.report.Removed++
			c.report.RemovedBytes += info.Size
		}
	}
	c.damaged(d)
	return c.ctx.Err()
}

// blobless deals with a reference whose blob was not listed.
func (c *scrubber) blobless(ref *Reference) error {
	if c.missing[ref.Blob] {
		return nil // the object or part that lacks it was named
	}
	r, err := c.blobs.Open(c.ctx, ref.Blob, 0, 0)
	if err == nil {
		return r.Close() // put after the list had passed it
	}
	if !errors.Is(err, blob.ErrNotFound) {
		return err
	}
	if yes, err := c.referred(ref.Blob); !yes || err != nil {
		return err
	}
	b, err := c.bucket(ref.Bucket)
	if err != nil {
		return err
	}
	c.damaged(Damage{Kind: MissingBlob, Bucket: bucketLabel(b, ref.Bucket), Blob: ref.Blob,
		Err: fmt.Errorf("%w: nothing but a reference is left of the blob", blob.ErrNotFound)})
	return nil
}
