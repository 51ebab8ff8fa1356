package iam

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

func trusting(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}

// trust is a role's trust policy as a client reads it.
func (w *world) trust(ctx context.Context, name string) string {
	w.t.Helper()
	return must(url.PathUnescape(*must(w.GetRole(ctx, &api.GetRoleInput{RoleName: &name})).Role.AssumeRolePolicyDocument))
}

func TestRoleLifecycle(t *testing.T) {
	w := newWorld(t)
	created := must(w.CreateRole(w.ctx, &api.CreateRoleInput{
		RoleName: new("Reader"), Path: new("/svc/"), AssumeRolePolicyDocument: new(trustEC2), Description: new("reads"),
		MaxSessionDuration: new(int32(7200)), Tags: []api.Tag{{Key: new("k"), Value: new("")}},
	})).Role
	same(t, "ARN", *created.Arn, "arn:aws:iam::111111111111:role/svc/Reader")
	same(t, "tags", len(created.Tags), 1)
	if !strings.HasPrefix(*created.RoleId, "AROA") {
		t.Error(*created.RoleId)
	}
	if created.MaxSessionDuration != nil || created.Description != nil || created.RoleLastUsed != nil {
		t.Errorf("CreateRole shows what only GetRole does: %+v", created)
	}
	same(t, "encoding", strings.HasPrefix(*created.AssumeRolePolicyDocument, "%7B%22Version%22%3A%222012-10-17%22%2C"), true)

	got := must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("reader")})).Role
	same(t, "description", *got.Description, "reads")
	same(t, "session", *got.MaxSessionDuration, 7200)
	same(t, "never used", *got.RoleLastUsed, api.RoleLastUsed{})
	same(t, "trust", w.trust(w.ctx, "Reader"), trustEC2)

	must(w.UpdateRole(w.ctx, &api.UpdateRoleInput{RoleName: new("Reader")}))
	got = must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("Reader")})).Role
	same(t, "an empty update's description", *got.Description, "reads")
	same(t, "an empty update's session", *got.MaxSessionDuration, 7200)
	must(w.UpdateRole(w.ctx, &api.UpdateRoleInput{RoleName: new("Reader"), Description: new(""), MaxSessionDuration: new(int32(3600))}))
	listed := must(w.ListRoles(w.ctx, &api.ListRolesInput{PathPrefix: new("/svc/")})).Roles[0]
	if listed.Description != nil || *listed.MaxSessionDuration != 3600 || listed.Tags != nil || listed.RoleLastUsed != nil {
		t.Errorf("listed %+v", listed)
	}
	described := must(w.UpdateRoleDescription(w.ctx, &api.UpdateRoleDescriptionInput{RoleName: new("Reader"), Description: new("new")})).Role
	same(t, "described", *described.Description, "new")
	same(t, "described session", described.MaxSessionDuration == nil, true)

	w.dir.Used("", *created.RoleId, "eu-west-1", "s3")
	got = must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("Reader")})).Role
	if got.RoleLastUsed.LastUsedDate == nil || *got.RoleLastUsed.Region != "eu-west-1" {
		t.Errorf("last used %+v", got.RoleLastUsed)
	}
	must(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("READER")}))
	for _, err := range []error{
		second(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("Reader")})),
		second(w.UpdateRole(w.ctx, &api.UpdateRoleInput{RoleName: new("Reader")})),
		second(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("Reader")})),
		second(w.UpdateAssumeRolePolicy(w.ctx, &api.UpdateAssumeRolePolicyInput{RoleName: new("Reader"), PolicyDocument: new("{")})),
	} {
		refused(t, err, 404, "NoSuchEntity", "The role with name Reader cannot be found.")
	}
}

func TestRoleRefusals(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.Roles = 2 })
	w.role("Reader")
	create := func(name, trust string) error {
		return second(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))
	}
	refused(t, create("READER", trustEC2), 409, "EntityAlreadyExists", "Role with name READER already exists.")
	refused(t, create("x", "{"), 400, "MalformedPolicyDocument", "This policy contains invalid Json")
	refused(t, create("x", strings.Replace(trustEC2, `"Action"`, `"Resource":"*","Action"`, 1)), 400, "MalformedPolicyDocument", "Has prohibited field Resource")
	refused(t, create("x", strings.Replace(trustEC2, "sts:AssumeRole", "s3:GetObject", 1)), 400, "MalformedPolicyDocument",
		"AssumeRole policy may only specify STS AssumeRole actions.")
	long := strings.Replace(trustEC2, "ec2", strings.Repeat("e", 2048), 1)
	refused(t, create("x", long), 409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
	if err := create("x", trustEC2+strings.Repeat(" \n", 2000)); err != nil {
		t.Errorf("white space counts: %v", err)
	}
	refused(t, create("y", trustEC2), 409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 2")
	for _, principal := range []string{
		"arn:aws:iam::222222222222:user/nobody", "arn:aws:iam::222222222222:role/none", "arn:aws:iam::999999999999:root",
		"AIDAAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAAA",
	} {
		refused(t, create("z", trusting(principal)), 400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+principal+`"`)
	}
}

func TestDeleteRoleConflicts(t *testing.T) {
	w := newWorld(t)
	w.role("r")
	del := func() error { return second(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("r")})) }
	must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: new(adminARN)}))
	must(w.PutRolePolicy(w.ctx, &api.PutRolePolicyInput{RoleName: new("r"), PolicyName: new("p"), PolicyDocument: new(allowAll)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	must(w.DetachRolePolicy(w.ctx, &api.DetachRolePolicyInput{RoleName: new("r"), PolicyArn: new(adminARN)}))
	refused(t, del(), 409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	must(w.DeleteRolePolicy(w.ctx, &api.DeleteRolePolicyInput{RoleName: new("r"), PolicyName: new("p")}))
	if err := del(); err != nil {
		t.Error(err)
	}
}

// A principal is whoever bore the name when the policy was stored.
func TestPrincipalsAreIdentities(t *testing.T) {
	w := newWorld(t)
	blue := w.root(acctB)
	bob := must(w.CreateUser(blue, &api.CreateUserInput{UserName: new("bob"), Path: new("/dev/")})).User
	const arn = "arn:aws:iam::222222222222:user/dev/bob"
	must(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("r"), AssumeRolePolicyDocument: new(trusting(arn))}))
	same(t, "alive", w.trust(w.ctx, "r"), trusting(arn))

	must(w.UpdateUser(blue, &api.UpdateUserInput{UserName: new("bob"), NewUserName: new("rob"), NewPath: new("/")}))
	same(t, "renamed", w.trust(w.ctx, "r"), trusting("arn:aws:iam::222222222222:user/rob"))
	must(w.UpdateUser(blue, &api.UpdateUserInput{UserName: new("rob"), NewUserName: new("bob"), NewPath: new("/dev/")}))

	must(w.DeleteUser(blue, &api.DeleteUserInput{UserName: new("bob")}))
	same(t, "dead", w.trust(w.ctx, "r"), trusting(*bob.UserId))
	again := must(w.CreateUser(blue, &api.CreateUserInput{UserName: new("bob"), Path: new("/dev/")})).User
	same(t, "made again", w.trust(w.ctx, "r"), trusting(*bob.UserId))
	_, err := w.UpdateAssumeRolePolicy(w.ctx, &api.UpdateAssumeRolePolicyInput{RoleName: new("r"), PolicyDocument: new(trusting(*bob.UserId))})
	refused(t, err, 400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+*bob.UserId+`"`)

	must(w.UpdateAssumeRolePolicy(w.ctx, &api.UpdateAssumeRolePolicyInput{RoleName: new("r"), PolicyDocument: new(trusting(*again.UserId))}))
	same(t, "stored again", w.trust(w.ctx, "r"), trusting(arn))
	must(w.UpdateAssumeRolePolicy(w.ctx, &api.UpdateAssumeRolePolicyInput{RoleName: new("r"), PolicyDocument: new(trusting(acctB))}))
	same(t, "an account", w.trust(w.ctx, "r"), trusting("arn:aws:iam::222222222222:root"))
}

// Sessions of a deleted role end, and those of its successor are others.
func TestDeletingARoleEndsItsSessions(t *testing.T) {
	w := newWorld(t)
	r := w.role("r")
	session := &directory.Session{
		Kind: directory.RoleSession, Account: acctA, Principal: *r.RoleId, Name: "s", Issued: start, Expires: start.Add(time.Hour),
	}
	token := must(w.dir.IssueSession(session))
	if _, err := w.dir.Credentials(t.Context(), session.KeyID, token); err != nil {
		t.Fatal(err)
	}
	must(w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: new("r")}))
	if _, err := w.dir.Credentials(t.Context(), session.KeyID, token); err == nil {
		t.Error("a session outlives its role")
	}
	w.role("r")
	if _, err := w.dir.Credentials(t.Context(), session.KeyID, token); err == nil {
		t.Error("a session came back with a role of the same name")
	}
}

func TestListRolesInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.role(fmt.Sprint("r", i))
	}
	page := must(w.ListRoles(w.ctx, &api.ListRolesInput{MaxItems: new(int32(3))}))
	rest := must(w.ListRoles(w.ctx, &api.ListRolesInput{MaxItems: new(int32(3)), Marker: page.Marker}))
	same(t, "first", len(page.Roles), 3)
	same(t, "rest", len(rest.Roles), 2)
	same(t, "truncated", *page.IsTruncated && !*rest.IsTruncated, true)
}
