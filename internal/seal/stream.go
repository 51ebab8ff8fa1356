package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
)

const (
	// SegmentSize is how many bytes of a stream are sealed together, and so how
	// many must be read to read one.
	SegmentSize = 64 << 10
	// MaxStream is how long a stream can be before it is sealed, in bytes: far
	// more than the 5 TiB of an S3 object.
	MaxStream = 1 << 50

	sealedSegment = SegmentSize + tagSize
	streamVersion = 1
)

// ErrRange is returned by Open for a range outside the stream.
var ErrRange = errors.New("seal: range outside the stream")

// SealedSize tells how long a stream of plain bytes is once sealed, -1 if plain
// is negative or more than MaxStream.
func SealedSize(plain int64) int64 {
	if plain < 0 || plain > MaxStream {
		return -1
	}
	return plain + segments(plain)*tagSize
}

// PlainSize tells how long a sealed stream is once opened. ErrCorrupt: no stream
// has that size.
func PlainSize(sealed int64) (int64, error) {
	whole, rest := sealed/sealedSegment, sealed%sealedSegment
	plain := sealed - whole*tagSize
	if rest > 0 {
		plain -= tagSize
	}
	// A rest holds a byte at least, unless it is all there is.
	if sealed < tagSize || rest > 0 && rest < tagSize || rest == tagSize && whole > 0 || plain > MaxStream {
		return 0, fmt.Errorf("%w: a sealed stream of %d bytes", ErrCorrupt, sealed)
	}
	return plain, nil
}

// segments is how many a stream has: an empty one has one, too, so that nothing
// cannot be passed off as an empty stream.
func segments(plain int64) int64 {
	return max(1, (plain+SegmentSize-1)/SegmentSize)
}

// nonce is that of one segment.
type nonce [gcmNonce]byte

func (n *nonce) set(segment int64, last bool) []byte {
	n[0] = streamVersion
	binary.BigEndian.PutUint64(n[3:11], uint64(segment))
	n[11] = 0
	if last {
		n[11] = 1
	}
	return n[:]
}

// segmentBuffers hold a segment with its tag, or one plain with the first byte
// of the next. They may hold plain bytes while nobody uses them.
var segmentBuffers = sync.Pool{New: func() any { return new([sealedSegment]byte) }}

// SealBytes appends the sealed stream of plaintext, SealedSize bytes, to dst.
// They must not overlap. The result is what Seal would have yielded.
func SealBytes(k DataKey, dst, plaintext []byte) []byte {
	size := int64(len(plaintext))
	dst = slices.Grow(dst, int(size+segments(size)*tagSize))
	var n nonce
	for i := int64(0); ; i++ {
		if len(plaintext) <= SegmentSize {
			return k.k.aead.Seal(dst, n.set(i, true), plaintext, nil)
		}
		dst = k.k.aead.Seal(dst, n.set(i, false), plaintext[:SegmentSize], nil)
		plaintext = plaintext[SegmentSize:]
	}
}

// OpenBytes appends what a whole sealed stream holds to dst, with which it must
// not overlap. On ErrCorrupt nothing is returned.
func OpenBytes(k DataKey, dst, sealed []byte) ([]byte, error) {
	size, err := PlainSize(int64(len(sealed)))
	if err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, int(size))
	var n nonce
	for i := int64(0); ; i++ {
		last := len(sealed) <= sealedSegment
		segment := sealed[:min(len(sealed), sealedSegment)]
		if dst, err = k.k.aead.Open(dst, n.set(i, last), segment, nil); err != nil {
			return nil, corruptSegment(i)
		}
		if last {
			return dst, nil
		}
		sealed = sealed[sealedSegment:]
	}
}

func corruptSegment(i int64) error {
	return fmt.Errorf("%w: segment %d", ErrCorrupt, i)
}
