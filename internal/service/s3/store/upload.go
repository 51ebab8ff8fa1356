package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// MaxParts is the highest part number and the most parts of an object.
const MaxParts = 10_000

// Upload is a multipart upload in progress and what the object will be.
type Upload struct {
	Key          string
	ID           ID
	Initiated    time.Time
	Initiator    Initiator
	Owner        string // the account that will own the object, 12 digits, or Anonymous
	StorageClass string // empty for STANDARD
	// Algorithm and Type are what CreateMultipartUpload asked for; None if nothing.
	Algorithm checksum.Algorithm
	Type      checksum.Type
	DataKey   []byte // wrapped; the parts' keys are derived from it
	Attributes
}

// Initiator is who began an upload.
type Initiator struct {
	Account string // 12 digits, empty for anonymous
	ID      string // ARN of a user or role, or the canonical id of an account
	Name    string // display name
}

// Part is an uploaded part.
type Part struct {
	Number   int
	Size     int64
	MD5      [16]byte
	Modified time.Time
	Checksum Checksum
	Data     Data
}

// ETag is the part's entity tag.
func (p *Part) ETag() ETag { return ETag{MD5: p.MD5} }

const (
	uploadFormat         = 1
	uploadFormatSettings = 2 // has settings at its end
	partFormat           = 1
)

func appendUpload(b []byte, u *Upload) []byte {
	format := byte(uploadFormat)
	if !u.Settings.empty() {
		format = uploadFormatSettings
	}
	b = append(b, format)
	b = appendTime(b, u.Initiated)
	b = appendString(b, u.Initiator.Account)
	b = appendString(b, u.Initiator.ID)
	b = appendString(b, u.Initiator.Name)
	b = appendString(b, u.Owner)
	b = appendString(b, u.StorageClass)
	b = append(b, byte(u.Algorithm), byte(u.Type))
	b = appendString(b, u.DataKey)
	b = appendAttributes(b, &u.Attributes)
	return appendSettings(b, &u.Settings)
}

func decodeUpload(name string, id ID, row []byte) (*Upload, error) {
	d := decoder{rest: row}
	format := d.byte()
	if format != uploadFormat && format != uploadFormatSettings {
		d.fail()
	}
	u := &Upload{Key: name, ID: id, Initiated: d.time()}
	u.Initiator = Initiator{d.string(), d.string(), d.string()}
	u.Owner, u.StorageClass = d.string(), d.string()
	u.Algorithm, u.Type = checksum.Algorithm(d.byte()), checksum.Type(d.byte())
	if !u.Algorithm.Valid() || u.Type > checksum.Composite {
		d.fail()
	}
	u.DataKey = d.bytes()
	d.attributes(&u.Attributes)
	if format == uploadFormatSettings {
		d.settingsOf(&u.Settings)
	}
	if err := d.end("upload"); err != nil {
		return nil, err
	}
	return u, nil
}

func appendPart(b []byte, p *Part) []byte {
	b = append(b, partFormat)
	return appendPartBody(b, p)
}

func appendPartBody(b []byte, p *Part) []byte {
	b = binary.AppendUvarint(b, uint64(p.Size))
	b = append(b, p.MD5[:]...)
	b = appendTime(b, p.Modified)
	b = appendChecksum(b, &p.Checksum)
	return appendData(b, &p.Data)
}

func (d *decoder) part(p *Part) {
	p.Size = d.int()
	copy(p.MD5[:], d.fixed(len(p.MD5)))
	p.Modified = d.time()
	p.Checksum = d.checksum()
	p.Data = d.data()
}

func decodePart(number int, row []byte) (*Part, error) {
	d := decoder{rest: row}
	d.format(partFormat)
	p := &Part{Number: number}
	d.part(p)
	if err := d.end("part"); err != nil {
		return nil, err
	}
	return p, nil
}

// Upload reads a multipart upload in progress, or returns ErrNoSuchUpload.
func (r *Reader) Upload(b BucketID, name string, id ID) (*Upload, error) {
	row, err := r.kv.Get(uploadKey(b, name, id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchUpload
	}
	if err != nil {
		return nil, err
	}
	return decodeUpload(name, id, row)
}

// Part reads a part of an upload, or returns ErrNoSuchPart.
func (r *Reader) Part(upload ID, number int) (*Part, error) {
	row, err := r.kv.Get(partKey(upload, number))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchPart
	}
	if err != nil {
		return nil, err
	}
	return decodePart(number, row)
}

// ScanUploads calls fn for each upload in progress whose key begins with prefix,
// ordered by key and then by the time it was begun, after the upload (key, id)
// unless key is empty, until fn returns an error; kv.Stop ends it without one.
// A zero id stands before all uploads of its key, AllUploads after them.
func (r *Reader) ScanUploads(b BucketID, prefix, afterKey string, after ID, fn func(*Upload) error) error {
	rng := kv.Prefix(key.New(10+len(prefix), space, tagUpload).Uint64(uint64(b)).StrPrefix(prefix))
	if afterKey != "" {
		if start := append(uploadKey(b, afterKey, after), 0); string(start) > string(rng.Start) {
			rng.Start = start
		}
	}
	return r.kv.Scan(rng, func(k, row []byte) error {
		p := key.Parse(k)
		p.Expect(space, tagUpload)
		p.Uint64()
		name := p.Str()
		id, err := parseID(&p)
		if err != nil {
			return corruptKey(err)
		}
		u, err := decodeUpload(name, id, append([]byte(nil), row...))
		if err != nil {
			return err
		}
		return fn(u)
	})
}

// AllUploads, as the id to scan after, skips every upload of a key.
var AllUploads = ID{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}

// ScanParts calls fn for each part of an upload with a number above after, in
// order, until fn returns an error; kv.Stop ends it without one.
func (r *Reader) ScanParts(upload ID, after int, fn func(*Part) error) error {
	rng := kv.Prefix(partsKey(upload))
	rng.Start = partKey(upload, max(after, 0)+1)
	return r.kv.Scan(rng, func(k, row []byte) error {
		p := key.Parse(k[2+len(upload):])
		number := p.Uint64()
		if err := p.End(); err != nil || number > MaxParts {
			return corruptKey(err)
		}
		part, err := decodePart(int(number), append([]byte(nil), row...))
		if err != nil {
			return err
		}
		return fn(part)
	})
}

// CreateUpload writes a new upload. Its ID and DataKey come from
// Store.NewUpload.
func (t *Txn) CreateUpload(b *Bucket, u *Upload) error {
	return t.txn.Put(uploadKey(b.ID, u.Key, u.ID), appendUpload(nil, u))
}

// PutPart writes a part of an upload in progress and takes over its staged
// bytes; a part of the same number is replaced. ErrNoSuchUpload if the upload
// is not in progress any more.
func (t *Txn) PutPart(b *Bucket, name string, upload ID, p *Part, s *Staged) error {
	switch _, err := t.kv.Get(uploadKey(b.ID, name, upload)); {
	case errors.Is(err, kv.ErrNotFound):
		return ErrNoSuchUpload
	case err != nil:
		return err
	}
	switch old, err := t.Part(upload, p.Number); {
	case err == nil:
		if err := t.drop(b.ID, &old.Data); err != nil {
			return err
		}
	case !errors.Is(err, ErrNoSuchPart):
		return err
	}
	p.Data = s.data
	p.Data.Key = nil
	if err := t.adopt(b.ID, s); err != nil {
		return err
	}
	return t.txn.Put(partKey(upload, p.Number), appendPart(nil, p))
}

// AbortUpload ends an upload; its parts are taken away soon afterwards.
// ErrNoSuchUpload if it is not in progress.
func (t *Txn) AbortUpload(b *Bucket, name string, upload ID) error {
	k := uploadKey(b.ID, name, upload)
	switch _, err := t.kv.Get(k); {
	case errors.Is(err, kv.ErrNotFound):
		return ErrNoSuchUpload
	case err != nil:
		return err
	}
	if err := t.txn.Delete(k); err != nil {
		return err
	}
	return t.discard(garbage{kind: garbageParts, bucket: b.ID, id: upload})
}
