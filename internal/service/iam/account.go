package iam

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// GetAccountSummary counts the account's entities and names its quotas.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func (s *Service) GetAccountSummary(ctx context.Context, _ *api.GetAccountSummaryInput) (*api.GetAccountSummaryOutput, error) {
	account, q := accountOf(ctx), s.quotas
	sum := map[string]int{
		"UsersQuota": q.Users, "GroupsQuota": q.Groups, "RolesQuota": q.Roles, "PoliciesQuota": q.Policies,
		"AccessKeysPerUserQuota": q.AccessKeysPerUser, "GroupsPerUserQuota": q.GroupsPerUser,
		"VersionsPerPolicyQuota": q.VersionsPerPolicy, "PolicyVersionsInUseQuota": 10000,
		"AttachedPoliciesPerUserQuota":  q.PoliciesPerUser,
		"AttachedPoliciesPerGroupQuota": q.PoliciesPerGroup,
		"AttachedPoliciesPerRoleQuota":  q.PoliciesPerRole,
		"PolicySizeQuota":               q.PolicySize, "AssumeRolePolicySizeQuota": q.AssumeRolePolicySize,
		"UserPolicySizeQuota": q.UserPolicySize, "GroupPolicySizeQuota": q.GroupPolicySize, "RolePolicySizeQuota": q.RolePolicySize,
		"InstanceProfilesQuota": q.InstanceProfiles, "ServerCertificatesQuota": q.ServerCertificates,
		"SigningCertificatesPerUserQuota": q.SigningCertificatesPerUser,
	}
	err := s.view(ctx, func(t *directory.ReadTx) error {
		a, err := t.Account(account)
		if err != nil {
			return err
		}
		sum["AccountAccessKeysPresent"] = min(1, len(a.RootKeys))
		for name, k := range map[string]directory.Kind{
			"Users": directory.KindUser, "Groups": directory.KindGroup, "Roles": directory.KindRole, "Policies": directory.KindPolicy,
		} {
			if sum[name], err = t.Count(account, k); err != nil {
				return err
			}
		}
		if err := countCredentials(t, account, sum); err != nil {
			return err
		}
		if err := countSettings(t, account, sum); err != nil {
			return err
		}
		policies, err := t.Policies(account, directory.Page{})
		sum["PolicyVersionsInUse"] = 0
		for _, p := range policies.Items {
			sum["PolicyVersionsInUse"] += len(p.Versions)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetAccountSummaryOutput{SummaryMap: make(map[string]int32, len(sum))}
	for name, n := range sum {
		out.SummaryMap[name] = int32(n)
	}
	return out, nil
}

// CreateAccountAlias gives the account an alias in place of any it has.
// Aliases are unique among all accounts.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
func (s *Service) CreateAccountAlias(ctx context.Context, in *api.CreateAccountAliasInput) (*api.CreateAccountAliasOutput, error) {
	alias := value(in.AccountAlias)
	err := s.update(ctx, func(tx *directory.Tx) error {
		all, err := tx.Accounts(directory.Page{})
		if err != nil {
			return err
		}
		for _, a := range all.Items {
			if a.Alias == alias && a.ID != accountOf(ctx) {
				return api.NewError("EntityAlreadyExists", "The account alias "+alias+" already exists.")
			}
		}
		a, err := tx.Account(accountOf(ctx))
		if err != nil {
			return err
		}
		a.Alias = alias
		return tx.PutAccount(a)
	})
	return &api.CreateAccountAliasOutput{}, err
}

// DeleteAccountAlias takes the account's alias away.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html
func (s *Service) DeleteAccountAlias(ctx context.Context, in *api.DeleteAccountAliasInput) (*api.DeleteAccountAliasOutput, error) {
	alias := value(in.AccountAlias)
	err := s.update(ctx, func(tx *directory.Tx) error {
		a, err := tx.Account(accountOf(ctx))
		if err != nil {
			return err
		}
		if a.Alias == "" || a.Alias != alias {
			return noSuchEntity("The account alias %s cannot be found.", alias)
		}
		a.Alias = ""
		return tx.PutAccount(a)
	})
	return &api.DeleteAccountAliasOutput{}, err
}

// ListAccountAliases lists the account's alias, if it has one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
func (s *Service) ListAccountAliases(ctx context.Context, in *api.ListAccountAliasesInput) (*api.ListAccountAliasesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListAccountAliasesOutput{AccountAliases: []string{}, IsTruncated: new(false)}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		a, err := t.Account(accountOf(ctx))
		if err == nil && a.Alias > p.After {
			out.AccountAliases = append(out.AccountAliases, a.Alias)
		}
		return err
	})
	return out, err
}
