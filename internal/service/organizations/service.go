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

// organization is the organization that the caller's account is a member of.
func organization(ctx context.Context, t *directory.ReadTx) (*directory.Organization, error) {
	o, err := t.OrganizationOf(caller.From(ctx).Account())
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NotInOrganization()
	}
	return o, err
}

// admitted is the organization, if what the caller's account is to it opens operations
// of the kind.
func admitted(ctx context.Context, t *directory.ReadTx, k kind) (*directory.Organization, error) {
	o, err := organization(ctx, t)
	if err != nil {
		return nil, err
	}
	if at := standingOf(o, caller.From(ctx).Account(), k); at.as == stranger || !at.steady(ctx) {
		return nil, noAccess()
	}
	return o, nil
}

func (s *Service) view(ctx context.Context, k kind, fn func(*directory.ReadTx, *directory.Organization) error) error {
	return s.dir.View(ctx, func(t *directory.ReadTx) error {
		o, err := admitted(ctx, t, k)
		if err != nil {
			return err
		}
		return fn(t, o)
	})
}

func (s *Service) update(ctx context.Context, k kind, fn func(*directory.Tx, *directory.Organization) error) error {
	return s.dir.Update(ctx, func(t *directory.Tx) error {
		o, err := admitted(ctx, &t.ReadTx, k)
		if err != nil {
			return err
		}
		return fn(t, o)
	})
}

// viewManaged runs fn on the records for the management account and for members
// that may read the organization.
func (s *Service) viewManaged(ctx context.Context, fn func(*directory.ReadTx, *directory.Organization) error) error {
	return s.view(ctx, reads, fn)
}

// updateManaged runs fn in a transaction for the management account alone.
func (s *Service) updateManaged(ctx context.Context, fn func(*directory.Tx, *directory.Organization) error) error {
	return s.update(ctx, manages, fn)
}

// updateDelegated runs fn in a transaction for the management account and for
// members that the organization's resource policy lets manage policies.
func (s *Service) updateDelegated(ctx context.Context, fn func(*directory.Tx, *directory.Organization) error) error {
	return s.update(ctx, delegable, fn)
}

func text[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}
