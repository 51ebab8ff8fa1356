package iam

import (
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// userConflicts are what can keep a user from being deleted, each with the error
// that DeleteUser then answers. The first one found is told.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func userConflicts() []func(*directory.ReadTx, *directory.User) error {
	return []func(*directory.ReadTx, *directory.User) error{
		loginConflict,
		credentialConflict,
	}
}

// deletable checks that nothing keeps a user from being deleted.
func deletable(t *directory.ReadTx, u *directory.User) error {
	for _, conflict := range userConflicts() {
		if err := conflict(t, u); err != nil {
			return err
		}
	}
	return nil
}

func loginConflict(t *directory.ReadTx, u *directory.User) error {
	p, err := login(t, u.Account, u.ID)
	if err == nil && p != nil {
		return api.DeleteConflict(api.DeleteLoginFirst)
	}
	return err
}
