package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// GetAccountAuthorizationDetails shows the account's users, groups, roles and
// managed policies with all that bears on permissions, in this order. Of AWS's
// policies it shows those in use.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (s *Service) GetAccountAuthorizationDetails(ctx context.Context, in *api.GetAccountAuthorizationDetailsInput) (*api.GetAccountAuthorizationDetailsOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []api.UserDetail{}, GroupDetailList: []api.GroupDetail{},
		RoleDetailList: []api.RoleDetail{}, Policies: []api.ManagedPolicyDetail{},
	}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		d := details{s: s, t: t, account: accountOf(ctx), out: out, left: p.Limit}
		next, err := d.page(in.Filter, p.After)
		out.IsTruncated, out.Marker = truncated(next)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// details fills one page. A place in it is a letter for the section and the
// place within that.
type details struct {
	s       *Service
	t       *directory.ReadTx
	account string
	out     *api.GetAccountAuthorizationDetailsOutput
	left    int
}

func (d *details) page(filter []string, after string) (next string, err error) {
	sections := []struct {
		letter, filter string
		fill           func(directory.Page) (int, string, error)
	}{
		{"1", "User", d.users},
		{"2", "Group", d.groups},
		{"3", "Role", d.roles},
		{"4", "LocalManagedPolicy", d.localPolicies},
		{"5", "AWSManagedPolicy", d.awsPolicies},
	}
	letter, place := "", ""
	if after != "" {
		letter, place = after[:1], after[1:]
	}
	for _, section := range sections {
		if section.letter < letter || len(filter) > 0 && !slices.Contains(filter, section.filter) {
			continue
		}
		if d.left == 0 {
			return section.letter, nil // from its beginning
		}
		p := directory.Page{Limit: d.left}
		if section.letter == letter {
			p.After = place
		}
		n, more, err := section.fill(p)
		if err != nil {
			return "", err
		}
		if more != "" {
			return section.letter + more, nil
		}
		d.left -= n
	}
	return "", nil
}

func (d *details) users(p directory.Page) (int, string, error) {
	l, err := d.t.Users(d.account, p)
	if err != nil {
		return 0, "", err
	}
	for _, u := range l.Items {
		groups, err := groupsOf(d.t, u)
		if err != nil {
			return 0, "", err
		}
		names := []string{}
		for _, g := range groups {
			names = append(names, g.Name)
		}
		d.out.UserDetailList = append(d.out.UserDetailList, api.UserDetail{
			Path: new(u.Path), UserName: new(u.Name), UserId: new(u.ID), Arn: new(u.ARN()), CreateDate: date(u.Created),
			UserPolicyList: inlineDetails(&u.Holder), GroupList: names,
			AttachedManagedPolicies: showAttached(sortedARNs(u.Attached)),
			PermissionsBoundary:     boundary(u.Boundary), Tags: showTags(u.Tags),
		})
	}
	return len(l.Items), l.Next, nil
}

func (d *details) groups(p directory.Page) (int, string, error) {
	l, err := d.t.Groups(d.account, p)
	for _, g := range l.Items {
		d.out.GroupDetailList = append(d.out.GroupDetailList, api.GroupDetail{
			Path: new(g.Path), GroupName: new(g.Name), GroupId: new(g.ID), Arn: new(g.ARN()), CreateDate: date(g.Created),
			GroupPolicyList: inlineDetails(&g.Holder), AttachedManagedPolicies: showAttached(sortedARNs(g.Attached)),
		})
	}
	return len(l.Items), l.Next, err
}

func (d *details) roles(p directory.Page) (int, string, error) {
	l, err := d.t.Roles(d.account, p)
	if err != nil {
		return 0, "", err
	}
	for _, r := range l.Items {
		use, err := lastUsed(d.t, r.ID)
		if err != nil {
			return 0, "", err
		}
		profiles, err := d.s.profilesOf(d.t, r)
		if err != nil {
			return 0, "", err
		}
		d.out.RoleDetailList = append(d.out.RoleDetailList, api.RoleDetail{
			Path: new(r.Path), RoleName: new(r.Name), RoleId: new(r.ID), Arn: new(r.ARN()), CreateDate: date(r.Created),
			AssumeRolePolicyDocument: new(encodeDocument(d.s.renderTrust(r.Trust))),
			InstanceProfileList:      profiles,
			RolePolicyList:           inlineDetails(&r.Holder), AttachedManagedPolicies: showAttached(sortedARNs(r.Attached)),
			PermissionsBoundary: boundary(r.Boundary), Tags: showTags(r.Tags), RoleLastUsed: use,
		})
	}
	return len(l.Items), l.Next, nil
}

func inlineDetails(h *directory.Holder) []api.PolicyDetail {
	out := []api.PolicyDetail{}
	for _, p := range h.Inline {
		out = append(out, showInline(p))
	}
	return out
}

func (d *details) localPolicies(p directory.Page) (int, string, error) {
	l, err := d.t.Policies(d.account, p)
	if err != nil {
		return 0, "", err
	}
	for _, policy := range l.Items {
		if err := d.addPolicy(policy); err != nil {
			return 0, "", err
		}
	}
	return len(l.Items), l.Next, nil
}

func (d *details) awsPolicies(p directory.Page) (n int, next string, err error) {
	place := ""
	uses, err := d.t.AWSPolicyUses(d.account)
	if err != nil {
		return 0, "", err
	}
	managed, err := d.t.AWSManaged(d.account)
	if err != nil {
		return 0, "", err
	}
	for _, policy := range managed {
		key := strings.ToLower(policy.Name)
		if key <= p.After {
			continue
		}
		if _, used := uses[policy.ARN()]; !used {
			continue
		}
		if n == p.Limit {
			return n, place, nil
		}
		if err := d.addPolicy(policy); err != nil {
			return 0, "", err
		}
		n, place = n+1, key
	}
	return n, "", nil
}

func (d *details) addPolicy(p *directory.ManagedPolicy) error {
	head, err := showPolicy(d.t, d.account, p)
	if err != nil {
		return err
	}
	detail := api.ManagedPolicyDetail{
		PolicyName: head.PolicyName, PolicyId: head.PolicyId, Arn: head.Arn, Path: head.Path,
		DefaultVersionId: head.DefaultVersionId, AttachmentCount: head.AttachmentCount,
		PermissionsBoundaryUsageCount: head.PermissionsBoundaryUsageCount, IsAttachable: head.IsAttachable,
		Description: text(p.Description), CreateDate: head.CreateDate, UpdateDate: head.UpdateDate,
	}
	versions := latestFirst(p.Versions)
	for i := range versions {
		v := showVersion(p, &versions[i])
		v.Document = new(encodeDocument(versions[i].Document))
		detail.PolicyVersionList = append(detail.PolicyVersionList, v)
	}
	d.out.Policies = append(d.out.Policies, detail)
	return nil
}
