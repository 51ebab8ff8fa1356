package seal

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

const seg = SegmentSize

var streamSizes = []int{0, 1, 15, 16, 17, 1000, seg - 1, seg, seg + 1, 2*seg - 1, 2 * seg, 2*seg + 1, 3*seg + 777, 5 * seg}

// pattern returns n bytes without repetition.
func pattern(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(b)
	return b
}

// memorySource is a Source of bytes in memory.
func memorySource(sealed []byte) Source {
	return func(offset, n int64) (io.ReadCloser, error) {
		if offset > int64(len(sealed)) {
			return nil, io.ErrUnexpectedEOF
		}
		rest := sealed[offset:]
		return io.NopCloser(bytes.NewReader(rest[:min(n, int64(len(rest)))])), nil
	}
}

func openAll(k DataKey, sealed []byte, total int64) ([]byte, error) {
	r, err := Open(k, total, 0, -1, memorySource(sealed))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

func TestSizes(t *testing.T) {
	for _, n := range streamSizes {
		sealed := SealBytes(NewDataKey(), nil, pattern(n))
		if got := SealedSize(int64(n)); got != int64(len(sealed)) {
			t.Errorf("SealedSize(%d) is %d, want %d", n, got, len(sealed))
		}
	}
	seen := int64(0)
	for plain := range int64(3*seg + 100) {
		sealed := SealedSize(plain)
		if got, err := PlainSize(sealed); err != nil || got != plain {
			t.Fatalf("PlainSize(%d) is %d, %v, want %d", sealed, got, err, plain)
		}
		// The sizes between that of one stream and the next belong to none.
		for ; seen < sealed; seen++ {
			if got, err := PlainSize(seen); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("PlainSize(%d) is %d, %v", seen, got, err)
			}
		}
		seen = sealed + 1
	}
	for _, bad := range []int64{-1, -1 << 63, MaxStream + 1, 1<<63 - 1} {
		if got := SealedSize(bad); got != -1 {
			t.Errorf("SealedSize(%d) is %d", bad, got)
		}
		if got, err := PlainSize(bad); bad != MaxStream+1 && !errors.Is(err, ErrCorrupt) {
			t.Errorf("PlainSize(%d) is %d, %v", bad, got, err)
		}
	}
	if got, err := PlainSize(SealedSize(MaxStream)); err != nil || got != MaxStream {
		t.Errorf("the longest stream: %d, %v", got, err)
	}
}

func TestBytes(t *testing.T) {
	k := NewDataKey()
	for _, n := range streamSizes {
		plain := pattern(n)
		sealed := SealBytes(k, []byte("before"), plain)
		if !bytes.HasPrefix(sealed, []byte("before")) {
			t.Fatal("what was in dst is gone")
		}
		sealed = sealed[len("before"):]
		got, err := OpenBytes(k, []byte("head"), sealed)
		if err != nil || string(got[:4]) != "head" || !bytes.Equal(got[4:], plain) {
			t.Errorf("%d bytes: %d, %v", n, len(got), err)
		}
		if got, err := openAll(k, sealed, int64(n)); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes as a stream: %d, %v", n, len(got), err)
		}
		if n > 32 && bytes.Contains(sealed, plain[:32]) {
			t.Errorf("%d bytes: the plain text shows", n)
		}
	}
}

// tampered yields streams that are not the one sealed, under the same key.
func tampered(sealed []byte, yield func(name string, bad []byte)) {
	rng := rand.New(rand.NewPCG(1, uint64(len(sealed))))
	bits := []int{0, len(sealed)*8 - 1, len(sealed)*8 - 128}
	for range 40 {
		bits = append(bits, rng.IntN(len(sealed)*8))
	}
	for _, bit := range bits {
		bad := slices.Clone(sealed)
		bad[bit/8] ^= 1 << (bit % 8)
		yield("flipped bit", bad)
	}
	for _, n := range []int{0, 1, 15, 16, 17, sealedSegment - 1, sealedSegment, sealedSegment + 1, 2 * sealedSegment, len(sealed) - 1} {
		if n < len(sealed) {
			yield("cut short", sealed[:n])
		}
	}
	for _, n := range []int{1, 16, 17, sealedSegment} {
		yield("extended by zeros", append(slices.Clone(sealed), make([]byte, n)...))
		yield("extended by itself", append(slices.Clone(sealed), sealed[:min(n, len(sealed))]...))
	}
	segments := slices.Collect(slices.Chunk(sealed, sealedSegment))
	for i := range segments {
		for j := range i {
			swapped := slices.Clone(segments)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			yield("swapped segments", bytes.Join(swapped, nil))
			repeated := slices.Clone(segments)
			repeated[i] = segments[j]
			yield("repeated segment", bytes.Join(repeated, nil))
		}
		if len(segments) > 1 {
			yield("dropped segment", bytes.Join(slices.Delete(slices.Clone(segments), i, i+1), nil))
		}
	}
}

func TestTampered(t *testing.T) {
	for _, n := range []int{0, 1, 1000, seg - 1, seg, seg + 1, 2 * seg, 3*seg + 777, 4 * seg} {
		k, plain := NewDataKey(), pattern(n)
		sealed := SealBytes(k, nil, plain)
		tampered(sealed, func(name string, bad []byte) {
			if got, err := OpenBytes(k, nil, bad); !errors.Is(err, ErrCorrupt) || got != nil {
				t.Errorf("%d bytes, %s: OpenBytes: %d, %v", n, name, len(got), err)
			}
			// With the size that was recorded, and with the one that fits. An
			// extension beyond the recorded size is not even read.
			got, err := openAll(k, bad, int64(n))
			if !errors.Is(err, ErrCorrupt) && len(bad) <= len(sealed) {
				t.Errorf("%d bytes, %s: %v", n, name, err)
			}
			if !bytes.HasPrefix(plain, got) {
				t.Errorf("%d bytes, %s: bytes that were never sealed", n, name)
			}
			if total, err := PlainSize(int64(len(bad))); err == nil {
				got, err := openAll(k, bad, total)
				if !errors.Is(err, ErrCorrupt) || !bytes.HasPrefix(plain, got) {
					t.Errorf("%d bytes, %s, size %d: %d, %v", n, name, total, len(got), err)
				}
			}
		})
		if _, err := OpenBytes(NewDataKey(), nil, sealed); !errors.Is(err, ErrCorrupt) {
			t.Errorf("another key: %v", err)
		}
	}
}

func FuzzOpenStream(f *testing.F) {
	k, _ := DataKeyFromBytes(bytes.Repeat([]byte{3}, KeySize))
	f.Add([]byte{}, int64(0), int64(0), int64(-1))
	f.Add(make([]byte, 16), int64(0), int64(0), int64(0))
	f.Add(make([]byte, 100), int64(84), int64(3), int64(70))
	f.Add(make([]byte, sealedSegment+20), int64(seg+4), int64(seg-1), int64(2))
	f.Fuzz(func(t *testing.T, sealed []byte, total, offset, length int64) {
		if got, err := OpenBytes(k, nil, sealed); !errors.Is(err, ErrCorrupt) {
			t.Errorf("opened to %x, %v", got, err)
		}
		r, err := Open(k, total, offset, length, memorySource(sealed))
		if err != nil {
			return
		}
		got, err := io.ReadAll(r)
		if len(got) > 0 || err == nil && (length != 0 && offset != total || total == 0) {
			t.Errorf("%d bytes from %d of %d: opened to %x, %v", length, offset, total, got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
