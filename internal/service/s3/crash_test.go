package s3

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/disk"
	"github.com/sallyport/sallyport/internal/kv/pebble"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
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

// Whatever many do to one key at once, each version that was acknowledged and not
// removed is there, and one of all is the current one.
func TestVersionsRace(t *testing.T) {
	onDisk(t, t.TempDir(), seal.NewKey(), func(f *fixture) {
		f.put("k", []byte("null"))
		f.versioning("Enabled")
		var mu sync.Mutex
		kept := map[string]bool{"null": true}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				var mine []string
				for i := range 25 {
					switch {
					case i%5 == 3:
						if out, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")}); err == nil {
							mine = append(mine, *out.VersionId)
						}
					case i%5 == 4:
						if _, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k"), VersionId: &mine[len(mine)-1]}); err == nil {
							mine = mine[:len(mine)-1]
						}
					default:
						if out, err := f.PutObject(f.ctx, putInput("k", random(uint64(i), 10))); err == nil {
							mine = append(mine, *out.VersionId)
						}
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for _, id := range mine {
					kept[id] = true
				}
			})
		}
		wg.Wait()
		lines, _ := f.listed(&api.ListObjectVersionsInput{}, nil)
		for i, line := range lines {
			id := strings.Fields(line)[2]
			if !kept[id] || strings.HasSuffix(line, "latest") != (i == 0) {
				t.Errorf("line %d: %s", i, line)
			}
			delete(kept, id)
		}
		if len(kept) > 0 {
			t.Errorf("lost: %v", kept)
		}
		r, err := f.store.Scrub(f.ctx, store.ScrubOptions{Damaged: func(d store.Damage) { t.Errorf("%+v", d) }})
		if err != nil || r.Objects != int64(len(lines)) {
			t.Errorf("%+v, %v", r, err)
		}
	})
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
