package postgres

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
	"github.com/sallyport/sallyport/internal/kv/internal/tree"
)

// A statement writes up to so many pairs and, but for one pair, bytes: some
// servers bound the size of a message.
const (
	chunkPairs = 1000
	chunkBytes = 4 << 20
)

// txn keeps its writes in an overlay, in which a nil value is a deletion.
type txn struct {
	reader
	writes *tree.Editor
	meter  engine.Meter
}

func newTxn(r reader) *txn {
	return &txn{reader: r, writes: tree.Tree{}.Edit(maphash.MakeSeed())}
}

func (t *txn) Put(key, value []byte) error {
	return t.write(t.meter.Put(key, value), key, append(make([]byte, 0, len(value)), value...))
}

func (t *txn) Delete(key []byte) error {
	return t.write(t.meter.Delete(key), key, nil)
}

func (t *txn) write(err error, key, value []byte) error {
	if t.conn == nil {
		return errGone
	}
	if err == nil {
		t.writes.Put(bytes.Clone(key), value)
	}
	return err
}

func (t *txn) Get(key []byte) ([]byte, error) {
	value, own := t.writes.Peek().Get(key)
	switch {
	case t.conn == nil:
		return nil, errGone
	case !own:
		return t.reader.Get(key)
	case value == nil:
		return nil, kv.ErrNotFound
	}
	return bytes.Clone(value), nil
}

// Scan merges what the server has with the overlay as it is now.
func (t *txn) Scan(rg kv.Range, fn func(key, value []byte) error) error {
	var own []pair
	t.writes.Peek().Scan(rg.Start, rg.End, rg.Reverse, func(k, v []byte) bool {
		own = append(own, pair{k, v})
		return true
	})
	if len(own) == 0 {
		return t.reader.Scan(rg, fn)
	}
	m := merge{own, rg.Reverse, fn}
	if err := t.scan(rg, m.theirs); err != nil {
		return stopped(err)
	}
	return stopped(m.ownBefore(nil))
}

// merge passes on two ordered sequences as one.
type merge struct {
	own     []pair // still to come
	reverse bool
	fn      func(key, value []byte) error
}

// theirs takes a pair of the server.
func (m *merge) theirs(key, value []byte) error {
	if err := m.ownBefore(key); err != nil {
		return err
	}
	if len(m.own) > 0 && bytes.Equal(m.own[0].key, key) {
		return nil // ours comes instead, before the next of theirs
	}
	return m.fn(key, value)
}

// ownBefore passes on our pairs that come before key, all if it is nil.
func (m *merge) ownBefore(key []byte) error {
	for len(m.own) > 0 {
		p := m.own[0]
		if c := bytes.Compare(p.key, key); key != nil && (c == 0 || c > 0 != m.reverse) {
			return nil
		}
		m.own = m.own[1:]
		if p.value == nil {
			continue
		}
		if err := m.fn(bytes.Clone(p.key), bytes.Clone(p.value)); err != nil {
			return err
		}
	}
	return nil
}

// commit sends the writes and the commit in one flight. The context of the
// caller does not cut it short, because then nobody would know what came of it.
func (t *txn) commit(timeout time.Duration) error {
	b := t.writeBatch()
	if !t.begun && b.Len() == 0 {
		return nil
	}
	var flight pgx.Batch
	if !t.begun {
		flight.Queue(t.begin)
	}
	flight.QueuedQueries = append(flight.QueuedQueries, b.QueuedQueries...)
	flight.Queue(commit)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), timeout)
	defer cancel()
	results := t.conn.SendBatch(ctx, &flight)
	last := flight.Len() - 1
	for i := range flight.Len() {
		tag, err := results.Exec()
		if err == nil && i == last && tag.String() != commit {
			err = fmt.Errorf("postgres: the server answered the commit with %s", tag)
		}
		if err != nil {
			_ = results.Close() // repeats err
			return commitError(err, i == last)
		}
	}
	if err := results.Close(); err != nil {
		// The commit was acknowledged; the connection alone is lost.
		_ = t.conn.Close(ctx)
	}
	return nil
}

// writeBatch is the overlay as statements.
func (t *txn) writeBatch() *pgx.Batch {
	var b pgx.Batch
	var keys, values, deleted [][]byte
	size := 0
	flush := func() {
		if len(keys) > 0 {
			b.Queue(t.sql.put, keys, values)
			keys, values, size = nil, nil, 0
		}
	}
	t.writes.Peek().Scan(nil, nil, false, func(k, v []byte) bool {
		if v == nil {
			deleted = append(deleted, k)
			return true
		}
		if len(keys) == chunkPairs || len(keys) > 0 && size+len(v) > chunkBytes {
			flush()
		}
		keys, values, size = append(keys, k), append(values, v), size+len(k)+len(v)
		return true
	})
	flush()
	if len(deleted) > 0 {
		b.Queue(t.sql.delete, deleted)
	}
	return &b
}
