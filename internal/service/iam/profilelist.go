package iam

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// GetInstanceProfile shows an instance profile and its role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html
func (s *Service) GetInstanceProfile(ctx context.Context, in *api.GetInstanceProfileInput) (*api.GetInstanceProfileOutput, error) {
	out := new(api.GetInstanceProfileOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := profile(t, accountOf(ctx), value(in.InstanceProfileName))
		if err != nil {
			return err
		}
		out.InstanceProfile, err = s.showProfile(t, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListInstanceProfiles lists the account's instance profiles by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
func (s *Service) ListInstanceProfiles(ctx context.Context, in *api.ListInstanceProfilesInput) (*api.ListInstanceProfilesOutput, error) {
	page, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListInstanceProfilesOutput{}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		of := &directory.InstanceProfile{Entity: directory.Entity{Account: accountOf(ctx)}}
		l, err := directory.Resources(t, of, page, nil)
		if err != nil {
			return err
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		out.InstanceProfiles, err = s.listedProfiles(t, l.Items)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListInstanceProfilesForRole lists the instance profiles that have the role, by
// name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, in *api.ListInstanceProfilesForRoleInput) (*api.ListInstanceProfilesForRoleOutput, error) {
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListInstanceProfilesForRoleOutput{}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		r, err := role(t, accountOf(ctx), value(in.RoleName))
		if err != nil {
			return err
		}
		l, err := directory.ProfilesOf(t, r.ID, page)
		if err != nil {
			return err
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		out.InstanceProfiles, err = s.listedProfiles(t, l.Items)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// profilesOf are all instance profiles of a role.
func (s *Service) profilesOf(t *directory.ReadTx, r *directory.Role) ([]api.InstanceProfile, error) {
	l, err := directory.ProfilesOf(t, r.ID, directory.Page{})
	if err != nil {
		return nil, err
	}
	return s.listedProfiles(t, l.Items)
}

// showProfile is an instance profile as GetInstanceProfile and
// CreateInstanceProfile show it.
func (s *Service) showProfile(t *directory.ReadTx, p *directory.InstanceProfile) (*api.InstanceProfile, error) {
	out, err := s.listedProfile(t, p)
	out.Tags = showTags(p.Tags)
	return &out, err
}

func (s *Service) listedProfiles(t *directory.ReadTx, profiles []*directory.InstanceProfile) ([]api.InstanceProfile, error) {
	out := []api.InstanceProfile{}
	for _, p := range profiles {
		shown, err := s.listedProfile(t, p)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// listedProfile is an instance profile as listings show it, without tags.
func (s *Service) listedProfile(t *directory.ReadTx, p *directory.InstanceProfile) (api.InstanceProfile, error) {
	out := api.InstanceProfile{
		Path: new(p.Path), InstanceProfileName: new(p.Name), InstanceProfileId: new(p.ID), Arn: new(p.ARN()),
		CreateDate: date(p.Created), Roles: []api.Role{},
	}
	if p.Role == "" {
		return out, nil
	}
	r, err := t.RoleByID(p.Role)
	if err != nil {
		return out, err
	}
	out.Roles = append(out.Roles, s.roleHead(r))
	return out, nil
}
