package organizations

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

func ptr[T any](v T) *T { return &v }

// DescribeOrganization shows the organization to any account of it.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html.
func (s *Service) DescribeOrganization(ctx context.Context, _ *api.DescribeOrganizationInput) (*api.DescribeOrganizationOutput, error) {
	out := &api.DescribeOrganizationOutput{}
	err := s.dir.View(ctx, func(t *directory.ReadTx) error {
		o, err := organization(t)
		if err != nil {
			return err
		}
		a, err := t.Account(o.Management)
		if err != nil {
			return err
		}
		out.Organization = &api.Organization{
			Id: &o.ID, Arn: ptr(OrganizationARN(o)), FeatureSet: ptr("ALL"),
			MasterAccountId: &o.Management, MasterAccountArn: ptr(AccountARN(o, o.Management)), MasterAccountEmail: &a.Email,
			AvailablePolicyTypes: []api.PolicyTypeSummary{},
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// OrganizationARN is the ARN of the organization itself.
func OrganizationARN(o *directory.Organization) string {
	return "arn:aws:organizations::" + o.Management + ":organization/" + o.ID
}

// RootARN is the ARN of the organization's root.
func RootARN(o *directory.Organization) string {
	return "arn:aws:organizations::" + o.Management + ":root/" + o.ID + "/" + o.RootID
}

// ListRoots lists the one root.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html.
func (s *Service) ListRoots(ctx context.Context, in *api.ListRootsInput) (*api.ListRootsOutput, error) {
	out := &api.ListRootsOutput{}
	err := s.viewManaged(ctx, func(_ *directory.ReadTx, o *directory.Organization) (err error) {
		roots := []api.Root{{Id: &o.RootID, Arn: ptr(RootARN(o)), Name: ptr("Root"), PolicyTypes: []api.PolicyTypeSummary{}}}
		out.Roots, out.NextToken, err = page("ListRoots", roots, func(r api.Root) string { return *r.Id }, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func mustBeRoot(o *directory.Organization, parent *string) error {
	if text(parent) != o.RootID {
		return api.NewError("ParentNotFoundException", "You specified a parent that doesn't exist.")
	}
	return nil
}

// ListParents names the root as the parent of every account.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html.
func (s *Service) ListParents(ctx context.Context, in *api.ListParentsInput) (*api.ListParentsOutput, error) {
	out := &api.ListParentsOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		if _, err := t.Account(text(in.ChildId)); errors.Is(err, directory.ErrNotFound) {
			return api.NewError("ChildNotFoundException", "You specified a child that doesn't exist.")
		} else if err != nil {
			return err
		}
		out.Parents = []api.Parent{{Id: &o.RootID, Type: ptr("ROOT")}}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListChildren lists the accounts below the root, or its organizational units,
// of which there are none.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListChildren.html.
func (s *Service) ListChildren(ctx context.Context, in *api.ListChildrenInput) (*api.ListChildrenOutput, error) {
	kind := text(in.ChildType)
	if kind != "ACCOUNT" && kind != "ORGANIZATIONAL_UNIT" {
		return nil, invalidInput("INVALID_ENUM", "You specified an invalid value for ChildType.")
	}
	out := &api.ListChildrenOutput{Children: []api.Child{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		if err := mustBeRoot(o, in.ParentId); err != nil || kind != "ACCOUNT" {
			return err
		}
		all, err := t.Accounts(directory.Page{})
		if err != nil {
			return err
		}
		some, next, err := page("ListChildren", all.Items, accountID, in.NextToken, in.MaxResults)
		for _, a := range some {
			out.Children = append(out.Children, api.Child{Id: &a.ID, Type: &kind})
		}
		out.NextToken = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListOrganizationalUnitsForParent lists no units: the organization is flat.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html.
func (s *Service) ListOrganizationalUnitsForParent(ctx context.Context, in *api.ListOrganizationalUnitsForParentInput) (*api.ListOrganizationalUnitsForParentOutput, error) {
	err := s.viewManaged(ctx, func(_ *directory.ReadTx, o *directory.Organization) error {
		return mustBeRoot(o, in.ParentId)
	})
	if err != nil {
		return nil, err
	}
	return &api.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: []api.OrganizationalUnit{}}, nil
}
