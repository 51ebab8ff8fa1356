package iam

import (
	"regexp"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

func (w *world) linked(service string) *api.Role {
	w.t.Helper()
	return must(w.CreateServiceLinkedRole(w.ctx, &api.CreateServiceLinkedRoleInput{AWSServiceName: &service})).Role
}

func TestEveryLinkedServiceIsWhole(t *testing.T) {
	policies, names := map[string]bool{}, map[string]bool{}
	for _, p := range directory.AWSManaged() {
		policies[p.ARN()] = true
	}
	for principal, s := range linkedServices() {
		if !policies[serviceRolePolicies+s.policy] {
			t.Errorf("%s: no policy %s", principal, s.policy)
		}
		if names[s.role] || len(s.role) > maxRoleName {
			t.Errorf("%s: role name %s is another's, or too long", principal, s.role)
		}
		names[s.role] = true
	}
}

func TestServiceLinkedRoleLifecycle(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.Roles = 0 })
	r := must(w.CreateServiceLinkedRole(w.ctx, &api.CreateServiceLinkedRoleInput{
		AWSServiceName: new("access-analyzer.amazonaws.com"), Description: new("finds"),
	})).Role
	const name = "AWSServiceRoleForAccessAnalyzer"
	same(t, "ARN", *r.Arn, "arn:aws:iam::111111111111:role/aws-service-role/access-analyzer.amazonaws.com/"+name)
	same(t, "path", *r.Path, "/aws-service-role/access-analyzer.amazonaws.com/")
	same(t, "trust", w.trust(w.ctx, name),
		`{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Principal":{"Service":["access-analyzer.amazonaws.com"]},"Effect":"Allow"}]}`)
	same(t, "description", *must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new(name)})).Role.Description, "finds")
	attached := must(w.ListAttachedRolePolicies(w.ctx, &api.ListAttachedRolePoliciesInput{RoleName: new(name)})).AttachedPolicies
	same(t, "policies", len(attached), 1)
	same(t, "policy", *attached[0].PolicyArn, "arn:aws:iam::aws:policy/aws-service-role/AccessAnalyzerServiceRolePolicy")

	again := func(service string, suffix *string) error {
		_, err := w.CreateServiceLinkedRole(w.ctx, &api.CreateServiceLinkedRoleInput{AWSServiceName: &service, CustomSuffix: suffix})
		return err
	}
	refused(t, again("access-analyzer.amazonaws.com", nil), 400, "InvalidInput", "Service role name "+name+" has been taken in this account, please try a different suffix.")
	refused(t, again("access-analyzer.amazonaws.com", new("x")), 400, "InvalidInput", "Custom suffix is not allowed for access-analyzer.amazonaws.com")
	refused(t, again("none.amazonaws.com", nil), 403, "AccessDenied", "Cannot find Service Linked Role template for none.amazonaws.com")
	for range 2 {
		err := again("autoscaling.amazonaws.com", new("web"))
		if _, taken := w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("AWSServiceRoleForAutoScaling_web")}); taken != nil {
			t.Fatal(err)
		}
	}
	refused(t, again("autoscaling.amazonaws.com", new(strings.Repeat("a", 60))), 400, "InvalidInput",
		"Service role name AWSServiceRoleForAutoScaling_"+strings.Repeat("a", 60)+" is longer than 64 characters.")

	task := must(w.DeleteServiceLinkedRole(w.ctx, &api.DeleteServiceLinkedRoleInput{RoleName: new(name)})).DeletionTaskId
	if !regexp.MustCompile(`^task/aws-service-role/access-analyzer\.amazonaws\.com/` + name + `/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(*task) {
		t.Errorf("task %s", *task)
	}
	same(t, "status", *must(w.GetServiceLinkedRoleDeletionStatus(w.ctx, &api.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task})).Status, "SUCCEEDED")
	_, err := w.GetServiceLinkedRoleDeletionStatus(w.root(acctB), &api.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task})
	refused(t, err, 404, "NoSuchEntity", "Deletion task "+*task+" cannot be found.")
	_, err = w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new(name)})
	refused(t, err, 404, "NoSuchEntity", "The role with name "+name+" cannot be found.")
}

func TestServiceLinkedRolesAreProtected(t *testing.T) {
	w := newWorld(t)
	w.linked("cloudtrail.amazonaws.com")
	w.profile("p")
	const name = "AWSServiceRoleForCloudTrail"
	role, arn := new(name), new(adminARN)
	for op, fn := range map[string]func() error{
		"AttachRolePolicy": func() error {
			_, err := w.AttachRolePolicy(w.ctx, &api.AttachRolePolicyInput{RoleName: role, PolicyArn: arn})
			return err
		},
		"DetachRolePolicy": func() error {
			_, err := w.DetachRolePolicy(w.ctx, &api.DetachRolePolicyInput{RoleName: role, PolicyArn: new(serviceRolePolicies + "CloudTrailServiceRolePolicy")})
			return err
		},
		"PutRolePolicy": func() error {
			_, err := w.PutRolePolicy(w.ctx, &api.PutRolePolicyInput{RoleName: role, PolicyName: new("p"), PolicyDocument: new(allowAll)})
			return err
		},
		"DeleteRolePolicy": func() error {
			_, err := w.DeleteRolePolicy(w.ctx, &api.DeleteRolePolicyInput{RoleName: role, PolicyName: new("p")})
			return err
		},
		"PutRolePermissionsBoundary": func() error {
			_, err := w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: role, PermissionsBoundary: arn})
			return err
		},
		"DeleteRolePermissionsBoundary": func() error {
			_, err := w.DeleteRolePermissionsBoundary(w.ctx, &api.DeleteRolePermissionsBoundaryInput{RoleName: role})
			return err
		},
		"UpdateAssumeRolePolicy": func() error {
			_, err := w.UpdateAssumeRolePolicy(w.ctx, &api.UpdateAssumeRolePolicyInput{RoleName: role, PolicyDocument: new(trustEC2)})
			return err
		},
		"UpdateRole": func() error {
			_, err := w.UpdateRole(w.ctx, &api.UpdateRoleInput{RoleName: role, MaxSessionDuration: new(int32(7200))})
			return err
		},
		"DeleteRole": func() error {
			_, err := w.DeleteRole(w.ctx, &api.DeleteRoleInput{RoleName: role})
			return err
		},
		"AddRoleToInstanceProfile":      func() error { return w.addRole("p", name) },
		"RemoveRoleFromInstanceProfile": func() error { return w.removeRole("p", name) },
	} {
		t.Run(op, func(t *testing.T) {
			refused(t, fn(), 400, "UnmodifiableEntity", "Cannot perform the operation on the protected role '"+name+"' - this role is only modifiable by AWS")
		})
	}
	must(w.UpdateRoleDescription(w.ctx, &api.UpdateRoleDescriptionInput{RoleName: role, Description: new("one")}))
	must(w.UpdateRole(w.ctx, &api.UpdateRoleInput{RoleName: role, Description: new("two")}))
	got := must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: role})).Role
	same(t, "description", *got.Description, "two")
	same(t, "longest session", *got.MaxSessionDuration, defaultMaxSession)

	w.role("Own")
	_, err := w.DeleteServiceLinkedRole(w.ctx, &api.DeleteServiceLinkedRoleInput{RoleName: new("Own")})
	refused(t, err, 404, "NoSuchEntity", "The role with name Own cannot be found.")
	// A user with such a path is nobody's but the customer's.
	must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("u"), Path: new("/aws-service-role/x/")}))
	must(w.AttachUserPolicy(w.ctx, &api.AttachUserPolicyInput{UserName: new("u"), PolicyArn: arn}))
}

func TestTargetsOfServiceLinkedRoles(t *testing.T) {
	w := newWorld(t)
	w.linked("cloudtrail.amazonaws.com")
	const of = "arn:aws:iam::111111111111:role/aws-service-role/"
	for _, c := range []struct {
		action    string
		in        any
		arn, keys string
	}{
		{"CreateServiceLinkedRole", &api.CreateServiceLinkedRoleInput{AWSServiceName: new("autoscaling.amazonaws.com"), CustomSuffix: new("x")},
			of + "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_x", ""},
		{"CreateServiceLinkedRole", &api.CreateServiceLinkedRoleInput{AWSServiceName: new("x")}, of + "x/", ""},
		{"DeleteServiceLinkedRole", &api.DeleteServiceLinkedRoleInput{RoleName: new("AWSServiceRoleForCloudTrail")},
			of + "cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail", "iam:AWSServiceName=cloudtrail.amazonaws.com"},
		{"GetServiceLinkedRoleDeletionStatus", &api.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: new("task/aws-service-role/a.b/R/id")},
			of + "a.b/R", "iam:AWSServiceName=a.b"},
		{"GetServiceLinkedRoleDeletionStatus", &api.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: new("nonsense")},
			"arn:aws:iam::111111111111:role/nonsense", ""},
	} {
		got := must(w.Target(w.ctx, &wire.Access{Action: "iam:" + c.action, Resource: "role"}, c.in))
		same(t, c.action, got.Resource.ARN, c.arn)
		same(t, c.action+" keys", keys(got, "iam:AWSServiceName"), c.keys)
	}
}
