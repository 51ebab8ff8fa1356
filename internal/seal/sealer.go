package seal

import (
	"errors"
	"fmt"
	"io"
)

// maxEmptyReads is how many times in a row a reader may return neither bytes nor
// an error.
const maxEmptyReads = 100

var (
	errBadCount = errors.New("seal: reader returned an impossible count")
	errTooLong  = fmt.Errorf("seal: a stream of more than %d bytes", int64(MaxStream))
)

// Seal returns a reader that yields the sealed form of what it reads from r. It
// uses k for this one stream; k must not have sealed another.
//
// The reader takes from r what the next segment needs and no more than a byte
// beyond. Given room for a whole segment (SegmentSize + 16 bytes) it seals where
// the bytes shall lie and needs no buffer; with less room it borrows one until
// the segment has been taken. What r has failed with it passes on as it is; the
// sealed bytes before that are then part of no stream. It is not safe for
// concurrent use.
func Seal(k DataKey, r io.Reader) io.Reader { return &sealer{key: k, r: r} }

type sealer struct {
	key     DataKey
	r       io.Reader
	nonce   nonce
	segment int64
	carry   byte // the first byte of the next segment, once there is one
	carried bool
	ended   bool  // r has said so and is not asked again
	err     error // what Read returns when nothing is left of the segment

	buf  *[sealedSegment]byte // nil while nothing is in it
	left []byte               // of a segment sealed in buf
}

// Read implements io.Reader.
func (s *sealer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.buf == nil {
		if s.err != nil {
			return 0, s.err
		}
		if len(p) >= sealedSegment {
			return s.next(p[:sealedSegment])
		}
		buf := segmentBuffers.Get().(*[sealedSegment]byte)
		n, err := s.next(buf[:])
		if err != nil {
			segmentBuffers.Put(buf)
			return 0, err
		}
		s.buf, s.left = buf, buf[:n]
	}
	n := copy(p, s.left)
	if s.left = s.left[n:]; len(s.left) == 0 {
		segmentBuffers.Put(s.buf)
		s.buf, s.left = nil, nil
	}
	return n, nil
}

// next seals the next segment in place, in buf, and returns its sealed length.
// Only the byte after a full segment tells whether it is the last.
func (s *sealer) next(buf []byte) (int, error) {
	if s.segment >= MaxStream/SegmentSize {
		s.err = errTooLong
		return 0, s.err
	}
	n := 0
	if s.carried {
		buf[0], n = s.carry, 1
	}
	if !s.ended {
		var err error
		n, err = fill(s.r, buf[:SegmentSize+1], n)
		if s.ended = errors.Is(err, io.EOF); err != nil && !s.ended {
			s.err = err
			return 0, err
		}
	}
	last := n <= SegmentSize
	if last {
		s.err = io.EOF
	} else {
		n, s.carry, s.carried = SegmentSize, buf[SegmentSize], true
	}
	s.key.k.aead.Seal(buf[:0], s.nonce.set(s.segment, last), buf[:n], nil)
	s.segment++
	return n + tagSize, nil
}

// fill reads into buf from n on until it is full, r ends (io.EOF) or fails (its
// own error), and returns how much of buf is filled then.
func fill(r io.Reader, buf []byte, n int) (int, error) {
	empty := 0
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		if m < 0 || m > len(buf)-n {
			return n, errBadCount
		}
		n += m
		if err != nil {
			return n, err
		}
		if m > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}
