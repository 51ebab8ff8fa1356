package directory

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/kv"
)

// flushBatch is how many last-used records one transaction writes.
const flushBatch = 256

// uses holds the last uses that are not yet written. An entry stays while it
// is in use, so that marking one costs no lock that others wait for.
type uses struct {
	entries *table[string, *use]
}

type use struct {
	last    atomic.Pointer[LastUsed]
	written atomic.Pointer[LastUsed] // the last that was flushed
}

func newUses() *uses { return &uses{entries: newTable[string, *use]()} }

// mark remembers a use; within one second only the first is kept, unless it was
// of another service.
func (u *uses) mark(id string, at time.Time, region, service string) {
	e, ok := u.entries.get(id)
	if !ok {
		e = u.entries.getOrSet(id, new(use))
	}
	if old := e.last.Load(); old != nil && at.Sub(old.Time) < time.Second && old.Service == service && old.Region == region {
		return
	}
	e.last.Store(&LastUsed{Time: at.UTC().Truncate(time.Second), Region: region, Service: service})
}

// latest is the later of what is stored and what is remembered.
func (u *uses) latest(id string, stored LastUsed) LastUsed {
	if e, ok := u.entries.get(id); ok {
		if last := e.last.Load(); last != nil && last.Time.After(stored.Time) {
			return *last
		}
	}
	return stored
}

// take is the uses that were not flushed, at most one batch. It forgets those
// that were flushed and not marked since.
func (u *uses) take() map[string]*LastUsed {
	out := map[string]*LastUsed{}
	u.entries.sweep(func(id string, e *use) bool {
		last := e.last.Load()
		if last == nil {
			return true
		}
		if e.written.Load() == last {
			return false
		}
		if len(out) < flushBatch {
			out[id] = last
		}
		return true
	})
	return out
}

func (u *uses) flushed(batch map[string]*LastUsed) {
	for id, last := range batch {
		if e, ok := u.entries.get(id); ok {
			e.written.Store(last)
		}
	}
}

// Used remembers that an access key was used now for a service (as in the
// credential scope) in a region. For a session's key also give the id of its
// role. It does no I/O; the time is written in the background.
func (d *Directory) Used(accessKeyID, roleID, region, service string) {
	if region == "" {
		region = d.opt.Region
	}
	at := d.now()
	if roleID != "" {
		d.uses.mark(roleID, at, region, "")
		return
	}
	if arn.IsUniqueID(arn.PrefixAccessKey, accessKeyID) {
		d.uses.mark(accessKeyID, at, region, service)
	}
}

// Flush writes the last-used times and accesses that are remembered.
func (d *Directory) Flush(ctx context.Context) error {
	if err := d.flushUses(ctx); err != nil {
		return err
	}
	return d.flushAccesses(ctx)
}

func (d *Directory) flushUses(ctx context.Context) error {
	for {
		batch := d.uses.take()
		if len(batch) == 0 {
			return nil
		}
		if err := d.store.Update(ctx, func(w kv.Txn) error { return writeUses(w, batch) }); err != nil {
			return err
		}
		d.uses.flushed(batch)
	}
}

// writeUses leaves out what was deleted meanwhile and what another gateway has
// seen later.
func writeUses(w kv.Txn, batch map[string]*LastUsed) error {
	for id, last := range batch {
		owner := idKey(id)
		if arn.IsUniqueID(arn.PrefixAccessKey, id) {
			owner = accessKeyKey(id)
		}
		if _, err := w.Get(owner); errors.Is(err, kv.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		stored, err := load[LastUsed](w, lastUsedKey(id))
		if err == nil && stored.Time.After(last.Time) {
			continue
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		value, err := encode(last)
		if err != nil {
			return err
		}
		if err := w.Put(lastUsedKey(id), value); err != nil {
			return err
		}
	}
	return nil
}
