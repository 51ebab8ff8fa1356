package iam

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// instanceProfile is IAM's word for the kind in errors.
const instanceProfile = "instance profile"

// CreateInstanceProfile makes an instance profile without a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
func (s *Service) CreateInstanceProfile(ctx context.Context, in *api.CreateInstanceProfileInput) (*api.CreateInstanceProfileOutput, error) {
	account := accountOf(ctx)
	tags, err := profileTags().merge(nil, in.Tags, s.quotas.TagsPerEntity)
	if err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagInstanceProfile", "instance-profile", in, tags); err != nil {
		return nil, err
	}
	out := new(api.CreateInstanceProfileOutput)
	err = s.update(ctx, func(tx *directory.Tx) error {
		p := &directory.InstanceProfile{Entity: directory.Entity{
			Account: account, Name: value(in.InstanceProfileName), Path: or(in.Path, "/"), Tags: tags, Created: tx.Now(),
		}}
		if _, err := directory.FindResource(&tx.ReadTx, p); err == nil {
			return api.EntityAlreadyExists(instanceProfile, p.Name)
		}
		n, err := tx.CountResources(directory.KindInstanceProfile, account)
		if err != nil {
			return err
		}
		if n >= s.quotas.InstanceProfiles {
			return api.LimitExceeded("InstanceProfilesPerAccount", s.quotas.InstanceProfiles)
		}
		if p.ID, err = tx.NewUniqueID(arn.PrefixInstanceProfile); err != nil {
			return err
		}
		if err := tx.CreateResource(p); err != nil {
			return err
		}
		out.InstanceProfile, err = s.showProfile(&tx.ReadTx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// profile is the account's instance profile with the name, or NoSuchEntity.
func profile(t *directory.ReadTx, account, name string) (*directory.InstanceProfile, error) {
	p, err := directory.ProfileByName(t, account, name)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NoSuchEntity(instanceProfile, name)
	}
	return p, err
}

// changeProfile changes an instance profile in a transaction. fn may be run more
// than once.
func (s *Service) changeProfile(ctx context.Context, name *string, fn func(*directory.Tx, *directory.InstanceProfile) error) error {
	account := accountOf(ctx)
	return s.update(ctx, func(tx *directory.Tx) error {
		p, err := profile(&tx.ReadTx, account, value(name))
		if err != nil {
			return err
		}
		if err := fn(tx, p); err != nil {
			return err
		}
		return tx.PutResource(p)
	})
}

// AddRoleToInstanceProfile puts a role into an instance profile that has none.
// The caller must be allowed to pass the role to EC2.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
func (s *Service) AddRoleToInstanceProfile(ctx context.Context, in *api.AddRoleToInstanceProfileInput) (*api.AddRoleToInstanceProfileOutput, error) {
	err := s.changeProfile(ctx, in.InstanceProfileName, func(tx *directory.Tx, p *directory.InstanceProfile) error {
		r, err := role(&tx.ReadTx, p.Account, value(in.RoleName))
		if err != nil {
			return err
		}
		if err := modifiable(&r.Entity); err != nil {
			return err
		}
		if p.Role != "" {
			return api.LimitExceeded("InstanceSessionsPerInstanceProfile", 1)
		}
		p.Role = r.ID
		return nil
	})
	return &api.AddRoleToInstanceProfileOutput{}, err
}

// RemoveRoleFromInstanceProfile takes the role out of an instance profile.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
func (s *Service) RemoveRoleFromInstanceProfile(ctx context.Context, in *api.RemoveRoleFromInstanceProfileInput) (*api.RemoveRoleFromInstanceProfileOutput, error) {
	err := s.changeProfile(ctx, in.InstanceProfileName, func(tx *directory.Tx, p *directory.InstanceProfile) error {
		r, err := role(&tx.ReadTx, p.Account, value(in.RoleName))
		if err != nil {
			return err
		}
		if err := modifiable(&r.Entity); err != nil {
			return err
		}
		if p.Role != r.ID {
			return api.NoSuchEntity(directory.KindRole.String(), value(in.RoleName))
		}
		p.Role = ""
		return nil
	})
	return &api.RemoveRoleFromInstanceProfileOutput{}, err
}

// DeleteInstanceProfile removes an instance profile without a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
func (s *Service) DeleteInstanceProfile(ctx context.Context, in *api.DeleteInstanceProfileInput) (*api.DeleteInstanceProfileOutput, error) {
	account := accountOf(ctx)
	err := s.update(ctx, func(tx *directory.Tx) error {
		p, err := profile(&tx.ReadTx, account, value(in.InstanceProfileName))
		if err != nil {
			return err
		}
		if p.Role != "" {
			return api.DeleteConflict(api.RemoveRolesFirst)
		}
		return tx.DeleteResource(p)
	})
	return &api.DeleteInstanceProfileOutput{}, err
}

// outOfProfiles checks that a role which is to be deleted is in no instance
// profile.
func outOfProfiles(t *directory.ReadTx, r *directory.Role) error {
	l, err := t.Referring(r.ID, directory.KindInstanceProfile, directory.Page{Limit: 1})
	if err == nil && len(l.Items) > 0 {
		return api.DeleteConflict(api.RemoveRolesFirst)
	}
	return err
}
