package disk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/blobtest"
)

func openTest(t testing.TB, dir string, files int) *Store {
	t.Helper()
	s, err := Open(dir, Options{DirectoryFiles: files})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	for name, files := range map[string]int{"default": 0, "one": 1, "seven": 7} {
		t.Run(name, func(t *testing.T) {
			blobtest.Test(t, func(t testing.TB) blob.Store { return openTest(t, t.TempDir(), files) })
		})
	}
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on", "the", "way")
	files := 3
	blobtest.TestReopen(t, func(t testing.TB) blob.Store {
		files += 4
		return openTest(t, dir, files)
	})
}

func put(t testing.TB, s *Store, data string) blob.ID {
	t.Helper()
	id, _, err := s.Put(t.Context(), strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func get(s *Store, id blob.ID) (string, error) {
	r, err := s.Open(context.Background(), id, 0, -1)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}

func ids(t testing.TB, s *Store) []blob.ID {
	t.Helper()
	var ids []blob.ID
	err := s.List(t.Context(), "", func(i blob.Info) error {
		ids = append(ids, i.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func shelfDirs(t testing.TB, dir string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(dir, strings.Repeat("?", 26)))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func TestDirectoriesStaySmallAndGoAway(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, 5)
	var all []blob.ID
	for range 103 {
		all = append(all, put(t, s, "x"))
	}
	dirs := shelfDirs(t, dir)
	if len(dirs) != 21 {
		t.Errorf("103 blobs, 5 to a directory: %d directories", len(dirs))
	}
	for _, d := range dirs {
		if entries, err := os.ReadDir(d); err != nil || len(entries) > 5 {
			t.Errorf("%s: %d entries, %v", d, len(entries), err)
		}
	}
	for _, id := range all[:100] {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if left := ids(t, s); len(left) != 3 {
		t.Errorf("%d blobs are left", len(left))
	}
	if dirs := shelfDirs(t, dir); len(dirs) != 1 {
		t.Errorf("List left %d directories, want the one in use", len(dirs))
	}
	if got, err := get(s, all[102]); err != nil || got != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestForeignNamesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "lost+found", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, dir, 2)
	a, b, c := put(t, s, "a"), put(t, s, "b"), put(t, s, "c")
	dirs := shelfDirs(t, dir)
	// A note, and a blob that somebody moved to where it does not belong.
	strays := []string{filepath.Join(dirs[0], "NOTE"), filepath.Join(dirs[0], string(c)), filepath.Join(dirs[1], string(a))}
	for _, name := range strays {
		if err := os.WriteFile(name, []byte("stray"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(t, s); len(got) != 3 || got[0] != a || got[1] != b || got[2] != c {
		t.Errorf("List: %v, want %s %s %s", got, a, b, c)
	}
	if _, err := get(s, blob.ID(filepath.Base(dirs[0]))); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Open of a directory: %v", err)
	}
	if err := s.Delete(t.Context(), blob.ID(filepath.Base(dirs[1]))); err != nil || len(shelfDirs(t, dir)) != 2 {
		t.Errorf("Delete of a directory: %v", err)
	}
	if got, err := get(s, c); err != nil || got != "c" {
		t.Errorf("%q, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("locked", func(t *testing.T) {
		dir := t.TempDir()
		s := openTest(t, dir, 0)
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
			t.Errorf("second Open: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := openTest(t, dir, 0).Close(); err != nil {
			t.Error(err)
		}
	})
	for name, text := range map[string]string{
		"later version": "sallyport blobs 2\n", "no version": "sallyport blobs", "nothing": "",
		"longer": formatLine + formatLine + formatLine, "other": "MZ\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, formatFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the lock is given up
				if _, err := Open(dir, Options{}); !errors.Is(err, ErrFormat) {
					t.Errorf("Open: %v", err)
				}
			}
		})
	}
	t.Run("no format", func(t *testing.T) {
		dir := t.TempDir()
		s := openTest(t, dir, 0)
		put(t, s, "x")
		err := errors.Join(s.Close(), os.Remove(filepath.Join(dir, formatFile)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("Open: %v", err)
		}
	})
	t.Run("a file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(name, Options{}); err == nil {
			t.Error("Open of a file succeeded")
		}
	})
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	s := openTest(t, dir, 0)
	put(t, s, "x")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := d.Info()
		if err == nil && i.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: others may use it: %v", path, i.Mode())
		}
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// closes closes the store while the store reads from it.
type closes struct {
	s    *Store
	err  error
	left int
}

func (c *closes) Read(p []byte) (int, error) {
	if c.left == 0 {
		c.err = c.s.Close()
		return 0, io.EOF
	}
	c.left--
	clear(p)
	return len(p), nil
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, 0)
	// A Put in flight ends well; the lock is held until then.
	r := &closes{s: s, left: 3}
	id, n, err := s.Put(t.Context(), r)
	if err != nil || r.err != nil || n < bufferSize {
		t.Fatalf("Put during Close: %d, %v, %v", n, err, r.err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, _, err := s.Put(t.Context(), strings.NewReader("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("Put: %v", err)
	}
	if _, err := s.Open(t.Context(), id, 0, -1); !errors.Is(err, ErrClosed) {
		t.Errorf("Open: %v", err)
	}
	if err := s.Delete(t.Context(), id); !errors.Is(err, ErrClosed) {
		t.Errorf("Delete: %v", err)
	}
	if err := s.List(t.Context(), "", func(blob.Info) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("List: %v", err)
	}
	s = openTest(t, dir, 0)
	if got, err := get(s, id); err != nil || int64(len(got)) != n {
		t.Errorf("reopened: %d bytes, %v", len(got), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFileShrinks(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, 0)
	id := put(t, s, strings.Repeat("x", 1000))
	r, err := s.Open(t.Context(), id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(shelfDirs(t, dir)[0], string(id)), 10); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); !errors.Is(err, io.ErrUnexpectedEOF) || len(b) != 10 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if err := errors.Join(r.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheBlob(t *testing.T) {
	s := openTest(t, t.TempDir(), 0)
	put(t, s, "warm up")
	const size = 96 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	id, _, err := s.Put(t.Context(), io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), id, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buf)
	runtime.ReadMemStats(&after)
	if err != nil || n != size {
		t.Errorf("read %d, %v", n, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("%d bytes were allocated to write and read %d", used, size)
	}
	if err := errors.Join(r.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPut(b *testing.B) {
	for name, size := range map[string]int{"64KiB": 64 << 10, "1MiB": 1 << 20, "16MiB": 16 << 20} {
		data := make([]byte, size)
		b.Run(name, func(b *testing.B) {
			s := openTest(b, b.TempDir(), 0)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			b.SetParallelism(4) // 8 at once on two cores
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id, _, err := s.Put(b.Context(), bytes.NewReader(data))
					if err != nil {
						b.Fatal(err)
					}
					if err := s.Delete(b.Context(), id); err != nil {
						b.Fatal(err)
					}
				}
			})
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkOpenRead(b *testing.B) {
	for name, size := range map[string]int{"64KiB": 64 << 10, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			s := openTest(b, b.TempDir(), 0)
			id, _, err := s.Put(b.Context(), bytes.NewReader(make([]byte, size)))
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]byte, 64<<10)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r, err := s.Open(b.Context(), id, 0, -1)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = r.Read(buf)
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
