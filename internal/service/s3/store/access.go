package store

import (
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
)

// ObjectAccess is what of an object bears on who may use it.
type ObjectAccess struct {
	Owner        string // account or Anonymous
	Version      ID
	DeleteMarker bool
	Tags         []Tag
	ACL          []byte
}

// ObjectAccess reads the ObjectAccess of the current version of an object without
// the rest of it, or returns ErrNoSuchObject.
func (r *Reader) ObjectAccess(b BucketID, name string) (a ObjectAccess, err error) {
	row, err := r.kv.Get(objectKey(b, name))
	if errors.Is(err, kv.ErrNotFound) {
		o, err := r.newestApart(b, name)
		if err == nil && o == nil {
			err = ErrNoSuchObject
		}
		return o.Access(), err
	}
	if err != nil {
		return a, err
	}
	d := decoder{rest: row}
	var e Entry
	d.entry(&e)
	a.Owner, a.DeleteMarker = e.Owner, e.DeleteMarker
	d.uvarint() // sequence
	a.Version = d.id()
	d.uvarint() // sequence of the null version
	d.skipData()
	d.access(&a)
	if hasSettings(row) {
		d.settingsOf(new(Settings))
	}
	return a, d.end("object")
}

// VersionAccess is ObjectAccess for a version, as ObjectVersion finds it.
func (r *Reader) VersionAccess(b BucketID, name string, id ID) (ObjectAccess, error) {
	o, err := r.ObjectVersion(b, name, id)
	return o.Access(), err
}

// Access is what of an object bears on who may use it; nothing for nil.
func (o *Object) Access() (a ObjectAccess) {
	if o != nil {
		a = ObjectAccess{Owner: o.Owner, Version: o.Version, DeleteMarker: o.DeleteMarker, Tags: o.Tags, ACL: o.ACL}
	}
	return a
}

func (d *decoder) skipData() {
	d.byte()
	d.id()
	d.bytes()
	d.bytes()
}

// access is attributes that keeps the tags and the ACL alone.
func (d *decoder) access(a *ObjectAccess) {
	d.byte() // encryption
	for range (&Headers{}).fields() {
		d.bytes()
	}
	for range d.count(2) {
		d.bytes()
		d.bytes()
	}
	if n := d.count(2); n > 0 {
		a.Tags = make([]Tag, n)
		for i := range a.Tags {
			a.Tags[i] = Tag{d.string(), d.string()}
		}
	}
	a.ACL = d.bytes()
}
