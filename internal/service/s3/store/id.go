package store

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// ID names data, an upload or a version. The first half is the time at which it
// was made, so that ids order by time and new rows lie next to each other; the
// other half is random.
type ID [16]byte

// BucketID names a bucket for ever: a bucket made again under the same name has
// another.
type BucketID uint64

// NewID makes an id for something made at now.
func NewID(now time.Time) ID {
	id := randomID()
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixNano()))
	return id
}

// randomID is an id whose first half is still to be set.
func randomID() (id ID) {
	rand.Read(id[8:])
	return id
}

// IsZero tells whether id is no id. In a version it means the null version.
func (id ID) IsZero() bool { return id == ID{} }

// Time is when the id was made.
func (id ID) Time() time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(id[:8]))).UTC()
}

// String is the id as clients see it: 22 characters of URL-safe base64.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// ParseID reads what String wrote and nothing else.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != base64.RawURLEncoding.EncodedLen(len(id)) {
		return ID{}, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(id[:], []byte(s))
	if err != nil || n != len(id) {
		return ID{}, false
	}
	return id, true
}

func newBucketID() BucketID {
	var b [8]byte
	for {
		rand.Read(b[:])
		if id := binary.BigEndian.Uint64(b[:]); id != 0 {
			return BucketID(id)
		}
	}
}
