package kv

import (
	"context"
	"errors"
)

// Limits that every engine honours, in bytes. A transaction as a whole may
// write up to MaxTxn: the keys and values of all its Puts and the keys of all
// its Deletes, each time one is made. A key has at least one byte.
//
// MaxKey is what a B-tree page of PostgreSQL holds (2,704 bytes with its own
// overhead), rounded down. An S3 key of 1,024 bytes fits in even when each of
// its bytes has to be escaped.
const (
	MaxKey   = 2560
	MaxValue = 16 << 20
	MaxTxn   = 64 << 20
)

var (
	// ErrNotFound is what Get returns for a key that is not there.
	ErrNotFound = errors.New("kv: not found")
	// ErrTooLarge is returned for a key, value or transaction over its limit.
	ErrTooLarge = errors.New("kv: too large")
	// ErrEmptyKey is returned for a key without a byte.
	ErrEmptyKey = errors.New("kv: empty key")
	// ErrClosed is returned by every call on a closed store.
	ErrClosed = errors.New("kv: closed")
	// ErrConflict is returned by Update when the engine gave up running fn again
	// because other transactions kept touching the same keys. Nothing was written.
	ErrConflict = errors.New("kv: conflict")
	// ErrUncertain is returned by Update when the engine cannot tell whether the
	// writes were made: the disk failed to sync them or the connection broke while
	// they were being committed. They are there as a whole or not at all.
	ErrUncertain = errors.New("kv: outcome unknown")
	// Stop ends a Scan early, without an error, when its callback returns it.
	Stop = errors.New("kv: stop")
)

// Range is the keys k with Start <= k < End in byte order. A nil End has no
// upper bound. Reverse visits the same keys from the last to the first.
type Range struct {
	Start, End []byte
	Reverse    bool
}

// Prefix is the range of all the keys that begin with p.
func Prefix(p []byte) Range {
	return Range{Start: p, End: PrefixEnd(p)}
}

// PrefixEnd is the first key after all the keys that begin with p, nil when
// there is none (p is empty or all 0xff).
func PrefixEnd(p []byte) []byte {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] != 0xff {
			end := append([]byte(nil), p[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// Reader reads one consistent state of the store. It is valid only inside the
// function it was passed to, and is not safe for concurrent use.
type Reader interface {
	// Get returns the value of key, or ErrNotFound. The value belongs to the
	// caller.
	Get(key []byte) ([]byte, error)
	// Scan calls fn for each pair of the range in order, until fn returns an
	// error; Stop ends the scan without one. key and value are valid only during
	// the call. Inside an Update a scan sees the writes made before it began; fn
	// must not write to keys of the range being scanned.
	Scan(r Range, fn func(key, value []byte) error) error
}

// Txn is a Reader that sees its own writes and can make more.
type Txn interface {
	Reader
	// Put sets key to value. Both are copied.
	Put(key, value []byte) error
	// Delete removes key; deleting a key that is not there is not an error.
	Delete(key []byte) error
}

// Store is an ordered, transactional, durable map. It is safe for concurrent
// use. View and Update return ctx's error when it ends before they are done; a
// long Scan looks at it now and then. A panic in fn is passed on and nothing is
// written.
type Store interface {
	// View runs fn on a consistent state that holds every update acknowledged
	// before View was called, and nothing that a power loss could still take away.
	// It returns fn's error. fn is run once.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and makes all its writes visible at once, or none of them if
	// fn or the commit fails. Transactions are serializable. fn may be run more
	// than once, so it must have no effect outside the transaction that it does
	// not reset at its start, and it must not call the store itself. When Update returns nil
	// the writes survive power loss. When it returns an error, fn's own or
	// another, nothing was written, unless it is ErrUncertain.
	Update(ctx context.Context, fn func(Txn) error) error
	// Close waits for what is running and releases the store. What is called from
	// then on returns ErrClosed.
	Close() error
}
