package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Records are written field after field: numbers as unsigned varints, strings
// with their length before them. The first byte of each is the version of its
// format.

func appendString[T ~string | ~[]byte](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, uint64(t.UnixMilli()))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// decoder takes a record apart. After the first field that is not there
// everything it returns is zero and end reports ErrCorrupt.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) fail() { d.rest, d.bad = nil, true }

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		d.fail()
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) bool() bool {
	switch d.byte() {
	case 0:
		return false
	case 1:
		return true
	}
	d.fail()
	return false
}

func (d *decoder) uvarint() uint64 {
	if len(d.rest) > 0 && d.rest[0] < 0x80 {
		return uint64(d.byte())
	}
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// int is a number that is not negative.
func (d *decoder) int() int64 {
	v := d.uvarint()
	if v > math.MaxInt64 {
		d.fail()
		return 0
	}
	return int64(v)
}

// count is the number of things that follow, each of at least size bytes.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

// fixed takes n bytes, aliasing the record.
func (d *decoder) fixed(n int) []byte {
	if d.bad || len(d.rest) < n {
		d.fail()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

// bytes takes a string, aliasing the record; nil when it is empty.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	return d.fixed(int(n))
}

func (d *decoder) string() string { return string(d.bytes()) }

// same takes a string, and returns last if it is that: rows next to each other
// often say the same.
func (d *decoder) same(last string) string {
	if b := d.bytes(); string(b) != last {
		return string(b)
	}
	return last
}

func (d *decoder) id() (id ID) {
	copy(id[:], d.fixed(len(id)))
	return id
}

func (d *decoder) time() time.Time {
	ms := d.int()
	if ms == 0 {
		return time.Time{}
	}
	if ms > 1<<52 {
		d.fail()
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// format takes the version of the format, which must be want.
func (d *decoder) format(want byte) {
	if d.byte() != want {
		d.fail()
	}
}

// end reports ErrCorrupt if a field was missing or something is left over.
func (d *decoder) end(what string) error {
	if d.bad || len(d.rest) > 0 {
		return fmt.Errorf("%w: %s", ErrCorrupt, what)
	}
	return nil
}
