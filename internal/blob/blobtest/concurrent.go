package blobtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
)

func concurrentCases() []testCase {
	return []testCase{{"Concurrent", testConcurrent}}
}

const (
	workers = 8
	rounds  = 25
)

func testConcurrent(t *testing.T, s blob.Store) {
	kept := make([]map[blob.ID][]byte, workers)
	var wg, lister sync.WaitGroup
	done := make(chan struct{})
	for w := range workers {
		kept[w] = map[blob.ID][]byte{}
		wg.Go(func() { work(t, s, w, kept[w]) })
	}
	lister.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if ids := listIDs(&noFatal{TB: t}, s, ""); !slices.IsSorted(ids) {
				t.Error("List is out of order while others write")
			}
		}
	})
	wg.Wait()
	close(done)
	lister.Wait()
	n := 0
	for _, blobs := range kept {
		for id, data := range blobs {
			n++
			checkBlob(t, s, id, data)
		}
	}
	if ids := listIDs(t, s, ""); len(ids) != n {
		t.Errorf("List has %d blobs, want %d", len(ids), n)
	}
}

// noFatal lets a helper that calls Fatalf run outside the test's goroutine.
type noFatal struct{ testing.TB }

func (n *noFatal) Fatalf(format string, args ...any) { n.Errorf(format, args...) }

// work puts, reads and deletes, and leaves in kept what it has not deleted.
func work(t *testing.T, s blob.Store, w int, kept map[blob.ID][]byte) {
	ctx := context.Background()
	for i := range rounds {
		data := pattern(uint64(w*rounds+i), (i*i*977+w)%(200<<10))
		id, n, err := s.Put(ctx, bytes.NewReader(data))
		if err != nil || n != int64(len(data)) {
			t.Errorf("Put: %d, %v", n, err)
			return
		}
		checkBlob(t, s, id, data)
		if kept[id] = data; i%3 == 0 {
			delete(kept, id)
			if err := s.Delete(ctx, id); err != nil {
				t.Errorf("Delete: %v", err)
			}
			if _, err := read(s, id, 0, -1); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("Open after Delete: %v", err)
			}
		}
	}
}
