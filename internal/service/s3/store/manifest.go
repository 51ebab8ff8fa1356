package store

import (
	"encoding/binary"
	"errors"
	"sort"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
)

// Manifest lists the parts of a multipart object in order.
type Manifest struct {
	Parts []Part
	ends  []int64 // where each part ends in the object
}

const manifestFormat = 1

// MaxObject is the most bytes of an object, MaxPart of a part or of an object
// written at once, MinPart the fewest of a part that is not the last.
const (
	MaxObject = MaxParts * MaxPart // 48.8 TiB
	MaxPart   = 5 << 30
	MinPart   = 5 << 20
)

func appendManifest(b []byte, parts []*Part) []byte {
	b = append(b, manifestFormat)
	b = binary.AppendUvarint(b, uint64(len(parts)))
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(p.Number))
		b = appendPartBody(b, p)
	}
	return b
}

// minPartRow is less than any part takes up in a manifest.
const minPartRow = 32

func decodeManifest(row []byte) (*Manifest, error) {
	d := decoder{rest: row}
	d.format(manifestFormat)
	n := d.count(minPartRow)
	m := &Manifest{Parts: make([]Part, n), ends: make([]int64, n)}
	var end int64
	for i := range m.Parts {
		p := &m.Parts[i]
		p.Number = int(min(d.uvarint(), MaxParts+1))
		d.part(p)
		if p.Number > MaxParts || p.Size > MaxObject-end {
			d.fail()
			break
		}
		end += p.Size
		m.ends[i] = end
	}
	if err := d.end("manifest"); err != nil {
		return nil, err
	}
	return m, nil
}

// Size is the number of bytes of all the parts.
func (m *Manifest) Size() int64 {
	if len(m.ends) == 0 {
		return 0
	}
	return m.ends[len(m.ends)-1]
}

// Bounds is where part i, counted from 0, begins and ends in the object.
func (m *Manifest) Bounds(i int) (start, end int64) {
	return m.ends[i] - m.Parts[i].Size, m.ends[i]
}

// At is the part, counted from 0, that holds the byte at offset.
func (m *Manifest) At(offset int64) int {
	return sort.Search(len(m.ends), func(i int) bool { return m.ends[i] > offset })
}

// Manifest reads the manifest of the object data id, or returns kv.ErrNotFound.
func (r *Reader) Manifest(id ID) (*Manifest, error) {
	row, err := r.kv.Get(dataKey(id))
	if err != nil {
		return nil, err
	}
	return decodeManifest(row)
}

// Completed is what is remembered of an upload that was completed.
type Completed struct {
	ETag     ETag
	Checksum Checksum
	Version  ID
}

const completedFormat = 1

func appendCompleted(b []byte, c *Completed) []byte {
	b = append(b, completedFormat)
	b = append(b, c.ETag.MD5[:]...)
	b = binary.AppendUvarint(b, uint64(c.ETag.Parts))
	b = append(b, c.Version[:]...)
	return appendChecksum(b, &c.Checksum)
}

// Completed tells of an upload that was completed within the last day, or
// returns ErrNoSuchUpload.
func (r *Reader) Completed(b BucketID, name string, upload ID) (*Completed, error) {
	row, err := r.kv.Get(completedKey(b, name, upload))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchUpload
	}
	if err != nil {
		return nil, err
	}
	d := decoder{rest: row}
	d.format(completedFormat)
	c := &Completed{}
	copy(c.ETag.MD5[:], d.fixed(len(c.ETag.MD5)))
	c.ETag.Parts = int(min(d.uvarint(), MaxParts+1))
	c.Version = d.id()
	c.Checksum = d.checksum()
	return c, d.end("completed upload")
}

// CompleteUpload ends an upload and makes o, put together of some of its parts
// in order, the current version of its key. Parts that are not among them are
// taken away if there are others. It sets of o what PutObject does.
func (t *Txn) CompleteUpload(b *Bucket, u *Upload, o *Object, parts []*Part, others bool) error {
	if err := t.txn.Delete(uploadKey(b.ID, u.Key, u.ID)); err != nil {
		return err
	}
	for _, p := range parts {
		if err := t.txn.Delete(partKey(u.ID, p.Number)); err != nil {
			return err
		}
	}
	if others {
		if err := t.discard(garbage{kind: garbageParts, bucket: b.ID, id: u.ID}); err != nil {
			return err
		}
	}
	row := appendManifest(make([]byte, 0, 16+len(parts)*96), parts)
	if err := t.txn.Put(dataKey(u.ID), row); err != nil {
		return err
	}
	if err := t.PutObject(b, o, &Staged{Size: o.Size, data: Data{ID: u.ID, Kind: PartsData, Key: u.DataKey}}); err != nil {
		return err
	}
	c := Completed{ETag: o.ETag, Checksum: o.Checksum, Version: o.Version}
	if o.Encryption == SSEC {
		c.Checksum = Checksum{} // it is hidden, and the key that shows it may not come again
	}
	if err := t.txn.Put(completedKey(b.ID, u.Key, u.ID), appendCompleted(nil, &c)); err != nil {
		return err
	}
	marker := garbage{kind: garbageMarker, bucket: b.ID, id: u.ID, key: u.Key, after: completedTTL}
	return t.discard(marker)
}

// completedTTL is how long a repeated CompleteMultipartUpload succeeds.
const completedTTL = 24 * time.Hour
