package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/kv"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
)

// counting counts the rows that scans read.
type counting struct {
	kv.Store
	rows int
}

type countingReader struct {
	kv.Reader
	c *counting
}

func (c *counting) View(ctx context.Context, fn func(kv.Reader) error) error {
	return c.Store.View(ctx, func(r kv.Reader) error { return fn(countingReader{r, c}) })
}

func (r countingReader) Scan(rng kv.Range, fn func(k, v []byte) error) error {
	return r.Reader.Scan(rng, func(k, v []byte) error {
		r.c.rows++
		return fn(k, v)
	})
}

// list reads one page.
func (f *fixture) list(l Listing, limit int) (items []string) {
	f.t.Helper()
	add := func(s string) error {
		if len(items) == limit {
			return kv.Stop
		}
		items = append(items, s)
		return nil
	}
	err := f.View(f.ctx, func(r *Reader) error {
		return r.ListObjects(f.bucket.ID, l, func(e *Entry) error { return add(e.Key) }, func(p string) error { return add(p + "…") })
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return items
}

// A listing reads what it answers and no more, however large the bucket.
func TestListingsReadNeighboursAlone(t *testing.T) {
	c := &counting{Store: kvmemory.New()}
	f := fixtureOn(t, c, blobmemory.New(), seal.NewKey())
	for i := range 5000 {
		f.put(fmt.Sprintf("%d/%d/%04d", i%5, i%10, i), nil)
	}
	for _, test := range []struct {
		l          Listing
		limit      int
		want, most int
	}{
		{Listing{}, 10, 10, 11},
		{Listing{After: "4/"}, 10, 10, 11},
		{Listing{Prefix: "3/8/"}, 1000, 500, 500},
		{Listing{Delimiter: "/"}, 1000, 5, 5 * (seekAfter + 1)},
		{Listing{Delimiter: "/", After: "2/5/x"}, 1000, 2, 2 * (seekAfter + 1)},
		{Listing{Delimiter: "/", Prefix: "3/"}, 1000, 2, 2 * (seekAfter + 1)},
		{Listing{Delimiter: "/", Prefix: "3/", After: "3/3/"}, 1000, 1, seekAfter + 1},
		{Listing{Delimiter: "zz", Prefix: "9"}, 1000, 0, 0},
	} {
		c.rows = 0
		got := f.list(test.l, test.limit)
		if len(got) != test.want || c.rows > test.most {
			t.Errorf("%+v: %d items from %d rows, want %d from %d", test.l, len(got), c.rows, test.want, test.most)
		}
	}
}

// Delete markers are not listed, nor a common prefix that holds nothing else.
func TestListingsLeaveDeleteMarkersOut(t *testing.T) {
	f := newFixture(t)
	f.versioning(VersioningEnabled)
	for _, k := range []string{"a/1", "a/2", "b/1", "b/2", "c", "d"} {
		f.put(k, nil)
		if k == "a/1" || k == "a/2" || k == "b/1" || k == "c" {
			f.delete(k)
		}
	}
	if got := f.list(Listing{Delimiter: "/"}, 10); !slices.Equal(got, []string{"b/…", "d"}) {
		t.Errorf("got %q", got)
	}
	if got := f.list(Listing{}, 10); !slices.Equal(got, []string{"b/2", "d"}) {
		t.Errorf("got %q", got)
	}
}

func TestObjectAccess(t *testing.T) {
	f := newFixture(t)
	o := f.put("k", random(1, 40_000))
	o.Metadata = map[string]string{"a": "b", "c": ""}
	o.Headers.ContentType = "text/plain"
	o.Tags, o.ACL, o.Version = []Tag{{"team", "red"}, {"x", ""}}, EncodeACL([]Grant{{GranteeAllUsers, PermissionRead, ""}}), ID{1}
	if err := f.Update(f.ctx, func(t *Txn) error { return t.UpdateObject(f.bucket, o) }); err != nil {
		t.Fatal(err)
	}
	err := f.View(f.ctx, func(r *Reader) error {
		a, err := r.ObjectAccess(f.bucket.ID, "k")
		if a.Owner != account || a.Version != o.Version || a.DeleteMarker || !slices.Equal(a.Tags, o.Tags) || string(a.ACL) != string(o.ACL) {
			t.Errorf("got %+v", a)
		}
		if _, err := r.ObjectAccess(f.bucket.ID, "none"); err != ErrNoSuchObject {
			t.Errorf("got %v", err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCountBuckets(t *testing.T) {
	f := newFixture(t)
	for i := range 4 {
		err := f.Update(f.ctx, func(t *Txn) error {
			return t.CreateBucket(&Bucket{Name: fmt.Sprintf("more-%d", i), Account: account, Region: "us-east-1"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := f.View(f.ctx, func(r *Reader) error {
		all, err := r.CountBuckets(account, 100)
		some, err2 := r.CountBuckets(account, 3)
		none, err3 := r.CountBuckets("222222222222", 3)
		if all != 5 || some != 3 || none != 0 || err != nil || err2 != nil || err3 != nil {
			t.Errorf("%d, %d, %d: %v %v %v", all, some, none, err, err2, err3)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
