package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/key"
)

// ErrLeased is returned when somebody else holds a lease.
var ErrLeased = errors.New("store: leased to another")

const leaseFormat = 1

// Lease takes a lease by its name for a holder, or prolongs the one it holds,
// until the time to live has passed; ErrLeased if another holder has it. Clocks
// of gateways differ, so what is done under a lease must bear being done twice:
// the lease only keeps it from being done twice all the time.
func (s *Store) Lease(ctx context.Context, name, holder string, ttl time.Duration) error {
	k := key.New(2+len(name), space, tagLease).Raw(name)
	return s.Update(ctx, func(t *Txn) error {
		now, until, err := t.lease(k)
		if err != nil {
			return err
		}
		if now != "" && now != holder && until.After(t.now) {
			return ErrLeased
		}
		return t.txn.Put(k, appendTime(appendString([]byte{leaseFormat}, holder), t.now.Add(ttl)))
	})
}

// Release gives a lease back, if the holder has it.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	k := key.New(2+len(name), space, tagLease).Raw(name)
	return s.Update(ctx, func(t *Txn) error {
		now, _, err := t.lease(k)
		if err != nil || now != holder {
			return err
		}
		return t.txn.Delete(k)
	})
}

func (r *Reader) lease(k key.Key) (holder string, until time.Time, err error) {
	row, err := r.kv.Get(k)
	if errors.Is(err, kv.ErrNotFound) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, err
	}
	d := decoder{rest: row}
	d.format(leaseFormat)
	holder, until = d.string(), d.time()
	return holder, until, d.end("lease")
}
