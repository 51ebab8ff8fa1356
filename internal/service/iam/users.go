package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// CreateUser makes a user of the caller's account.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
func (s *Service) CreateUser(ctx context.Context, in *api.CreateUserInput) (*api.CreateUserOutput, error) {
	account := accountOf(ctx)
	tags, err := tagRuleOf(directory.KindUser).merge(nil, in.Tags, s.quotas.TagsPerEntity)
	if err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagUser", "user", in, tags); err != nil {
		return nil, err
	}
	var u *directory.User
	err = s.update(ctx, func(tx *directory.Tx) error {
		u = new(directory.User)
		u.Account, u.Name, u.Path, u.Tags = account, value(in.UserName), or(in.Path, "/"), tags
		if u.Boundary, err = checkBoundary(&tx.ReadTx, account, in.PermissionsBoundary); err != nil {
			return err
		}
		if _, err := tx.User(account, u.Name); err == nil {
			return api.EntityAlreadyExists(directory.KindUser.String(), u.Name)
		}
		if err := s.room(&tx.ReadTx, account, directory.KindUser); err != nil {
			return err
		}
		return taken(tx.CreateUser(u), directory.KindUser, u.Name)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserOutput{User: showUser(u)}, nil
}

// taken makes AWS's error of the directory's when a name is taken.
func taken(err error, k directory.Kind, name string) error {
	if errors.Is(err, directory.ErrExists) {
		return api.EntityAlreadyExists(k.String(), name)
	}
	return err
}

// GetUser shows a user, or the caller when no name is given.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
func (s *Service) GetUser(ctx context.Context, in *api.GetUserInput) (out *api.GetUserOutput, err error) {
	err = s.view(ctx, func(t *directory.ReadTx) error {
		owner, err := ownerOf(ctx, t, in.UserName)
		if err != nil {
			return err
		}
		if owner.user != nil {
			out = &api.GetUserOutput{User: showUser(owner.user)}
			return nil
		}
		out = &api.GetUserOutput{User: showRoot(owner.root)}
		return nil
	})
	return out, err
}

// showRoot is the account's root user.
func showRoot(a *directory.Account) *api.User {
	return &api.User{UserName: text(a.Alias), UserId: new(a.ID), Arn: new(directory.RootARN(a.ID)), CreateDate: date(a.Joined)}
}

// user is the account's user with the name, or NoSuchEntity.
func user(t *directory.ReadTx, account, name string) (*directory.User, error) {
	u, err := t.User(account, name)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NoSuchEntity(directory.KindUser.String(), name)
	}
	return u, err
}

// UpdateUser gives a user another name or path. Its unique id, keys, policies
// and memberships stay. The caller must be allowed to on the user as it is, and
// on what it is to become.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
func (s *Service) UpdateUser(ctx context.Context, in *api.UpdateUserInput) (*api.UpdateUserOutput, error) {
	account := accountOf(ctx)
	if err := s.mayBecome(ctx, "iam:UpdateUser", "new-user", in); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *directory.Tx) error {
		u, err := user(&tx.ReadTx, account, value(in.UserName))
		if err != nil {
			return err
		}
		u.Path = or(in.NewPath, u.Path)
		name := or(in.NewUserName, u.Name)
		return taken(tx.RenameUser(u, name), directory.KindUser, name)
	})
	return &api.UpdateUserOutput{}, err
}

// DeleteUser removes a user that has nothing left.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func (s *Service) DeleteUser(ctx context.Context, in *api.DeleteUserInput) (*api.DeleteUserOutput, error) {
	account := accountOf(ctx)
	err := s.update(ctx, func(tx *directory.Tx) error {
		u, err := user(&tx.ReadTx, account, value(in.UserName))
		if err != nil {
			return err
		}
		switch {
		case len(u.AccessKeys) > 0:
			return api.DeleteConflict(api.DeleteAccessKeysFirst)
		case len(u.Groups) > 0:
			return api.DeleteConflict(api.RemoveUsersFirst)
		}
		if err := deletable(&tx.ReadTx, u); err != nil {
			return err
		}
		if err := emptyHolder(&u.Holder); err != nil {
			return err
		}
		return tx.DeleteUser(u)
	})
	return &api.DeleteUserOutput{}, err
}

// emptyHolder checks that no policy is left on an entity that is to be deleted.
func emptyHolder(h *directory.Holder) error {
	if len(h.Attached) > 0 {
		return api.DeleteConflict(api.DetachPoliciesFirst)
	}
	if len(h.Inline) > 0 {
		return api.DeleteConflict(api.DeletePoliciesFirst)
	}
	return nil
}

// ListUsers lists the account's users by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
func (s *Service) ListUsers(ctx context.Context, in *api.ListUsersInput) (*api.ListUsersOutput, error) {
	p, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListUsersOutput{Users: []api.User{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		l, err := t.Users(accountOf(ctx), p)
		for _, u := range l.Items {
			out.Users = append(out.Users, listedUser(u))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return err
	})
	return out, err
}
