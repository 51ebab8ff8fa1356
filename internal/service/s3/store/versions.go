package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The versions of an object lie in two places. The current version is the row
// that listings read, unless it is a delete marker; all others, and current
// delete markers, are rows apart, newest first. So listings of objects meet
// nothing but objects, and reading the current version is one row where there is
// one and two where there is not.

// versionID makes the id of a version: its sequence, which finds its row, and
// what cannot be guessed.
func versionID(seq uint64) ID {
	id := randomID()
	binary.BigEndian.PutUint64(id[:8], seq)
	return id
}

// Sequence is the sequence of the version with this id.
func (id ID) Sequence() uint64 { return binary.BigEndian.Uint64(id[:8]) }

// rowKey is where a version lies.
func (o *Object) rowKey(b BucketID) []byte {
	if o.Latest && !o.DeleteMarker {
		return objectKey(b, o.Key)
	}
	return versionKey(b, o.Key, o.Sequence)
}

func (t *Txn) putObject(b BucketID, o *Object) error {
	return t.txn.Put(o.rowKey(b), appendObject(make([]byte, 0, 256), o))
}

// current is Object, nil where there is none. Without versioning there is at most
// one row to look at.
func (t *Txn) current(b *Bucket, name string) (o *Object, err error) {
	if b.Versioning == Unversioned {
		o, err = t.visible(b.ID, name)
	} else {
		o, err = t.Object(b.ID, name)
	}
	if errors.Is(err, ErrNoSuchObject) {
		return nil, nil
	}
	return o, err
}

// push makes o, as of now, the current version of its key. It returns the version
// that is gone for good through it, nil for none.
func (t *Txn) push(b *Bucket, o *Object) (gone *Object, err error) {
	old, err := t.current(b, o.Key)
	if err != nil {
		return nil, err
	}
	o.Sequence = uint64(t.now.UnixNano())
	if old != nil {
		o.Sequence = max(o.Sequence, old.Sequence+1)
	}
	o.Version, o.NullSequence, o.Modified = ID{}, 0, t.Now()
	if b.Versioning == VersioningEnabled {
		o.Version = versionID(o.Sequence)
	} else if gone, err = t.dropNull(b, old); err != nil {
		return nil, err
	}
	return gone, t.cover(b, old, o, old != gone)
}

// cover lays o over the current version of its key, nil for none, which lives on
// as an older version if it is kept.
func (t *Txn) cover(b *Bucket, old, o *Object, kept bool) error {
	o.Latest, o.NullSequence = true, 0
	if old != nil && !o.Version.IsZero() {
		o.NullSequence = old.nullSequence()
	}
	if err := t.demote(b, old, o, kept); err != nil {
		return err
	}
	return t.putObject(b.ID, o)
}

// PutReplica makes o, with the version id and the time that it has in another
// bucket, a version of its key in a bucket whose versioning is enabled, and takes
// over the staged bytes, nil for a delete marker. It is the current version only
// if it is newer than that. ErrVersionExists if the key has that version, so that
// a copy made twice is one, and ErrVersionTaken if another one is in its place: the
// transaction must not be committed then.
func (t *Txn) PutReplica(b *Bucket, o *Object, s *Staged) error {
	o.Sequence = o.Version.Sequence()
	switch _, err := t.ObjectVersion(b.ID, o.Key, o.Version); {
	case err == nil:
		return ErrVersionExists
	case !errors.Is(err, ErrNoSuchObject):
		return err
	}
	if s != nil {
		o.Data = s.data
		if err := t.adopt(b.ID, s); err != nil {
			return err
		}
	}
	old, err := t.current(b, o.Key)
	if err != nil {
		return err
	}
	if old == nil || old.Sequence < o.Sequence {
		return t.cover(b, old, o, true)
	}
	_, err = t.apart(b.ID, o.Key, o.Sequence)
	if err == nil || old.Sequence == o.Sequence {
		return ErrVersionTaken
	}
	if !errors.Is(err, ErrNoSuchObject) {
		return err
	}
	o.Latest, o.NullSequence = false, 0
	return t.putObject(b.ID, o)
}

// nullSequence is the sequence of the null version of the key whose current
// version is o, 0 if there is none.
func (o *Object) nullSequence() uint64 {
	if o.Version.IsZero() {
		return o.Sequence
	}
	return o.NullSequence
}

// dropNull removes the null version of the key whose current version is current,
// and returns it. The row of the current version stays for the one to come.
func (t *Txn) dropNull(b *Bucket, current *Object) (*Object, error) {
	switch {
	case current == nil || current.nullSequence() == 0:
		return nil, nil
	case current.Version.IsZero():
		if err := t.removable(b, current); err != nil {
			return nil, err
		}
		return current, t.drop(b.ID, &current.Data)
	}
	null, err := t.apart(b.ID, current.Key, current.NullSequence)
	if errors.Is(err, ErrNoSuchObject) {
		err = fmt.Errorf("%w: the null version is not where the current version says", ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	if err := t.removable(b, null); err != nil {
		return nil, err
	}
	return null, t.erase(b, null)
}

// demote takes old out of the place of the current version, for o to come; kept
// tells whether it lives on as an older version.
func (t *Txn) demote(b *Bucket, old, o *Object, kept bool) error {
	if old == nil {
		return nil
	}
	// What o is written over need not be deleted.
	if !old.DeleteMarker && o.DeleteMarker || old.DeleteMarker && !kept {
		if err := t.txn.Delete(old.rowKey(b.ID)); err != nil {
			return err
		}
	}
	if !kept || old.DeleteMarker && old.NullSequence == 0 {
		return nil
	}
	older := *old
	older.Latest, older.NullSequence = false, 0
	return t.putObject(b.ID, &older)
}

// erase removes a version's row and lets go of its bytes.
func (t *Txn) erase(b *Bucket, o *Object) error {
	if err := t.drop(b.ID, &o.Data); err != nil {
		return err
	}
	return t.txn.Delete(o.rowKey(b.ID))
}

// expunge is erase for a version that is removed for good.
func (t *Txn) expunge(b *Bucket, o *Object) error {
	if err := t.removable(b, o); err != nil {
		return err
	}
	return t.erase(b, o)
}

// removable is ErrLocked for a version that may not be removed for good, by its id
// or by writing over the null version. Every such removal asks it.
func (t *Txn) removable(_ *Bucket, o *Object) error {
	if o.Locked(t.now, t.bypass) {
		return ErrLocked
	}
	return nil
}

// Locked tells whether a lock keeps a version from being removed at a time. bypass
// lifts the retention of governance mode.
func (l *Lock) Locked(now time.Time, bypass bool) bool {
	if l.Hold == HoldOn {
		return true
	}
	return l.Mode != NoLock && now.Before(l.Until) && !(bypass && l.Mode == Governance)
}

// Bypass says whether what this transaction removes from now on may be under
// retention of governance mode. It may not until then.
func (t *Txn) Bypass(governance bool) { t.bypass = governance }

// DeleteVersion removes for good a version of an object, or a delete marker, that
// this transaction read. If it was the current version the newest of the others
// becomes that.
func (t *Txn) DeleteVersion(b *Bucket, o *Object) error {
	if err := t.expunge(b, o); err != nil {
		return err
	}
	switch {
	case o.Latest && b.Versioning == Unversioned:
		return nil
	case o.Latest:
		return t.promote(b, o)
	case !o.Version.IsZero():
		return nil
	}
	current, err := t.Object(b.ID, o.Key)
	if err != nil {
		return err
	}
	current.NullSequence = 0
	return t.putObject(b.ID, current)
}

// promote makes the newest version that is left the current one after gone.
func (t *Txn) promote(b *Bucket, gone *Object) error {
	next, err := t.newestApart(b.ID, gone.Key)
	if err != nil || next == nil {
		return err
	}
	if !next.Version.IsZero() {
		next.NullSequence = gone.NullSequence
	}
	if next.DeleteMarker && next.NullSequence == 0 {
		return nil // it is as it was
	}
	if !next.DeleteMarker {
		if err := t.txn.Delete(versionKey(b.ID, next.Key, next.Sequence)); err != nil {
			return err
		}
	}
	return t.putObject(b.ID, next)
}
