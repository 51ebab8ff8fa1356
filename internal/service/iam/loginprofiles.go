package iam

import (
	"bytes"
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// keptPasswords is how many of a user's passwords are remembered, the present one
// among them: as many as a policy may forbid.
const keptPasswords = 24

func noSuchLogin(userName string) error {
	return noSuchEntity("Login Profile for User %s cannot be found.", userName)
}

// login is the login profile of a user or root user, nil if there is none.
func login(t *directory.ReadTx, account, owner string) (*directory.LoginProfile, error) {
	p, err := directory.FindResource(t, &directory.LoginProfile{Account: account, Owner: owner})
	if errors.Is(err, directory.ErrNotFound) {
		return nil, nil
	}
	return p, err
}

// loginOf is the login profile of the user with the name or, without one, of the
// caller. NoSuchEntity: there is none.
func loginOf(ctx context.Context, t *directory.ReadTx, userName *string) (owner, *directory.LoginProfile, error) {
	o, err := ownerOf(ctx, t, userName)
	if err != nil {
		return o, nil, err
	}
	p, err := login(t, accountOf(ctx), o.id())
	if err == nil && p == nil {
		err = noSuchLogin(o.loginName())
	}
	return o, p, err
}

// loginName is what errors call the owner of a login profile.
func (o owner) loginName() string {
	if o.user != nil {
		return o.user.Name
	}
	return o.root.ID
}

func showLogin(o owner, p *directory.LoginProfile) *api.LoginProfile {
	return &api.LoginProfile{UserName: o.name(), CreateDate: date(p.Created), PasswordResetRequired: new(p.ResetRequired)}
}

// CreateLoginProfile gives a user a password. The root user of a member account
// gets no password by it, but may set one. Errors: PasswordPolicyViolation,
// EntityAlreadyExists if there is one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
func (s *Service) CreateLoginProfile(ctx context.Context, in *api.CreateLoginProfileInput) (*api.CreateLoginProfileOutput, error) {
	var o owner
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		if o, err = ownerOf(ctx, t, in.UserName); err != nil {
			return err
		}
		return s.newPassword(t, o, in.Password)
	})
	if err != nil {
		return nil, err
	}
	made := &directory.LoginProfile{Account: accountOf(ctx), Owner: o.id(), ResetRequired: value(in.PasswordResetRequired)}
	if o.user != nil {
		if made.Password, err = s.hashing.make(ctx, *in.Password); err != nil {
			return nil, err
		}
	}
	err = s.update(ctx, func(tx *directory.Tx) error {
		// The user may have gone, or another have its name.
		if now, err := ownerOf(ctx, &tx.ReadTx, in.UserName); err != nil || now.id() != o.id() {
			return errors.Join(err, cond(err == nil, concurrentModification()))
		}
		made.Created, made.Changed = tx.Now(), tx.Now()
		err := tx.CreateResource(made)
		if errors.Is(err, directory.ErrExists) {
			return loginExists(o)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateLoginProfileOutput{LoginProfile: showLogin(o, made)}, nil
}

func cond(when bool, err error) error {
	if when {
		return err
	}
	return nil
}

func loginExists(o owner) error {
	return api.NewError("EntityAlreadyExists", "Login Profile for user "+o.loginName()+" already exists.")
}

// newPassword checks what CreateLoginProfile is given.
func (s *Service) newPassword(t *directory.ReadTx, o owner, password *string) error {
	if o.root != nil {
		if password != nil {
			return api.ValidationError("The password of the root user can not be set.")
		}
		return nil
	}
	if there, err := login(t, o.user.Account, o.user.ID); err != nil || there != nil {
		return errors.Join(err, cond(there != nil, loginExists(o)))
	}
	if password == nil {
		return api.ValidationError("1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	}
	return s.conforms(t, o.user, *password)
}

// conforms holds a user's new password to the policy for it.
func (s *Service) conforms(t *directory.ReadTx, u *directory.User, password string) error {
	p, err := passwordPolicy(t, u.Account)
	if err != nil {
		return err
	}
	a, err := t.Account(u.Account)
	if err != nil {
		return err
	}
	return checkPassword(p, a, password)
}

// GetLoginProfile shows whether and since when a user has a password.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
func (s *Service) GetLoginProfile(ctx context.Context, in *api.GetLoginProfileInput) (*api.GetLoginProfileOutput, error) {
	out := new(api.GetLoginProfileOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		o, p, err := loginOf(ctx, t, in.UserName)
		if err == nil {
			out.LoginProfile = showLogin(o, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteLoginProfile takes a user's password away. Its access keys stay.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
func (s *Service) DeleteLoginProfile(ctx context.Context, in *api.DeleteLoginProfileInput) (*api.DeleteLoginProfileOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		_, p, err := loginOf(ctx, &tx.ReadTx, in.UserName)
		if err != nil {
			return err
		}
		return tx.DeleteResource(p)
	})
	return &api.DeleteLoginProfileOutput{}, err
}

// UpdateLoginProfile gives a user with a password another, or says whether it must
// change it; what is not given stays.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
func (s *Service) UpdateLoginProfile(ctx context.Context, in *api.UpdateLoginProfileInput) (*api.UpdateLoginProfileOutput, error) {
	err := s.changeLogin(ctx, passwordChange{userName: in.UserName, password: in.Password, reset: in.PasswordResetRequired})
	return &api.UpdateLoginProfileOutput{}, err
}

// ChangePassword gives the user that calls another password. Errors: InvalidUserType
// for all others, AccessDenied if the old password is wrong, PasswordPolicyViolation.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
func (s *Service) ChangePassword(ctx context.Context, in *api.ChangePasswordInput) (*api.ChangePasswordOutput, error) {
	if callerOf(ctx).Kind != policy.CallerUser {
		return nil, api.NewError("InvalidUserType", "Only IAM Users can change their own password")
	}
	err := s.changeLogin(ctx, passwordChange{old: in.OldPassword, password: in.NewPassword, reset: new(false)})
	return &api.ChangePasswordOutput{}, err
}

// passwordChange is a change of a login profile.
type passwordChange struct {
	userName *string // nil: the caller
	old      *string // nil: need not be known
	password *string // nil: stays
	reset    *bool   // nil: stays
}

// changeLogin makes the change. Hashing takes long, so that it is done between two
// transactions; the second holds only if nobody changed the password meanwhile.
func (s *Service) changeLogin(ctx context.Context, c passwordChange) error {
	var had *directory.LoginProfile
	var rules *directory.PasswordPolicy
	var violation error
	err := s.view(ctx, func(t *directory.ReadTx) error {
		o, p, err := loginOf(ctx, t, c.userName)
		if err != nil {
			return err
		}
		if rules, err = passwordPolicy(t, p.Account); err != nil {
			return err
		}
		had = p
		if c.password != nil && o.user != nil {
			violation = s.conforms(t, o.user, *c.password)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.old != nil {
		right, err := s.hashing.among(ctx, *c.old, had.Password)
		if err != nil {
			return err
		}
		if !right {
			return api.AccessDenied("The old password was incorrect.")
		}
	}
	var made directory.PasswordHash
	if c.password != nil {
		if violation != nil {
			return violation
		}
		if made, err = s.nextPassword(ctx, had, rules, *c.password); err != nil {
			return err
		}
	}
	return s.update(ctx, func(tx *directory.Tx) error {
		_, p, err := loginOf(ctx, &tx.ReadTx, c.userName)
		if err != nil {
			return err
		}
		if p.Owner != had.Owner || !bytes.Equal(p.Password.Key, had.Password.Key) {
			return concurrentModification()
		}
		if c.password != nil {
			p.Former = append([]directory.PasswordHash{p.Password}, p.Former...)
			p.Former = p.Former[:min(len(p.Former), keptPasswords-1)]
			p.Password, p.Changed = made, tx.Now()
		}
		p.ResetRequired = or(c.reset, p.ResetRequired)
		return tx.PutResource(p)
	})
}

// nextPassword hashes a user's new password, unless the policy remembers it.
func (s *Service) nextPassword(ctx context.Context, had *directory.LoginProfile, rules *directory.PasswordPolicy, password string) (directory.PasswordHash, error) {
	if rules != nil && rules.ReusePrevention > 0 {
		known := append([]directory.PasswordHash{had.Password}, had.Former...)
		again, err := s.hashing.among(ctx, password, known[:min(len(known), int(rules.ReusePrevention))]...)
		if err != nil {
			return directory.PasswordHash{}, err
		}
		if again {
			return directory.PasswordHash{}, againstPolicy()
		}
	}
	return s.hashing.make(ctx, password)
}
