package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// CreateGroup makes a group of the caller's account.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
func (s *Service) CreateGroup(ctx context.Context, in *api.CreateGroupInput) (*api.CreateGroupOutput, error) {
	account := accountOf(ctx)
	var g *directory.Group
	err := s.update(ctx, func(tx *directory.Tx) error {
		g = new(directory.Group)
		g.Account, g.Name, g.Path = account, value(in.GroupName), or(in.Path, "/")
		if _, err := tx.Group(account, g.Name); err == nil {
			return api.EntityAlreadyExists(directory.KindGroup.String(), g.Name)
		}
		if err := s.room(&tx.ReadTx, account, directory.KindGroup); err != nil {
			return err
		}
		return taken(tx.CreateGroup(g), directory.KindGroup, g.Name)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateGroupOutput{Group: new(showGroup(g))}, nil
}

// group is the account's group with the name, or NoSuchEntity.
func group(t *directory.ReadTx, account, name string) (*directory.Group, error) {
	g, err := t.Group(account, name)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, api.NoSuchEntity(directory.KindGroup.String(), name)
	}
	return g, err
}

// GetGroup shows a group and a page of its members.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
func (s *Service) GetGroup(ctx context.Context, in *api.GetGroupInput) (*api.GetGroupOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.GetGroupOutput{Users: []api.User{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		g, err := group(t, accountOf(ctx), value(in.GroupName))
		if err != nil {
			return err
		}
		out.Group = new(showGroup(g))
		l, err := t.Members(g.ID, p)
		for _, u := range l.Items {
			out.Users = append(out.Users, listedUser(u))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateGroup gives a group another name or path. Its members stay. The caller
// must be allowed to on the group as it is, and on what it is to become.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
func (s *Service) UpdateGroup(ctx context.Context, in *api.UpdateGroupInput) (*api.UpdateGroupOutput, error) {
	account := accountOf(ctx)
	if err := s.mayBecome(ctx, "iam:UpdateGroup", "new-group", in); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *directory.Tx) error {
		g, err := group(&tx.ReadTx, account, value(in.GroupName))
		if err != nil {
			return err
		}
		g.Path = or(in.NewPath, g.Path)
		name := or(in.NewGroupName, g.Name)
		return taken(tx.RenameGroup(g, name), directory.KindGroup, name)
	})
	return &api.UpdateGroupOutput{}, err
}

// DeleteGroup removes a group without members and policies.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
func (s *Service) DeleteGroup(ctx context.Context, in *api.DeleteGroupInput) (*api.DeleteGroupOutput, error) {
	account := accountOf(ctx)
	err := s.update(ctx, func(tx *directory.Tx) error {
		g, err := group(&tx.ReadTx, account, value(in.GroupName))
		if err != nil {
			return err
		}
		members, err := tx.Members(g.ID, directory.Page{Limit: 1})
		if err != nil {
			return err
		}
		if len(members.Items) > 0 {
			return api.DeleteConflict(api.RemoveUsersFirst)
		}
		if err := emptyHolder(&g.Holder); err != nil {
			return err
		}
		return tx.DeleteGroup(g)
	})
	return &api.DeleteGroupOutput{}, err
}

// ListGroups lists the account's groups by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
func (s *Service) ListGroups(ctx context.Context, in *api.ListGroupsInput) (*api.ListGroupsOutput, error) {
	p, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListGroupsOutput{Groups: []api.Group{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		l, err := t.Groups(accountOf(ctx), p)
		for _, g := range l.Items {
			out.Groups = append(out.Groups, showGroup(g))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return err
	})
	return out, err
}
