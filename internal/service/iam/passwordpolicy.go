package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

const (
	// leastLength is the shortest password that an account's own policy asks for if
	// it does not say, in characters.
	leastLength = 6
	// What AWS asks for where an account has no policy of its own: a length, and
	// characters of so many of the four kinds.
	defaultLength = 8
	defaultKinds  = 3
)

// passwordPolicy is the account's own policy, nil if it has none.
func passwordPolicy(t *directory.ReadTx, account string) (*directory.PasswordPolicy, error) {
	p, err := directory.FindResource(t, &directory.PasswordPolicy{Account: account})
	if errors.Is(err, directory.ErrNotFound) {
		return nil, nil
	}
	return p, err
}

// UpdateAccountPasswordPolicy sets the account's password policy. What is not given
// is what AWS has for it, not what was set before. It binds passwords that are set
// from then on.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
func (s *Service) UpdateAccountPasswordPolicy(ctx context.Context, in *api.UpdateAccountPasswordPolicyInput) (*api.UpdateAccountPasswordPolicyOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		return tx.SetResource(&directory.PasswordPolicy{
			Account: accountOf(ctx), MinimumLength: or(in.MinimumPasswordLength, leastLength),
			Symbols: value(in.RequireSymbols), Numbers: value(in.RequireNumbers),
			Uppercase: value(in.RequireUppercaseCharacters), Lowercase: value(in.RequireLowercaseCharacters),
			AllowChange: value(in.AllowUsersToChangePassword), MaxAge: value(in.MaxPasswordAge),
			ReusePrevention: value(in.PasswordReusePrevention), HardExpiry: in.HardExpiry,
		})
	})
	return &api.UpdateAccountPasswordPolicyOutput{}, err
}

// GetAccountPasswordPolicy shows the account's own password policy.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, _ *api.GetAccountPasswordPolicyInput) (*api.GetAccountPasswordPolicyOutput, error) {
	out := new(api.GetAccountPasswordPolicyOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := passwordPolicy(t, accountOf(ctx))
		if err != nil {
			return err
		}
		if p == nil {
			return noSuchEntity("The Password Policy with domain name %s cannot be found.", accountOf(ctx))
		}
		out.PasswordPolicy = &api.PasswordPolicy{
			MinimumPasswordLength: new(p.MinimumLength), RequireSymbols: new(p.Symbols), RequireNumbers: new(p.Numbers),
			RequireUppercaseCharacters: new(p.Uppercase), RequireLowercaseCharacters: new(p.Lowercase),
			AllowUsersToChangePassword: new(p.AllowChange), ExpirePasswords: new(p.MaxAge > 0),
			MaxPasswordAge: number(p.MaxAge), PasswordReusePrevention: number(p.ReusePrevention), HardExpiry: p.HardExpiry,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// number is n as an optional member: absent when zero.
func number(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}

// DeleteAccountPasswordPolicy takes the account's own password policy away.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html
func (s *Service) DeleteAccountPasswordPolicy(ctx context.Context, _ *api.DeleteAccountPasswordPolicyInput) (*api.DeleteAccountPasswordPolicyOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		err := tx.DeleteResource(&directory.PasswordPolicy{Account: accountOf(ctx)})
		if errors.Is(err, directory.ErrNotFound) {
			return noSuchEntity("The account policy with name PasswordPolicy cannot be found.")
		}
		return err
	})
	return &api.DeleteAccountPasswordPolicyOutput{}, err
}

func passwordViolation(message string) error {
	return api.NewError("PasswordPolicyViolation", message)
}

// againstPolicy is the violation where nothing more is said.
func againstPolicy() error {
	return passwordViolation("Password does not conform to the account password policy.")
}

// checkPassword holds a new password to the account's own policy or, where p is
// nil, to the one that AWS has for all others.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
func checkPassword(p *directory.PasswordPolicy, a *directory.Account, password string) error {
	own := p != nil
	if !own {
		p = &directory.PasswordPolicy{MinimumLength: defaultLength, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true}
	}
	var short, lacks []string
	if utf8.RuneCountInString(password) < int(p.MinimumLength) {
		short = append(short, fmt.Sprintf("Password should have a minimum length of %d", p.MinimumLength))
	}
	for _, kind := range []struct {
		wanted bool
		of     string
		name   string
	}{
		{p.Uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "uppercase letter"},
		{p.Lowercase, "abcdefghijklmnopqrstuvwxyz", "lowercase letter"},
		{p.Numbers, "0123456789", "number"},
		{p.Symbols, "!@#$%^&*()_+-=[]{}|'", "symbol"},
	} {
		if kind.wanted && !strings.ContainsAny(password, kind.of) {
			lacks = append(lacks, "Password should have at least one "+kind.name)
		}
	}
	missing := len(lacks) - (4 - defaultKinds) // of the kinds that the default policy asks for
	switch {
	case own && len(short)+len(lacks) > 0:
		return passwordViolation(strings.Join(append(short, lacks...), ", "))
	case own:
		return nil
	case len(short) > 0:
		return passwordViolation(short[0])
	case missing > 0:
		return passwordViolation(fmt.Sprintf("Password should meet %d more of the following requirements: %s", missing, strings.Join(lacks, ", ")))
	case strings.EqualFold(password, a.Name), strings.EqualFold(password, a.Email):
		return againstPolicy()
	}
	return nil
}
