package iam

import (
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// boundary is how a permissions boundary is shown. AWS's model has another name
// for the type; this is the one that AWS sends.
func boundary(policyARN string) *api.AttachedPermissionsBoundary {
	if policyARN == "" {
		return nil
	}
	return &api.AttachedPermissionsBoundary{
		PermissionsBoundaryType: new("Policy"),
		PermissionsBoundaryArn:  new(policyARN),
	}
}

// showUser is a user as GetUser and CreateUser show it.
func showUser(u *directory.User) *api.User {
	out := listedUser(u)
	out.PermissionsBoundary = boundary(u.Boundary)
	out.Tags = showTags(u.Tags)
	return &out
}

// listedUser is a user as listings show it, without boundary and tags.
func listedUser(u *directory.User) api.User {
	return api.User{
		Path: new(u.Path), UserName: new(u.Name), UserId: new(u.ID), Arn: new(u.ARN()),
		CreateDate: date(u.Created),
	}
}

func showGroup(g *directory.Group) api.Group {
	return api.Group{
		Path: new(g.Path), GroupName: new(g.Name), GroupId: new(g.ID), Arn: new(g.ARN()),
		CreateDate: date(g.Created),
	}
}

// roleHead is what every answer with a role has. CreateRole adds to it the
// boundary and tags, listings the description and longest session, GetRole all
// of these and the last use.
func (s *Service) roleHead(r *directory.Role) api.Role {
	return api.Role{
		Path: new(r.Path), RoleName: new(r.Name), RoleId: new(r.ID), Arn: new(r.ARN()),
		CreateDate: date(r.Created), AssumeRolePolicyDocument: new(encodeDocument(s.renderTrust(r.Trust))),
	}
}

// listedRole is a role as listings show it, without boundary, tags and last use.
func (s *Service) listedRole(r *directory.Role) api.Role {
	out := s.roleHead(r)
	out.Description, out.MaxSessionDuration = text(r.Description), new(int32(r.MaxSession))
	return out
}

// lastUsed is when a role was last used; AWS sends an empty structure for never.
func lastUsed(t *directory.ReadTx, roleID string) (*api.RoleLastUsed, error) {
	use, err := t.LastUsed(roleID)
	if err != nil || use.Time.IsZero() {
		return &api.RoleLastUsed{}, err
	}
	return &api.RoleLastUsed{LastUsedDate: date(use.Time), Region: new(use.Region)}, nil
}

// showPolicy is a managed policy as listings and CreatePolicy show it, without
// description and tags. The counts are those of the account.
func showPolicy(t *directory.ReadTx, account string, p *directory.ManagedPolicy) (api.Policy, error) {
	attached, err := attachmentCount(t, account, p.ARN())
	if err != nil {
		return api.Policy{}, err
	}
	boundaries, err := boundaryCount(t, account, p.ARN())
	if err != nil {
		return api.Policy{}, err
	}
	return countedPolicy(p, directory.PolicyUses{Attached: attached, Boundary: boundaries}), nil
}

// countedPolicy is showPolicy with the counts.
func countedPolicy(p *directory.ManagedPolicy, uses directory.PolicyUses) api.Policy {
	return api.Policy{
		PolicyName: new(p.Name), PolicyId: new(p.ID), Arn: new(p.ARN()), Path: new(p.Path),
		DefaultVersionId:              new(p.Default),
		AttachmentCount:               new(int32(uses.Attached)),
		PermissionsBoundaryUsageCount: new(int32(uses.Boundary)),
		IsAttachable:                  new(true),
		CreateDate:                    date(p.Created), UpdateDate: date(p.Updated),
	}
}

// showVersion is a version of a managed policy, without its document.
func showVersion(p *directory.ManagedPolicy, v *directory.PolicyVersion) api.PolicyVersion {
	return api.PolicyVersion{
		VersionId: new(v.ID), IsDefaultVersion: new(v.ID == p.Default), CreateDate: date(v.Created),
	}
}
