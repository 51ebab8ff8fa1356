package engine

import (
	"context"
	"sync/atomic"

	"github.com/sallyport/sallyport/internal/kv"
)

const closedBit = 1 << 62

// Gate counts the calls inside a store and lets Close wait for them. The zero
// Gate is not usable; make one with NewGate.
//
// It is no sync.RWMutex because a View inside a View must not hang when Close
// comes between them.
type Gate struct {
	state atomic.Int64 // closedBit, and the number of calls inside
	empty chan struct{}
}

// NewGate is an open gate.
func NewGate() *Gate { return &Gate{empty: make(chan struct{})} }

// Enter lets one call in, or returns kv.ErrClosed. Leave must follow a nil.
func (g *Gate) Enter() error {
	if g.state.Add(1)&closedBit != 0 {
		g.Leave()
		return kv.ErrClosed
	}
	return nil
}

// Leave lets one call out.
func (g *Gate) Leave() {
	if g.state.Add(-1) != closedBit {
		return
	}
	// The count touches zero again whenever a late caller is turned away.
	if g.state.CompareAndSwap(closedBit, closedBit|closedBit>>1) {
		close(g.empty)
	}
}

// Close shuts the gate and waits until nobody is inside. A second Close returns
// kv.ErrClosed at once.
func (g *Gate) Close() error {
	if g.state.Or(closedBit)&closedBit != 0 {
		return kv.ErrClosed
	}
	// Count as a call of its own, so that the last one out is told even when
	// nobody was inside.
	g.state.Add(1)
	g.Leave()
	<-g.empty
	return nil
}

// Lock is a mutual exclusion lock that can be waited for under a context. It
// is handed to waiters in the order they came.
type Lock struct{ held chan struct{} }

// NewLock is an unlocked lock.
func NewLock() Lock { return Lock{held: make(chan struct{}, 1)} }

// Lock takes the lock, or returns ctx's error when it ends first.
func (l Lock) Lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.held <- struct{}{}:
		return nil
	default:
	}
	select {
	case l.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Unlock releases the lock.
func (l Lock) Unlock() { <-l.held }

// CheckKey returns kv.ErrEmptyKey or kv.ErrTooLarge for what cannot be a key.
func CheckKey(key []byte) error {
	switch {
	case len(key) == 0:
		return kv.ErrEmptyKey
	case len(key) > kv.MaxKey:
		return kv.ErrTooLarge
	}
	return nil
}

// Meter adds up what one transaction writes.
type Meter struct{ bytes int }

// Put accounts for a Put, or returns kv.ErrTooLarge or kv.ErrEmptyKey and
// accounts for nothing.
func (m *Meter) Put(key, value []byte) error {
	if len(value) > kv.MaxValue {
		return kv.ErrTooLarge
	}
	return m.add(key, len(value))
}

// Delete accounts for a Delete, as Put does.
func (m *Meter) Delete(key []byte) error { return m.add(key, 0) }

func (m *Meter) add(key []byte, value int) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	n := m.bytes + len(key) + value
	if n > kv.MaxTxn {
		return kv.ErrTooLarge
	}
	m.bytes = n
	return nil
}
