package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

const noAccess = "You don't have permissions to access this resource."

// in is an input of an operation of Organizations.
type in = map[string]any

// third makes one more member account.
func (w *world) third(name string) *RootAccount {
	w.Helper()
	a, err := w.g.EnsureAccount(w.Context(), name, "")
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func TestADelegatedAdministratorReadsTheOrganization(t *testing.T) {
	w, rootID := organized(t)
	third := w.third("third")
	admin, weak := w.user(w.blue, "admin", allOfIt), w.user(w.blue, "weak", allow("s3:*", "*"))
	other := w.user(third, "admin", allOfIt)
	register := in{"AccountId": w.blue.ID, "ServicePrincipal": "access-analyzer.amazonaws.com"}
	w.want(400, "SERVICE_ACCESS_NOT_ENABLED")(w.organize(w.green.credentials(), "RegisterDelegatedAdministrator", register))
	w.want(400, noAccess)(w.organize(admin, "ListAccounts", in{}))
	w.organizations("EnableAWSServiceAccess", in{"ServicePrincipal": "access-analyzer.amazonaws.com"})
	w.organizations("RegisterDelegatedAdministrator", register)
	w.want(400, "AccountAlreadyRegisteredException")(w.organize(w.green.credentials(), "RegisterDelegatedAdministrator", register))

	for _, who := range []sigv4.Credentials{admin, w.blue.credentials()} {
		w.want(200, third.ID)(w.organize(who, "ListAccounts", in{}))
		w.want(200, w.green.ID)(w.organize(who, "DescribeAccount", in{"AccountId": w.green.ID}))
		w.want(200, "FullAWSAccess")(w.organize(who, "ListPoliciesForTarget", in{"TargetId": rootID, "Filter": "SERVICE_CONTROL_POLICY"}))
		w.want(200, w.blue.ID)(w.organize(who, "ListDelegatedAdministrators", in{}))
		w.want(200, "access-analyzer")(w.organize(who, "ListDelegatedServicesForAccount", in{"AccountId": w.blue.ID}))
		// It reads and no more.
		w.want(400, noAccess)(w.organize(who, "CreatePolicy", in{"Name": "n", "Type": "SERVICE_CONTROL_POLICY", "Description": "", "Content": allOfIt}))
		w.want(400, noAccess)(w.organize(who, "TagResource", in{"ResourceId": w.blue.ID, "Tags": []in{{"Key": "k", "Value": "v"}}}))
		w.want(400, noAccess)(w.organize(who, "MoveAccount", in{"AccountId": w.blue.ID, "SourceParentId": rootID, "DestinationParentId": rootID}))
		w.want(400, noAccess)(w.organize(who, "RegisterDelegatedAdministrator", register))
		w.want(400, noAccess)(w.organize(who, "CloseAccount", in{"AccountId": third.ID}))
		w.want(400, noAccess)(w.organize(who, "DeleteOrganization", in{}))
	}
	w.want(400, "not authorized to perform: organizations:ListAccounts")(w.organize(weak, "ListAccounts", in{}))
	w.want(400, noAccess)(w.organize(other, "ListAccounts", in{}))
	w.want(400, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE")(w.organize(w.green.credentials(), "DisableAWSServiceAccess", in{"ServicePrincipal": "access-analyzer.amazonaws.com"}))
	w.want(400, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG")(w.organize(admin, "LeaveOrganization", in{}))
	w.organizations("DeregisterDelegatedAdministrator", register)
	w.want(400, noAccess)(w.organize(admin, "ListAccounts", in{}))
	w.want(400, "AccountNotRegisteredException")(w.organize(w.green.credentials(), "DeregisterDelegatedAdministrator", register))
	w.want(400, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")(w.organize(w.green.credentials(), "RegisterDelegatedAdministrator",
		in{"AccountId": w.green.ID, "ServicePrincipal": "access-analyzer.amazonaws.com"}))
	w.organizations("DisableAWSServiceAccess", in{"ServicePrincipal": "access-analyzer.amazonaws.com"})
}

// TestAResourcePolicyDelegates: the organization's policy and the caller's own both
// have to allow, for members alone, and only what can be delegated.
func TestAResourcePolicyDelegates(t *testing.T) {
	w, rootID := organized(t)
	third := w.third("third")
	admin, weak := w.user(w.blue, "admin", allOfIt), w.user(w.blue, "weak", allow("organizations:List*", "*"))
	other := w.user(third, "admin", allOfIt)
	statement := func(principal, actions, resource, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":[` + actions +
			`],"Resource":["` + resource + `"]` + more + `}]}`
	}
	put := func(policy string) string {
		w.Helper()
		return w.organizations("PutResourcePolicy", in{"Content": policy}, "ResourcePolicy", "ResourcePolicySummary", "Id")
	}
	id := put(statement(w.blue.ID, `"organizations:ListAccounts","organizations:CreatePolicy","organizations:AttachPolicy","organizations:DescribeResourcePolicy"`, "*",
		`,"Condition":{"StringEqualsIfExists":{"organizations:PolicyType":"SERVICE_CONTROL_POLICY"}}`))
	if !strings.HasPrefix(id, "rp-") {
		t.Errorf("the policy's id is %q", id)
	}
	w.want(200, third.ID)(w.organize(admin, "ListAccounts", in{}))
	w.want(200, third.ID)(w.organize(weak, "ListAccounts", in{}))
	w.want(200, id)(w.organize(admin, "DescribeResourcePolicy", in{}))
	w.want(400, "no identity-based policy allows the organizations:DescribeResourcePolicy")(w.organize(weak, "DescribeResourcePolicy", in{}))
	w.want(400, "no resource-based policy allows the organizations:ListAccounts")(w.organize(other, "ListAccounts", in{}))
	w.want(400, "no resource-based policy allows the organizations:ListRoots")(w.organize(admin, "ListRoots", in{}))
	scp := in{"Name": "n", "Type": "SERVICE_CONTROL_POLICY", "Description": "", "Content": allOfIt}
	status, made := w.organize(admin, "CreatePolicy", scp)
	w.want(200, "p-")(status, made)
	policy := w.find(made, "Policy", "PolicySummary", "Id")
	w.want(200, "")(w.organize(admin, "AttachPolicy", in{"PolicyId": policy, "TargetId": third.ID}))
	w.want(400, "no resource-based policy")(w.organize(admin, "CreatePolicy", in{"Name": "m", "Type": "RESOURCE_CONTROL_POLICY", "Description": "", "Content": "{}"}))
	w.want(400, "no resource-based policy")(w.organize(admin, "DetachPolicy", in{"PolicyId": policy, "TargetId": third.ID}))
	w.want(400, noAccess)(w.organize(admin, "DeleteResourcePolicy", in{}))
	w.want(400, noAccess)(w.organize(admin, "CreateOrganizationalUnit", in{"ParentId": rootID, "Name": "u"}))

	// Resources and users count, and everybody is every member and no more.
	put(statement("arn:aws:iam::"+w.blue.ID+":user/admin", `"organizations:AttachPolicy","organizations:DetachPolicy"`, "arn:aws:organizations::"+w.green.ID+":account/*/"+third.ID+`","arn:aws:organizations::*:policy/*`, ""))
	w.want(400, "no resource-based policy")(w.organize(admin, "ListAccounts", in{}))
	w.want(200, "")(w.organize(admin, "DetachPolicy", in{"PolicyId": policy, "TargetId": third.ID}))
	w.want(400, "no resource-based policy")(w.organize(admin, "AttachPolicy", in{"PolicyId": policy, "TargetId": rootID}))
	w.want(400, "no resource-based policy")(w.organize(w.blue.credentials(), "DetachPolicy", in{"PolicyId": policy, "TargetId": third.ID}))
	put(statement("*", `"organizations:List*"`, "*", ""))
	w.want(200, third.ID)(w.organize(other, "ListAccounts", in{}))
	w.want(400, "not authorized")(w.organize(w.user(w.green, "nobody", ""), "ListAccounts", in{}))
	w.want(200, "")(w.organize(w.user(third, "leaver", allow("organizations:*", "*")), "LeaveOrganization", in{}))
	w.want(400, "AWSOrganizationsNotInUseException")(w.organize(other, "ListAccounts", in{}))
	w.want(400, "INVALID_PRINCIPAL")(w.organize(w.green.credentials(), "PutResourcePolicy", in{"Content": statement(third.ID, `"organizations:ListRoots"`, "*", "")}))

	w.organizations("DeleteResourcePolicy", in{})
	w.want(400, noAccess)(w.organize(admin, "ListAccounts", in{}))
	w.want(400, "ResourcePolicyNotFoundException")(w.organize(w.green.credentials(), "DescribeResourcePolicy", in{}))
}

func TestResourcePoliciesAreChecked(t *testing.T) {
	w := newWorld(t)
	for content, reason := range map[string]string{
		`{`:                "INVALID_RESOURCE_POLICY_JSON",
		`{"Statement":[]}`: "INVALID_RESOURCE_POLICY_JSON",
		`{"Statement":{"Effect":"Allow","Principal":"*","NotAction":"organizations:CloseAccount","Resource":"*"}}`:                                       "INVALID_RESOURCE_POLICY_JSON",
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:ListRoots","NotResource":"*"}}`:                                          "INVALID_RESOURCE_POLICY_JSON",
		`{"Statement":{"Effect":"Allow","Action":"organizations:ListRoots","Resource":"*"}}`:                                                             "INVALID_PRINCIPAL",
		`{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"` + w.blue.ID + `"},"Action":"organizations:ListRoots","Resource":"*"}}`:                  "INVALID_PRINCIPAL",
		`{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"organizations:ListRoots","Resource":"*"}}`:                 "INVALID_PRINCIPAL",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"organizations:ListRoots","Resource":"*"}}`:                          "INVALID_PRINCIPAL",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.blue.ID + `:user/x"},"Action":"organizations:L*","Resource":"*"}}`:        "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
		`{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.blue.ID + `:user/x"},"Action":"organizations:ListRoots","Resource":"*"}}`: "INVALID_PRINCIPAL",
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:*","Resource":"*"}}`:                                                     "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:CloseAccount","Resource":"*"}}`:                                          "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}`:                                                        "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"organizations:ListRoots","Resource":"arn:aws:s3:::b"}}`:                                "UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY",
	} {
		w.want(400, reason)(w.organize(w.green.credentials(), "PutResourcePolicy", in{"Content": content}))
	}
}
