package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/sallyport/sallyport/internal/blob"
)

func rangeCases() []testCase {
	return []testCase{
		{"Open/ranges", testRanges},
		{"Open/outside", testOutside},
		{"Open/unknown id", testUnknown},
		{"Open/reader", testReader},
	}
}

func testRanges(t *testing.T, s blob.Store) {
	data := pattern(1, 200<<10+3)
	size := int64(len(data))
	id := mustPut(t, s, data)
	type span struct{ offset, length int64 }
	spans := []span{{0, -1}, {0, 0}, {0, 1}, {0, size}, {1, size - 1}, {size - 1, 1}, {size - 1, -1},
		{size, 0}, {size, -1}, {64 << 10, 64 << 10}, {64<<10 - 1, 2}, {4096, 0}, {5, -1}}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		offset := rng.Int64N(size + 1)
		spans = append(spans, span{offset, rng.Int64N(size - offset + 1)})
	}
	for _, r := range spans {
		want := data[r.offset:]
		if r.length >= 0 {
			want = want[:r.length]
		}
		if got, err := read(s, id, r.offset, r.length); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes from %d: got %d, %v", r.length, r.offset, len(got), err)
		}
	}
}

func testOutside(t *testing.T, s blob.Store) {
	full, empty := mustPut(t, s, pattern(2, 1000)), mustPut(t, s, nil)
	for _, c := range []struct {
		id             blob.ID
		offset, length int64
	}{
		{full, 0, 1001}, {full, 1, 1000}, {full, 999, 2}, {full, 1000, 1}, {full, 1001, 0}, {full, 1001, -1},
		{full, -1, 1}, {full, -1, -1}, {full, 0, -2}, {full, 0, math.MinInt64}, {full, math.MinInt64, -1},
		{full, math.MaxInt64, 1}, {full, math.MaxInt64, math.MaxInt64}, {full, 1, math.MaxInt64},
		{full, math.MaxInt64, -1}, {empty, 0, 1}, {empty, 1, 0}, {empty, 1, -1}, {empty, -1, 0},
	} {
		if _, err := read(s, c.id, c.offset, c.length); !errors.Is(err, blob.ErrRange) {
			t.Errorf("%d bytes from %d: %v, want ErrRange", c.length, c.offset, err)
		}
	}
	if got, err := read(s, empty, 0, 0); err != nil || len(got) != 0 {
		t.Errorf("nothing from 0 of an empty blob: %d, %v", len(got), err)
	}
}

// strangers are ids that no store has given: well formed ones and hostile ones.
func strangers() []blob.ID {
	return []blob.ID{
		blob.NewIDs("").Next(), "00000000000000000000000000", "fvvvvvvvvvvvvvvvvvvvvvvvvs",
		"", ".", "..", "/", "../../../../../etc/passwd0", "/etc/passwd", "..\\..", "a/b", "\x00",
		"FVVVVVVVVVVVVVVVVVVVVVVVVS", "0000000000000000000000000\n", "%2e%2e%2f", "*", "FORMAT", "LOCK",
	}
}

func testUnknown(t *testing.T, s blob.Store) {
	id := mustPut(t, s, []byte("here"))
	ids := append(strangers(), id+"0", id[:25], id+"/", "./"+id, id+"\x00")
	for _, stranger := range ids {
		if _, err := read(s, stranger, 0, -1); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Open of %q: %v, want ErrNotFound", stranger, err)
		}
		if _, err := read(s, stranger, 5, 10); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Open of a range of %q: %v, want ErrNotFound", stranger, err)
		}
	}
}

func testReader(t *testing.T, s blob.Store) {
	data := pattern(3, 150<<10)
	id := mustPut(t, s, data)
	r, err := s.Open(context.Background(), id, 10, 140<<10)
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, data[10:10+(140<<10)]); err != nil {
		t.Error(err)
	}
	for range 2 {
		if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("Read after the end: %d, %v", n, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	// A reader closed early, and several at once, do not disturb each other.
	first, err1 := s.Open(context.Background(), id, 0, -1)
	second, err2 := s.Open(context.Background(), id, 0, -1)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(second); err != nil || !bytes.Equal(got, data) {
		t.Errorf("second reader: %d bytes, %v", len(got), err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
