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
		o, err := organization(ctx, t)
		if err != nil {
			return err
		}
		a, err := t.Account(o.Management)
		if err != nil {
			return err
		}
		out.Organization = renderOrganization(o, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func renderOrganization(o *directory.Organization, management *directory.Account) *api.Organization {
	out := &api.Organization{
		Id: &o.ID, Arn: ptr(OrganizationARN(o)), FeatureSet: ptr(featureSet(o)),
		MasterAccountId: &o.Management, MasterAccountArn: ptr(AccountARN(o, o.Management)), MasterAccountEmail: &management.Email,
		AvailablePolicyTypes: []api.PolicyTypeSummary{},
	}
	if !o.Billing {
		// AWS shows this whatever is enabled; ListRoots tells what is.
		out.AvailablePolicyTypes = append(out.AvailablePolicyTypes, api.PolicyTypeSummary{Type: ptr(directory.ServiceControl), Status: ptr("ENABLED")})
	}
	return out
}

func featureSet(o *directory.Organization) string {
	if o.Billing {
		return directory.ConsolidatedBilling
	}
	return directory.AllFeatures
}

// OrganizationARN is the ARN of the organization itself.
func OrganizationARN(o *directory.Organization) string {
	return "arn:aws:organizations::" + o.Management + ":organization/" + o.ID
}

// RootARN is the ARN of the organization's root.
func RootARN(o *directory.Organization) string {
	return "arn:aws:organizations::" + o.Management + ":root/" + o.ID + "/" + o.RootID
}

const rootName = "Root"

func renderRoot(o *directory.Organization) *api.Root {
	r := &api.Root{Id: &o.RootID, Arn: ptr(RootARN(o)), Name: ptr(rootName), PolicyTypes: []api.PolicyTypeSummary{}}
	for _, policyType := range o.PolicyTypes {
		r.PolicyTypes = append(r.PolicyTypes, api.PolicyTypeSummary{Type: &policyType, Status: ptr("ENABLED")})
	}
	return r
}

// ListRoots lists the one root with the policy types that are enabled.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html.
func (s *Service) ListRoots(ctx context.Context, in *api.ListRootsInput) (*api.ListRootsOutput, error) {
	out := &api.ListRootsOutput{}
	err := s.viewManaged(ctx, func(_ *directory.ReadTx, o *directory.Organization) (err error) {
		roots := []api.Root{*renderRoot(o)}
		out.Roots, out.NextToken, err = page("ListRoots", roots, func(r api.Root) string { return *r.Id }, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func childNotFound() error {
	return api.NewError("ChildNotFoundException", "You specified a child that doesn't exist.")
}

// ListParents names the root or unit that an account or unit is in.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html.
func (s *Service) ListParents(ctx context.Context, in *api.ListParentsInput) (*api.ListParentsOutput, error) {
	out := &api.ListParentsOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		child, err := find(t, o, text(in.ChildId))
		if errors.Is(err, directory.ErrNotFound) {
			return childNotFound()
		}
		if err != nil {
			return err
		}
		var parent string
		switch child.kind {
		case kindAccount:
			parent = o.ParentOf(child.account)
		case kindUnit:
			parent = child.unit.Parent
		default:
			return childNotFound()
		}
		kind := kindUnit
		if parent == o.RootID {
			kind = kindRoot
		}
		out.Parents = []api.Parent{{Id: &parent, Type: &kind}}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListChildren lists the accounts or the units right below the root or a unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListChildren.html.
func (s *Service) ListChildren(ctx context.Context, in *api.ListChildrenInput) (*api.ListChildrenOutput, error) {
	kind := text(in.ChildType)
	if kind != kindAccount && kind != kindUnit {
		return nil, invalidInput("INVALID_ENUM", "You specified an invalid value for ChildType.")
	}
	out := &api.ListChildrenOutput{Children: []api.Child{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		parent, err := container(t, o, in.ParentId, api.ParentNotFound())
		if err != nil {
			return err
		}
		ids, err := childrenOf(t, o, parent.id, kind)
		if err != nil {
			return err
		}
		some, next, err := page("ListChildren", ids, func(id string) string { return id }, in.NextToken, in.MaxResults)
		for _, id := range some {
			out.Children = append(out.Children, api.Child{Id: &id, Type: &kind})
		}
		out.NextToken = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func childrenOf(t *directory.ReadTx, o *directory.Organization, parent, kind string) (ids []string, err error) {
	if kind == kindUnit {
		units, err := unitsBelow(t, o, parent)
		for _, u := range units {
			ids = append(ids, u.ID)
		}
		return ids, err
	}
	accounts, err := accountsBelow(t, o, parent)
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids, err
}

// MoveAccount moves an account from the root or unit that it is in to another.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html.
func (s *Service) MoveAccount(ctx context.Context, in *api.MoveAccountInput) (*api.MoveAccountOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := account(&t.ReadTx, o, in.AccountId)
		if err != nil {
			return err
		}
		lost := api.NewError("SourceParentNotFoundException", "You specified a source parent that doesn't exist.")
		from, err := container(&t.ReadTx, o, in.SourceParentId, lost)
		if err != nil {
			return err
		}
		to, err := container(&t.ReadTx, o, in.DestinationParentId,
			api.NewError("DestinationParentNotFoundException", "You specified a destination parent that doesn't exist."))
		if err != nil {
			return err
		}
		switch o.ParentOf(a) {
		case to.id:
			return api.NewError("DuplicateAccountException", "The specified account is already in the specified destination.")
		case from.id:
		default:
			return lost
		}
		a.Parent = to.id
		if to.kind == kindRoot {
			a.Parent = ""
		}
		return t.PutAccount(a)
	})
	if err != nil {
		return nil, err
	}
	return &api.MoveAccountOutput{}, nil
}
