package iam

import (
	"fmt"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

// holders are the operations that users, groups and roles have in common.
type holders struct {
	kind           string
	attach, detach func(name, arn string) error
	attached       func(name string, prefix, marker *string, n *int32) ([]api.AttachedPolicy, *string, error)
	put            func(name, policy, document string) error
	get            func(name, policy string) (holder, document *string, err error)
	remove         func(name, policy string) error
	names          func(name string, marker *string, n *int32) ([]string, *string, error)
}

func (w *world) holders() []holders {
	w.user("x")
	w.group("x")
	w.role("x")
	ctx := w.ctx
	return []holders{{
		kind: "user",
		attach: func(n, a string) error {
			return second(w.AttachUserPolicy(ctx, &api.AttachUserPolicyInput{UserName: &n, PolicyArn: &a}))
		},
		detach: func(n, a string) error {
			return second(w.DetachUserPolicy(ctx, &api.DetachUserPolicyInput{UserName: &n, PolicyArn: &a}))
		},
		attached: func(n string, p, m *string, i *int32) ([]api.AttachedPolicy, *string, error) {
			out, err := w.ListAttachedUserPolicies(ctx, &api.ListAttachedUserPoliciesInput{UserName: &n, PathPrefix: p, Marker: m, MaxItems: i})
			return out.AttachedPolicies, out.Marker, err
		},
		put: func(n, p, d string) error {
			return second(w.PutUserPolicy(ctx, &api.PutUserPolicyInput{UserName: &n, PolicyName: &p, PolicyDocument: &d}))
		},
		get: func(n, p string) (*string, *string, error) {
			out, err := w.GetUserPolicy(ctx, &api.GetUserPolicyInput{UserName: &n, PolicyName: &p})
			return out.UserName, out.PolicyDocument, err
		},
		remove: func(n, p string) error {
			return second(w.DeleteUserPolicy(ctx, &api.DeleteUserPolicyInput{UserName: &n, PolicyName: &p}))
		},
		names: func(n string, m *string, i *int32) ([]string, *string, error) {
			out, err := w.ListUserPolicies(ctx, &api.ListUserPoliciesInput{UserName: &n, Marker: m, MaxItems: i})
			return out.PolicyNames, out.Marker, err
		},
	}, {
		kind: "group",
		attach: func(n, a string) error {
			return second(w.AttachGroupPolicy(ctx, &api.AttachGroupPolicyInput{GroupName: &n, PolicyArn: &a}))
		},
		detach: func(n, a string) error {
			return second(w.DetachGroupPolicy(ctx, &api.DetachGroupPolicyInput{GroupName: &n, PolicyArn: &a}))
		},
		attached: func(n string, p, m *string, i *int32) ([]api.AttachedPolicy, *string, error) {
			out, err := w.ListAttachedGroupPolicies(ctx, &api.ListAttachedGroupPoliciesInput{GroupName: &n, PathPrefix: p, Marker: m, MaxItems: i})
			return out.AttachedPolicies, out.Marker, err
		},
		put: func(n, p, d string) error {
			return second(w.PutGroupPolicy(ctx, &api.PutGroupPolicyInput{GroupName: &n, PolicyName: &p, PolicyDocument: &d}))
		},
		get: func(n, p string) (*string, *string, error) {
			out, err := w.GetGroupPolicy(ctx, &api.GetGroupPolicyInput{GroupName: &n, PolicyName: &p})
			return out.GroupName, out.PolicyDocument, err
		},
		remove: func(n, p string) error {
			return second(w.DeleteGroupPolicy(ctx, &api.DeleteGroupPolicyInput{GroupName: &n, PolicyName: &p}))
		},
		names: func(n string, m *string, i *int32) ([]string, *string, error) {
			out, err := w.ListGroupPolicies(ctx, &api.ListGroupPoliciesInput{GroupName: &n, Marker: m, MaxItems: i})
			return out.PolicyNames, out.Marker, err
		},
	}, {
		kind: "role",
		attach: func(n, a string) error {
			return second(w.AttachRolePolicy(ctx, &api.AttachRolePolicyInput{RoleName: &n, PolicyArn: &a}))
		},
		detach: func(n, a string) error {
			return second(w.DetachRolePolicy(ctx, &api.DetachRolePolicyInput{RoleName: &n, PolicyArn: &a}))
		},
		attached: func(n string, p, m *string, i *int32) ([]api.AttachedPolicy, *string, error) {
			out, err := w.ListAttachedRolePolicies(ctx, &api.ListAttachedRolePoliciesInput{RoleName: &n, PathPrefix: p, Marker: m, MaxItems: i})
			return out.AttachedPolicies, out.Marker, err
		},
		put: func(n, p, d string) error {
			return second(w.PutRolePolicy(ctx, &api.PutRolePolicyInput{RoleName: &n, PolicyName: &p, PolicyDocument: &d}))
		},
		get: func(n, p string) (*string, *string, error) {
			out, err := w.GetRolePolicy(ctx, &api.GetRolePolicyInput{RoleName: &n, PolicyName: &p})
			return out.RoleName, out.PolicyDocument, err
		},
		remove: func(n, p string) error {
			return second(w.DeleteRolePolicy(ctx, &api.DeleteRolePolicyInput{RoleName: &n, PolicyName: &p}))
		},
		names: func(n string, m *string, i *int32) ([]string, *string, error) {
			out, err := w.ListRolePolicies(ctx, &api.ListRolePoliciesInput{RoleName: &n, Marker: m, MaxItems: i})
			return out.PolicyNames, out.Marker, err
		},
	}}
}

func TestAttachments(t *testing.T) {
	w := newWorld(t)
	quota := map[string]string{"user": "PoliciesPerUser", "group": "PoliciesPerGroup", "role": "PoliciesPerRole"}
	var own []string
	for i := range 10 {
		own = append(own, *must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{
			PolicyName: new(fmt.Sprint("p", i)), Path: new("/own/"), PolicyDocument: new(readOne),
		})).Policy.Arn)
	}
	foreign := *must(w.CreatePolicy(w.root(acctB), &api.CreatePolicyInput{PolicyName: new("f"), PolicyDocument: new(readOne)})).Policy.Arn
	for _, h := range w.holders() {
		refused(t, h.attach("none", own[0]), 404, "NoSuchEntity", "The "+h.kind+" with name none cannot be found.")
		refused(t, h.detach("none", own[0]), 404, "NoSuchEntity", "The "+h.kind+" with name none cannot be found.")
		for _, arn := range []string{foreign, "arn:aws:iam::111111111111:policy/x", "arn:aws:iam::aws:policy/x", "arn:aws:iam::111111111111:policy/own/P0"} {
			refused(t, h.attach("x", arn), 404, "NoSuchEntity", "Policy "+arn+" does not exist or is not attachable.")
		}
		refused(t, h.attach("x", "longpolicynamebutnoarn"), 400, "ValidationError", "ARN longpolicynamebutnoarn is not valid.")
		refused(t, h.detach("x", "longpolicynamebutnoarn"), 400, "ValidationError", "ARN longpolicynamebutnoarn is not valid.")
		refused(t, h.detach("x", own[0]), 404, "NoSuchEntity", "Policy "+own[0]+" was not found.")

		for range 2 { // attaching again changes nothing
			if err := h.attach("x", adminARN); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 9 {
			if err := h.attach("x", own[8-i]); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, h.attach("x", own[9]), 409, "LimitExceeded", "Cannot exceed quota for "+quota[h.kind]+": 10")
		var names []string
		for marker := (*string)(nil); ; {
			page, next, err := h.attached("x", nil, marker, new(int32(4)))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page {
				names = append(names, *p.PolicyName)
			}
			if marker = next; marker == nil {
				break
			}
		}
		same(t, h.kind, fmt.Sprint(names), "[AdministratorAccess p0 p1 p2 p3 p4 p5 p6 p7 p8]")
		below, _, _ := h.attached("x", new("/own/"), nil, nil)
		same(t, "below a path", len(below), 9)
		if err := h.detach("x", adminARN); err != nil {
			t.Error(err)
		}
	}
	p := must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &own[0]})).Policy
	same(t, "attachments", *p.AttachmentCount, 3)
}

func TestRacingAttachments(t *testing.T) {
	w := newWorld(t)
	w.role("r")
	arns := make([]*string, 14)
	for i := range arns {
		arns[i] = w.policy(fmt.Sprint("p", i)).Arn
	}
	succeeded, failures := race(len(arns), func(i int) error {
		return second(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: arns[i]}))
	})
	same(t, "attached", succeeded, 10)
	for _, err := range failures {
		refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
	}
}

func TestListEntitiesForPolicy(t *testing.T) {
	w := newWorld(t)
	w.user("u")
	w.group("g")
	must(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("r"), Path: new("/svc/"), AssumeRolePolicyDocument: new(trustEC2)}))
	must(w.CreateRole(w.root(acctB), &api.CreateRoleInput{RoleName: new("foreign"), AssumeRolePolicyDocument: new(trustEC2)}))
	for _, arn := range []*string{w.policy("p").Arn, new(adminARN)} {
		must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: arn}))
		must(w.AttachGroupPolicy(w.ctx, &api.AttachGroupPolicyInput{GroupName: new("g"), PolicyArn: arn}))
		must(w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: new("r"), PolicyArn: arn}))
		must(w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("r"), PermissionsBoundary: arn}))
		if *arn == adminARN {
			must(w.AttachRolePolicy(w.root(acctB), &api.AttachRolePolicyInput{RoleName: new("foreign"), PolicyArn: arn}))
		}
		for _, c := range []struct {
			in                   api.ListEntitiesForPolicyInput
			users, groups, roles int
		}{
			{api.ListEntitiesForPolicyInput{}, 1, 1, 1},
			{api.ListEntitiesForPolicyInput{EntityFilter: new("Group")}, 0, 1, 0},
			{api.ListEntitiesForPolicyInput{EntityFilter: new("User")}, 1, 0, 0},
			{api.ListEntitiesForPolicyInput{EntityFilter: new("AWSManagedPolicy")}, 0, 0, 0},
			{api.ListEntitiesForPolicyInput{PathPrefix: new("/svc/")}, 0, 0, 1},
			{api.ListEntitiesForPolicyInput{PolicyUsageFilter: new("PermissionsBoundary")}, 0, 0, 1},
			{api.ListEntitiesForPolicyInput{PolicyUsageFilter: new("PermissionsPolicy"), EntityFilter: new("Role")}, 0, 0, 1},
		} {
			users, groups, roles := 0, 0, 0
			for c.in.PolicyArn, c.in.MaxItems = arn, new(int32(1)); ; {
				out := must(w.ListEntitiesForPolicy(w.ctx, &c.in))
				users, groups, roles = users+len(out.PolicyUsers), groups+len(out.PolicyGroups), roles+len(out.PolicyRoles)
				if n := len(out.PolicyUsers) + len(out.PolicyGroups) + len(out.PolicyRoles); n > 1 {
					t.Fatalf("%d on a page of one", n)
				}
				if c.in.Marker = out.Marker; c.in.Marker == nil {
					break
				}
			}
			if users != c.users || groups != c.groups || roles != c.roles {
				t.Errorf("%+v: %d users, %d groups, %d roles", c.in, users, groups, roles)
			}
		}
	}
	none := "arn:aws:iam::111111111111:policy/none"
	_, err := w.ListEntitiesForPolicy(w.ctx, &api.ListEntitiesForPolicyInput{PolicyArn: &none})
	refused(t, err, 404, "NoSuchEntity", "Policy "+none+" was not found.")
}

func TestListPolicies(t *testing.T) {
	w := newWorld(t)
	w.user("u")
	for _, name := range []string{"c", "B", "a"} {
		w.policy(name)
	}
	inPath := must(w.CreatePolicy(w.ctx, &api.CreatePolicyInput{PolicyName: new("d"), Path: new("/x/"), PolicyDocument: new(readOne)})).Policy.Arn
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: inPath}))
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: new(readerARN)}))
	must(w.PutUserPermissionsBoundary(w.ctx, &api.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: new(adminARN)}))
	list := func(in api.ListPoliciesInput) (names []string) {
		for {
			out := must(w.ListPolicies(w.ctx, &in))
			for _, p := range out.Policies {
				names = append(names, *p.PolicyName)
			}
			if in.MaxItems != nil && len(out.Policies) > int(*in.MaxItems) {
				t.Fatalf("%d on a page of %d", len(out.Policies), *in.MaxItems)
			}
			if in.Marker = out.Marker; in.Marker == nil {
				return names
			}
		}
	}
	same(t, "Local", fmt.Sprint(list(api.ListPoliciesInput{Scope: new("Local")})), "[a B c d]")
	same(t, "path", fmt.Sprint(list(api.ListPoliciesInput{Scope: new("Local"), PathPrefix: new("/x/")})), "[d]")
	aws := list(api.ListPoliciesInput{Scope: new("AWS")})
	all := list(api.ListPoliciesInput{})
	same(t, "All", len(all), 4+len(aws))
	same(t, "own first", fmt.Sprint(all[:4]), "[a B c d]")
	for _, n := range []int32{1, 3, 4, 5} {
		same(t, fmt.Sprint("in pages of ", n), fmt.Sprint(list(api.ListPoliciesInput{MaxItems: &n})), fmt.Sprint(all))
	}
	same(t, "OnlyAttached", fmt.Sprint(list(api.ListPoliciesInput{OnlyAttached: new(true), MaxItems: new(int32(1))})), "[d ReadOnlyAccess]")
	same(t, "boundaries", fmt.Sprint(list(api.ListPoliciesInput{PolicyUsageFilter: new("PermissionsBoundary")})), "[AdministratorAccess]")
	same(t, "permissions", fmt.Sprint(list(api.ListPoliciesInput{PolicyUsageFilter: new("PermissionsPolicy")})), "[d ReadOnlyAccess]")
	listed := must(w.ListPolicies(w.ctx, &api.ListPoliciesInput{Scope: new("Local")})).Policies[0]
	if listed.Tags != nil || listed.Description != nil {
		t.Errorf("listed %+v", listed)
	}
}
