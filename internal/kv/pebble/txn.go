package pebble

import (
	"context"
	"errors"
	"io"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

// A long Scan looks at its context once in this many pairs.
const checkEvery = 256

// source is what Pebble reads from: the store, a snapshot or an indexed batch.
type source interface {
	Get(key []byte) ([]byte, io.Closer, error)
	NewIter(o *lsm.IterOptions) (*lsm.Iterator, error)
}

var errGone = errors.New("pebble: a reader or transaction was used after its function returned")

// gone takes the place of the source when the function has returned, because
// Pebble would hand memory of others to one who goes on reading.
type gone struct{}

func (gone) Get([]byte) ([]byte, io.Closer, error)           { return nil, nil, errGone }
func (gone) NewIter(*lsm.IterOptions) (*lsm.Iterator, error) { return nil, errGone }

type reader struct {
	ctx context.Context
	src source
}

func (r *reader) Get(key []byte) ([]byte, error) {
	if err := engine.CheckKey(key); err != nil {
		return nil, err
	}
	v, closer, err := r.src.Get(key)
	if err != nil {
		if errors.Is(err, lsm.ErrNotFound) {
			return nil, kv.ErrNotFound
		}
		return nil, err
	}
	value := append(make([]byte, 0, len(v)), v...)
	return value, closer.Close()
}

func (r *reader) Scan(rg kv.Range, fn func(key, value []byte) error) (err error) {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if rg.End != nil && string(rg.Start) >= string(rg.End) {
		return nil // Pebble takes no empty range
	}
	bounds := lsm.IterOptions{UpperBound: rg.End}
	if len(rg.Start) > 0 { // nor the empty key as a bound
		bounds.LowerBound = rg.Start
	}
	it, err := r.src.NewIter(&bounds)
	if err != nil {
		return err
	}
	defer func() {
		if e := it.Close(); err == nil {
			err = e
		}
	}()
	first, next := it.First, it.Next
	if rg.Reverse {
		first, next = it.Last, it.Prev
	}
	n := 0
	for ok := first(); ok; ok = next() {
		if n++; n%checkEvery == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if err := fn(it.Key(), value); err != nil {
			if errors.Is(err, kv.Stop) {
				return nil
			}
			return err
		}
	}
	return nil // an error of the iterator is Close's
}

// txn reads from the store itself, since no other transaction is applied while
// it runs, and collects its writes in a batch. Only when it reads after a write
// does the batch get an index, which costs as much as the writes themselves.
type txn struct {
	reader
	db      *lsm.DB
	batch   *lsm.Batch // nil before the first write
	indexed bool
	meter   engine.Meter
}

func (t *txn) Get(key []byte) ([]byte, error) {
	if err := t.index(); err != nil {
		return nil, err
	}
	return t.reader.Get(key)
}

func (t *txn) Scan(rg kv.Range, fn func(key, value []byte) error) error {
	if err := t.index(); err != nil {
		return err
	}
	return t.reader.Scan(rg, fn)
}

func (t *txn) Put(key, value []byte) error {
	if err := t.meter.Put(key, value); err != nil {
		return err
	}
	if err := t.write(); err != nil {
		return err
	}
	return t.batch.Set(key, value, nil)
}

func (t *txn) Delete(key []byte) error {
	if err := t.meter.Delete(key); err != nil {
		return err
	}
	if err := t.write(); err != nil {
		return err
	}
	return t.batch.Delete(key, nil)
}

func (t *txn) write() error {
	if t.src == (gone{}) {
		return errGone
	}
	if t.batch == nil {
		t.batch = t.db.NewBatch()
	}
	return nil
}

// index makes the writes so far readable. A scan that is under way keeps
// reading what it began with.
func (t *txn) index() error {
	if t.batch == nil || t.indexed {
		return nil
	}
	b := t.db.NewIndexedBatch()
	if err := b.Apply(t.batch, nil); err != nil {
		return errors.Join(err, b.Close())
	}
	if err := t.batch.Close(); err != nil {
		return errors.Join(err, b.Close())
	}
	t.batch, t.src, t.indexed = b, b, true
	return nil
}

// end takes the transaction away from fn and drops what was not applied.
func (t *txn) end() {
	t.src = gone{}
	if t.batch != nil {
		_ = t.batch.Close() // nothing of it is in use, and it was written nowhere
		t.batch = nil
	}
}
