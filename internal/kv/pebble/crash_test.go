package pebble

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/sallyport/sallyport/internal/kv"
)

const (
	crashWriters = 6
	crashParts   = 3 // keys that each transaction of a writer writes
)

// ledger has writers that count up in several keys at once, and what is known
// about them from outside: the last number acknowledged and the last one seen.
type ledger struct {
	store *Store
	acked [crashWriters]atomic.Int64
	tried [crashWriters]atomic.Int64
	seen  [crashWriters]atomic.Int64
	stop  atomic.Bool
	wg    sync.WaitGroup
}

func partKey(w, part int) []byte { return fmt.Appendf(nil, "%d/%d", w, part) }

func startLedger(s *Store, large int) *ledger {
	l := &ledger{store: s}
	for w := range crashWriters {
		l.wg.Go(func() { l.write(w, large) })
		l.wg.Go(func() { l.watch(w) })
	}
	return l
}

// write counts up until it is stopped or an update fails. Each large-th value
// is padded, so that memtables are flushed and large batches take their own way.
func (l *ledger) write(w, large int) {
	for i := int64(1); !l.stop.Load(); i++ {
		l.tried[w].Store(i)
		pad := ""
		if i%int64(large) == 0 {
			pad = strings.Repeat("x", 100<<10)
		}
		err := l.store.Update(context.Background(), func(tx kv.Txn) error {
			for part := range crashParts {
				if err := tx.Put(partKey(w, part), fmt.Appendf(nil, "%d %s", i, pad)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return
		}
		l.acked[w].Store(i)
	}
}

// watch reads writer w, by View and by an Update that writes nothing.
func (l *ledger) watch(w int) {
	for n := 0; !l.stop.Load(); n++ {
		var got int64
		read := func(r kv.Reader) (err error) {
			got, err = readPart(r, w, 0)
			return err
		}
		var err error
		if n%2 == 0 {
			err = l.store.View(context.Background(), read)
		} else {
			err = l.store.Update(context.Background(), func(tx kv.Txn) error { return read(tx) })
		}
		if err != nil {
			return
		}
		l.seen[w].Store(got)
	}
}

func (l *ledger) end() {
	l.stop.Store(true)
	l.wg.Wait()
}

func readPart(r kv.Reader, w, part int) (int64, error) {
	v, err := r.Get(partKey(w, part))
	if errors.Is(err, kv.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(string(v), " ")
	return strconv.ParseInt(number, 10, 64)
}

// known is what the ledger knew at one moment.
type known struct{ acked, seen [crashWriters]int64 }

func (l *ledger) known() (k known) {
	for w := range crashWriters {
		k.acked[w], k.seen[w] = l.acked[w].Load(), l.seen[w].Load()
	}
	return k
}

// check opens what a power loss left and compares.
func (l *ledger) check(t *testing.T, fs vfs.FS, k known) {
	t.Helper()
	s := mustOpen(t, "db", Options{fs: fs, MemTableSize: 256 << 10})
	defer mustClose(t, s)
	err := s.View(context.Background(), func(r kv.Reader) error {
		for w := range crashWriters {
			first, err := readPart(r, w, 0)
			if err != nil {
				return err
			}
			for part := 1; part < crashParts; part++ {
				if got, err := readPart(r, w, part); err != nil || got != first {
					t.Errorf("writer %d: part %d is %d, part 0 is %d, error %v", w, part, got, first, err)
				}
			}
			if first < k.acked[w] || first < k.seen[w] || first > l.tried[w].Load() {
				t.Errorf("writer %d: %d after power loss; %d was acknowledged, %d was read, %d was tried",
					w, first, k.acked[w], k.seen[w], l.tried[w].Load())
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := putKey(s, "after", "the crash"); err != nil {
		t.Errorf("the store that was recovered cannot be written: %v", err)
	}
}

// TestPowerLoss cuts the power at random moments under load. Whatever the disk
// made of what was not synced, all that was acknowledged or read must be there
// and no transaction in part.
func TestPowerLoss(t *testing.T) {
	for _, tt := range []struct{ unsynced, large int }{{0, 1 << 30}, {0, 5}, {50, 3}, {100, 7}} {
		t.Run(fmt.Sprintf("unsynced %d%% large %d", tt.unsynced, tt.large), func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			s := mustOpen(t, "db", Options{fs: mem, MemTableSize: 256 << 10})
			l := startLedger(s, tt.large)
			rng := rand.New(rand.NewPCG(uint64(tt.unsynced), uint64(tt.large)))
			for range 6 {
				target := l.total() + int64(rng.IntN(60))
				for l.total() < target { // somewhere in the midst of it
					runtime.Gosched()
				}
				k := l.known()
				l.check(t, mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: tt.unsynced, RNG: rng}), k)
			}
			l.end()
			mustClose(t, s)
			l.check(t, mem.CrashClone(vfs.CrashCloneCfg{}), l.known())
		})
	}
}

func (l *ledger) total() (n int64) {
	for w := range l.acked {
		n += l.acked[w].Load()
	}
	return n
}

// failLog fails one kind of operation on log files once it is armed.
type failLog struct {
	kinds []errorfs.OpKind
	after atomic.Int64 // operations still to succeed; negative is not armed
}

var errInjected = errors.New("injected")

func (f *failLog) String() string { return "failLog" }

func (f *failLog) MaybeError(op errorfs.Op) error {
	if !strings.HasSuffix(op.Path, ".log") || f.after.Load() < 0 {
		return nil
	}
	for _, kind := range f.kinds {
		if op.Kind == kind {
			if f.after.Load() == 0 {
				return errInjected
			}
			f.after.Add(-1)
			return nil
		}
	}
	return nil
}

// TestFailingLog fails the disk under load: nothing that the disk did not take
// is acknowledged or shown, and the store takes no more.
func TestFailingLog(t *testing.T) {
	syncs := []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}
	for _, tt := range []struct {
		name  string
		kinds []errorfs.OpKind
		after int64
	}{
		{"first sync", syncs, 0},
		{"a later sync", syncs, 20},
		{"first write", []errorfs.OpKind{errorfs.OpFileWrite}, 0},
		{"a later write", []errorfs.OpKind{errorfs.OpFileWrite}, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			fault := &failLog{kinds: tt.kinds}
			fault.after.Store(-1)
			var fatal atomic.Int64
			s := mustOpen(t, "db", Options{fs: errorfs.Wrap(mem, fault), Fatal: func(error) { fatal.Add(1) }})
			if err := putKey(s, "before", "1"); err != nil {
				t.Fatal(err)
			}
			fault.after.Store(tt.after)
			l := startLedger(s, 1<<30)
			l.wg.Wait() // until each has met the error
			if fatal.Load() == 0 {
				t.Error("Fatal was not called")
			}
			k := l.known()
			wantFailed(t, s)
			l.check(t, mem.CrashClone(vfs.CrashCloneCfg{}), k)
			_ = s.Close() // the log still cannot be written
		})
	}
}

func wantFailed(t *testing.T, s *Store) {
	t.Helper()
	if err := putKey(s, "more", "x"); err == nil || errors.Is(err, kv.ErrUncertain) {
		t.Errorf("an update of a store that failed: %v, want an error that is certain", err)
	}
	if v, err := getKey(s, "before"); v != "1" || err != nil {
		t.Errorf("what is on disk is no longer read: %q, %v", v, err)
	}
	if _, err := getKey(s, "more"); !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("a refused update is visible: %v", err)
	}
}

func TestFailingSyncIsUncertain(t *testing.T) {
	fault := &failLog{kinds: []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}}
	fault.after.Store(-1)
	s := mustOpen(t, "db", Options{fs: errorfs.Wrap(vfs.NewMem(), fault), Fatal: func(error) {}})
	fault.after.Store(0)
	if err := putKey(s, "a", "1"); !errors.Is(err, kv.ErrUncertain) || !errors.Is(err, errInjected) {
		t.Errorf("got %v, want ErrUncertain and the disk's error", err)
	}
	if _, err := getKey(s, "a"); !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("a View shows what is not on disk: %v", err)
	}
	_ = s.Close()
}
