package store

import (
	"encoding/binary"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/kv"
)

// Staged is bytes that are durable, or go with the transaction that takes them
// over, but that nothing refers to yet.
type Staged struct {
	Size int64 // of the plain bytes
	data Data
	// row is the sealed bytes of InlineData.
	row []byte
}

// adopt makes the staged bytes referred to: the row that holds them, or the row
// that says who refers to the blob.
func (t *Txn) adopt(b BucketID, s *Staged) error {
	switch s.data.Kind {
	case InlineData:
		return t.txn.Put(dataKey(s.data.ID), s.row)
	case BlobData:
		return t.txn.Put(referenceKey(s.data.Blob), appendReference(nil, b, s.data.ID))
	}
	return nil
}

const referenceFormat = 1

// appendReference says what a blob is for: the id of its data, which is also in
// the object, part or manifest that refers to it, and the bucket.
func appendReference(dst []byte, b BucketID, id ID) []byte {
	dst = append(dst, referenceFormat)
	dst = binary.BigEndian.AppendUint64(dst, uint64(b))
	return append(dst, id[:]...)
}

// Reference tells who refers to a blob.
type Reference struct {
	Blob   blob.ID
	Bucket BucketID
	Data   ID
}

// ScanReferences calls fn for the reference of each blob in id order, beginning
// after the given id, until fn returns an error; kv.Stop ends it without one.
func (r *Reader) ScanReferences(after blob.ID, fn func(Reference) error) error {
	rng := kv.Prefix(referenceKey(""))
	if after != "" {
		rng.Start = referenceKey(after).Byte(0)
	}
	return r.kv.Scan(rng, func(k, row []byte) error {
		d := decoder{rest: row}
		d.format(referenceFormat)
		ref := Reference{Blob: blob.ID(k[2:])}
		if b := d.fixed(8); b != nil {
			ref.Bucket = BucketID(binary.BigEndian.Uint64(b))
		}
		ref.Data = d.id()
		if err := d.end("reference"); err != nil {
			return err
		}
		return fn(ref)
	})
}
