package store

import (
	"errors"
	"fmt"
)

// misplaced tells what is wrong with where a version lies among the others of its
// key; nil for nothing. seq is the sequence in the key of a row apart.
func (r *Reader) misplaced(b BucketID, o *Object, tag byte, seq uint64) (wrong, err error) {
	bad := func(format string, args ...any) (error, error) {
		return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...), nil
	}
	if !o.Version.IsZero() && o.Version.Sequence() != o.Sequence {
		return bad("the version's id is not that of its sequence")
	}
	if tag == tagObject {
		if o.DeleteMarker {
			return bad("a delete marker lies where objects do")
		}
		newest, err := r.newestApart(b, o.Key)
		if err != nil {
			return nil, ignoreCorrupt(err)
		}
		if newest != nil && newest.Sequence >= o.Sequence {
			return bad("an older version is newer than the current one")
		}
		return r.nullMisplaced(b, o)
	}
	if o.Sequence != seq {
		return bad("the row's key is not of its sequence")
	}
	current, err := r.Object(b, o.Key)
	switch {
	case err != nil:
		return nil, ignoreCorrupt(err) // its own row will be told of
	case current.Sequence == o.Sequence && !o.DeleteMarker:
		return bad("the newest version is not where current versions lie")
	case current.Sequence == o.Sequence:
		return r.nullMisplaced(b, o)
	case o.NullSequence != 0:
		return bad("an older version says where the null version is")
	case o.Version.IsZero() && current.NullSequence != o.Sequence:
		return bad("the null version is not where the current version says")
	}
	return nil, nil
}

// nullMisplaced checks that the null version is where the current version says.
func (r *Reader) nullMisplaced(b BucketID, current *Object) (wrong, err error) {
	if current.NullSequence == 0 {
		return nil, nil
	}
	null, err := r.apart(b, current.Key, current.NullSequence)
	if err != nil && !errors.Is(err, ErrNoSuchObject) {
		return nil, ignoreCorrupt(err)
	}
	if err != nil || !null.Version.IsZero() || current.Version.IsZero() {
		return fmt.Errorf("%w: the null version is not where the current version says", ErrCorrupt), nil
	}
	return nil, nil
}

func ignoreCorrupt(err error) error {
	if errors.Is(err, ErrCorrupt) {
		return nil
	}
	return err
}
