package store

import (
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
)

// Object reads the current version of an object, which may be a delete marker,
// or returns ErrNoSuchObject.
func (r *Reader) Object(b BucketID, name string) (*Object, error) {
	row, err := r.kv.Get(objectKey(b, name))
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
// kept. Delete markers are visited too.
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
// bytes, replacing what was there. It sets o's Sequence and Data, and Modified
// to the transaction's time.
func (t *Txn) PutObject(b *Bucket, o *Object, s *Staged) error {
	old, err := t.Object(b.ID, o.Key)
	switch {
	case errors.Is(err, ErrNoSuchObject):
		o.Sequence = uint64(t.now.UnixNano())
	case err != nil:
		return err
	default:
		o.Sequence = max(uint64(t.now.UnixNano()), old.Sequence+1)
		if err := t.drop(b.ID, &old.Data); err != nil {
			return err
		}
	}
	o.Modified, o.Data = t.Now(), s.data
	if err := t.adopt(b.ID, s); err != nil {
		return err
	}
	return t.putObject(b.ID, o)
}

func (t *Txn) putObject(b BucketID, o *Object) error {
	return t.txn.Put(objectKey(b, o.Key), appendObject(make([]byte, 0, 256), o))
}

// UpdateObject writes what was changed of an object that this transaction read:
// anything but its bytes, size and times.
func (t *Txn) UpdateObject(b *Bucket, o *Object) error { return t.putObject(b.ID, o) }

// DeleteObject removes the current version of an object and returns it;
// ErrNoSuchObject if it is not there.
func (t *Txn) DeleteObject(b *Bucket, name string) (*Object, error) {
	old, err := t.Object(b.ID, name)
	if err != nil {
		return nil, err
	}
	if err := t.drop(b.ID, &old.Data); err != nil {
		return nil, err
	}
	return old, t.txn.Delete(objectKey(b.ID, name))
}
