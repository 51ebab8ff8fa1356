package iam

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/wire"
)

// TestDisplay: what AWS's refusals call a resource.
func TestDisplay(t *testing.T) {
	w := newWorld(t)
	w.user("ada")
	const head = "arn:aws:iam::" + acctA + ":"
	for _, c := range []struct {
		action, kind string
		in           any
		want         string
	}{
		{"iam:GetUser", "user", &api.GetUserInput{UserName: new("ada")}, "user ada"},
		{"iam:GetUser", "user", &api.GetUserInput{UserName: new("nobody")}, "user nobody"},
		{"iam:GetUser", "user", &api.GetUserInput{}, ""}, // the root user
		{"iam:CreateUser", "user", &api.CreateUserInput{UserName: new("bob"), Path: new("/p/")}, ""},
		{"iam:DeleteRole", "role", &api.DeleteRoleInput{RoleName: new("work")}, "role work"},
		{"iam:PassRole", "role", &api.AddRoleToInstanceProfileInput{RoleName: new("work")}, ""},
		{"iam:PutGroupPolicy", "group", &api.PutGroupPolicyInput{GroupName: new("devs")}, "group devs"},
		{"iam:UpdateUser", "new-user", &api.UpdateUserInput{UserName: new("ada"), NewUserName: new("eve")}, ""},
		{"iam:CreatePolicy", "policy", &api.CreatePolicyInput{PolicyName: new("p")}, "policy p"},
		{"iam:GetPolicy", "policy", &api.GetPolicyInput{PolicyArn: new(adminARN)}, "policy " + adminARN},
		{"iam:ListPolicies", "*", &api.ListPoliciesInput{}, "policy path /"},
		{"iam:ListPolicies", "*", &api.ListPoliciesInput{PathPrefix: new("/p/")}, "policy path /p/"},
		{"iam:ListUsers", "*", &api.ListUsersInput{}, head + "user/"},
		{"iam:ListRoles", "*", &api.ListRolesInput{PathPrefix: new("/p/")}, head + "role/p/"},
		{"iam:ListGroups", "*", &api.ListGroupsInput{}, head + "group/"},
		{"iam:ListServerCertificates", "*", &api.ListServerCertificatesInput{PathPrefix: new("/p/")}, head + "server-certificate/p/"},
		{"iam:ListVirtualMFADevices", "*", &api.ListVirtualMFADevicesInput{}, head + "mfa/"},
		{"iam:EnableMFADevice", "user", &api.EnableMFADeviceInput{UserName: new("ada")}, "user ada"},
		{"iam:GetAccountSummary", "*", &api.GetAccountSummaryInput{}, ""},
		{"iam:SimulatePrincipalPolicy", "principal", &api.SimulatePrincipalPolicyInput{PolicySourceArn: new(head + "user/ada")}, ""},
	} {
		target := must(w.Target(w.ctx, &wire.Access{Action: c.action, Resource: c.kind}, c.in))
		same(t, c.action, target.Resource.Display, c.want)
	}
}
