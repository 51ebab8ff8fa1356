package key

import (
	"encoding/binary"
	"slices"
	"strings"
)

const (
	// Inside a Str component 0x00 is written as escape, escaped and the end as escape,
	// end. end < escaped makes a string sort before those it is a prefix of.
	escape  = 0x00
	end     = 0x01
	escaped = 0xff
)

// Key is a key under construction. Its methods append a component and return
// the longer key, as append does.
type Key []byte

// New is an empty key with room for capacity bytes, begun with tag.
func New(capacity int, tag ...byte) Key {
	return append(make(Key, 0, max(capacity, len(tag))), tag...)
}

// Clone is a copy of k with room for extra more bytes.
func (k Key) Clone(extra int) Key {
	return append(make(Key, 0, len(k)+extra), k...)
}

// Byte appends b as it is.
func (k Key) Byte(b byte) Key { return append(k, b) }

// Str appends s, escaped and terminated.
func (k Key) Str(s string) Key { return AppendString(k, s) }

// StrPrefix appends s escaped but not terminated: the prefix of all keys
// whose Str component begins with s. It cannot be parsed.
func (k Key) StrPrefix(s string) Key { return AppendStringPrefix(k, s) }

// Uint64 appends v so that smaller values sort first.
func (k Key) Uint64(v uint64) Key { return AppendUint64(k, v) }

// Uint64Desc appends v so that larger values sort first.
func (k Key) Uint64Desc(v uint64) Key { return AppendUint64Desc(k, v) }

// Raw appends s as it is; nothing may follow it.
func (k Key) Raw(s string) Key { return append(k, s...) }

// AppendString appends s to dst, escaped and terminated. It grows by
// StringLen(s) bytes.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(AppendStringPrefix(dst, s), escape, end)
}

// AppendStringPrefix appends s to dst, escaped but not terminated.
func AppendStringPrefix[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = slices.Grow(dst, len(s)+2)
	for i := range len(s) {
		if s[i] == escape {
			dst = append(dst, escape, escaped)
		} else {
			dst = append(dst, s[i])
		}
	}
	return dst
}

// StringLen is the number of bytes that AppendString appends for s.
func StringLen(s string) int { return len(s) + strings.Count(s, "\x00") + 2 }

// AppendUint64 appends v to dst so that smaller values sort first.
func AppendUint64(dst []byte, v uint64) []byte {
	return binary.BigEndian.AppendUint64(dst, v)
}

// AppendUint64Desc appends v to dst so that larger values sort first.
func AppendUint64Desc(dst []byte, v uint64) []byte {
	return binary.BigEndian.AppendUint64(dst, ^v)
}
