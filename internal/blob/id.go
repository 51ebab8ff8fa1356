package blob

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// idAlphabet is base32 with the digits first, so that ids sort as the bytes
// they encode do.
const idAlphabet = "0123456789abcdefghijklmnopqrstuv"

const idLen = 26

var idEncoding = base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding)

// Valid tells whether id has the form of an id that a store could have given.
// An engine checks this before an id becomes part of a name on its medium: a
// valid id has no separator, no dot and no upper-case letter.
func (id ID) Valid() bool {
	if len(id) != idLen {
		return false
	}
	last := 0
	for i := range len(id) {
		if last = idDigit(id[i]); last < 0 {
			return false
		}
	}
	// 26 digits hold 130 bits: the last two are always zero. The first bit is
	// that of a time before the year 2262, zero as well.
	return last&3 == 0 && id[0] < 'g'
}

func idDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'v':
		return int(c-'a') + 10
	}
	return -1
}

// IDs makes the ids of one store: 64 bits of time in nanoseconds, then 64
// random bits. Within one IDs they strictly ascend even when the clock does not.
// It is safe for concurrent use.
type IDs struct {
	last atomic.Int64
}

// NewIDs returns a source of ids greater than after, which is the greatest id
// known to the store or "" for none. So the order of ids outlives a clock that
// was set back between two runs.
func NewIDs(after ID) *IDs {
	s := new(IDs)
	if after.Valid() {
		b, err := idEncoding.DecodeString(string(after))
		if err == nil {
			s.last.Store(int64(binary.BigEndian.Uint64(b)))
		}
	}
	return s
}

// Next returns a new id.
func (s *IDs) Next() ID {
	return makeID(s.tick(time.Now().UnixNano()))
}

// tick returns now, or the number after the last one it returned if now is not
// past that.
func (s *IDs) tick(now int64) int64 {
	for {
		last := s.last.Load()
		next := max(now, last+1)
		if s.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

func makeID(tick int64) ID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(tick))
	rand.Read(b[8:]) // never fails
	return ID(idEncoding.EncodeToString(b[:]))
}
