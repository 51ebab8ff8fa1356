package directory

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// logLength is how many changes the log keeps. A gateway that is further
// behind reads everything again.
const logLength = 4096

var errBehind = errors.New("directory: change log was trimmed")

// appendLog writes what the transaction changed under the next sequence number
// and removes the entry that has become too old.
func (t *Tx) appendLog() (seq uint64, err error) {
	if len(t.order) == 0 {
		return 0, nil
	}
	head, err := logHead(t.w)
	if err != nil {
		return 0, err
	}
	seq = head + 1
	var entry []byte
	for _, k := range t.order {
		entry = binary.AppendUvarint(entry, uint64(len(k)))
		entry = append(entry, k...)
	}
	if err := t.w.Put(logKey(seq), entry); err != nil {
		return 0, err
	}
	if seq > logLength {
		if err := t.w.Delete(logKey(seq - logLength)); err != nil {
			return 0, err
		}
	}
	return seq, t.w.Put(logHeadKey(), binary.AppendUvarint(nil, seq))
}

func logHead(r kv.Reader) (uint64, error) {
	value, err := r.Get(logHeadKey())
	if errors.Is(err, kv.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	head, n := binary.Uvarint(value)
	if n <= 0 {
		return 0, ErrCorrupt
	}
	return head, nil
}

// Sync brings memory up to what other gateways have committed before the call.
func (d *Directory) Sync(ctx context.Context) error {
	var head uint64
	err := d.store.View(ctx, func(r kv.Reader) (err error) {
		head, err = logHead(r)
		return err
	})
	if err != nil || head == d.applied.Load() {
		return err
	}
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer d.unlock()
	return d.catchUp(ctx)
}

// syncWait is how long glance waits for the lock.
const syncWait = 250 * time.Millisecond

// glance is Sync for who did not find something that may just have been made
// through another gateway. It gives up when the lock stays taken: it may be
// called from inside an Update, which holds it.
func (d *Directory) glance(ctx context.Context) error {
	brief, cancel := context.WithTimeout(ctx, syncWait)
	defer cancel()
	err := d.Sync(brief)
	if brief.Err() != nil {
		return ctx.Err()
	}
	return err
}

// catchUp applies the log from the last applied entry on. The caller holds the
// lock.
func (d *Directory) catchUp(ctx context.Context) error {
	var order []string
	var changes map[string][]byte
	var head uint64
	err := d.store.View(ctx, func(r kv.Reader) (err error) {
		order, changes = nil, map[string][]byte{}
		if head, err = logHead(r); err != nil {
			return err
		}
		from := d.applied.Load() + 1
		if head >= from+logLength {
			return errBehind
		}
		keys, err := logged(r, from)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if _, seen := changes[k]; seen {
				continue
			}
			value, err := r.Get([]byte(k))
			if err != nil && !errors.Is(err, kv.ErrNotFound) {
				return err
			}
			changes[k], order = value, append(order, k)
		}
		return nil
	})
	if errors.Is(err, errBehind) {
		return d.reloadLocked(ctx)
	}
	if err != nil {
		return err
	}
	d.apply(order, changes)
	d.applied.Store(head)
	return nil
}

// logged is the keys named by the log entries from the sequence number on.
func logged(r kv.Reader, from uint64) ([]string, error) {
	var keys []string
	rng := kv.Range{Start: logKey(from), End: kv.PrefixEnd(key.New(2, tagDirectory, tagLog))}
	err := r.Scan(rng, func(_, entry []byte) error {
		for len(entry) > 0 {
			size, n := binary.Uvarint(entry)
			if n <= 0 || size > uint64(len(entry)-n) {
				return ErrCorrupt
			}
			keys = append(keys, string(entry[n:n+int(size)]))
			entry = entry[n+int(size):]
		}
		return nil
	})
	return keys, err
}
