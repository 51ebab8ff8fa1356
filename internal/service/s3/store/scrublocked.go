package store

import (
	"errors"
	"fmt"
	"io"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/seal"
)

// verifyLocked checks what can be checked of an object under a customer's key:
// that its data key unwraps as far as the account's key goes, that all sealed
// bytes can be read and that they are as many as its size takes.
func (c *scrubber) verifyLocked(sn *Snapshot) (part int, err error) {
	o := sn.Object
	if _, err := c.unwrap(c.ctx, sn.Bucket, o.Key, o.Data.ID, o.Data.Key); err != nil {
		return 0, err
	}
	if sn.Manifest == nil {
		return 0, c.verifySize(&o.Data, o.Size)
	}
	for i := range sn.Manifest.Parts {
		p := &sn.Manifest.Parts[i]
		if err := c.verifySize(&p.Data, p.Size); err != nil {
			return i + 1, err
		}
		c.report.Parts++
	}
	return 0, nil
}

// verifySize checks that there are as many sealed bytes as plain ones need.
func (c *scrubber) verifySize(d *Data, plain int64) error {
	want, got := seal.SealedSize(plain), int64(0)
	switch d.Kind {
	case NoData:
		want = plain // which is nothing, in nothing
	case InlineData:
		err := c.kv.View(c.ctx, func(r kv.Reader) error {
			row, err := r.Get(dataKey(d.ID))
			got = int64(len(row))
			return err
		})
		if errors.Is(err, kv.ErrNotFound) {
			return fmt.Errorf("%w: the data row is missing", ErrCorrupt)
		}
		if err != nil {
			return err
		}
	case BlobData:
		r, err := c.blobs.Open(c.ctx, d.Blob, 0, -1)
		if err != nil {
			return err
		}
		got, err = io.Copy(io.Discard, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	c.report.Locked += plain
	if got != want {
		return fmt.Errorf("%w: %d sealed bytes for %d", ErrCorrupt, got, plain)
	}
	return nil
}
