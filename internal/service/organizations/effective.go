package organizations

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// effectiveType refuses the types of policies that accounts have no effective policy of.
// Policies of these types are not served, so that there is none to be invalid.
func effectiveType(policyType *string) error {
	switch text(policyType) {
	case "", directory.ServiceControl, directory.ResourceControl:
		return invalidInput("INVALID_ENUM_POLICY_TYPE", "You specified an invalid value for PolicyType.")
	}
	return nil
}

// ListAccountsWithInvalidEffectivePolicy lists no accounts: what is inherited of
// service and resource control policies cannot be invalid, and policies of other
// types are not served.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsWithInvalidEffectivePolicy.html.
func (s *Service) ListAccountsWithInvalidEffectivePolicy(ctx context.Context, in *api.ListAccountsWithInvalidEffectivePolicyInput) (*api.ListAccountsWithInvalidEffectivePolicyOutput, error) {
	if err := effectiveType(in.PolicyType); err != nil {
		return nil, err
	}
	out := &api.ListAccountsWithInvalidEffectivePolicyOutput{Accounts: []api.Account{}, PolicyType: in.PolicyType}
	err := s.viewManaged(ctx, func(*directory.ReadTx, *directory.Organization) (err error) {
		_, out.NextToken, err = page("ListAccountsWithInvalidEffectivePolicy", []*directory.Account{}, accountID, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListEffectivePolicyValidationErrors answers that an account has no effective
// policy, as DescribeEffectivePolicy does.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListEffectivePolicyValidationErrors.html.
func (s *Service) ListEffectivePolicyValidationErrors(ctx context.Context, in *api.ListEffectivePolicyValidationErrorsInput) (*api.ListEffectivePolicyValidationErrorsOutput, error) {
	if err := effectiveType(in.PolicyType); err != nil {
		return nil, err
	}
	err := s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		_, err := account(t, o, in.AccountId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, noEffectivePolicy()
}

func noEffectivePolicy() error {
	return api.NewError("EffectivePolicyNotFoundException", "The effective policy of the specified type doesn't exist.")
}
