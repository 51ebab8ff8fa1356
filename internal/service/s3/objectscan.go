package s3

import (
	"context"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// objectScan reads the objects of a bucket a page at a time, each page as of its
// own moment: what is written meanwhile may be seen or not, as in AWS's reports.
type objectScan struct {
	s        *Service
	bucket   *store.Bucket
	prefix   string
	versions bool // all versions, not the current ones alone

	page   []inventoryRow
	after  string // the key of the last row read
	before uint64 // its sequence
	ended  bool   // no more pages
}

// next takes the next row of the page, nil if there is none.
func (o *objectScan) next() *inventoryRow {
	if len(o.page) == 0 {
		return nil
	}
	row := &o.page[0]
	o.page = o.page[1:]
	return row
}

// more tells whether there are rows after a fill.
func (o *objectScan) more() bool { return len(o.page) > 0 }

// fill reads the next page unless there are rows left of this one.
func (o *objectScan) fill(ctx context.Context) error {
	if len(o.page) > 0 || o.ended {
		return nil
	}
	var found []store.VersionEntry
	err := o.s.store.View(ctx, func(r *store.Reader) error {
		o.page = make([]inventoryRow, 0, inventoryPageRows)
		b, err := again(r, o.bucket)
		if err != nil {
			return err
		}
		if found, err = o.list(r, b); err != nil {
			return err
		}
		for i := range found {
			version, err := o.read(r, b, &found[i])
			if err != nil {
				return err
			}
			o.page = append(o.page, inventoryRow{b, version, found[i].Latest})
		}
		return nil
	})
	if err != nil {
		return err
	}
	o.ended = len(found) < inventoryPageRows
	if n := len(found); n > 0 {
		o.after, o.before = found[n-1].Key, found[n-1].Sequence
	}
	return nil
}

// list is what comes after the last row.
func (o *objectScan) list(r *store.Reader, b *store.Bucket) (found []store.VersionEntry, err error) {
	take := func(e *store.VersionEntry) error {
		if len(found) == inventoryPageRows {
			return kv.Stop
		}
		found = append(found, *e)
		return nil
	}
	l := store.Listing{Prefix: o.prefix, After: o.after}
	if o.versions {
		return found, r.ListVersions(b.ID, l, o.before, take, nil)
	}
	return found, r.ListObjects(b.ID, l, func(e *store.Entry) error {
		return take(&store.VersionEntry{Entry: *e, Latest: true})
	}, nil)
}

// read is all of what was listed.
func (o *objectScan) read(r *store.Reader, b *store.Bucket, e *store.VersionEntry) (*store.Object, error) {
	if o.versions {
		return r.ObjectVersion(b.ID, e.Key, e.Version)
	}
	return r.Object(b.ID, e.Key)
}
