package organizations

import (
	"context"
	"regexp"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// servicePattern is what names of service principals look like. Which services
// there are AWS alone knows: all that could be one are taken.
var servicePattern = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|aws\.internal)$`)

func servicePrincipal(name *string) (string, error) {
	if !servicePattern.MatchString(text(name)) {
		return "", invalidInput("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal.")
	}
	return *name, nil
}

// allFeatures refuses what an organization with consolidated billing alone cannot do.
func allFeatures(o *directory.Organization) error {
	if !o.Billing {
		return nil
	}
	return api.ConstraintViolation("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
		"This operation can be performed only in an organization that has all features enabled.")
}

// EnableAWSServiceAccess gives a service trusted access to the organization. To do
// it again changes nothing.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html.
func (s *Service) EnableAWSServiceAccess(ctx context.Context, in *api.EnableAWSServiceAccessInput) (*api.EnableAWSServiceAccessOutput, error) {
	name, err := servicePrincipal(in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil || o.Trusts(name) {
			return err
		}
		o.Services = append(o.Services, directory.TrustedService{Service: name, Enabled: t.Now()})
		return t.PutOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.EnableAWSServiceAccessOutput{}, nil
}

// DisableAWSServiceAccess takes a service's trusted access away, and with it what
// IAM lets the organization do with its members' root users. A service with
// delegated administrators keeps its access.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html.
func (s *Service) DisableAWSServiceAccess(ctx context.Context, in *api.DisableAWSServiceAccessInput) (*api.DisableAWSServiceAccessOutput, error) {
	name, err := servicePrincipal(in.ServicePrincipal)
	if err != nil {
		return nil, err
	}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil || !o.Trusts(name) {
			return err
		}
		if slices.ContainsFunc(o.Delegations, func(d directory.Delegation) bool { return d.Service == name }) {
			return api.ConstraintViolation("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
				"You must deregister all delegated administrators of the service before you disable its access.")
		}
		o.Services = slices.DeleteFunc(o.Services, func(s directory.TrustedService) bool { return s.Service == name })
		if name == directory.IAMService {
			o.RootFeatures = nil
		}
		return t.PutOrganization(o)
	})
	if err != nil {
		return nil, err
	}
	return &api.DisableAWSServiceAccessOutput{}, nil
}

// ListAWSServiceAccessForOrganization lists the services with trusted access.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAWSServiceAccessForOrganization.html.
func (s *Service) ListAWSServiceAccessForOrganization(ctx context.Context, in *api.ListAWSServiceAccessForOrganizationInput) (*api.ListAWSServiceAccessForOrganizationOutput, error) {
	out := &api.ListAWSServiceAccessForOrganizationOutput{EnabledServicePrincipals: []api.EnabledServicePrincipal{}}
	err := s.viewManaged(ctx, func(_ *directory.ReadTx, o *directory.Organization) error {
		if err := allFeatures(o); err != nil {
			return err
		}
		some, next, err := page("ListAWSServiceAccessForOrganization", o.Services,
			func(s directory.TrustedService) string { return s.Service }, in.NextToken, in.MaxResults)
		for _, s := range some {
			out.EnabledServicePrincipals = append(out.EnabledServicePrincipals,
				api.EnabledServicePrincipal{ServicePrincipal: &s.Service, DateEnabled: &s.Enabled})
		}
		out.NextToken = next
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
