package organizations

import (
	"context"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// waitingPeriod is how long an account that CreateAccount made stays at least.
const waitingPeriod = 4 * 24 * time.Hour

// leave takes a member out of its organization. It is bound by none of its policies
// from then on; the role that the organization made in it stays.
func leave(t *directory.Tx, o *directory.Organization, a *directory.Account) error {
	switch {
	case a.ID == o.Management:
		return api.NewError("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.")
	case o.Delegated(a.ID, ""):
		return api.ConstraintViolation("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
			"You must deregister this account as a delegated administrator before you can remove it from the organization.")
	case a.RequestID != "" && a.JoinedMethod == directory.JoinedByCreation && t.Now().Sub(a.Joined) < waitingPeriod:
		return api.ConstraintViolation("WAIT_PERIOD_ACTIVE",
			"You must wait at least four days after the account was created before you can remove it from the organization.")
	}
	if err := t.Leave(a); err != nil {
		return err
	}
	asked := func(h *directory.Handshake) bool { return h.OrgID == o.ID && h.Account == a.ID && h.Parent != "" }
	return errors.Join(cancel(t, asked), settle(t, o))
}

// LeaveOrganization takes the caller's account out of its organization.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html.
func (s *Service) LeaveOrganization(ctx context.Context, _ *api.LeaveOrganizationInput) (*api.LeaveOrganizationOutput, error) {
	err := s.dir.Update(ctx, func(t *directory.Tx) error {
		o, err := organization(ctx, &t.ReadTx)
		if err != nil {
			return err
		}
		a, err := t.Account(caller.From(ctx).Account())
		if err != nil {
			return err
		}
		return leave(t, o, a)
	})
	if err != nil {
		return nil, err
	}
	return &api.LeaveOrganizationOutput{}, nil
}

// RemoveAccountFromOrganization takes a member out of the organization.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html.
func (s *Service) RemoveAccountFromOrganization(ctx context.Context, in *api.RemoveAccountFromOrganizationInput) (*api.RemoveAccountFromOrganizationOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := account(&t.ReadTx, o, in.AccountId)
		if err != nil {
			return err
		}
		return leave(t, o, a)
	})
	if err != nil {
		return nil, err
	}
	return &api.RemoveAccountFromOrganizationOutput{}, nil
}

// CreateOrganization makes an organization with the caller's account, which must be
// in none, as its management account.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html.
func (s *Service) CreateOrganization(ctx context.Context, in *api.CreateOrganizationInput) (*api.CreateOrganizationOutput, error) {
	set := text(in.FeatureSet)
	if in.FeatureSet != nil && set != directory.AllFeatures && set != directory.ConsolidatedBilling {
		return nil, invalidInput("INVALID_ENUM", "You specified an invalid value for FeatureSet.")
	}
	out := &api.CreateOrganizationOutput{}
	err := s.dir.Update(ctx, func(t *directory.Tx) error {
		a, err := t.Account(caller.From(ctx).Account())
		if err != nil {
			return err
		}
		if a.Org != directory.Standalone {
			return api.NewError("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
		}
		o := &directory.Organization{Management: a.ID, Created: t.Now(), Billing: set == directory.ConsolidatedBilling}
		a.JoinedMethod = directory.JoinedByInvitation
		if err := t.FoundOrganization(o, a, false); err != nil {
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

// DeleteOrganization takes away an organization without members. Its units and
// policies go with it, and its management account is in none afterwards.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganization.html.
func (s *Service) DeleteOrganization(ctx context.Context, _ *api.DeleteOrganizationInput) (*api.DeleteOrganizationOutput, error) {
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		accounts, err := t.MembersOf(o)
		if err != nil {
			return err
		}
		if len(accounts) > 1 {
			return api.NewError("OrganizationNotEmptyException",
				"The organization isn't empty. To delete an organization, you must first remove all accounts except the master account.")
		}
		if err := cancel(t, func(h *directory.Handshake) bool { return h.OrgID == o.ID }); err != nil {
			return err
		}
		return t.DeleteOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteOrganizationOutput{}, nil
}
