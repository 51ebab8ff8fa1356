package directory

import (
	"errors"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// A referrer is a resource that names a principal by its unique id. An index
// follows it by itself, so that the principal's resources are found without
// reading all of the account's.
type referrer interface {
	Resource
	refersTo() string  // the unique id, empty for none
	another() referrer // an empty record of the same kind
}

// referenceKey orders a principal's resources of one kind by their names; with an
// empty name it is the prefix of them all.
func referenceKey(id string, k ResourceKind, name string) key.Key {
	return dkey(tagReference, len(id)+len(name)+1).Str(id).Byte(byte(k)).Raw(name)
}

// refer changes the index entry from that of old to that of rec; either may be
// nil.
func (t *Tx) refer(old, rec Resource) error {
	before, after := reference(old), reference(rec)
	if string(before) == string(after) {
		return nil
	}
	if before != nil {
		if err := t.w.Delete(before); err != nil {
			return err
		}
	}
	if after != nil {
		return t.w.Put(after, nil)
	}
	return nil
}

func reference(rec Resource) key.Key {
	r, ok := rec.(referrer)
	if !ok || r.refersTo() == "" {
		return nil
	}
	k, _, name := r.Place()
	return referenceKey(r.refersTo(), k, name)
}

// stored is what is in r's place now. It is read only where an index needs it.
func (t *Tx) stored(r Resource) (Resource, error) {
	k, account, name := r.Place()
	value, err := t.w.Get(resourceKey(k, account, name))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	ref, ok := r.(referrer)
	if !ok {
		return r, nil
	}
	old := ref.another()
	return old, decode(value, old)
}

// Referring lists the names of the resources of a kind that refer to the
// principal with the unique id, as [Resource.Place] gives them.
func (t *ReadTx) Referring(id string, k ResourceKind, p Page) (Listing[string], error) {
	return t.names(referenceKey(id, k, ""), p)
}
