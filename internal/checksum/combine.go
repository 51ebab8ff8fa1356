package checksum

import (
	"encoding/binary"
	"hash/crc32"
)

// Combine is the CRC of A followed by B, of which it is given the CRCs and the
// number of bytes of B. The algorithm must be a CRC and the values of its size.
func Combine(a Algorithm, crcA, crcB []byte, lenB int64) []byte {
	if a == CRC64NVME {
		c := combine(nvmePoly, 64, binary.BigEndian.Uint64(crcA), binary.BigEndian.Uint64(crcB), lenB)
		return binary.BigEndian.AppendUint64(nil, c)
	}
	poly := uint64(crc32.IEEE)
	if a == CRC32C {
		poly = crc32.Castagnoli
	}
	c := combine(poly, 32, uint64(binary.BigEndian.Uint32(crcA)), uint64(binary.BigEndian.Uint32(crcB)), lenB)
	return binary.BigEndian.AppendUint32(nil, uint32(c))
}

// combine multiplies a by x to the power of 8·n modulo the polynomial, and adds
// b. Polynomials are reflected: the highest bit is the coefficient of x^0.
func combine(poly uint64, width uint, a, b uint64, n int64) uint64 {
	power := uint64(1) << (width - 1) >> 8 // x^8, a byte of zeros
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			a = multiply(poly, width, a, power)
		}
		power = multiply(poly, width, power, power)
	}
	return a ^ b
}

// multiply is a·b modulo the polynomial.
func multiply(poly uint64, width uint, a, b uint64) (product uint64) {
	for bit := uint64(1) << (width - 1); bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		b = b>>1 ^ poly&-(b&1)
	}
	return product
}
