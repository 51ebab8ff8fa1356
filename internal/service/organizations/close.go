package organizations

import (
	"context"
	"errors"
	"slices"
	"time"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// AWS's quota of accounts that an organization closes within 30 days: the higher of
// 250 and 20 % of its members, and no more than 1,000.
const (
	closedWithin = 30 * 24 * time.Hour
	maxClosed    = 1_000
	freeClosed   = 250
	closedShare  = 5
)

// CloseAccount suspends a member. From then on nobody signs for it and nobody uses
// what it has, and it administers nothing for the organization; it is shown as a
// member for another 90 days. Nothing of it is deleted here.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html.
func (s *Service) CloseAccount(ctx context.Context, in *api.CloseAccountInput) (*api.CloseAccountOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil {
			return err
		}
		a, err := account(&t.ReadTx, o, in.AccountId)
		if err != nil {
			return err
		}
		if a.ID == o.Management {
			return api.ConstraintViolation("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You attempted to close the management account.")
		}
		if a.Status != directory.AccountActive {
			return api.NewError("AccountAlreadyClosedException", "You attempted to close an account that is already closed.")
		}
		if err := mayClose(&t.ReadTx, o); err != nil {
			return err
		}
		a.Status, a.Closed = directory.AccountSuspended, t.Now()
		o.Delegations = slices.DeleteFunc(o.Delegations, func(d directory.Delegation) bool { return d.Account == a.ID })
		return errors.Join(t.PutAccount(a), t.PutOrganization(o))
	})
	if err != nil {
		return nil, err
	}
	return &api.CloseAccountOutput{}, nil
}

func mayClose(t *directory.ReadTx, o *directory.Organization) error {
	accounts, err := t.MembersOf(o)
	if err != nil {
		return err
	}
	closed := 0
	for _, a := range accounts {
		if !a.Closed.IsZero() && t.Now().Sub(a.Closed) < closedWithin {
			closed++
		}
	}
	if closed >= min(max(freeClosed, len(accounts)/closedShare), maxClosed) {
		return api.ConstraintViolation("CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have exceeded close account quota for the past 30 days.")
	}
	return nil
}

// stateOf is an account's state: what its status says, and that it is closed.
func stateOf(a *directory.Account) string {
	if !a.Closed.IsZero() {
		return "CLOSED"
	}
	return a.Status
}
