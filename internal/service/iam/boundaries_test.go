package iam

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

func TestPermissionsBoundaries(t *testing.T) {
	w := newWorld(t)
	arn := *w.policy("bound").Arn
	user := must(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("u"), PermissionsBoundary: &arn})).User
	role := must(w.CreateRole(w.ctx, &api.CreateRoleInput{
		RoleName: new("r"), PermissionsBoundary: &arn, AssumeRolePolicyDocument: new(trustEC2),
	})).Role
	for _, b := range []*api.AttachedPermissionsBoundary{user.PermissionsBoundary, role.PermissionsBoundary} {
		same(t, "boundary", *b.PermissionsBoundaryArn, arn)
		same(t, "type", *b.PermissionsBoundaryType, "Policy")
	}
	get := func() (ofUser, ofRole *api.AttachedPermissionsBoundary) {
		return must(w.GetUser(w.ctx, &api.GetUserInput{UserName: new("u")})).User.PermissionsBoundary,
			must(w.GetRole(w.ctx, &api.GetRoleInput{RoleName: new("r")})).Role.PermissionsBoundary
	}
	same(t, "use", *must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &arn})).Policy.PermissionsBoundaryUsageCount, 2)
	if l := must(w.ListRoles(w.ctx, &api.ListRolesInput{})).Roles[0]; l.PermissionsBoundary != nil {
		t.Error("a listing shows the boundary")
	}

	must(w.PutUserPermissionsBoundary(w.ctx, &api.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: new(adminARN)}))
	must(w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("r"), PermissionsBoundary: new(adminARN)}))
	u, r := get()
	same(t, "user's", *u.PermissionsBoundaryArn, adminARN)
	same(t, "role's", *r.PermissionsBoundaryArn, adminARN)
	same(t, "use", *must(w.GetPolicy(w.ctx, &api.GetPolicyInput{PolicyArn: &arn})).Policy.PermissionsBoundaryUsageCount, 0)
	for range 2 {
		must(w.DeleteUserPermissionsBoundary(w.ctx, &api.DeleteUserPermissionsBoundaryInput{UserName: new("u")}))
		must(w.DeleteRolePermissionsBoundary(w.ctx, &api.DeleteRolePermissionsBoundaryInput{RoleName: new("r")}))
	}
	if u, r := get(); u != nil || r != nil {
		t.Error("a boundary is left")
	}
}

func TestBoundaryRefusals(t *testing.T) {
	w := newWorld(t)
	w.user("u")
	w.role("r")
	foreign := *must(w.CreatePolicy(w.root(acctB), &api.CreatePolicyInput{PolicyName: new("f"), PolicyDocument: new(readOne)})).Policy.Arn
	with := func(arn string) []error {
		return []error{
			second(w.PutUserPermissionsBoundary(w.ctx, &api.PutUserPermissionsBoundaryInput{UserName: new("u"), PermissionsBoundary: &arn})),
			second(w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("r"), PermissionsBoundary: &arn})),
			second(w.CreateUser(w.ctx, &api.CreateUserInput{UserName: new("v"), PermissionsBoundary: &arn})),
			second(w.CreateRole(w.ctx, &api.CreateRoleInput{RoleName: new("s"), PermissionsBoundary: &arn, AssumeRolePolicyDocument: new(trustEC2)})),
		}
	}
	const wrong = "arn:aws:iam::111111111111:not_a_policy/invalid"
	for _, err := range with(wrong) {
		refused(t, err, 400, "InvalidInput", "ARN "+wrong+" is not valid.")
	}
	for _, missing := range []string{"arn:aws:iam::111111111111:policy/none", foreign} {
		for _, err := range with(missing) {
			refused(t, err, 404, "NoSuchEntity", "Scope ARN: "+missing+" does not exist or is not attachable.")
		}
	}
	_, err := w.PutRolePermissionsBoundary(w.ctx, &api.PutRolePermissionsBoundaryInput{RoleName: new("none"), PermissionsBoundary: new(adminARN)})
	refused(t, err, 404, "NoSuchEntity", "The role with name none cannot be found.")
	_, err = w.DeleteUserPermissionsBoundary(w.ctx, &api.DeleteUserPermissionsBoundaryInput{UserName: new("none")})
	refused(t, err, 404, "NoSuchEntity", "The user with name none cannot be found.")
}
