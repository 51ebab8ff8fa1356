package directory

import (
	"errors"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/kv/key"
)

// named is what the four entity records have in common.
type named interface {
	kind() Kind
	entity() *Entity
	holder() *Holder
	groupIDs() []string
}

func (t *Tx) create(rec named) error {
	e, k := rec.entity(), rec.kind()
	at := entityKey(k, e.Account, e.Name)
	if taken, err := t.exists(at); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	if e.ID == "" {
		var err error
		if e.ID, err = t.d.newID(k); err != nil {
			return err
		}
	}
	if e.Created.IsZero() {
		e.Created = t.d.now()
	}
	if e.Path == "" {
		e.Path = "/"
	}
	if taken, err := t.exists(idKey(e.ID)); err != nil || taken {
		return errors.Join(err, cond(taken, ErrExists))
	}
	if err := t.setCount(e.Account, k, 1); err != nil {
		return err
	}
	return t.write(at, nil, rec)
}

// write puts the record, its id entry and its index entries in place of old's.
func (t *Tx) write(at key.Key, old, rec named) error {
	e := rec.entity()
	loc := key.New(len(e.Account)+len(e.Name)+8, byte(rec.kind())).Str(e.Account).Raw(e.Name)
	if err := t.w.Put(idKey(e.ID), loc); err != nil {
		return err
	}
	if err := t.reindex(old, rec); err != nil {
		return err
	}
	return t.putTracked(at, rec)
}

// current is the stored record with rec's name, if it is the same entity.
func (t *Tx) current(rec named) (named, error) {
	e := rec.entity()
	var old named
	var err error
	switch rec.kind() {
	case KindUser:
		old, err = t.User(e.Account, e.Name)
	case KindGroup:
		old, err = t.Group(e.Account, e.Name)
	case KindRole:
		old, err = t.Role(e.Account, e.Name)
	case KindPolicy:
		old, err = t.Policy(e.Account, e.Name)
	}
	if err != nil {
		return nil, err
	}
	if old.entity().ID != e.ID {
		return nil, ErrNotFound
	}
	return old, nil
}

func (t *Tx) replace(rec named) error {
	old, err := t.current(rec)
	if err != nil {
		return err
	}
	e := rec.entity()
	return t.write(entityKey(rec.kind(), e.Account, e.Name), old, rec)
}

func (t *Tx) rename(rec named, name string) error {
	old, err := t.current(rec)
	if err != nil {
		return err
	}
	e, k := rec.entity(), rec.kind()
	from, to := entityKey(k, e.Account, e.Name), entityKey(k, e.Account, name)
	if !strings.EqualFold(name, e.Name) {
		if taken, err := t.exists(to); err != nil || taken {
			return errors.Join(err, cond(taken, ErrExists))
		}
		if err := t.deleteTracked(from); err != nil {
			return err
		}
	}
	e.Name = name
	return t.write(to, old, rec)
}

func (t *Tx) remove(rec named) error {
	old, err := t.current(rec)
	if err != nil {
		return err
	}
	e, k := rec.entity(), rec.kind()
	if err := t.reindex(old, nil); err != nil {
		return err
	}
	if err := t.setCount(e.Account, k, -1); err != nil {
		return err
	}
	for _, k := range []key.Key{idKey(e.ID), lastUsedKey(e.ID)} {
		if err := t.w.Delete(k); err != nil {
			return err
		}
	}
	if err := t.forgetAccess(e.Account, e.ID); err != nil {
		return err
	}
	if k == KindUser || k == KindRole {
		// Others' policies may go on naming the id.
		if err := t.w.Put(buriedKey(e.ID), []byte(e.Account)); err != nil {
			return err
		}
	}
	return t.deleteTracked(entityKey(k, e.Account, e.Name))
}

// reindex changes the index entries from those of old to those of rec; either
// may be nil.
func (t *Tx) reindex(old, rec named) error {
	before, after := indexEntries(old), indexEntries(rec)
	for _, k := range before {
		if !slices.Contains(after, k) {
			if err := t.w.Delete([]byte(k)); err != nil {
				return err
			}
		}
	}
	for _, k := range after {
		if !slices.Contains(before, k) {
			if err := t.w.Put([]byte(k), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func indexEntries(rec named) []string {
	if rec == nil {
		return nil
	}
	var keys []string
	id := rec.entity().ID
	for _, g := range rec.groupIDs() {
		keys = append(keys, string(memberKey(g, id)))
	}
	if h := rec.holder(); h != nil {
		for _, arn := range h.Attached {
			keys = append(keys, string(pairKey(tagAttached, arn, id)))
		}
		if h.Boundary != "" {
			keys = append(keys, string(pairKey(tagBoundary, h.Boundary, id)))
		}
	}
	return keys
}
