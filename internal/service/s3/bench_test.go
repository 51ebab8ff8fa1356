package s3

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/sallyport/sallyport/internal/blob/disk"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv/pebble"
	"github.com/sallyport/sallyport/internal/seal"
)

// engines runs a benchmark on memory and on the embedded engines.
func engines(b *testing.B, run func(b *testing.B, f *fixture)) {
	b.Run("memory", func(b *testing.B) { run(b, newFixture(b)) })
	b.Run("disk", func(b *testing.B) {
		k, err := pebble.Open(b.TempDir(), pebble.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer k.Close()
		blobs, err := disk.Open(b.TempDir(), disk.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer blobs.Close()
		run(b, fixtureOn(b, k, blobs, seal.NewKey()))
	})
}

func BenchmarkPutObject(b *testing.B) {
	for _, n := range []int{1 << 10, 64 << 10, 1 << 20, 16 << 20} {
		b.Run(fmt.Sprintf("%dKiB", n>>10), func(b *testing.B) {
			engines(b, func(b *testing.B, f *fixture) {
				data := random(1, n)
				ctx, cancel := context.WithCancel(f.ctx)
				defer cancel()
				go f.store.Run(ctx, 1<<40, func(err error) { b.Error(err) })
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					f.put(fmt.Sprintf("key/%d", i%1000), data)
				}
			})
		})
	}
}

// Eight at a time on two processors.
func BenchmarkPutObjectParallel(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", n>>10), func(b *testing.B) {
			engines(b, func(b *testing.B, f *fixture) {
				data := random(1, n)
				ctx, cancel := context.WithCancel(f.ctx)
				defer cancel()
				go f.store.Run(ctx, 1<<40, func(err error) { b.Error(err) })
				b.SetBytes(int64(n))
				b.SetParallelism(4)
				b.RunParallel(func(pb *testing.PB) {
					for i := 0; pb.Next(); i++ {
						if _, err := f.PutObject(f.ctx, putInput(fmt.Sprintf("key/%p/%d", pb, i%100), data)); err != nil {
							b.Error(err)
						}
					}
				})
			})
		})
	}
}

func BenchmarkGetObject(b *testing.B) {
	for _, n := range []int{1 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", n>>10), func(b *testing.B) {
			engines(b, func(b *testing.B, f *fixture) {
				f.put("key", random(1, n))
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					out, err := f.GetObject(f.ctx, getInput("key"))
					if err != nil {
						b.Fatal(err)
					}
					if w, err := out.Body.(io.WriterTo).WriteTo(io.Discard); err != nil || w != int64(n) {
						b.Fatal(w, err)
					}
					out.Body.Close()
				}
			})
		})
	}
}

func BenchmarkIntake(b *testing.B) {
	data := random(1, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		in, err := newIntake(&upload{body: bodyOf(data)}, checksum.CRC64NVME)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			b.Fatal(err)
		}
	}
}
