package s3

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/disk"
	"github.com/sallyport/sallyport/internal/kv/pebble"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/wire"
)

// onDisk runs fn on the service over engines in dir, and closes them.
func onDisk(t *testing.T, dir string, key seal.Key, fn func(*fixture)) {
	t.Helper()
	k, err := pebble.Open(filepath.Join(dir, "kv"), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	b, err := disk.Open(filepath.Join(dir, "blob"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	fn(fixtureOn(t, k, b, key))
}

// What was acknowledged is there when the store opens again, what was not is
// not, and garbage left behind is taken away then.
func TestReopen(t *testing.T) {
	dir, key := t.TempDir(), seal.NewKey()
	small, large := random(1, 1000), random(2, 300_000)
	var parts []byte
	var id string
	onDisk(t, dir, key, func(f *fixture) {
		f.put("small", small)
		f.put("large", random(9, 200_000))
		f.put("large", large)
		parts = f.multipart(5<<20, 100)
		id = f.begin(&api.CreateMultipartUploadInput{})
		f.part(id, 1, large)
		in := putInput("broken", nil)
		in.Body, in.ContentLength = bodyFailing(100_000), nil
		if _, err := f.PutObject(f.ctx, in); !errors.Is(err, errCut) {
			t.Error(err)
		}
	})
	onDisk(t, dir, key, func(f *fixture) {
		for name, data := range map[string][]byte{"small": small, "large": large, "k": parts} {
			if !bytes.Equal(f.object(name), data) {
				t.Errorf("%s differs", name)
			}
		}
		f.absent("broken")
		if n, err := f.store.Collect(f.ctx); err != nil || n != 1 {
			t.Errorf("collected %d, %v", n, err)
		}
		out, err := f.UploadPart(f.ctx, partInput(id, 2, []byte("end")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.CompleteMultipartUpload(f.ctx, completeInput(id, api.CompletedPart{ETag: out.ETag, PartNumber: p(int32(2))})); err != nil {
			t.Fatal(err)
		}
		if string(f.object("k")) != "end" {
			t.Error("the upload did not survive")
		}
		for _, name := range []string{"small", "large", "k"} {
			if _, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: &name}); err != nil {
				t.Error(err)
			}
		}
		if _, err := f.store.Collect(f.ctx); err != nil {
			t.Error(err)
		}
	})
	b, err := disk.Open(filepath.Join(dir, "blob"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	err = b.List(t.Context(), "", func(i blob.Info) error { t.Errorf("blob %s is left", i.ID); return nil })
	if err != nil {
		t.Error(err)
	}
}

var errCut = errors.New("the connection is gone")

// failing is a body whose end never comes.
type failing struct{ wire.Body }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Body.Read(p)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

func bodyFailing(n int) wire.Body { return failing{bodyOf(random(3, n))} }
