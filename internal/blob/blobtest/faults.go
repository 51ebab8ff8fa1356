package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/sallyport/sallyport/internal/blob"
)

func faultCases() []testCase {
	return []testCase{
		{"Faults/error after n bytes", testReaderFails},
		{"Faults/data with error", testDataWithError},
		{"Faults/no progress", testNoProgress},
		{"Faults/panic", testPanic},
		{"Faults/cancelled before", testCancelledBefore},
		{"Faults/cancelled in mid-stream", testCancelled},
	}
}

var errOwn = errors.New("the reader's own error")

func testReaderFails(t *testing.T, s blob.Store) {
	keep := pattern(9, 100)
	kept := mustPut(t, s, keep)
	for _, n := range []int{0, 1, 4096, 64 << 10, 256 << 10, 256<<10 + 1, 3 << 20, 9 << 20} {
		for _, want := range []error{errOwn, io.ErrUnexpectedEOF, context.DeadlineExceeded} {
			r := io.MultiReader(bytes.NewReader(pattern(2, n)), iotest.ErrReader(want))
			if id, _, err := s.Put(context.Background(), r); !errors.Is(err, want) {
				t.Errorf("reader that fails after %d bytes: %q, %v; want %v", n, id, err, want)
			}
		}
	}
	if ids := listIDs(t, s, ""); len(ids) != 1 || ids[0] != kept {
		t.Errorf("failing readers left %v behind, want %v alone", ids, kept)
	}
	checkBlob(t, s, kept, keep)
}

// dataWithError returns all of its bytes along with an error.
type dataWithError struct {
	data []byte
	err  error
}

func (d *dataWithError) Read(p []byte) (int, error) {
	n := copy(p, d.data)
	if d.data = d.data[n:]; len(d.data) == 0 {
		return n, d.err
	}
	return n, nil
}

func testDataWithError(t *testing.T, s blob.Store) {
	for _, n := range []int{1, 5, 64 << 10, 1 << 20} {
		if _, _, err := s.Put(context.Background(), &dataWithError{pattern(3, n), errOwn}); !errors.Is(err, errOwn) {
			t.Errorf("%d bytes along with an error: %v", n, err)
		}
	}
	checkEmpty(t, s)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func testNoProgress(t *testing.T, s blob.Store) {
	r := io.MultiReader(bytes.NewReader(pattern(4, 1<<20)), idle{})
	if _, _, err := s.Put(context.Background(), r); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("reader without end or progress: %v", err)
	}
	checkEmpty(t, s)
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic(errOwn) }

func testPanic(t *testing.T, s blob.Store) {
	for _, n := range []int{0, 1 << 20} {
		func() {
			defer func() {
				if p := recover(); p != errOwn {
					t.Errorf("recovered %v, want the reader's own panic", p)
				}
			}()
			_, _, _ = s.Put(context.Background(), io.MultiReader(bytes.NewReader(pattern(5, n)), panics{}))
			t.Error("the reader's panic was swallowed")
		}()
	}
	checkEmpty(t, s)
	// No lock is left behind either.
	checkBlob(t, s, mustPut(t, s, []byte("after")), []byte("after"))
}

func testCancelledBefore(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := s.Put(ctx, bytes.NewReader([]byte("x"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with a cancelled context: %v", err)
	}
	checkEmpty(t, s)
}

// cancels calls cancel once it has yielded n bytes and goes on yielding.
type cancels struct {
	n, after int64
	cancel   func()
}

func (c *cancels) Read(p []byte) (int, error) {
	n, _ := endless{}.Read(p)
	c.n += int64(n)
	switch {
	case c.n > c.after+(64<<20):
		return 0, errors.New("read on long after the context was cancelled")
	case c.n >= c.after:
		c.cancel()
	}
	return n, nil
}

func testCancelled(t *testing.T, s blob.Store) {
	for _, n := range []int64{1, 256 << 10, 5 << 20} {
		ctx, cancel := context.WithCancel(context.Background())
		if _, _, err := s.Put(ctx, &cancels{after: n, cancel: cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("context cancelled after %d bytes: %v", n, err)
		}
		cancel()
	}
	checkEmpty(t, s)
}
