package store

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// scanObjects checks the current or the older versions of all objects.
func (c *scrubber) scanObjects(tag byte) error {
	return c.each(key.New(2, space, tag), func(p pair) error {
		c.report.Objects++
		k := key.Parse(p.key)
		k.Expect(space, tag)
		id := BucketID(k.Uint64())
		name, seq := "", uint64(0)
		if tag == tagObject {
			name = k.Raw()
		} else {
			name = k.Str()
			seq = k.Uint64Desc()
		}
		b, err := c.bucket(id)
		if err != nil {
			return err
		}
		at := Damage{Bucket: bucketLabel(b, id), Key: name}
		if err := k.End(); err != nil {
			at.Kind, at.Err = BadRow, corruptKey(err)
			c.damaged(at)
			return nil
		}
		return c.checkObject(p, b, at, seq)
	})
}

// checkObject verifies one version of an object, as its row is now.
func (c *scrubber) checkObject(p pair, b *Bucket, at Damage, seq uint64) error {
	if b == nil {
		at.Kind, at.Err = BadRow, fmt.Errorf("%w: the object's bucket is not there", ErrCorrupt)
		return c.confirm(p, at)
	}
	var o *Object
	var misplaced error
	sn, err := c.Snapshot(c.ctx, func(r *Reader) (*Bucket, *Object, error) {
		row, err := r.kv.Get(p.key)
		if errors.Is(err, kv.ErrNotFound) {
			return nil, nil, ErrNoSuchObject
		}
		if err != nil {
			return nil, nil, err
		}
		p.row = row
		if o, err = decodeObject(at.Key, bytes.Clone(row)); err != nil {
			return nil, nil, err
		}
		misplaced, err = r.misplaced(b.ID, o, p.key[1], seq)
		return b, o, err
	})
	switch {
	case errors.Is(err, ErrNoSuchObject):
		return nil
	case errors.Is(err, ErrCorrupt):
		at.Kind, at.Err = BadRow, err
		if o != nil {
			at.Kind, at.Version = BadData, o.Version
		}
		return c.confirm(p, at)
	case err != nil:
		return err
	}
	defer sn.Close()
	at.Version = sn.Object.Version
	if misplaced != nil {
		wrong := at
		wrong.Kind, wrong.Err = BadRow, misplaced
		if err := c.confirm(p, wrong); err != nil {
			return err
		}
	}
	if err := c.references(b.ID, sn, p, at); err != nil {
		return err
	}
	part, err := c.verify(sn)
	if err == nil {
		return nil
	}
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	at.Kind, at.Part, at.Err, at.Blob = BadData, part, err, sn.Object.Data.Blob
	if part > 0 {
		at.Blob = sn.Manifest.Parts[part-1].Data.Blob
		at.Part = sn.Manifest.Parts[part-1].Number
	}
	c.blame(&at)
	return c.confirm(p, at)
}

// blame turns bad data into a missing blob where that is the reason.
func (c *scrubber) blame(at *Damage) {
	if !errors.Is(at.Err, blob.ErrNotFound) {
		return
	}
	at.Kind = MissingBlob
	if len(c.missing) < maxRemembered {
		c.missing[at.Blob] = true
	}
}

// confirm reports damage if the row it was found with is still there.
func (c *scrubber) confirm(p pair, at Damage) error {
	same, err := c.unchanged(p)
	if same {
		c.damaged(at)
	}
	return err
}

// references checks that each blob of an object says whose it is.
func (c *scrubber) references(b BucketID, sn *Snapshot, p pair, at Damage) error {
	if sn.Manifest == nil {
		return c.reference(b, &sn.Object.Data, p, at)
	}
	for i := range sn.Manifest.Parts {
		part := &sn.Manifest.Parts[i]
		at.Part = part.Number
		if err := c.reference(b, &part.Data, p, at); err != nil {
			return err
		}
	}
	return nil
}

func (c *scrubber) reference(b BucketID, d *Data, p pair, at Damage) error {
	if d.Kind != BlobData {
		return nil
	}
	var row []byte
	err := c.kv.View(c.ctx, func(r kv.Reader) (err error) {
		row, err = r.Get(referenceKey(d.Blob))
		if errors.Is(err, kv.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil || bytes.Equal(row, appendReference(nil, b, d.ID)) {
		return err
	}
	if len(c.keep) < maxRemembered {
		c.keep[d.Blob] = true
	} else {
		c.o.Remove = false // it could not be told any more what is in use
	}
	at.Kind, at.Blob = MissingReference, d.Blob
	at.Err = fmt.Errorf("%w: the blob's reference is not the object's", ErrCorrupt)
	return c.confirm(p, at)
}

// verify reads all of an object; part is the place, from 1, of the part at fault.
func (c *scrubber) verify(sn *Snapshot) (part int, err error) {
	o := sn.Object
	if o.Encryption == SSEC {
		return c.verifyLocked(sn)
	}
	whole := newDigests(o.Checksum.Algorithm)
	if sn.Manifest == nil {
		if err := c.read(sn, 0, o.Size, whole); err != nil {
			return 0, err
		}
		switch {
		case o.DeleteMarker && o.Data.Kind == NoData:
			return 0, nil
		case o.ETag.Parts != 0 || o.DeleteMarker:
			return 0, fmt.Errorf("%w: the object is not what its data is", ErrCorrupt)
		}
		return 0, whole.compare(o.ETag.MD5, &o.Checksum)
	}
	tags := md5.New()
	for i := range sn.Manifest.Parts {
		p := &sn.Manifest.Parts[i]
		start, end := sn.Manifest.Bounds(i)
		d := newDigests(p.Checksum.Algorithm)
		d.also = whole.sum
		if err := c.read(sn, start, end-start, d); err != nil {
			return i + 1, err
		}
		c.report.Parts++
		if err := d.compare(p.MD5, &p.Checksum); err != nil {
			return i + 1, err
		}
		tags.Write(p.MD5[:])
	}
	if [16]byte(tags.Sum(nil)) != o.ETag.MD5 || o.ETag.Parts != len(sn.Manifest.Parts) {
		return 0, fmt.Errorf("%w: the entity tag is not that of the parts", ErrCorrupt)
	}
	return 0, compareWhole(o, sn.Manifest, whole.sum)
}

// compareWhole checks the checksum of a multipart object; sum is of all its bytes.
func compareWhole(o *Object, m *Manifest, sum hash.Hash) error {
	c := &o.Checksum
	var got []byte
	switch {
	case c.Algorithm == checksum.None:
		return nil
	case c.Type == checksum.Composite:
		got = checksum.OfParts(c.Algorithm, func(yield func([]byte) bool) {
			for i := range m.Parts {
				if !yield(m.Parts[i].Checksum.Value) {
					return
				}
			}
		})
	default:
		got = sum.Sum(nil)
	}
	if !bytes.Equal(got, c.Value) {
		return fmt.Errorf("%w: the checksum is not that of the object", ErrCorrupt)
	}
	return nil
}

// digests is what bytes are hashed into.
type digests struct {
	tag       hash.Hash
	sum, also hash.Hash // may be nil
}

func newDigests(a checksum.Algorithm) *digests {
	d := &digests{tag: md5.New()}
	if a != checksum.None {
		d.sum = checksum.New(a)
	}
	return d
}

// Write implements io.Writer.
func (d *digests) Write(p []byte) (int, error) {
	for _, h := range []hash.Hash{d.tag, d.sum, d.also} {
		if h != nil {
			h.Write(p)
		}
	}
	return len(p), nil
}

func (d *digests) compare(tag [16]byte, c *Checksum) error {
	if [16]byte(d.tag.Sum(nil)) != tag {
		return fmt.Errorf("%w: the MD5 is another", ErrCorrupt)
	}
	if d.sum != nil && !bytes.Equal(d.sum.Sum(nil), c.Value) {
		return fmt.Errorf("%w: the %s is another", ErrCorrupt, c.Algorithm)
	}
	return nil
}

// read opens a range of an object and hashes it.
func (c *scrubber) read(sn *Snapshot, start, length int64, d *digests) error {
	src, err := sn.open(c.ctx, start, length)
	if err != nil {
		return err
	}
	return c.drain(src, length, d)
}

func (c *scrubber) drain(src source, length int64, d *digests) error {
	n, err := io.Copy(d, src)
	err = errors.Join(err, src.Close())
	c.report.Bytes += n
	if err == nil && n != length {
		err = fmt.Errorf("%w: %d bytes instead of %d", ErrCorrupt, n, length)
	}
	return err
}
