package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// Versions of the tokens of STS's global endpoint, as GetAccountSummary counts
// them.
const (
	tokensV1 = 1 // valid in Regions that accounts have from the start
	tokensV2 = 2 // valid in all Regions
)

// SetSecurityTokenServicePreferences says of which version the tokens of STS's
// global endpoint are to be. It is kept and shown; tokens are valid everywhere
// in either case.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetSecurityTokenServicePreferences.html
func (s *Service) SetSecurityTokenServicePreferences(ctx context.Context, in *api.SetSecurityTokenServicePreferencesInput) (*api.SetSecurityTokenServicePreferencesOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		return tx.SetResource(&directory.TokenPreferences{Account: accountOf(ctx), GlobalEndpoint: value(in.GlobalEndpointTokenVersion)})
	})
	return &api.SetSecurityTokenServicePreferencesOutput{}, err
}

// countSettings adds what the account has set, and its resources of IAM, to its
// summary.
func countSettings(t *directory.ReadTx, account string, sum map[string]int) error {
	sum["GlobalEndpointTokenVersion"] = tokensV1
	prefs, err := directory.FindResource(t, &directory.TokenPreferences{Account: account})
	switch {
	case err == nil && prefs.GlobalEndpoint == "v2Token":
		sum["GlobalEndpointTokenVersion"] = tokensV2
	case err != nil && !errors.Is(err, directory.ErrNotFound):
		return err
	}
	root, err := login(t, account, account)
	if err != nil {
		return err
	}
	sum["AccountPasswordPresent"] = 0
	if root != nil {
		sum["AccountPasswordPresent"] = 1
	}
	for name, kinds := range map[string][]directory.ResourceKind{
		"InstanceProfiles": {directory.KindInstanceProfile},
		"Providers":        {directory.KindOIDCProvider, directory.KindSAMLProvider},
	} {
		sum[name] = 0
		for _, k := range kinds {
			n, err := t.CountResources(k, account)
			if err != nil {
				return err
			}
			sum[name] += n
		}
	}
	return nil
}
