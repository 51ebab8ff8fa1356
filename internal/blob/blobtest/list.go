package blobtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/blob"
)

func listCases() []testCase {
	return []testCase{
		{"List/order", testListOrder},
		{"List/early stop", testListStop},
		{"List/changes meanwhile", testListChanges},
		{"List/cancelled", testListCancelled},
		{"List/modified", testListModified},
		{"List/empty", func(t *testing.T, s blob.Store) { checkEmpty(t, s) }},
	}
}

func putMany(t testing.TB, s blob.Store, n int) []blob.ID {
	t.Helper()
	ids := make([]blob.ID, n)
	for i := range ids {
		ids[i] = mustPut(t, s, []byte{byte(i)})
	}
	return ids
}

func testListOrder(t *testing.T, s blob.Store) {
	ids := putMany(t, s, 60)
	for i := 0; i < len(ids); i += 7 {
		if err := s.Delete(context.Background(), ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ids {
		// After an id, whether it is still there or not.
		var want []blob.ID
		for j := i + 1; j < len(ids); j++ {
			if j%7 != 0 {
				want = append(want, ids[j])
			}
		}
		if got := listIDs(t, s, ids[i]); !slices.Equal(got, want) {
			t.Errorf("List after %s: %d ids, want %d", ids[i], len(got), len(want))
		}
	}
	all := listIDs(t, s, "")
	if !slices.IsSorted(all) || len(all) != 60-9 {
		t.Errorf("List: %d ids, in order: %v", len(all), slices.IsSorted(all))
	}
	if got := listIDs(t, s, "zzzz"); len(got) != 0 {
		t.Errorf("List after the last possible id: %v", got)
	}
	for _, strange := range []blob.ID{".", "../", "/"} {
		if got := listIDs(t, s, strange); !slices.Equal(got, all) {
			t.Errorf("List after %q: %d ids, want all", strange, len(got))
		}
	}
}

func testListStop(t *testing.T, s blob.Store) {
	ids := putMany(t, s, 20)
	for stop := range ids {
		var got []blob.ID
		err := s.List(context.Background(), "", func(i blob.Info) error {
			if got = append(got, i.ID); len(got) == stop+1 {
				return errOwn
			}
			return nil
		})
		if !errors.Is(err, errOwn) || !slices.Equal(got, ids[:stop+1]) {
			t.Errorf("List stopped after %d: %d ids, %v", stop+1, len(got), err)
		}
	}
}

func testListChanges(t *testing.T, s blob.Store) {
	ids := putMany(t, s, 40)
	var got []blob.ID
	err := s.List(context.Background(), "", func(i blob.Info) error {
		got = append(got, i.ID)
		if len(got) <= len(ids) {
			mustPut(t, s, []byte("made meanwhile"))
			return s.Delete(context.Background(), i.ID)
		}
		return nil
	})
	if err != nil || len(got) < len(ids) || !slices.Equal(got[:len(ids)], ids) {
		t.Errorf("List that deletes what it sees: %d ids, %v", len(got), err)
	}
	if left := listIDs(t, s, ""); len(left) != len(ids) || left[0] <= ids[len(ids)-1] {
		t.Errorf("%d blobs are left, want the %d made meanwhile", len(left), len(ids))
	}
}

func testListCancelled(t *testing.T, s blob.Store) {
	putMany(t, s, 5)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	err := s.List(ctx, "", func(blob.Info) error {
		n++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("List with a cancelled context: %d calls, %v", n, err)
	}
}

func testListModified(t *testing.T, s blob.Store) {
	// Media keep coarser clocks than time.Now.
	const slack = 2 * time.Second
	before := time.Now().Add(-slack)
	putMany(t, s, 1)
	after := time.Now().Add(slack)
	for _, i := range list(t, s, "") {
		if i.Modified.Before(before) || i.Modified.After(after) {
			t.Errorf("Modified is %v, want between %v and %v", i.Modified, before, after)
		}
	}
}
