package store

import (
	"bytes"
	"fmt"

	"github.com/sallyport/sallyport/internal/kv/key"
)

// scanUploads checks the uploads in progress and their parts.
func (c *scrubber) scanUploads() error {
	return c.each(key.New(2, space, tagUpload), func(p pair) error {
		c.report.Uploads++
		k := key.Parse(p.key)
		k.Expect(space, tagUpload)
		bucket := BucketID(k.Uint64())
		name := k.Str()
		id, err := parseID(&k)
		at := Damage{Kind: BadRow, Key: name, Upload: id}
		b, lookup := c.bucket(bucket)
		if lookup != nil {
			return lookup
		}
		at.Bucket = bucketLabel(b, bucket)
		if err != nil {
			at.Err = corruptKey(err)
			return c.confirm(p, at)
		}
		if b == nil {
			return nil // the uploads of a bucket that is gone are garbage
		}
		u, err := decodeUpload(name, id, bytes.Clone(p.row))
		if err != nil {
			at.Err = err
			return c.confirm(p, at)
		}
		secret, err := c.unwrap(c.ctx, b, name, id, u.DataKey)
		if err != nil {
			at.Kind, at.Err = BadData, err
			return c.confirm(p, at)
		}
		defer clear(secret)
		if u.Encryption == SSEC {
			secret = nil
		}
		return c.scanParts(b, secret, at)
	})
}

// scanParts checks the parts of an upload; without its secret their sizes alone.
func (c *scrubber) scanParts(b *Bucket, secret []byte, at Damage) error {
	prefix := partsKey(at.Upload)
	return c.each(prefix, func(p pair) error {
		k := key.Parse(p.key[len(prefix):])
		number := k.Uint64()
		at := at
		if err := k.End(); err != nil || number > MaxParts {
			at.Kind, at.Err = BadRow, fmt.Errorf("%w: key of a part", ErrCorrupt)
			return c.confirm(p, at)
		}
		c.report.Parts++
		at.Part = int(number)
		part, err := decodePart(int(number), bytes.Clone(p.row))
		if err != nil {
			at.Kind, at.Err = BadRow, err
			return c.confirm(p, at)
		}
		if err := c.reference(b.ID, &part.Data, p, at); err != nil {
			return err
		}
		if err := c.verifyPart(part, secret); err != nil {
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			at.Kind, at.Err, at.Blob = BadData, err, part.Data.Blob
			c.blame(&at)
			return c.confirm(p, at)
		}
		return nil
	})
}

func (c *scrubber) verifyPart(part *Part, secret []byte) error {
	if secret == nil {
		return c.verifySize(&part.Data, part.Size)
	}
	d := newDigests(part.Checksum.Algorithm)
	if part.Data.Kind != NoData || part.Size != 0 {
		r := partsReader{ctx: c.ctx, store: c.Store, secret: secret}
		src, err := r.open(part, 0, part.Size)
		if err != nil {
			return err
		}
		if err := c.drain(src, part.Size, d); err != nil {
			return err
		}
	}
	return d.compare(part.MD5, &part.Checksum)
}
