package organizations

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// AWS's quotas: how deep organizational units nest below the root, and how many
// an organization has.
const (
	maxNesting = 5
	maxUnits   = 2_000
)

// place is a root, organizational unit or account.
type place struct {
	id, name, kind string // kind as targets of policies have it
	unit           *directory.OrganizationalUnit
	account        *directory.Account
}

// Kinds of places.
const (
	kindRoot    = "ROOT"
	kindUnit    = "ORGANIZATIONAL_UNIT"
	kindAccount = "ACCOUNT"
)

// find is the root, unit or account with the id; directory.ErrNotFound if there
// is none.
func find(t *directory.ReadTx, o *directory.Organization, id string) (*place, error) {
	if id == o.RootID {
		return &place{id: id, name: rootName, kind: kindRoot}, nil
	}
	u, err := t.Unit(id)
	if err == nil && u.Org == o.Key {
		return &place{id: id, name: u.Name, kind: kindUnit, unit: u}, nil
	}
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	a, err := t.Account(id)
	if err != nil {
		return nil, err
	}
	if !o.Has(a, t.Now()) {
		return nil, directory.ErrNotFound
	}
	return &place{id: id, name: a.Name, kind: kindAccount, account: a}, nil
}

// container is the root or unit with the id; missing is the error if there is
// none.
func container(t *directory.ReadTx, o *directory.Organization, id *string, missing error) (*place, error) {
	p, err := find(t, o, text(id))
	if errors.Is(err, directory.ErrNotFound) || err == nil && p.kind == kindAccount {
		return nil, missing
	}
	return p, err
}

// unit is the organizational unit with the id.
func unit(t *directory.ReadTx, o *directory.Organization, id *string) (*directory.OrganizationalUnit, error) {
	u, err := t.Unit(text(id))
	if errors.Is(err, directory.ErrNotFound) || err == nil && u.Org != o.Key {
		return nil, api.OrganizationalUnitNotFound()
	}
	return u, err
}

// way is the ids of the units from the root down to the one with the id, "" or
// the root's for none.
func way(t *directory.ReadTx, o *directory.Organization, id string) (ids []string, err error) {
	for id != "" && id != o.RootID && len(ids) <= maxNesting {
		u, err := t.Unit(id)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		id = u.Parent
	}
	slices.Reverse(ids)
	return ids, nil
}

// pathOf is the path of what has the id, right below the parent: o-…/r-…/ou-…/ID/.
func pathOf(t *directory.ReadTx, o *directory.Organization, parent, id string) (string, error) {
	ids, err := way(t, o, parent)
	path := o.ID + "/" + o.RootID + "/"
	for _, unit := range ids {
		path += unit + "/"
	}
	return path + id + "/", err
}

func renderUnit(t *directory.ReadTx, o *directory.Organization, u *directory.OrganizationalUnit) (*api.OrganizationalUnit, error) {
	path, err := pathOf(t, o, u.Parent, u.ID)
	return &api.OrganizationalUnit{Id: &u.ID, Arn: ptr(resourceARN(o, u.ID)), Name: &u.Name, Path: &path}, err
}

func unitID(u *directory.OrganizationalUnit) string { return u.ID }

// unitsBelow are the organizational units right below a root or unit.
func unitsBelow(t *directory.ReadTx, o *directory.Organization, parent string) ([]*directory.OrganizationalUnit, error) {
	all, err := t.UnitsOf(o)
	return slices.DeleteFunc(all, func(u *directory.OrganizationalUnit) bool { return u.Parent != parent }), err
}

// accountsBelow are the accounts right below a root or unit.
func accountsBelow(t *directory.ReadTx, o *directory.Organization, parent string) ([]*directory.Account, error) {
	all, err := t.MembersOf(o)
	return slices.DeleteFunc(all, func(a *directory.Account) bool { return o.ParentOf(a) != parent }), err
}

// nameIsFree refuses a name that another unit below the same parent has.
func nameIsFree(t *directory.ReadTx, o *directory.Organization, u *directory.OrganizationalUnit) error {
	below, err := unitsBelow(t, o, u.Parent)
	for _, other := range below {
		if other.ID != u.ID && other.Name == u.Name {
			return api.NewError("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
		}
	}
	return err
}

// CreateOrganizationalUnit makes a unit below the root or another unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html.
func (s *Service) CreateOrganizationalUnit(ctx context.Context, in *api.CreateOrganizationalUnitInput) (*api.CreateOrganizationalUnitOutput, error) {
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	out := &api.CreateOrganizationalUnitOutput{}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		parent, err := container(&t.ReadTx, o, in.ParentId, api.ParentNotFound())
		if err != nil {
			return err
		}
		u := &directory.OrganizationalUnit{Org: o.Key, Name: text(in.Name), Parent: parent.id, Tags: tags}
		if err := roomFor(&t.ReadTx, o, u); err != nil {
			return err
		}
		if err := t.CreateUnit(u); err != nil {
			return err
		}
		out.OrganizationalUnit, err = renderUnit(&t.ReadTx, o, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// roomFor refuses a new unit that would be too deep, one too many, or of a taken
// name.
func roomFor(t *directory.ReadTx, o *directory.Organization, u *directory.OrganizationalUnit) error {
	above, err := way(t, o, u.Parent)
	if err != nil {
		return err
	}
	if len(above) >= maxNesting {
		return api.ConstraintViolation("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the maximum number of levels of organizational units.")
	}
	all, err := t.UnitsOf(o)
	if err != nil {
		return err
	}
	if len(all) >= maxUnits {
		return api.ConstraintViolation("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of organizational units that an organization can have.")
	}
	return nameIsFree(t, o, u)
}

// UpdateOrganizationalUnit renames a unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdateOrganizationalUnit.html.
func (s *Service) UpdateOrganizationalUnit(ctx context.Context, in *api.UpdateOrganizationalUnitInput) (*api.UpdateOrganizationalUnitOutput, error) {
	out := &api.UpdateOrganizationalUnitOutput{}
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		u, err := unit(&t.ReadTx, o, in.OrganizationalUnitId)
		if err != nil {
			return err
		}
		if in.Name != nil {
			u.Name = *in.Name
			if err := nameIsFree(&t.ReadTx, o, u); err != nil {
				return err
			}
		}
		if err := t.PutUnit(u); err != nil {
			return err
		}
		out.OrganizationalUnit, err = renderUnit(&t.ReadTx, o, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteOrganizationalUnit removes a unit that holds neither accounts nor units.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganizationalUnit.html.
func (s *Service) DeleteOrganizationalUnit(ctx context.Context, in *api.DeleteOrganizationalUnitInput) (*api.DeleteOrganizationalUnitOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		u, err := unit(&t.ReadTx, o, in.OrganizationalUnitId)
		if err != nil {
			return err
		}
		units, err := unitsBelow(&t.ReadTx, o, u.ID)
		if err != nil {
			return err
		}
		accounts, err := accountsBelow(&t.ReadTx, o, u.ID)
		if err != nil {
			return err
		}
		if len(units)+len(accounts) > 0 {
			return api.NewError("OrganizationalUnitNotEmptyException", "The specified OU is not empty. "+
				"Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.")
		}
		return t.DeleteUnit(u.ID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteOrganizationalUnitOutput{}, nil
}

// DescribeOrganizationalUnit shows a unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html.
func (s *Service) DescribeOrganizationalUnit(ctx context.Context, in *api.DescribeOrganizationalUnitInput) (*api.DescribeOrganizationalUnitOutput, error) {
	out := &api.DescribeOrganizationalUnitOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		u, err := unit(t, o, in.OrganizationalUnitId)
		if err != nil {
			return err
		}
		out.OrganizationalUnit, err = renderUnit(t, o, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListOrganizationalUnitsForParent lists the units right below the root or a
// unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html.
func (s *Service) ListOrganizationalUnitsForParent(ctx context.Context, in *api.ListOrganizationalUnitsForParentInput) (*api.ListOrganizationalUnitsForParentOutput, error) {
	out := &api.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: []api.OrganizationalUnit{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		parent, err := container(t, o, in.ParentId, api.ParentNotFound())
		if err != nil {
			return err
		}
		below, err := unitsBelow(t, o, parent.id)
		if err != nil {
			return err
		}
		some, next, err := page("ListOrganizationalUnitsForParent", below, unitID, in.NextToken, in.MaxResults)
		if err != nil {
			return err
		}
		for _, u := range some {
			shown, err := renderUnit(t, o, u)
			if err != nil {
				return err
			}
			out.OrganizationalUnits = append(out.OrganizationalUnits, *shown)
		}
		out.NextToken = next
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
