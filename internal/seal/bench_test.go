package seal

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

var benchSizes = []struct {
	name string
	size int
}{{"1KiB", 1 << 10}, {"64KiB", 64 << 10}, {"16MiB", 16 << 20}}

func BenchmarkSeal(b *testing.B) {
	for _, s := range benchSizes {
		b.Run(s.name, func(b *testing.B) {
			k, plain, buf := NewDataKey(), make([]byte, s.size), make([]byte, 256<<10)
			b.SetBytes(int64(s.size))
			b.ReportAllocs()
			for b.Loop() {
				r := Seal(k, bytes.NewReader(plain))
				for err := error(nil); err == nil; {
					_, err = r.Read(buf)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, s := range benchSizes {
		b.Run(s.name, func(b *testing.B) {
			k := NewDataKey()
			source := memorySource(SealBytes(k, nil, make([]byte, s.size)))
			b.SetBytes(int64(s.size))
			b.ReportAllocs()
			for b.Loop() {
				r, err := Open(k, int64(s.size), 0, -1, source)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}

func BenchmarkBytes(b *testing.B) {
	k, plain := NewDataKey(), make([]byte, 1<<10)
	sealed := SealBytes(k, nil, plain)
	buf := make([]byte, 0, 2<<10)
	b.Run("seal 1KiB", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(1 << 10)
		for b.Loop() {
			SealBytes(k, buf, plain)
		}
	})
	b.Run("open 1KiB", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(1 << 10)
		for b.Loop() {
			if _, err := OpenBytes(k, buf, sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new data key", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewDataKey()
		}
	})
}

// TestBuffersAreShared bounds what a stream of 1 MiB allocates. The bounds leave
// room for the race detector, under which a pool drops some of what it is given.
func TestBuffersAreShared(t *testing.T) {
	k, plain, buf := NewDataKey(), make([]byte, 1<<20), make([]byte, 32<<10)
	source := memorySource(SealBytes(k, nil, plain))
	perRun := func(fn func()) uint64 {
		const runs = 50
		var before, after runtime.MemStats
		fn()
		runtime.ReadMemStats(&before)
		for range runs {
			fn()
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / runs
	}
	if n := perRun(func() {
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, Seal(k, bytes.NewReader(plain)), buf)
	}); n > 600<<10 {
		t.Errorf("sealing allocates %d bytes", n)
	}
	if n := perRun(func() {
		r, err := Open(k, 1<<20, 0, -1, source)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r)
		r.Close()
	}); n > 60<<10 {
		t.Errorf("opening allocates %d bytes", n)
	}
}
