package organizations

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// AccountARN is the ARN of an account of the organization.
func AccountARN(o *directory.Organization, id string) string {
	return "arn:aws:organizations::" + o.Management + ":account/" + o.ID + "/" + id
}

func render(t *directory.ReadTx, o *directory.Organization, a *directory.Account) (api.Account, error) {
	arn := AccountARN(o, a.ID)
	path, err := pathOf(t, o, o.ParentOf(a), a.ID)
	return api.Account{
		Id: &a.ID, Arn: &arn, Email: &a.Email, Name: &a.Name, Status: &a.Status, State: ptr(stateOf(a)),
		Paths:        []string{path},
		JoinedMethod: &a.JoinedMethod, JoinedTimestamp: &a.Joined,
	}, err
}

// account is the member of the organization with the id.
func account(t *directory.ReadTx, o *directory.Organization, id *string) (*directory.Account, error) {
	a, err := t.Account(text(id))
	if errors.Is(err, directory.ErrNotFound) || err == nil && !o.Has(a, t.Now()) {
		return nil, accountNotFound()
	}
	return a, err
}

func accountID(a *directory.Account) string { return a.ID }

// ListAccounts lists the accounts of the organization.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html.
func (s *Service) ListAccounts(ctx context.Context, in *api.ListAccountsInput) (*api.ListAccountsOutput, error) {
	out := &api.ListAccountsOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) (err error) {
		all, err := t.MembersOf(o)
		if err != nil {
			return err
		}
		out.Accounts, out.NextToken, err = accountsPage(t, o, "ListAccounts", all, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListAccountsForParent lists the accounts right below the root or a unit.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html.
func (s *Service) ListAccountsForParent(ctx context.Context, in *api.ListAccountsForParentInput) (*api.ListAccountsForParentOutput, error) {
	out := &api.ListAccountsForParentOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) (err error) {
		parent, err := container(t, o, in.ParentId, api.ParentNotFound())
		if err != nil {
			return err
		}
		below, err := accountsBelow(t, o, parent.id)
		if err != nil {
			return err
		}
		out.Accounts, out.NextToken, err = accountsPage(t, o, "ListAccountsForParent", below, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func accountsPage(t *directory.ReadTx, o *directory.Organization, list string, all []*directory.Account, token *string, limit *int32) ([]api.Account, *string, error) {
	some, next, err := page(list, all, accountID, token, limit)
	if err != nil {
		return nil, nil, err
	}
	out := make([]api.Account, 0, len(some))
	for _, a := range some {
		shown, err := render(t, o, a)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, shown)
	}
	return out, next, nil
}

// DescribeAccount shows one account of the organization.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html.
func (s *Service) DescribeAccount(ctx context.Context, in *api.DescribeAccountInput) (*api.DescribeAccountOutput, error) {
	out := &api.DescribeAccountOutput{}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		a, err := account(t, o, in.AccountId)
		if err != nil {
			return err
		}
		shown, err := render(t, o, a)
		out.Account = &shown
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
