package s3

import (
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// restoreStatuses gathers the archived objects of a page whose RestoreStatus was
// asked for; a listing does not read as far as to what it is.
type restoreStatuses struct {
	wanted bool
	at     []listedRestore
}

type listedRestore struct {
	key     string
	version *store.ID // nil for the current one
	index   int       // in the page
}

func newRestoreStatuses(optional []string) restoreStatuses {
	return restoreStatuses{wanted: slices.Contains(optional, "RestoreStatus")}
}

// note is called for each object that is put into a page, with its place.
func (l *restoreStatuses) note(e *store.Entry, version *store.ID, index int) {
	if l.wanted && archived(e.StorageClass) {
		l.at = append(l.at, listedRestore{e.Key, version, index})
	}
}

// fill calls set for those that have a status to tell.
func (l *restoreStatuses) fill(s *Service, r *store.Reader, b *store.Bucket, set func(index int, status *api.RestoreStatus)) error {
	now := s.store.Now()
	for _, at := range l.at {
		var o *store.Object
		var err error
		if at.version == nil {
			o, err = r.Object(b.ID, at.key)
		} else {
			o, err = r.ObjectVersion(b.ID, at.key, *at.version)
		}
		if errors.Is(err, store.ErrNoSuchObject) {
			continue
		}
		if err != nil {
			return err
		}
		if until := restoredUntil(o, now); until != nil {
			set(at.index, &api.RestoreStatus{IsRestoreInProgress: new(bool), RestoreExpiryDate: until})
		}
	}
	return nil
}
