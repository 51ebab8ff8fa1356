package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// AddUserToGroup makes a user a member of a group; a member stays one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
func (s *Service) AddUserToGroup(ctx context.Context, in *api.AddUserToGroupInput) (*api.AddUserToGroupOutput, error) {
	err := s.member(ctx, in.UserName, in.GroupName, func(tx *directory.Tx, u *directory.User, g *directory.Group) error {
		if slices.Contains(u.Groups, g.ID) {
			return nil
		}
		if len(u.Groups) >= s.quotas.GroupsPerUser {
			return api.LimitExceeded("GroupsPerUser", s.quotas.GroupsPerUser)
		}
		u.Groups = append(u.Groups, g.ID)
		return tx.PutUser(u)
	})
	return &api.AddUserToGroupOutput{}, err
}

// RemoveUserFromGroup ends a membership; it need not exist.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
func (s *Service) RemoveUserFromGroup(ctx context.Context, in *api.RemoveUserFromGroupInput) (*api.RemoveUserFromGroupOutput, error) {
	err := s.member(ctx, in.UserName, in.GroupName, func(tx *directory.Tx, u *directory.User, g *directory.Group) error {
		at := slices.Index(u.Groups, g.ID)
		if at < 0 {
			return nil
		}
		u.Groups = slices.Delete(u.Groups, at, at+1)
		return tx.PutUser(u)
	})
	return &api.RemoveUserFromGroupOutput{}, err
}

// member runs fn in a transaction with a user and a group that both exist.
func (s *Service) member(ctx context.Context, userName, groupName *string, fn func(*directory.Tx, *directory.User, *directory.Group) error) error {
	account := accountOf(ctx)
	return s.update(ctx, func(tx *directory.Tx) error {
		u, err := user(&tx.ReadTx, account, value(userName))
		if err != nil {
			return err
		}
		g, err := group(&tx.ReadTx, account, value(groupName))
		if err != nil {
			return err
		}
		return fn(tx, u, g)
	})
}

// groupsOf are the groups of a user, by name.
func groupsOf(t *directory.ReadTx, u *directory.User) ([]*directory.Group, error) {
	var groups []*directory.Group
	for _, id := range u.Groups {
		g, err := t.GroupByID(id)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *directory.Group) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return groups, nil
}

// ListGroupsForUser lists the groups of a user by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
func (s *Service) ListGroupsForUser(ctx context.Context, in *api.ListGroupsForUserInput) (*api.ListGroupsForUserOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListGroupsForUserOutput{Groups: []api.Group{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		u, err := user(t, accountOf(ctx), value(in.UserName))
		if err != nil {
			return err
		}
		groups, err := groupsOf(t, u)
		if err != nil {
			return err
		}
		l := window(groups, func(g *directory.Group) string { return strings.ToLower(g.Name) }, p)
		for _, g := range l.Items {
			out.Groups = append(out.Groups, showGroup(g))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
