package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/sallyport/sallyport/internal/blob"
)

const crashDirName = "/data/blobs"

// history is what a workload was told.
type history struct {
	mu    sync.Mutex
	acked map[blob.ID][]byte // put, and Delete not asked for
	fails []error
}

func content(i int) []byte {
	n := []int{0, 1, 300, 7000, writeSize + 1, 40, 900}[i%7]
	return bytes.Repeat([]byte(fmt.Sprintf("%06d ", i)), n/7+1)[:n]
}

func (h *history) put(s *Store, data []byte) (blob.ID, error) {
	id, n, err := s.Put(context.Background(), bytes.NewReader(data))
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.fails = append(h.fails, err)
	case n != int64(len(data)):
		h.fails = append(h.fails, errors.New("acknowledged with a wrong length"))
	default:
		h.acked[id] = data
	}
	return id, err
}

func (h *history) delete(s *Store, id blob.ID) error {
	h.mu.Lock()
	delete(h.acked, id)
	h.mu.Unlock()
	return s.Delete(context.Background(), id)
}

// workload puts, deletes and lists, going on after errors.
func (h *history) workload(fsys *crashFS, n int) {
	s, err := open(fsys, crashDirName, Options{DirectoryFiles: 3})
	if err != nil {
		h.fails = append(h.fails, err)
		return
	}
	for i := range n {
		id, err := h.put(s, content(i))
		if err == nil && i%4 == 2 {
			_ = h.delete(s, id)
		}
		if i%6 == 5 {
			_ = s.List(context.Background(), "", func(blob.Info) error { return nil })
		}
	}
	_ = s.Close()
}

// check opens the store and compares it with what was acknowledged. garbage
// tells whether blobs may be there that were not.
func (h *history) check(t *testing.T, fsys *crashFS, garbage bool) {
	t.Helper()
	s, err := open(fsys, crashDirName, Options{DirectoryFiles: 3})
	if err != nil {
		t.Errorf("opening again: %v", err)
		return
	}
	for id, want := range h.acked {
		if got, err := get(s, id); err != nil || got != string(want) {
			t.Errorf("acknowledged blob %s of %d bytes: %d bytes, %v", id, len(want), len(got), err)
		}
	}
	listed := ids(t, s)
	found := 0
	for _, id := range listed {
		if h.acked[id] != nil {
			found++
		} else if !garbage {
			t.Errorf("%s is left behind", id)
		}
	}
	if found != len(h.acked) {
		t.Errorf("List has %d of the %d acknowledged blobs", found, len(h.acked))
	}
	id, err := h.put(s, content(2))
	if err != nil {
		t.Errorf("Put after opening again: %v", err)
	} else if len(listed) > 0 && id <= listed[len(listed)-1] {
		t.Errorf("id %s does not come after %s", id, listed[len(listed)-1])
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// TestPowerLoss turns the power off at every operation in turn.
func TestPowerLoss(t *testing.T) {
	for seed := range uint64(3) {
		var rng *rand.Rand // none in the first round: the harshest loss
		if seed > 0 {
			rng = rand.New(rand.NewPCG(seed, 1))
		}
		for off, completed := 1, false; !completed; off++ {
			fsys := newCrashFS()
			fsys.off = off
			h := &history{acked: map[blob.ID][]byte{}}
			h.workload(fsys, 13)
			completed = fsys.ops < off
			if completed && len(h.fails) > 0 {
				t.Fatalf("without a power loss: %v", h.fails)
			}
			// Once, and again after a short second life.
			for range 2 {
				fsys = fsys.crash(rng)
				h.check(t, fsys, true)
			}
			if t.Failed() {
				t.Fatalf("power off at operation %d, seed %d", off, seed)
			}
		}
	}
}

// TestFaults fails every operation in turn, once or from then on for a while,
// and then turns the power off.
func TestFaults(t *testing.T) {
	for _, fault := range []error{syscall.EIO, syscall.ENOSPC} {
		for _, length := range []int{1, 7} {
			for at, completed := 1, false; !completed; at++ {
				var failed []string
				fsys := newCrashFS()
				fsys.fault = func(n int, op, name string) error {
					if n < at || n >= at+length {
						return nil
					}
					failed = append(failed, op)
					return fault
				}
				h := &history{acked: map[blob.ID][]byte{}}
				h.workload(fsys, 13)
				completed = len(failed) == 0
				fsys.fault = nil
				// A first Open that could neither sync what it made nor remove it
				// has told of it: the medium is beyond help.
				hopeless := len(h.acked) == 0 && slices.Contains(failed, "remove")
				checkFault(t, h, fsys, failed, fault)
				if !hopeless {
					h.check(t, fsys.crash(nil), true)
				}
				if t.Failed() {
					t.Fatalf("%v at operation %d, %v; Put said %v", fault, at, failed, h.fails)
				}
			}
		}
	}
}

func checkFault(t *testing.T, h *history, fsys *crashFS, failed []string, fault error) {
	t.Helper()
	// Only what cannot be removed may stay; what Delete could not remove is not
	// acknowledged either.
	garbage := slices.Contains(failed, "remove")
	fsys.locked = map[string]bool{} // where Close itself failed
	h.check(t, fsys, garbage)
	for _, err := range h.fails {
		if !errors.Is(err, fault) && !errors.Is(err, syscall.EEXIST) {
			t.Errorf("a failed call lost its cause: %v", err)
		}
		if fault == syscall.ENOSPC && !errors.Is(err, blob.ErrNoSpace) {
			t.Errorf("%v is not ErrNoSpace", err)
		}
	}
}

// TestFailingSyncIsNeverAcknowledged fails some syncs under concurrent Puts.
func TestFailingSyncIsNeverAcknowledged(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		fsys := newCrashFS()
		s, err := open(fsys, crashDirName, Options{DirectoryFiles: 5})
		if err != nil {
			t.Fatal(err)
		}
		fsys.fault = func(_ int, op, _ string) error {
			if (op == "sync" || op == "syncdir") && rng.IntN(4) == 0 {
				return syscall.EIO
			}
			return nil
		}
		if seed%2 == 0 {
			fsys.off = 200 + rng.IntN(400)
		}
		h := &history{acked: map[blob.ID][]byte{}}
		var wg sync.WaitGroup
		for w := range 6 {
			wg.Go(func() {
				for i := range 12 {
					_, _ = h.put(s, content(w+i))
				}
			})
		}
		wg.Wait()
		if len(h.fails) == 0 || len(h.acked) == 0 {
			t.Errorf("seed %d: %d Puts failed, %d did not", seed, len(h.fails), len(h.acked))
		}
		if seed%3 == 0 {
			rng = nil
		}
		h.check(t, fsys.crash(rng), true)
	}
}

// TestLongStream looks at how a long stream is sent on its way while it comes.
func TestLongStream(t *testing.T) {
	const size = 60 << 20
	for _, failing := range []string{"", "flush", "drain"} {
		fsys := newCrashFS()
		ops := map[string]int{}
		fsys.fault = func(_ int, op, _ string) error {
			if ops[op]++; op == failing {
				return syscall.ENOSPC
			}
			return nil
		}
		s, err := open(fsys, crashDirName, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, n, err := s.Put(t.Context(), io.LimitReader(zeros{}, size))
		if failing != "" {
			if !errors.Is(err, blob.ErrNoSpace) || len(ids(t, s)) != 0 {
				t.Errorf("%s fails: %v, %v", failing, err, ids(t, s))
			}
			continue
		}
		if err != nil || n != size {
			t.Fatalf("%d, %v", n, err)
		}
		if ops["flush"] != size/flushWindow || ops["drain"] != (size-maxBehind)/flushWindow || ops["sync"] != 2 {
			t.Errorf("%d flushes, %d drains, %d syncs (one is the format's)", ops["flush"], ops["drain"], ops["sync"])
		}
		if ops["syncdir"] > 8 {
			t.Errorf("%d syncs of directories", ops["syncdir"])
		}
	}
}

// TestParentsMadeByAnOpenThatDied starts from directories that are not durable.
func TestParentsMadeByAnOpenThatDied(t *testing.T) {
	fsys := newCrashFS()
	if err := errors.Join(fsys.Mkdir("/data"), fsys.Mkdir(crashDirName)); err != nil {
		t.Fatal(err)
	}
	h := &history{acked: map[blob.ID][]byte{}}
	h.workload(fsys, 2)
	if len(h.acked) != 2 {
		t.Fatal(h.fails)
	}
	h.check(t, fsys.crash(nil), false)
}

// during is a stream that calls a function in its middle.
type during struct {
	fn   func()
	left int
}

func (d *during) Read(p []byte) (int, error) {
	if d.left--; d.left == 0 {
		d.fn()
		return 0, io.EOF
	}
	clear(p)
	return len(p), nil
}

// TestRootSyncFailsForTwo fails the sync of the root while two new directories
// wait for it. Neither may believe the one that succeeds after it.
func TestRootSyncFailsForTwo(t *testing.T) {
	fsys := newCrashFS()
	s, err := open(fsys, crashDirName, Options{DirectoryFiles: 1})
	if err != nil {
		t.Fatal(err)
	}
	failed := false
	fsys.fault = func(_ int, op, name string) error {
		if !failed && op == "syncdir" && name == crashDirName {
			failed = true
			return syscall.EIO
		}
		return nil
	}
	var inner error
	_, _, outer := s.Put(t.Context(), &during{left: 3, fn: func() {
		_, _, inner = s.Put(t.Context(), bytes.NewReader(content(1)))
	}})
	if !errors.Is(inner, syscall.EIO) || !errors.Is(outer, syscall.EIO) {
		t.Errorf("Put in the first directory: %v, in the second: %v", outer, inner)
	}
	h := &history{acked: map[blob.ID][]byte{}}
	if _, err := h.put(s, content(2)); err != nil {
		t.Errorf("Put in a third: %v", err)
	}
	h.check(t, fsys.crash(nil), true)
}
