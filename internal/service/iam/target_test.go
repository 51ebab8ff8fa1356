package iam

import (
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// keys are the condition keys that a target sets of its own.
func keys(target *caller.Target, names ...string) string {
	v := new(policy.Values)
	target.Context(v)
	v.SetTags(policy.FamilyResourceTag, target.Resource.Tags)
	var out []string
	for _, name := range names {
		if got, ok := v.Lookup(name); ok {
			out = append(out, name+"="+strings.Join(got, ","))
		}
	}
	return strings.Join(out, " ")
}

func TestTargets(t *testing.T) {
	w := newWorld(t)
	policyARN := *w.policy("Pol").Arn
	must(w.TagPolicy(w.ctx, &api.TagPolicyInput{PolicyArn: &policyARN, Tags: []api.Tag{tag("t", "pol")}}))
	must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("Bob"), Path: new("/dev/"), PermissionsBoundary: &policyARN, Tags: []api.Tag{tag("t", "bob")}}))
	must(w.CreateGroup(w.ctx, &api.CreateGroupInput{GroupName: new("Devs"), Path: new("/eng/")}))
	must(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("Run"), Path: new("/svc/"), AssumeRolePolicyDocument: new(trustEC2), Tags: []api.Tag{tag("t", "run")}}))
	key := must(w.CreateAccessKey(w.ctx, &api.CreateAccessKeyInput{UserName: new("Bob")})).AccessKey.AccessKeyId
	foreign := *must(w.CreatePolicy(w.root(acctB), &api.CreatePolicyInput{PolicyName: new("f"), PolicyDocument: new(readOne), Tags: []api.Tag{tag("t", "f")}})).Policy.Arn

	const (
		of       = "arn:aws:iam::111111111111:"
		all      = "aws:ResourceTag/t iam:ResourceTag/t iam:PolicyARN iam:PermissionsBoundary"
		boundKey = "iam:PermissionsBoundary="
	)
	for _, c := range []struct {
		action, kind string
		in           any
		arn, keys    string
	}{
		{"ListUsers", "*", &api.ListUsersInput{}, "*", ""},
		{"GetUser", "user", &api.GetUserInput{UserName: new("bob")}, of + "user/dev/Bob", "aws:ResourceTag/t=bob iam:ResourceTag/t=bob"},
		{"GetUser", "user", &api.GetUserInput{UserName: new("none")}, of + "user/none", ""},
		{"CreateUser", "user", &api.CreateUserInput{UserName: new("bob"), Path: new("/x/"), PermissionsBoundary: new(adminARN)}, of + "user/x/bob", boundKey + adminARN},
		{"CreateUser", "user", &api.CreateUserInput{UserName: new("new")}, of + "user/new", ""},
		{"UpdateUser", "new-user", &api.UpdateUserInput{UserName: new("Bob"), NewUserName: new("Rob")}, of + "user/dev/Rob", "aws:ResourceTag/t=bob iam:ResourceTag/t=bob"},
		{"UpdateUser", "new-user", &api.UpdateUserInput{UserName: new("Bob"), NewPath: new("/ops/")}, of + "user/ops/Bob", "aws:ResourceTag/t=bob iam:ResourceTag/t=bob"},
		{"AttachUserPolicy", "user", &api.AttachUserPolicyInput{UserName: new("Bob"), PolicyArn: new(adminARN)}, of + "user/dev/Bob",
			"aws:ResourceTag/t=bob iam:ResourceTag/t=bob iam:PolicyARN=" + adminARN + " " + boundKey + policyARN},
		{"PutUserPermissionsBoundary", "user", &api.PutUserPermissionsBoundaryInput{UserName: new("Bob"), PermissionsBoundary: new(adminARN)}, of + "user/dev/Bob",
			"aws:ResourceTag/t=bob iam:ResourceTag/t=bob " + boundKey + adminARN},
		{"DeleteUserPermissionsBoundary", "user", &api.DeleteUserPermissionsBoundaryInput{UserName: new("Bob")}, of + "user/dev/Bob",
			"aws:ResourceTag/t=bob iam:ResourceTag/t=bob " + boundKey + policyARN},
		{"GetAccessKeyLastUsed", "user", &api.GetAccessKeyLastUsedInput{AccessKeyId: key}, of + "user/dev/Bob", "aws:ResourceTag/t=bob iam:ResourceTag/t=bob"},
		{"GetAccessKeyLastUsed", "user", &api.GetAccessKeyLastUsedInput{AccessKeyId: new("AKIAIOSFODNN7EXAMPLE")}, "*", ""},
		{"AddUserToGroup", "group", &api.AddUserToGroupInput{GroupName: new("devs"), UserName: new("Bob")}, of + "group/eng/Devs", ""},
		{"AttachGroupPolicy", "group", &api.AttachGroupPolicyInput{GroupName: new("Devs"), PolicyArn: new(adminARN)}, of + "group/eng/Devs", "iam:PolicyARN=" + adminARN},
		{"CreateGroup", "group", &api.CreateGroupInput{GroupName: new("devs"), Path: new("/x/")}, of + "group/x/devs", ""},
		{"UpdateGroup", "new-group", &api.UpdateGroupInput{GroupName: new("devs"), NewGroupName: new("Ops")}, of + "group/eng/Ops", ""},
		{"GetRole", "role", &api.GetRoleInput{RoleName: new("RUN")}, of + "role/svc/Run", "aws:ResourceTag/t=run iam:ResourceTag/t=run"},
		{"GetRole", "role", &api.GetRoleInput{RoleName: new("none")}, of + "role/none", ""},
		{"CreateRole", "role", &api.CreateRoleInput{RoleName: new("run"), Path: new("/a/b/")}, of + "role/a/b/run", ""},
		{"CreatePolicy", "policy", &api.CreatePolicyInput{PolicyName: new("pol"), Path: new("/x/")}, of + "policy/x/pol", ""},
		{"GetPolicy", "policy", &api.GetPolicyInput{PolicyArn: &policyARN}, policyARN, "aws:ResourceTag/t=pol iam:ResourceTag/t=pol"},
		{"GetPolicy", "policy", &api.GetPolicyInput{PolicyArn: new(adminARN)}, adminARN, ""},
		{"GetPolicy", "policy", &api.GetPolicyInput{PolicyArn: &foreign}, foreign, ""},
		{"GetPolicy", "policy", &api.GetPolicyInput{PolicyArn: new("longpolicynamebutnoarn")}, "longpolicynamebutnoarn", ""},
	} {
		got, err := w.Target(w.ctx, &wire.Access{Action: "iam:" + c.action, Resource: c.kind}, c.in)
		if err != nil {
			t.Errorf("%s: %v", c.action, err)
			continue
		}
		same(t, c.action, got.Resource.ARN, c.arn)
		same(t, c.action+"'s account", got.Resource.Account, acctA)
		same(t, c.action+"'s keys", keys(got, strings.Fields(all)...), c.keys)
	}
}

func TestTargetIsTheCaller(t *testing.T) {
	w := newWorld(t)
	w.user("bob")
	access := &wire.Access{Action: "iam:CreateAccessKey", Resource: "user"}
	same(t, "user", must(w.Target(w.asUser("bob"), access, &api.CreateAccessKeyInput{})).Resource.ARN, "arn:aws:iam::111111111111:user/bob")
	same(t, "root", must(w.Target(w.ctx, access, &api.CreateAccessKeyInput{})).Resource.ARN, "arn:aws:iam::111111111111:root")
	_, err := w.Target(w.asSession(), access, &api.CreateAccessKeyInput{})
	refused(t, err, 400, "ValidationError", "Must specify userName when calling with non-User credentials")
	if _, err := w.Target(w.ctx, &wire.Access{Action: "iam:GetUser", Resource: "planet"}, &api.GetUserInput{}); err == nil {
		t.Error("a kind that nobody knows has a target")
	}
}

// Every operation that the service has asks, in its row, on a kind of resource
// that the service can resolve.
func TestEveryRowHasATarget(t *testing.T) {
	w := newWorld(t)
	n := 0
	for _, op := range api.API().Operations {
		if !op.Implemented(w.Service) {
			continue
		}
		n++
		if len(op.Access) == 0 {
			t.Errorf("%s asks for nothing", op.Name)
		}
		for i := range op.Access {
			if _, err := w.Target(w.ctx, &op.Access[i], op.NewInput()); err != nil {
				t.Errorf("%s: %v", op.Name, err)
			}
		}
	}
	if n < 110 {
		t.Errorf("%d operations", n)
	}
}
