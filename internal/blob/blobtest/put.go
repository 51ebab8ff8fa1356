package blobtest

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sallyport/sallyport/internal/blob"
)

func putCases() []testCase {
	return []testCase{
		{"Put/sizes", testSizes},
		{"Put/readers", testReaders},
		{"Put/ids", testIDs},
	}
}

func testSizes(t *testing.T, s blob.Store) {
	sizes := []int{0, 1, 2, 511, 4095, 4096, 4097, 64<<10 - 1, 64 << 10, 64<<10 + 1,
		256<<10 - 1, 256 << 10, 256<<10 + 1, 1<<20 + 1, 3<<20 + 7, 8 << 20, 20<<20 + 3}
	want := map[blob.ID][]byte{}
	for i, size := range sizes {
		data := pattern(uint64(i), size)
		want[mustPut(t, s, data)] = data
	}
	for id, data := range want {
		checkBlob(t, s, id, data)
	}
	infos := list(t, s, "")
	if len(infos) != len(sizes) {
		t.Fatalf("List has %d blobs, want %d", len(infos), len(sizes))
	}
	for _, i := range infos {
		if i.Size != int64(len(want[i.ID])) {
			t.Errorf("List says %d bytes of %s, want %d", i.Size, i.ID, len(want[i.ID]))
		}
	}
}

// zeroReads returns nothing, without an error, before each read.
type zeroReads struct {
	r    io.Reader
	turn bool
}

func (z *zeroReads) Read(p []byte) (int, error) {
	if z.turn = !z.turn; z.turn {
		return 0, nil
	}
	return z.r.Read(p)
}

func testReaders(t *testing.T, s blob.Store) {
	data := pattern(1, 300<<10+5)
	for name, r := range map[string]io.Reader{
		"halves":        iotest.HalfReader(bytes.NewReader(data)),
		"bytes":         iotest.OneByteReader(bytes.NewReader(data)),
		"data with EOF": iotest.DataErrReader(bytes.NewReader(data)),
		"zero reads":    &zeroReads{r: bytes.NewReader(data)},
		"many":          io.MultiReader(bytes.NewReader(data[:1]), strings.NewReader(""), bytes.NewReader(data[1:])),
	} {
		id, n, err := s.Put(context.Background(), r)
		if err != nil || n != int64(len(data)) {
			t.Errorf("%s: %d, %v", name, n, err)
			continue
		}
		checkBlob(t, s, id, data)
	}
}

func testIDs(t *testing.T, s blob.Store) {
	seen := map[blob.ID]bool{}
	var last blob.ID
	for range 50 {
		id := mustPut(t, s, []byte("same"))
		if !id.Valid() {
			t.Errorf("id %q has not the form of an id", id)
		}
		if seen[id] {
			t.Errorf("id %s was given twice", id)
		}
		if id <= last {
			t.Errorf("id %s was made after %s but comes before it", id, last)
		}
		seen[id], last = true, id
		// An id is unique for ever: a deleted one does not come back.
		if len(seen)%3 == 0 {
			if err := s.Delete(context.Background(), id); err != nil {
				t.Errorf("Delete: %v", err)
			}
		}
	}
}
