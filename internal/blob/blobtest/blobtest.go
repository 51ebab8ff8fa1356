package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
)

type testCase struct {
	name string
	run  func(t *testing.T, s blob.Store)
}

// Test runs the suite. open returns a new, empty store each time it is called;
// the suite closes it.
func Test(t *testing.T, open func(t testing.TB) blob.Store) {
	t.Helper()
	for _, group := range [][]testCase{putCases(), faultCases(), rangeCases(), deleteCases(), listCases(), concurrentCases()} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				s := open(t)
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				})
				c.run(t, s)
			})
		}
	}
}

// pattern returns n bytes that differ for each seed and hold no repetition.
func pattern(seed uint64, n int) []byte {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

// endless yields bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}

func mustPut(t testing.TB, s blob.Store, data []byte) blob.ID {
	t.Helper()
	id, n, err := s.Put(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatalf("Put of %d bytes: %v", len(data), err)
	}
	if n != int64(len(data)) {
		t.Fatalf("Put says %d bytes, want %d", n, len(data))
	}
	return id
}

func read(s blob.Store, id blob.ID, offset, length int64) ([]byte, error) {
	r, err := s.Open(context.Background(), id, offset, length)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func checkBlob(t testing.TB, s blob.Store, id blob.ID, want []byte) {
	t.Helper()
	got, err := read(s, id, 0, -1)
	if err != nil {
		t.Errorf("reading %s: %v", id, err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("reading %s: %d bytes that differ from the %d written", id, len(got), len(want))
	}
}

func list(t testing.TB, s blob.Store, after blob.ID) []blob.Info {
	t.Helper()
	var infos []blob.Info
	err := s.List(context.Background(), after, func(i blob.Info) error {
		infos = append(infos, i)
		return nil
	})
	if err != nil {
		t.Fatalf("List after %q: %v", after, err)
	}
	return infos
}

func listIDs(t testing.TB, s blob.Store, after blob.ID) []blob.ID {
	t.Helper()
	var ids []blob.ID
	for _, i := range list(t, s, after) {
		ids = append(ids, i.ID)
	}
	return ids
}

func checkEmpty(t testing.TB, s blob.Store) {
	t.Helper()
	if ids := listIDs(t, s, ""); len(ids) != 0 {
		t.Errorf("%d blobs are left behind: %v", len(ids), ids)
	}
}
