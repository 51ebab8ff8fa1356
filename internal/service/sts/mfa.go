package sts

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// A code is checked before the permission is asked for, because policies decide
// on it, and used up when credentials are about to be made: a request that is
// refused or wrong in another way leaves it for the next. What AssumeRole makes
// is not authenticated with MFA; what GetSessionToken makes is.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html

// bringsMFA tells whether a request brings a code, or half of what it takes.
func bringsMFA(serial, code *string) bool { return serial != nil || code != nil }

// checkMFA checks the code that the request brings, if it does, and leaves it
// unused.
func (s *Service) checkMFA(ctx context.Context, in *api.AssumeRoleInput) error {
	return s.mfa(ctx, in.SerialNumber, in.TokenCode, func(owner string) error {
		who := caller.From(ctx)
		return s.dir.CheckMFA(ctx, who.Account(), owner, *in.SerialNumber, *in.TokenCode, who.Time)
	})
}

// useMFA uses the code that the request brings, if it does.
func (s *Service) useMFA(ctx context.Context, serial, code *string) error {
	return s.mfa(ctx, serial, code, func(owner string) error {
		who := caller.From(ctx)
		return s.dir.UseMFA(ctx, who.Account(), owner, *serial, *code, who.Time)
	})
}

func (s *Service) mfa(ctx context.Context, serial, code *string, try func(owner string) error) error {
	if !bringsMFA(serial, code) {
		return nil
	}
	if serial == nil || code == nil {
		return denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	owner, ok := mfaOwner(caller.From(ctx).Identity)
	if !ok {
		return noDevice()
	}
	switch err := try(owner); {
	case errors.Is(err, directory.ErrMFADevice):
		return noDevice()
	case errors.Is(err, directory.ErrMFACode):
		return denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	default:
		return err
	}
}

// mfaOwner is whose devices the caller has; roles and federated users have none.
func mfaOwner(who *policy.Caller) (owner string, ok bool) {
	switch who.Kind {
	case policy.CallerUser:
		return who.UniqueID, true
	case policy.CallerRoot:
		return who.Account, true
	}
	return "", false
}

// noDevice answers a code of a device that is not the caller's.
func noDevice() error {
	return denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
}
