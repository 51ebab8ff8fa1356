package iam

import (
	"fmt"
	"net/url"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func (w *world) furnish() {
	w.user("u1")
	w.user("u2")
	w.group("g")
	w.role("r")
	arn := w.policy("p").Arn
	must(w.CreatePolicyVersion(w.ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: new(allowAll)}))
	must(w.AddUserToGroup(w.ctx, &api.AddUserToGroupInput{UserName: new("u1"), GroupName: new("g")}))
	must(w.TagUser(w.ctx, &api.TagUserInput{UserName: new("u1"), Tags: []api.Tag{tag("k", "v")}}))
	must(w.PutUserPolicy(w.ctx, &api.PutUserPolicyInput{UserName: new("u1"), PolicyName: new("in"), PolicyDocument: new(readOne)}))
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u1"), PolicyArn: arn}))
	must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: new(adminARN)}))
	must(w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("r"), PermissionsBoundary: new(readerARN)}))
}

func TestAuthorizationDetails(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	out := must(w.GetAccountAuthorizationDetails(w.ctx, &api.GetAccountAuthorizationDetailsInput{}))
	same(t, "lists", fmt.Sprint(len(out.UserDetailList), len(out.GroupDetailList), len(out.RoleDetailList), len(out.Policies), *out.IsTruncated), "2 1 1 3 false")
	u := out.UserDetailList[0]
	same(t, "groups", fmt.Sprint(u.GroupList), "[g]")
	same(t, "tag", *u.Tags[0].Key, "k")
	same(t, "inline", must(url.PathUnescape(*u.UserPolicyList[0].PolicyDocument)), readOne)
	same(t, "attached", *u.AttachedManagedPolicies[0].PolicyName, "p")
	same(t, "boundary", *out.RoleDetailList[0].PermissionsBoundary.PermissionsBoundaryArn, readerARN)
	same(t, "trust", must(url.PathUnescape(*out.RoleDetailList[0].AssumeRolePolicyDocument)), trustEC2)
	versions := out.Policies[0].PolicyVersionList
	same(t, "versions", fmt.Sprint(len(versions), " ", *versions[0].VersionId, " ", *versions[1].IsDefaultVersion), "2 v2 true")
	same(t, "of AWS's, those in use", *out.Policies[1].PolicyName+" "+*out.Policies[2].PolicyName, "AdministratorAccess ReadOnlyAccess")
}

func TestAuthorizationDetailsInPages(t *testing.T) {
	w := newWorld(t)
	w.furnish()
	for _, c := range []struct {
		filter []string
		want   string
	}{
		{nil, "u1 u2 g r p AdministratorAccess ReadOnlyAccess "},
		{[]string{"Role", "User"}, "u1 u2 r "},
		{[]string{"LocalManagedPolicy"}, "p "},
		{[]string{"AWSManagedPolicy", "Group"}, "g AdministratorAccess ReadOnlyAccess "},
	} {
		for size := range int32(8) {
			in := &api.GetAccountAuthorizationDetailsInput{Filter: c.filter, MaxItems: new(size + 1)}
			got := ""
			for {
				out := must(w.GetAccountAuthorizationDetails(w.ctx, in))
				before := len(got)
				for _, u := range out.UserDetailList {
					got += *u.UserName + " "
				}
				for _, g := range out.GroupDetailList {
					got += *g.GroupName + " "
				}
				for _, r := range out.RoleDetailList {
					got += *r.RoleName + " "
				}
				for _, p := range out.Policies {
					got += *p.PolicyName + " "
				}
				if n := len(out.UserDetailList) + len(out.GroupDetailList) + len(out.RoleDetailList) + len(out.Policies); n > int(size)+1 {
					t.Fatalf("%d on a page of %d", n, size+1)
				}
				if in.Marker = out.Marker; in.Marker == nil {
					break
				}
				if len(got) == before {
					t.Fatal("a page without progress")
				}
			}
			same(t, fmt.Sprint(c.filter, " in pages of ", size+1), got, c.want)
		}
	}
}
