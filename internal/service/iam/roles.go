package iam

import (
	"context"
	"errors"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// defaultMaxSession is a role's MaxSessionDuration when none is given, in
// seconds.
const defaultMaxSession = 3600

// CreateRole makes a role of the caller's account.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
func (s *Service) CreateRole(ctx context.Context, in *api.CreateRoleInput) (*api.CreateRoleOutput, error) {
	account := accountOf(ctx)
	if strings.HasPrefix(value(in.Path), directory.ServiceRolePath) {
		return nil, invalidInput("Path prefix '%s' can only be used for AWS Service linked Roles", directory.ServiceRolePath)
	}
	tags, err := tagRuleOf(directory.KindRole).merge(nil, in.Tags, s.quotas.TagsPerEntity)
	if err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagRole", "role", in, tags); err != nil {
		return nil, err
	}
	trust, err := s.storeTrust(ctx, value(in.AssumeRolePolicyDocument))
	if err != nil {
		return nil, err
	}
	out := new(api.CreateRoleOutput)
	err = s.update(ctx, func(tx *directory.Tx) error {
		r := &directory.Role{
			Description: value(in.Description), Trust: trust, MaxSession: int(or(in.MaxSessionDuration, defaultMaxSession)),
		}
		r.Account, r.Name, r.Path, r.Tags = account, value(in.RoleName), or(in.Path, "/"), tags
		if r.Boundary, err = checkBoundary(&tx.ReadTx, account, in.PermissionsBoundary); err != nil {
			return err
		}
		if _, err := tx.Role(account, r.Name); err == nil {
			return api.EntityAlreadyExists(directory.KindRole.String(), r.Name)
		}
		if err := s.room(&tx.ReadTx, account, directory.KindRole); err != nil {
			return err
		}
		if err := tx.CreateRole(r); err != nil {
			return taken(err, directory.KindRole, r.Name)
		}
		shown := s.roleHead(r)
		shown.PermissionsBoundary, shown.Tags = boundary(r.Boundary), showTags(r.Tags)
		out.Role = &shown
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// role is the account's role with the name, or NoSuchEntity.
func role(t *directory.ReadTx, account, name string) (*directory.Role, error) {
	r, err := t.Role(account, name)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NoSuchEntity(directory.KindRole.String(), name)
	}
	return r, err
}

// GetRole shows a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func (s *Service) GetRole(ctx context.Context, in *api.GetRoleInput) (*api.GetRoleOutput, error) {
	out := new(api.GetRoleOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		r, err := role(t, accountOf(ctx), value(in.RoleName))
		if err != nil {
			return err
		}
		shown := s.listedRole(r)
		shown.PermissionsBoundary, shown.Tags = boundary(r.Boundary), showTags(r.Tags)
		shown.RoleLastUsed, err = lastUsed(t, r.ID)
		out.Role = &shown
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateRole changes a role's description and longest session; what is not
// given stays. Of a service-linked role only the description can be changed.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
func (s *Service) UpdateRole(ctx context.Context, in *api.UpdateRoleInput) (*api.UpdateRoleOutput, error) {
	err := s.changeRole(ctx, in.RoleName, func(r *directory.Role) error {
		r.Description = or(in.Description, r.Description)
		if in.MaxSessionDuration == nil {
			return nil
		}
		r.MaxSession = int(*in.MaxSessionDuration)
		return modifiable(&r.Entity)
	})
	return &api.UpdateRoleOutput{}, err
}

// UpdateRoleDescription changes a role's description.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
func (s *Service) UpdateRoleDescription(ctx context.Context, in *api.UpdateRoleDescriptionInput) (*api.UpdateRoleDescriptionOutput, error) {
	out := new(api.UpdateRoleDescriptionOutput)
	err := s.changeRole(ctx, in.RoleName, func(r *directory.Role) error {
		r.Description = value(in.Description)
		shown := s.roleHead(r)
		shown.Description = text(r.Description)
		out.Role = &shown
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateAssumeRolePolicy replaces a role's trust policy.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, in *api.UpdateAssumeRolePolicyInput) (*api.UpdateAssumeRolePolicyOutput, error) {
	err := s.view(ctx, func(t *directory.ReadTx) error {
		r, err := role(t, accountOf(ctx), value(in.RoleName))
		if err != nil {
			return err
		}
		return modifiable(&r.Entity)
	})
	if err != nil {
		return nil, err
	}
	trust, err := s.storeTrust(ctx, value(in.PolicyDocument))
	if err != nil {
		return nil, err
	}
	err = s.changeRole(ctx, in.RoleName, func(r *directory.Role) error {
		r.Trust = trust
		return modifiable(&r.Entity)
	})
	return &api.UpdateAssumeRolePolicyOutput{}, err
}

// changeRole changes a role in a transaction. fn may be run more than once.
func (s *Service) changeRole(ctx context.Context, name *string, fn func(*directory.Role) error) error {
	account := accountOf(ctx)
	return s.update(ctx, func(tx *directory.Tx) error {
		r, err := role(&tx.ReadTx, account, value(name))
		if err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
		return tx.PutRole(r)
	})
}

// DeleteRole removes a role without policies. Its sessions end at once.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
func (s *Service) DeleteRole(ctx context.Context, in *api.DeleteRoleInput) (*api.DeleteRoleOutput, error) {
	account := accountOf(ctx)
	err := s.update(ctx, func(tx *directory.Tx) error {
		r, err := role(&tx.ReadTx, account, value(in.RoleName))
		if err != nil {
			return err
		}
		if err := modifiable(&r.Entity); err != nil {
			return err
		}
		if err := outOfProfiles(&tx.ReadTx, r); err != nil {
			return err
		}
		if err := emptyHolder(&r.Holder); err != nil {
			return err
		}
		return tx.DeleteRole(r)
	})
	return &api.DeleteRoleOutput{}, err
}

// ListRoles lists the account's roles by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
func (s *Service) ListRoles(ctx context.Context, in *api.ListRolesInput) (*api.ListRolesOutput, error) {
	p, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListRolesOutput{Roles: []api.Role{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		l, err := t.Roles(accountOf(ctx), p)
		for _, r := range l.Items {
			out.Roles = append(out.Roles, s.listedRole(r))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return err
	})
	return out, err
}
