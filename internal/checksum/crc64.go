package checksum

import (
	"encoding/binary"
	"hash"
)

// nvmePoly is the polynomial of CRC-64/NVME, bits reversed.
const nvmePoly = 0x9a6c9329ac4bc9b5

// nvme[k][b] is what byte b does to the register 15-k bytes later.
var nvme = makeNVME()

func makeNVME() *[16][256]uint64 {
	var t [16][256]uint64
	for b := range 256 {
		crc := uint64(b)
		for range 8 {
			crc = crc>>1 ^ nvmePoly&-(crc&1)
		}
		t[0][b] = crc
	}
	for k := 1; k < 16; k++ {
		for b := range 256 {
			crc := t[k-1][b]
			t[k][b] = t[0][crc&0xff] ^ crc>>8
		}
	}
	return &t
}

// UpdateCRC64NVME adds p to a CRC.
func UpdateCRC64NVME(crc uint64, p []byte) uint64 {
	crc = ^crc
	if len(p) >= minFold {
		crc, p = fold(crc, p)
	}
	return ^slice16(crc, p)
}

// slice16 adds p to the register, sixteen bytes at a time.
func slice16(crc uint64, p []byte) uint64 {
	t := nvme
	for len(p) >= 16 {
		a := crc ^ binary.LittleEndian.Uint64(p)
		b := binary.LittleEndian.Uint64(p[8:])
		crc = t[15][a&0xff] ^ t[14][a>>8&0xff] ^ t[13][a>>16&0xff] ^ t[12][a>>24&0xff] ^
			t[11][a>>32&0xff] ^ t[10][a>>40&0xff] ^ t[9][a>>48&0xff] ^ t[8][a>>56] ^
			t[7][b&0xff] ^ t[6][b>>8&0xff] ^ t[5][b>>16&0xff] ^ t[4][b>>24&0xff] ^
			t[3][b>>32&0xff] ^ t[2][b>>40&0xff] ^ t[1][b>>48&0xff] ^ t[0][b>>56]
		p = p[16:]
	}
	for _, c := range p {
		crc = t[0][byte(crc)^c] ^ crc>>8
	}
	return crc
}

type crc64nvme uint64

// NewCRC64NVME is a hasher for CRC64NVME.
func NewCRC64NVME() hash.Hash64 { return new(crc64nvme) }

func (c *crc64nvme) Size() int      { return 8 }
func (c *crc64nvme) BlockSize() int { return 1 }
func (c *crc64nvme) Reset()         { *c = 0 }
func (c *crc64nvme) Sum64() uint64  { return uint64(*c) }

func (c *crc64nvme) Write(p []byte) (int, error) {
	*c = crc64nvme(UpdateCRC64NVME(uint64(*c), p))
	return len(p), nil
}

func (c *crc64nvme) Sum(b []byte) []byte { return binary.BigEndian.AppendUint64(b, uint64(*c)) }
