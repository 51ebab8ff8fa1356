package checksum

import "golang.org/x/sys/cpu"

// minFold is the fewest bytes worth folding.
const minFold = 256

// folding holds the constants of foldBlocks: x to the power of 575 and 511, which
// carry a register over 512 bits, and of 191 and 127, over 128. Each is one less
// than that because the carry-less product of reflected numbers is one bit off.
var folding = [4]uint64{xPower(512 + 63), xPower(512 - 1), xPower(128 + 63), xPower(128 - 1)}

var canFold = cpu.X86.HasPCLMULQDQ && cpu.X86.HasSSE41

// foldBlocks reduces n bytes from p, a multiple of 64 and not 0, with crc added
// to the first of them, to 16 bytes that have the same remainder.
//
//go:noescape
func foldBlocks(crc uint64, p *byte, n int, constants *[4]uint64, out *[16]byte)

// fold adds as much of p as it can to the register and returns the rest. The
// method is that of Gopal and others, "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ Instruction", Intel, 2009; the last 16 bytes are
// left to the tables.
func fold(crc uint64, p []byte) (uint64, []byte) {
	if !canFold {
		return crc, p
	}
	n := len(p) &^ 63
	var out [16]byte
	foldBlocks(crc, &p[0], n, &folding, &out)
	return slice16(0, out[:]), p[n:]
}

// xPower is x to the power of n modulo the polynomial, reflected.
func xPower(n int) uint64 {
	v := uint64(1) << 63
	for range n {
		v = v>>1 ^ nvmePoly&-(v&1)
	}
	return v
}
