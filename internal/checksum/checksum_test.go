package checksum

import (
	"bytes"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"math/rand/v2"
	"slices"
	"testing"
)

// The check values of the catalogues of CRC algorithms, and the digests of
// FIPS 180, RFC 1321 and xxHash's own tests.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		a         Algorithm
		text, hex string
	}{
		{CRC32, "123456789", "cbf43926"},
		{CRC32C, "123456789", "e3069283"},
		{CRC64NVME, "123456789", "ae8b14860a799888"},
		{CRC32, "", "00000000"},
		{CRC32C, "", "00000000"},
		{CRC64NVME, "", "0000000000000000"},
		{SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
		{XXHASH64, "", "ef46db3751d8e999"},
		{XXHASH64, "abc", "44bc2cf5ad770999"},
		{XXHASH3, "", "2d06800538d394c2"},
		{XXHASH3, "abc", "78af5f94892f3950"},
		{XXHASH128, "", "99aa06d3014798d86001c324468d497f"},
		{XXHASH128, "abc", "06b05ab6733a618578af5f94892f3950"},
	} {
		h := New(c.a)
		h.Write([]byte(c.text))
		if got := hex.EncodeToString(h.Sum(nil)); got != c.hex {
			t.Errorf("%s of %q is %s, not %s", c.a, c.text, got, c.hex)
		}
		if h.Size() != c.a.Size() {
			t.Errorf("%s has %d bytes, not %d", c.a, h.Size(), c.a.Size())
		}
	}
}

func TestCRC64AgainstStandardLibrary(t *testing.T) {
	table := crc64.MakeTable(nvmePoly)
	data := random(1, 1000)
	for n := range len(data) {
		want := crc64.Checksum(data[:n], table)
		if got := ^slice16(^uint64(0), data[:n]); got != want {
			t.Fatalf("%d bytes by tables: %016x, not %016x", n, got, want)
		}
		h := NewCRC64NVME()
		h.Write(data[:n/3])
		h.Write(data[n/3 : n])
		if got := h.Sum64(); got != want {
			t.Fatalf("%d bytes: %016x, not %016x", n, got, want)
		}
	}
}

func TestReset(t *testing.T) {
	for _, a := range Algorithms() {
		h := New(a)
		empty := h.Sum(nil)
		h.Write([]byte("something"))
		if bytes.Equal(h.Sum(nil), empty) {
			t.Errorf("%s does not change", a)
		}
		if h.Reset(); !bytes.Equal(h.Sum(nil), empty) {
			t.Errorf("%s does not reset", a)
		}
	}
}

func sumOf(h hash.Hash, parts ...[]byte) []byte {
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func TestCombine(t *testing.T) {
	for _, a := range []Algorithm{CRC32, CRC32C, CRC64NVME} {
		for _, n := range []int{0, 1, 7, 8, 255, 4096, 70_001} {
			x, y := random(uint64(n), 333), random(uint64(n)+1, n)
			got := Combine(a, sumOf(New(a), x), sumOf(New(a), y), int64(n))
			if want := sumOf(New(a), x, y); !bytes.Equal(got, want) {
				t.Errorf("%s, %d bytes: %x, not %x", a, n, got, want)
			}
		}
	}
}

// A gigabyte of zeros in one step is as a thousand steps of a megabyte.
func TestCombineLong(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for _, a := range []Algorithm{CRC32, CRC32C, CRC64NVME} {
		one := sumOf(New(a), zeros)
		sum := one
		for range 1023 {
			sum = Combine(a, sum, one, int64(len(zeros)))
		}
		half := one
		size := int64(len(zeros))
		for ; size < 1<<30; size *= 2 {
			half = Combine(a, half, half, size)
		}
		if !bytes.Equal(sum, half) {
			t.Errorf("%s: %x, not %x", a, half, sum)
		}
	}
}

func TestNames(t *testing.T) {
	for _, a := range Algorithms() {
		for _, name := range []string{a.String(), "crc32"} {
			if got, ok := Parse(name); !ok || name == a.String() && got != a {
				t.Errorf("%q is %v", name, got)
			}
		}
		if typ := a.DefaultType(); !a.Allows(typ) {
			t.Errorf("%s does not allow its own %s", a, typ)
		}
	}
	for _, name := range []string{"", "CRC", "CRC32 ", "XXHASH"} {
		if a, ok := Parse(name); ok {
			t.Errorf("%q is %v", name, a)
		}
	}
	if CRC64NVME.Allows(Composite) || SHA256.Allows(FullObject) || !CRC32.Allows(FullObject) || !CRC32.Allows(Composite) {
		t.Error("wrong types")
	}
	if CRC32C.Header() != "x-amz-checksum-crc32c" || Algorithm(200).Valid() || Algorithm(200).Size() != 0 {
		t.Error("wrong header or validity")
	}
}

func TestDecode(t *testing.T) {
	for _, a := range Algorithms() {
		v := random(3, a.Size())
		got, ok := Decode(a, Encode(v))
		if !ok || !bytes.Equal(got, v) {
			t.Errorf("%s: %x, %v", a, got, ok)
		}
		for _, bad := range []string{"", "!", Encode(v[1:]), Encode(append(v, 1)), Encode(v) + "-2"} {
			if _, ok := Decode(a, bad); ok {
				t.Errorf("%s takes %q", a, bad)
			}
		}
	}
}

func TestOfParts(t *testing.T) {
	x, y := sumOf(New(SHA256), []byte("x")), sumOf(New(SHA256), []byte("y"))
	if got, want := OfParts(SHA256, slices.Values([][]byte{x, y})), sumOf(New(SHA256), x, y); !bytes.Equal(got, want) {
		t.Errorf("%x, not %x", got, want)
	}
}

func FuzzCombine(f *testing.F) {
	f.Add([]byte("one"), []byte("two"))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		for _, a := range []Algorithm{CRC32, CRC32C, CRC64NVME} {
			if got, want := Combine(a, sumOf(New(a), x), sumOf(New(a), y), int64(len(y))), sumOf(New(a), x, y); !bytes.Equal(got, want) {
				t.Errorf("%s: %x, not %x", a, got, want)
			}
		}
	})
}

func random(seed uint64, n int) []byte {
	var s [32]byte
	s[0], s[1] = byte(seed), byte(seed>>8)
	b := make([]byte, n)
	rand.NewChaCha8(s).Read(b)
	return b
}

func BenchmarkSum(b *testing.B) {
	data := random(1, 64<<10)
	for _, a := range Algorithms() {
		b.Run(a.String(), func(b *testing.B) {
			h := New(a)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				h.Write(data)
			}
		})
	}
	b.Run("CRC32/hash", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			crc32.ChecksumIEEE(data)
		}
	})
}
