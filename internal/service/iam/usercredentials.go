package iam

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// changeCredentials changes the credentials of a user, or of the caller when no
// name is given, in a transaction. fn may be run more than once.
func (s *Service) changeCredentials(ctx context.Context, userName *string, fn func(*directory.Tx, owner, *directory.UserCredentials) error) error {
	return s.update(ctx, func(tx *directory.Tx) error {
		o, err := ownerOf(ctx, &tx.ReadTx, userName)
		if err != nil {
			return err
		}
		c, err := tx.UserCredentials(accountOf(ctx), o.id())
		if err != nil {
			return err
		}
		if err := fn(tx, o, c); err != nil {
			return err
		}
		return tx.SetUserCredentials(c)
	})
}

// viewCredentials reads the credentials of a user, or of the caller when no name
// is given.
func (s *Service) viewCredentials(ctx context.Context, userName *string, fn func(owner, *directory.UserCredentials) error) error {
	return s.view(ctx, func(t *directory.ReadTx) error {
		o, err := ownerOf(ctx, t, userName)
		if err != nil {
			return err
		}
		c, err := t.UserCredentials(accountOf(ctx), o.id())
		if err != nil {
			return err
		}
		return fn(o, c)
	})
}

// checkStatus refuses what a request cannot set a status to.
func checkStatus(status *string) error {
	if v := value(status); v != directory.KeyActive && v != directory.KeyInactive {
		return api.ValidationError("1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set")
	}
	return nil
}

// find is the item with the id, nil if there is none.
func find[T any](items []T, id string, of func(*T) string) *T {
	for i := range items {
		if of(&items[i]) == id {
			return &items[i]
		}
	}
	return nil
}

// credentialConflict is why DeleteUser refuses a user who has credentials.
func credentialConflict(t *directory.ReadTx, u *directory.User) error {
	c, err := t.UserCredentials(u.Account, u.ID)
	switch {
	case err != nil:
		return err
	case len(c.MFA) > 0:
		return api.DeleteConflict(api.DeleteMFAFirst)
	case len(c.Signing) > 0:
		return api.DeleteConflict("delete certificates first.")
	case len(c.SSHKeys)+len(c.Services) > 0:
		return api.DeleteConflict("")
	}
	return nil
}
