package organizations

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// Service has one method per operation that is served.
type Service struct {
	dir *directory.Directory
}

// New makes the service over a directory, which it does not close.
func New(dir *directory.Directory) *Service { return &Service{dir: dir} }

// organization is the organization; every account is a member of it.
func organization(t *directory.ReadTx) (*directory.Organization, error) {
	o, err := t.Organization()
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NewError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	return o, err
}

// managed is the organization, if the caller is of its management account.
func managed(ctx context.Context, t *directory.ReadTx) (*directory.Organization, error) {
	o, err := organization(t)
	if err != nil {
		return nil, err
	}
	if caller.From(ctx).Account() != o.Management {
		return nil, api.NewError("AccessDeniedException", "You don't have permissions to access this resource.")
	}
	return o, nil
}

// viewManaged runs fn on the records for a caller of the management account.
func (s *Service) viewManaged(ctx context.Context, fn func(*directory.ReadTx, *directory.Organization) error) error {
	return s.dir.View(ctx, func(t *directory.ReadTx) error {
		o, err := managed(ctx, t)
		if err != nil {
			return err
		}
		return fn(t, o)
	})
}

// updateManaged runs fn in a transaction for a caller of the management account.
func (s *Service) updateManaged(ctx context.Context, fn func(*directory.Tx, *directory.Organization) error) error {
	return s.dir.Update(ctx, func(t *directory.Tx) error {
		o, err := managed(ctx, &t.ReadTx)
		if err != nil {
			return err
		}
		return fn(t, o)
	})
}

func text[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}
