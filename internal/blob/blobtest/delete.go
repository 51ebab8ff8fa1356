package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
)

func deleteCases() []testCase {
	return []testCase{
		{"Delete/gone", testDelete},
		{"Delete/unknown id", testDeleteUnknown},
		{"Delete/open readers", testDeleteOpen},
	}
}

func testDelete(t *testing.T, s blob.Store) {
	other, id := mustPut(t, s, []byte("other")), mustPut(t, s, []byte("gone"))
	for range 3 {
		if err := s.Delete(context.Background(), id); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if _, err := read(s, id, 0, -1); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Open after Delete: %v", err)
		}
	}
	if ids := listIDs(t, s, ""); len(ids) != 1 || ids[0] != other {
		t.Errorf("List after Delete: %v, want %s", ids, other)
	}
	checkBlob(t, s, other, []byte("other"))
}

func testDeleteUnknown(t *testing.T, s blob.Store) {
	id := mustPut(t, s, []byte("stays"))
	for _, stranger := range append(strangers(), id+"0", id+"/", "./"+id) {
		if err := s.Delete(context.Background(), stranger); err != nil {
			t.Errorf("Delete of %q: %v", stranger, err)
		}
	}
	checkBlob(t, s, id, []byte("stays"))
}

func testDeleteOpen(t *testing.T, s blob.Store) {
	data := pattern(1, 3<<20)
	id := mustPut(t, s, data)
	r, err := s.Open(context.Background(), id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 1000)
	if _, err := io.ReadFull(r, head); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, pattern(2, 3<<20))
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(append(head, rest...), data) {
		t.Errorf("reading on after Delete: %d bytes, %v", len(rest), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
