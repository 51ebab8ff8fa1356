package s3

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

// Of many who make the same object if it is not there, one does.
func TestConditionalCreateRace(t *testing.T) {
	f := newFixture(t)
	for _, n := range []int{10, 100_000} {
		var won atomic.Int32
		var wg sync.WaitGroup
		key := "k" + string(rune('a'+n%26))
		for i := range 16 {
			wg.Go(func() {
				in := putInput(key, random(uint64(i), n))
				in.IfNoneMatch = p("*")
				_, err := f.PutObject(f.ctx, in)
				var e *wire.Error
				switch {
				case err == nil:
					won.Add(1)
				case !errors.As(err, &e) || e.Code != "PreconditionFailed" && e.Code != "ConditionalRequestConflict":
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
	}
}

// A download begun before its object is replaced ends with the bytes it began
// with, while the garbage of others is taken away.
func TestOverwriteWhileReading(t *testing.T) {
	f := newFixture(t)
	const versions, size = 4, 70_000
	all := make([][]byte, versions)
	for i := range all {
		all[i] = bytes.Repeat([]byte{byte(i + 1)}, size)
	}
	f.put("k", all[0])
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				out, err := f.GetObject(f.ctx, getInput("k"))
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(out.Body)
				out.Body.Close()
				if err != nil || len(data) != size || !bytes.Equal(data, all[data[0]-1]) {
					t.Errorf("%d bytes, %v", len(data), err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 3 {
		for i := range versions {
			f.put("k", all[i])
			if _, err := f.store.Collect(f.ctx); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	wg.Wait()
}

// One of two who complete the same upload at once does it; both are told so.
func TestCompleteRace(t *testing.T) {
	f := newFixture(t)
	id := f.begin(&api.CreateMultipartUploadInput{})
	part := f.part(id, 1, []byte("x"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, part)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if string(f.object("k")) != "x" {
		t.Error("wrong object")
	}
}
