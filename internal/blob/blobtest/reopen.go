package blobtest

import (
	"context"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
)

// TestReopen runs the case that only engines with a memory of their own can
// pass: what was put is there when the store is opened again. Each call of open
// opens the same data, empty at first; the suite closes what it opened.
func TestReopen(t *testing.T, open func(t testing.TB) blob.Store) {
	t.Helper()
	want := map[blob.ID][]byte{}
	var ids []blob.ID
	for round := range 4 {
		s := open(t)
		if got := listIDs(t, s, ""); !slices.Equal(got, ids) {
			t.Errorf("opened %d times: %d blobs, want %d", round+1, len(got), len(ids))
		}
		for id, data := range want {
			checkBlob(t, s, id, data)
		}
		for i := range 15 {
			data := pattern(uint64(100*round+i), i*i*3001)
			id := mustPut(t, s, data)
			if len(ids) > 0 && id <= ids[len(ids)-1] {
				t.Errorf("id %s comes before that of an earlier run", id)
			}
			want[id], ids = data, append(ids, id)
		}
		gone := ids[round*3]
		if err := s.Delete(context.Background(), gone); err != nil {
			t.Errorf("Delete: %v", err)
		}
		delete(want, gone)
		ids = slices.DeleteFunc(ids, func(id blob.ID) bool { return id == gone })
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}
