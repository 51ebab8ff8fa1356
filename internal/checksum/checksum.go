package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
)

// Algorithm is one of S3's checksum algorithms. The numbers are stored and
// never change.
type Algorithm uint8

// The algorithms, None for no checksum.
const (
	None Algorithm = iota
	CRC32
	CRC32C
	CRC64NVME
	SHA1
	SHA256
	SHA512
	MD5
	XXHASH64
	XXHASH3 // of 64 bits
	XXHASH128
	count
)

// Type tells how a multipart object's checksum was made. The numbers are stored
// and never change.
type Type uint8

// The types: of the whole object, or of the parts' checksums.
const (
	FullObject Type = iota
	Composite
)

var names = [count]string{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"}
var sizes = [count]int{0, 4, 4, 8, 20, 32, 64, 16, 8, 8, 16}

// Algorithms are all the algorithms.
func Algorithms() []Algorithm {
	return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128}
}

// Parse finds an algorithm by AWS's name for it, in any case.
func Parse(name string) (Algorithm, bool) {
	for a := CRC32; a < count; a++ {
		if strings.EqualFold(names[a], name) {
			return a, true
		}
	}
	return None, false
}

// Valid tells whether a is an algorithm or None.
func (a Algorithm) Valid() bool { return a < count }

// String is AWS's name for the algorithm.
func (a Algorithm) String() string {
	if !a.Valid() {
		return ""
	}
	return names[a]
}

// Header is the request and response header that carries it.
func (a Algorithm) Header() string { return "x-amz-checksum-" + strings.ToLower(a.String()) }

// Size is the number of bytes of a value.
func (a Algorithm) Size() int {
	if !a.Valid() {
		return 0
	}
	return sizes[a]
}

// CRC tells whether checksums of the parts can be joined to one of the whole.
func (a Algorithm) CRC() bool { return a >= CRC32 && a <= CRC64NVME }

// Allows tells whether a multipart upload may use the algorithm with the type:
// CRC64NVME is of whole objects only, hashes are composite only.
func (a Algorithm) Allows(t Type) bool {
	switch {
	case a == CRC64NVME:
		return t == FullObject
	case a.CRC():
		return true
	default:
		return t == Composite
	}
}

// DefaultType is the type of a multipart upload that names none.
func (a Algorithm) DefaultType() Type {
	if a == CRC64NVME {
		return FullObject
	}
	return Composite
}

// String is AWS's name for the type.
func (t Type) String() string {
	if t == Composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// ParseType finds a type by AWS's name for it, in upper or lower case.
func ParseType(name string) (Type, bool) {
	switch strings.ToUpper(name) {
	case "COMPOSITE":
		return Composite, true
	case "FULL_OBJECT":
		return FullObject, true
	}
	return 0, false
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// New is a hasher for a, which must be valid and not None.
func New(a Algorithm) hash.Hash {
	switch a {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(castagnoli)
	case CRC64NVME:
		return NewCRC64NVME()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	case MD5:
		return md5.New()
	case XXHASH64:
		return xxhash.New()
	case XXHASH3:
		return xxh3.New()
	case XXHASH128:
		return xxh128{xxh3.New()}
	}
	panic("checksum: no such algorithm")
}

// xxh128 is the 128 bits of XXH3, the higher ones first as in its canonical form.
type xxh128 struct{ *xxh3.Hasher }

// Size implements hash.Hash.
func (h xxh128) Size() int { return 16 }

// Sum implements hash.Hash.
func (h xxh128) Sum(b []byte) []byte {
	sum := h.Sum128().Bytes()
	return append(b, sum[:]...)
}

// Encode is a value as headers carry it.
func Encode(value []byte) string { return base64.StdEncoding.EncodeToString(value) }

// Decode reads a value as headers carry it; ok is false unless it is one of the
// algorithm's length.
func Decode(a Algorithm, s string) (value []byte, ok bool) {
	if len(s) != base64.StdEncoding.EncodedLen(a.Size()) {
		return nil, false
	}
	value, err := base64.StdEncoding.Strict().DecodeString(s)
	return value, err == nil && len(value) == a.Size()
}

// OfParts is the composite value over the values of the parts, in order.
func OfParts(a Algorithm, parts func(yield func([]byte) bool)) []byte {
	h := New(a)
	for p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
