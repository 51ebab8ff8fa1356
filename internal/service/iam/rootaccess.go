package iam

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// rootAccess is the caller's organization, if IAM may manage the root users of its
// members and the caller is who may say so: the management account or, unless it
// must be that one, a delegated administrator for IAM.
func rootAccess(ctx context.Context, t *directory.ReadTx, management bool) (*directory.Organization, error) {
	account := accountOf(ctx)
	o, err := t.OrganizationOf(account)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil, api.NewError("OrganizationNotFoundException", "The request was rejected because no organization is associated with your account.")
	case err != nil:
		return nil, err
	case o.Billing:
		return nil, api.NewError("OrganizationNotInAllFeaturesModeException",
			"The request was rejected because your organization does not have All features enabled.")
	case management && account != o.Management:
		return nil, api.NewError("CallerIsNotManagementAccountException",
			"The request was rejected because the account making the request is not the management account for the organization.")
	case account != o.Management && !o.Delegated(account, directory.IAMService):
		return nil, api.NewError("AccountNotManagementOrDelegatedAdministratorException",
			"The request was rejected because the account making the request is not the management account or delegated administrator account for centralized root access.")
	case !o.Trusts(directory.IAMService):
		return nil, api.NewError("ServiceAccessNotEnabledException",
			"The request was rejected because trusted access is not enabled for IAM in Organizations.")
	}
	return o, nil
}

// setRootFeature enables or disables a feature of IAM for the root users of the
// organization's members. To do it again changes nothing.
func (s *Service) setRootFeature(ctx context.Context, feature string, on bool) (org *string, enabled []string, err error) {
	err = s.update(ctx, func(tx *directory.Tx) error {
		o, err := rootAccess(ctx, &tx.ReadTx, on)
		if err != nil {
			return err
		}
		o.RootFeatures = slices.DeleteFunc(o.RootFeatures, func(have string) bool { return have == feature })
		if on {
			o.RootFeatures = append(o.RootFeatures, feature)
		}
		slices.Sort(o.RootFeatures)
		org, enabled = &o.ID, features(o)
		return tx.PutOrganization(o)
	})
	return org, enabled, err
}

func features(o *directory.Organization) []string {
	return append([]string{}, o.RootFeatures...)
}

// EnableOrganizationsRootCredentialsManagement lets the management account and
// delegated administrators for IAM look at, delete and recover the credentials of
// the members' root users, by AssumeRoot.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootCredentialsManagement.html
func (s *Service) EnableOrganizationsRootCredentialsManagement(ctx context.Context, _ *api.EnableOrganizationsRootCredentialsManagementInput) (*api.EnableOrganizationsRootCredentialsManagementOutput, error) {
	org, enabled, err := s.setRootFeature(ctx, directory.RootCredentialsManagement, true)
	return &api.EnableOrganizationsRootCredentialsManagementOutput{OrganizationId: org, EnabledFeatures: enabled}, err
}

// DisableOrganizationsRootCredentialsManagement takes that away.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootCredentialsManagement.html
func (s *Service) DisableOrganizationsRootCredentialsManagement(ctx context.Context, _ *api.DisableOrganizationsRootCredentialsManagementInput) (*api.DisableOrganizationsRootCredentialsManagementOutput, error) {
	org, enabled, err := s.setRootFeature(ctx, directory.RootCredentialsManagement, false)
	return &api.DisableOrganizationsRootCredentialsManagementOutput{OrganizationId: org, EnabledFeatures: enabled}, err
}

// EnableOrganizationsRootSessions lets the management account and delegated
// administrators for IAM carry out privileged tasks on members, by AssumeRoot.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html
func (s *Service) EnableOrganizationsRootSessions(ctx context.Context, _ *api.EnableOrganizationsRootSessionsInput) (*api.EnableOrganizationsRootSessionsOutput, error) {
	org, enabled, err := s.setRootFeature(ctx, directory.RootSessions, true)
	return &api.EnableOrganizationsRootSessionsOutput{OrganizationId: org, EnabledFeatures: enabled}, err
}

// DisableOrganizationsRootSessions takes that away.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html
func (s *Service) DisableOrganizationsRootSessions(ctx context.Context, _ *api.DisableOrganizationsRootSessionsInput) (*api.DisableOrganizationsRootSessionsOutput, error) {
	org, enabled, err := s.setRootFeature(ctx, directory.RootSessions, false)
	return &api.DisableOrganizationsRootSessionsOutput{OrganizationId: org, EnabledFeatures: enabled}, err
}

// ListOrganizationsFeatures lists the features for root users that are enabled.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
func (s *Service) ListOrganizationsFeatures(ctx context.Context, _ *api.ListOrganizationsFeaturesInput) (*api.ListOrganizationsFeaturesOutput, error) {
	out := new(api.ListOrganizationsFeaturesOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		o, err := rootAccess(ctx, t, false)
		if err == nil {
			out.OrganizationId, out.EnabledFeatures = &o.ID, features(o)
		}
		return err
	})
	return out, err
}
