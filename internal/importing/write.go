package importing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/kv"
)

// errMoved says that the account changed since it was read.
var errMoved = errors.New("importing: the account changed meanwhile")

type verb byte

const (
	creates verb = iota + 1
	changes
	removes
)

// change is one record that is made, changed or removed.
type change struct {
	Item
	verb  verb
	asks  []ask
	size  int // bytes that it writes, about
	write func(*directory.Tx) error
}

// records are how one kind of record is read and written.
type records[T any] struct {
	load              func(*directory.ReadTx, *T) (*T, error) // the one in the place of another
	create, put, drop func(*directory.Tx, *T) error
	rename            func(tx *directory.Tx, before, after *T) error // nil where names stay
}

// step writes after in place of before; either may be nil. What is there must be
// before still.
func (r *records[T]) step(before, after *T) func(*directory.Tx) error {
	return func(tx *directory.Tx) error {
		place := before
		if place == nil {
			place = after
		}
		now, err := r.load(&tx.ReadTx, place)
		if errors.Is(err, directory.ErrNotFound) {
			now, err = nil, nil
		}
		if err != nil {
			return err
		}
		if same, err := directory.Same(now, before); err != nil || !same {
			return errors.Join(err, errMoved)
		}
		switch {
		case before == nil:
			return r.create(tx, after)
		case after == nil:
			return r.drop(tx, before)
		}
		if r.rename != nil {
			return r.rename(tx, before, after)
		}
		return r.put(tx, after)
	}
}

// Fixed parts of a change's size: keys, indexes and counts.
const overhead = 1024

func sizeOf(record any) int {
	text, err := json.Marshal(record)
	if err != nil {
		return overhead
	}
	return len(text) + overhead
}

// batchSize is about how many bytes one transaction writes, well below what the
// stores take. Most accounts fit into one.
const batchSize = kv.MaxTxn / 2

// write makes the changes of IAM: all at once or, of an account that is larger
// than a transaction, in order, so that what is named is there before what names it.
func (p *plan) write(ctx context.Context) error {
	if err := p.bury(ctx); err != nil {
		return err
	}
	for start := 0; start < len(p.changes); {
		end, size := start, 0
		for end < len(p.changes) && (end == start || size+p.changes[end].size <= batchSize) {
			size += p.changes[end].size
			end++
		}
		err := p.dir.Update(ctx, func(tx *directory.Tx) error {
			for _, c := range p.changes[start:end] {
				if err := c.write(tx); err != nil {
					return fmt.Errorf("%s: %w", c.ARN, err)
				}
			}
			return nil
		})
		if errors.Is(err, kv.ErrConflict) || errors.Is(err, directory.ErrExists) {
			err = errMoved
		}
		if err != nil {
			return err
		}
		start = end
	}
	return nil
}

// bury keeps the unique ids of what was gone at AWS, and is still named, from all
// other accounts: who bore one would be let in by what names it.
func (p *plan) bury(ctx context.Context) error {
	var dead []string
	for _, value := range p.absents {
		if deadID(value) {
			dead = append(dead, value)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	return p.dir.Update(ctx, func(tx *directory.Tx) error {
		for _, id := range dead {
			if err := tx.Bury(id, p.account); err != nil {
				return err
			}
		}
		return nil
	})
}
