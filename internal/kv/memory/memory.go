package memory

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"sync/atomic"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
	"github.com/sallyport/sallyport/internal/kv/internal/tree"
)

// A long Scan looks at its context once in this many pairs.
const checkEvery = 256

// Store is an in-memory kv.Store.
type Store struct {
	gate    *engine.Gate
	writer  engine.Lock
	seed    maphash.Seed
	current atomic.Pointer[tree.Tree]
}

var _ kv.Store = (*Store)(nil)

// New is an empty store.
func New() *Store {
	s := &Store{gate: engine.NewGate(), writer: engine.NewLock(), seed: maphash.MakeSeed()}
	s.current.Store(new(tree.Tree))
	return s
}

// View implements kv.Store.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(reader{ctx, *s.current.Load()})
}

// Update implements kv.Store. fn is run once.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if err := s.writer.Lock(ctx); err != nil {
		return err
	}
	defer s.writer.Unlock()
	t := txn{ctx: ctx, edit: s.current.Load().Edit(s.seed)}
	if err := fn(&t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	next := t.edit.Freeze()
	s.current.Store(&next)
	return nil
}

// Close implements kv.Store. The data is gone after it.
func (s *Store) Close() error {
	if err := s.gate.Close(); err != nil {
		return err
	}
	s.current.Store(new(tree.Tree))
	return nil
}

type reader struct {
	ctx  context.Context
	tree tree.Tree
}

func (r reader) Get(key []byte) ([]byte, error) {
	if err := engine.CheckKey(key); err != nil {
		return nil, err
	}
	value, ok := r.tree.Get(key)
	if !ok {
		return nil, kv.ErrNotFound
	}
	return append(make([]byte, 0, len(value)), value...), nil
}

func (r reader) Scan(rg kv.Range, fn func(key, value []byte) error) error {
	err := r.ctx.Err()
	if err != nil {
		return err
	}
	var n int
	var k, v []byte
	r.tree.Scan(rg.Start, rg.End, rg.Reverse, func(key, value []byte) bool {
		if n++; n%checkEvery == 0 {
			if err = r.ctx.Err(); err != nil {
				return false
			}
		}
		// A callback may scribble on what it is given; the tree must not change.
		k, v = append(k[:0], key...), append(v[:0], value...)
		err = fn(k, v)
		return err == nil
	})
	if errors.Is(err, kv.Stop) {
		return nil
	}
	return err
}

type txn struct {
	ctx   context.Context
	edit  *tree.Editor
	meter engine.Meter
}

func (t *txn) Get(key []byte) ([]byte, error) {
	return reader{t.ctx, t.edit.Peek()}.Get(key)
}

// Scan freezes the tree, so that what fn writes meanwhile does not move it.
func (t *txn) Scan(rg kv.Range, fn func(key, value []byte) error) error {
	return reader{t.ctx, t.edit.Freeze()}.Scan(rg, fn)
}

func (t *txn) Put(key, value []byte) error {
	if err := t.meter.Put(key, value); err != nil {
		return err
	}
	t.edit.Put(bytes.Clone(key), bytes.Clone(value))
	return nil
}

func (t *txn) Delete(key []byte) error {
	if err := t.meter.Delete(key); err != nil {
		return err
	}
	t.edit.Delete(key)
	return nil
}
