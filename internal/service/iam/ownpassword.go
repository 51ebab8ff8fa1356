package iam

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// ownPassword is what the account's password policy itself lets the calling user
// do, where it allows users to change their passwords; nil for nothing. Explicit
// denials and the organization's policies bind all the same. A user with a
// permissions boundary needs a policy of its own, for no boundary would bind what
// is given to it by name.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html
func ownPassword(ctx context.Context, t *directory.ReadTx, action string) (*authz.Document, error) {
	c := callerOf(ctx)
	if action != "iam:ChangePassword" && action != "iam:GetAccountPasswordPolicy" || c == nil || c.Kind != policy.CallerUser {
		return nil, nil
	}
	rules, err := passwordPolicy(t, c.Account)
	if err != nil || rules == nil || !rules.AllowChange {
		return nil, err
	}
	u, err := t.UserByID(c.UniqueID)
	if errors.Is(err, directory.ErrNotFound) || err == nil && u.Boundary != "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := policy.Load([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + u.ID +
		`"},"Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}]}`))
	if err != nil {
		return nil, err
	}
	source := &authz.Source{Kind: authz.SourceResource, Name: "account password policy", On: "account/" + c.Account}
	return &authz.Document{Policy: p, Source: source}, nil
}
