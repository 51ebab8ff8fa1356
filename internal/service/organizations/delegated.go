package organizations

import (
	"context"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// maxDelegates is how many delegated administrators one service has.
const maxDelegates = 10

// RegisterDelegatedAdministrator makes a member the administrator of one service.
// It may then read the organization.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html.
func (s *Service) RegisterDelegatedAdministrator(ctx context.Context, in *api.RegisterDelegatedAdministratorInput) (*api.RegisterDelegatedAdministratorOutput, error) {
	name, err := servicePrincipal(in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := account(&t.ReadTx, o, in.AccountId)
		if err != nil {
			return err
		}
		if err := mayAdminister(o, a, name); err != nil {
			return err
		}
		o.Delegations = append(o.Delegations, directory.Delegation{Account: a.ID, Service: name, Enabled: t.Now()})
		return t.PutOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.RegisterDelegatedAdministratorOutput{}, nil
}

// mayAdminister refuses accounts that cannot be made the administrator of a service.
func mayAdminister(o *directory.Organization, a *directory.Account, service string) error {
	if err := allFeatures(o); err != nil {
		return err
	}
	of := 0
	for _, d := range o.Delegations {
		if d.Service == service {
			of++
		}
	}
	switch {
	case a.ID == o.Management:
		return api.ConstraintViolation("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
			"You cannot register master account/yourself as delegated administrator for your organization.")
	case a.Status != directory.AccountActive:
		return api.ConstraintViolation("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
			"You cannot register a suspended account as a delegated administrator.")
	case !o.Trusts(service):
		return api.ConstraintViolation("SERVICE_ACCESS_NOT_ENABLED",
			"You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.")
	case o.Delegated(a.ID, service):
		return api.NewError("AccountAlreadyRegisteredException", "The provided account is already a delegated administrator for your organization.")
	case of >= maxDelegates:
		return api.ConstraintViolation("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
			"You have exceeded the allowed number of delegated administrators for the delegated service.")
	}
	return nil
}

// DeregisterDelegatedAdministrator takes the administration of a service from an
// account.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeregisterDelegatedAdministrator.html.
func (s *Service) DeregisterDelegatedAdministrator(ctx context.Context, in *api.DeregisterDelegatedAdministratorInput) (*api.DeregisterDelegatedAdministratorOutput, error) {
	name, err := servicePrincipal(in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		a, err := account(&t.ReadTx, o, in.AccountId)
		if err != nil {
			return err
		}
		if err := allFeatures(o); err != nil {
			return err
		}
		if !o.Delegated(a.ID, name) {
			return notRegistered()
		}
		o.Delegations = slices.DeleteFunc(o.Delegations, func(d directory.Delegation) bool { return d.Account == a.ID && d.Service == name })
		return t.PutOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeregisterDelegatedAdministratorOutput{}, nil
}

func notRegistered() error {
	return api.NewError("AccountNotRegisteredException", "The provided account is not a registered delegated administrator for your organization.")
}

// ListDelegatedAdministrators lists the delegated administrators of a service, or
// of any.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html.
func (s *Service) ListDelegatedAdministrators(ctx context.Context, in *api.ListDelegatedAdministratorsInput) (*api.ListDelegatedAdministratorsOutput, error) {
	out := &api.ListDelegatedAdministratorsOutput{DelegatedAdministrators: []api.DelegatedAdministrator{}}
	if in.ServicePrincipal != nil {
		if _, err := servicePrincipal(in.ServicePrincipal); err != nil {
			return nil, err
		}
	}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil {
			return err
		}
		first := map[string]directory.Delegation{} // of each account's, the oldest
		for _, d := range o.Delegations {
			if _, seen := first[d.Account]; !seen && (in.ServicePrincipal == nil || d.Service == *in.ServicePrincipal) {
				first[d.Account] = d
			}
		}
		var all []directory.Delegation
		for _, d := range first {
			all = append(all, d)
		}
		some, next, err := page("ListDelegatedAdministrators "+text(in.ServicePrincipal), all,
			func(d directory.Delegation) string { return d.Account }, in.NextToken, in.MaxResults)
		if err != nil {
			return err
		}
		for _, d := range some {
			a, err := t.Account(d.Account)
			if err != nil {
				return err
			}
			out.DelegatedAdministrators = append(out.DelegatedAdministrators, api.DelegatedAdministrator{
				Id: &a.ID, Arn: ptr(AccountARN(o, a.ID)), Email: &a.Email, Name: &a.Name, Status: &a.Status, State: ptr(stateOf(a)),
				JoinedMethod: &a.JoinedMethod, JoinedTimestamp: &a.Joined, DelegationEnabledDate: &d.Enabled,
			})
		}
		out.NextToken = next
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListDelegatedServicesForAccount lists the services that an account administers.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedServicesForAccount.html.
func (s *Service) ListDelegatedServicesForAccount(ctx context.Context, in *api.ListDelegatedServicesForAccountInput) (*api.ListDelegatedServicesForAccountOutput, error) {
	out := &api.ListDelegatedServicesForAccountOutput{DelegatedServices: []api.DelegatedService{}}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		a, err := account(t, o, in.AccountId)
		if err != nil {
			return err
		}
		if err := allFeatures(o); err != nil {
			return err
		}
		if !o.Delegated(a.ID, "") {
			return notRegistered()
		}
		of := slices.DeleteFunc(o.Delegations, func(d directory.Delegation) bool { return d.Account != a.ID })
		some, next, err := page("ListDelegatedServicesForAccount "+a.ID, of,
			func(d directory.Delegation) string { return d.Service }, in.NextToken, in.MaxResults)
		for _, d := range some {
			out.DelegatedServices = append(out.DelegatedServices, api.DelegatedService{ServicePrincipal: &d.Service, DelegationEnabledDate: &d.Enabled})
		}
		out.NextToken = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
