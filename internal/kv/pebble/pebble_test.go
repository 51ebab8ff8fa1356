package pebble

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/kvtest"
)

// holdEnv makes the test binary open the directory it names and hold it.
const holdEnv = "SALLYPORT_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		os.Exit(hold(dir))
	}
	os.Exit(m.Run())
}

func hold(dir string) int {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func mustOpen(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	if opts.Fatal == nil {
		opts.Fatal = func(err error) { t.Errorf("fatal: %v", err) }
	}
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSuite(t *testing.T) {
	dirs := map[kv.Store]string{}
	open := func(t testing.TB, dir string) kv.Store {
		s := mustOpen(t, dir, Options{})
		dirs[s] = dir
		return s
	}
	kvtest.Test(t, func(t testing.TB) kv.Store { return open(t, t.TempDir()) }, kvtest.Options{
		Reopen: func(t testing.TB, s kv.Store) kv.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return open(t, dirs[s])
		},
	})
}

func BenchmarkPebble(b *testing.B) {
	kvtest.Bench(b, func(t testing.TB) kv.Store { return mustOpen(t, t.TempDir(), Options{}) })
}

func putKey(s *Store, key, value string) error {
	return s.Update(context.Background(), func(tx kv.Txn) error { return tx.Put([]byte(key), []byte(value)) })
}

func getKey(s *Store, key string) (value string, err error) {
	err = s.View(context.Background(), func(r kv.Reader) error {
		v, err := r.Get([]byte(key))
		value = string(v)
		return err
	})
	return value, err
}

func TestDirectoryIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	mustClose(t, mustOpen(t, dir, Options{}))
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("mode %o, want 700", got)
	}
}

func TestOpenInUse(t *testing.T) {
	t.Run("same process", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir, Options{})
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
			t.Errorf("second Open: %v, want ErrInUse", err)
		}
		mustClose(t, s)
		mustClose(t, mustOpen(t, dir, Options{}))
	})
	t.Run("another process", func(t *testing.T) {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), holdEnv+"="+dir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
			t.Errorf("the other process says %q, %v", line, err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
			t.Errorf("Open: %v, want ErrInUse", err)
		}
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Fatal(err)
		}
		mustClose(t, mustOpen(t, dir, Options{}))
	})
}

func TestOpenForeign(t *testing.T) {
	for _, name := range []string{"notes.txt", "PG_VERSION", "000001.log.gz"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), name) {
			t.Errorf("Open beside %s: %v, want ErrForeign naming it", name, err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Errorf("Open beside %s left %v, %v", name, left, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Options{}); err == nil {
		t.Error("Open of a file succeeded")
	}
}

// TestOpenDamaged breaks each file of a store in turn, in several ways. Open
// must fail with ErrDamaged or open a store that returns only what was put.
func TestOpenDamaged(t *testing.T) {
	damage := map[string]func(path string, data []byte) error{
		"removed":   func(path string, _ []byte) error { return os.Remove(path) },
		"emptied":   func(path string, _ []byte) error { return os.Truncate(path, 0) },
		"halved":    func(path string, data []byte) error { return os.Truncate(path, int64(len(data)/2)) },
		"flipped":   func(path string, data []byte) error { return os.WriteFile(path, flip(data, len(data)/2), 0o600) },
		"beginning": func(path string, data []byte) error { return os.WriteFile(path, flip(data, 0), 0o600) },
		"garbage": func(path string, data []byte) error {
			return os.WriteFile(path, []byte(strings.Repeat("garbage!", 1+len(data)/8)), 0o600)
		},
	}
	for _, name := range storeFiles(t) {
		for how, do := range damage {
			t.Run(name+" "+how, func(t *testing.T) {
				dir := t.TempDir()
				makeStore(t, dir)
				path := filepath.Join(dir, name)
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := do(path, data); err != nil {
					t.Fatal(err)
				}
				checkDamaged(t, dir)
			})
		}
	}
}

func flip(data []byte, at int) []byte {
	if at < len(data) {
		data[at] ^= 0x55
	}
	return data
}

const damagedKeys = 200

func damagedValue(i int) string { return strings.Repeat(fmt.Sprint("value ", i, " "), 20) }

// makeStore leaves tables and an unflushed log.
func makeStore(t testing.TB, dir string) {
	s := mustOpen(t, dir, Options{})
	for i := range damagedKeys {
		if err := putKey(s, fmt.Sprintf("%04d", i), damagedValue(i)); err != nil {
			t.Fatal(err)
		}
		if i == damagedKeys/2 {
			if err := s.db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustClose(t, s)
}

func storeFiles(t *testing.T) []string {
	dir := t.TempDir()
	makeStore(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func checkDamaged(t *testing.T, dir string) {
	s, err := Open(dir, Options{Fatal: func(error) {}})
	if err != nil {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("Open: %v, want ErrDamaged", err)
		}
		return
	}
	for i := range damagedKeys {
		v, err := getKey(s, fmt.Sprintf("%04d", i))
		if err == nil && v != damagedValue(i) {
			t.Errorf("key %d has the value %q", i, v)
		}
	}
	_ = s.Close() // may well complain
}

func TestUseAfterReturn(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	defer mustClose(t, s)
	ctx := context.Background()
	var r kv.Reader
	var tx kv.Txn
	if err := s.View(ctx, func(got kv.Reader) error { r = got; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, func(got kv.Txn) error { tx = got; return tx.Put([]byte("a"), nil) }); err != nil {
		t.Fatal(err)
	}
	_, errGet := r.Get([]byte("a"))
	_, errTxGet := tx.Get([]byte("a"))
	scan := func(k, v []byte) error { return nil }
	for what, err := range map[string]error{
		"Reader.Get": errGet, "Reader.Scan": r.Scan(kv.Range{}, scan), "Txn.Get": errTxGet,
		"Txn.Scan": tx.Scan(kv.Range{}, scan), "Txn.Put": tx.Put([]byte("b"), nil), "Txn.Delete": tx.Delete([]byte("a")),
	} {
		if !errors.Is(err, errGone) {
			t.Errorf("%s after its function returned: %v", what, err)
		}
	}
}
