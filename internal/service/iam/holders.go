package iam

import (
	"context"

	"github.com/sallyport/sallyport/internal/directory"
)

// holder opens the user, group or role of that name for reading, or for a
// change that save writes.
func holder(t *directory.ReadTx, k directory.Kind, account, name string) (h *directory.Holder, save func(*directory.Tx) error, err error) {
	switch k {
	case directory.KindUser:
		u, err := user(t, account, name)
		if err != nil {
			return nil, nil, err
		}
		return &u.Holder, func(tx *directory.Tx) error { return tx.PutUser(u) }, nil
	case directory.KindGroup:
		g, err := group(t, account, name)
		if err != nil {
			return nil, nil, err
		}
		return &g.Holder, func(tx *directory.Tx) error { return tx.PutGroup(g) }, nil
	}
	r, err := role(t, account, name)
	if err != nil {
		return nil, nil, err
	}
	return &r.Holder, func(tx *directory.Tx) error { return tx.PutRole(r) }, nil
}

// changeHolder changes a user, group or role in a transaction. fn may be run
// more than once; it tells whether there is anything to write.
func (s *Service) changeHolder(ctx context.Context, k directory.Kind, name *string, fn func(*directory.Tx, *directory.Holder) (bool, error)) error {
	account := accountOf(ctx)
	return s.update(ctx, func(tx *directory.Tx) error {
		h, save, err := holder(&tx.ReadTx, k, account, value(name))
		if err != nil {
			return err
		}
		if changed, err := fn(tx, h); err != nil || !changed {
			return err
		}
		return save(tx)
	})
}

// viewHolder reads a user, group or role.
func (s *Service) viewHolder(ctx context.Context, k directory.Kind, name *string, fn func(*directory.ReadTx, *directory.Holder) error) error {
	return s.view(ctx, func(t *directory.ReadTx) error {
		h, _, err := holder(t, k, accountOf(ctx), value(name))
		if err != nil {
			return err
		}
		return fn(t, h)
	})
}
