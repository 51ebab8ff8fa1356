package store

import (
	"bytes"
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
)

// Object reads the current version of an object, which may be a delete marker,
// or returns ErrNoSuchObject.
func (r *Reader) Object(b BucketID, name string) (*Object, error) {
	o, err := r.visible(b, name)
	if !errors.Is(err, ErrNoSuchObject) {
		return o, err
	}
	o, err = r.newestApart(b, name)
	if err == nil && o == nil {
		err = ErrNoSuchObject
	}
	return o, err
}

// visible reads the current version of an object unless it is a delete marker.
func (r *Reader) visible(b BucketID, name string) (*Object, error) {
	row, err := r.kv.Get(objectKey(b, name))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchObject
	}
	if err != nil {
		return nil, err
	}
	o, err := decodeObject(name, row)
	if err == nil {
		o.Latest = true
	}
	return o, err
}

// newestApart reads the newest version that lies in a row of its own, nil if
// there is none. Latest is set, which it is if no version is visible.
func (r *Reader) newestApart(b BucketID, name string) (o *Object, err error) {
	err = r.kv.Scan(kv.Prefix(versionsKey(b, name)), func(_, row []byte) error {
		if o, err = decodeObject(name, bytes.Clone(row)); err != nil {
			return err
		}
		o.Latest = true
		return kv.Stop
	})
	return o, err
}

// ObjectVersion reads the version of an object with an id, or its null version
// for the zero id; ErrNoSuchObject if it is not there. It may be a delete marker.
// It costs two rows however many versions there are.
func (r *Reader) ObjectVersion(b BucketID, name string, id ID) (*Object, error) {
	o, err := r.Object(b, name)
	if err != nil || o.Version == id {
		return o, err
	}
	seq := o.NullSequence
	if !id.IsZero() {
		seq = id.Sequence()
	}
	if o, err = r.apart(b, name, seq); err == nil && o.Version != id {
		return nil, ErrNoSuchObject
	}
	return o, err
}

// apart reads the version that lies in a row of its own under its sequence.
func (r *Reader) apart(b BucketID, name string, seq uint64) (*Object, error) {
	if seq == 0 {
		return nil, ErrNoSuchObject
	}
	row, err := r.kv.Get(versionKey(b, name, seq))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNoSuchObject
	}
	if err != nil {
		return nil, err
	}
	return decodeObject(name, row)
}

// ObjectRange is which keys of a bucket ScanObjects visits: those that begin
// with Prefix and are not before From. From that is After itself excludes that
// key.
type ObjectRange struct {
	Prefix string
	// From is the first key to visit, or the last not to if After is set.
	From  string
	After bool
}

// ScanObjects calls fn for the current version of each object of a range, in the
// byte order of their keys, until fn returns an error; kv.Stop ends it without
// one. The entry is fn's only during the call, though the strings in it may be
// kept. Keys whose current version is a delete marker are left out.
func (r *Reader) ScanObjects(b BucketID, rng ObjectRange, fn func(*Entry) error) error {
	keys := kv.Prefix(objectKey(b, rng.Prefix))
	if rng.From != "" {
		start := objectKey(b, rng.From)
		if rng.After {
			start = start.Byte(0)
		}
		if string(start) > string(keys.Start) {
			keys.Start = start
		}
	}
	var e Entry
	return r.kv.Scan(keys, func(k, row []byte) error {
		d := decoder{rest: row}
		d.entry(&e)
		if d.bad || len(k) < objectPrefixLen {
			return corruptKey(errors.New("object entry"))
		}
		e.Key = string(k[objectPrefixLen:])
		return fn(&e)
	})
}

// objectPrefixLen is the length of an object row's key before the object's key.
const objectPrefixLen = 10

// PutObject makes o the current version of o.Key and takes over the staged
// bytes. What was the current version becomes an older one where versioning is
// enabled; elsewhere o is the null version and replaces the one that there was,
// current or older. It sets o's Sequence, Version and Data, and Modified to the
// transaction's time.
func (t *Txn) PutObject(b *Bucket, o *Object, s *Staged) error {
	o.DeleteMarker, o.Data = false, s.data
	if err := t.adopt(b.ID, s); err != nil {
		return err
	}
	_, err := t.push(b, o)
	return err
}

// UpdateObject writes what was changed of a version of an object that this
// transaction read: anything but its bytes, size and times.
func (t *Txn) UpdateObject(b *Bucket, o *Object) error { return t.putObject(b.ID, o) }

// DeleteObject is a delete that names no version. Where the bucket has had
// versioning it makes a delete marker, owned by owner, the current version of the
// key, whether or not there is an object; elsewhere it removes the object, or
// returns ErrNoSuchObject. removed is the version that is gone for good, nil if
// there is none: in a bucket whose versioning is suspended that may be an older
// one.
func (t *Txn) DeleteObject(b *Bucket, name, owner string) (marker, removed *Object, err error) {
	if b.Versioning == Unversioned {
		if removed, err = t.visible(b.ID, name); err != nil {
			return nil, nil, err
		}
		return nil, removed, t.expunge(b, removed)
	}
	marker = &Object{Entry: Entry{Key: name, DeleteMarker: true, Owner: owner}}
	removed, err = t.push(b, marker)
	return marker, removed, err
}
