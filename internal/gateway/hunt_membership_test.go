package gateway

import (
	"strings"
	"testing"
)

// TestReportsStayInTheirOrganization: who has left, and another organization's
// accounts and policies, are in no report; the other organization has its own.
func TestReportsStayInTheirOrganization(t *testing.T) {
	w, rootID := organized(t)
	third := w.third("third")
	w.want(200, "")(w.organize(third.credentials(), "LeaveOrganization", in{}))
	w.want(200, "")(w.as(third.credentials(), "GET", "/", ""))
	org := w.organizations("DescribeOrganization", in{}, "Organization", "Id")
	report := func(who *RootAccount, parameters ...string) string {
		t.Helper()
		id := element(w.ok(who.credentials(), "iam", "GenerateOrganizationsAccessReport", parameters...), "JobId")
		return w.ok(who.credentials(), "iam", "GetOrganizationsAccessReport", "JobId", id, "MaxItems", "1000")
	}
	closed := func() {
		t.Helper()
		if used := services(report(w.green, "EntityPath", org+"/"+rootID)); strings.Contains(used["s3"], third.ID) {
			t.Errorf("the report shows %v", used)
		}
		w.want(400, "InvalidInput")(w.call(w.green.credentials(), "iam", "GenerateOrganizationsAccessReport", "EntityPath", org+"/"+rootID+"/"+third.ID))
	}
	closed()

	status, made := w.organize(third.credentials(), "CreateOrganization", in{})
	w.want(200, third.ID)(status, made)
	theirs := w.find(made, "Organization", "Id")
	_, roots := w.organize(third.credentials(), "ListRoots", in{})
	root := w.find(roots, "Roots", "Id")
	w.want(200, "")(w.organize(third.credentials(), "EnablePolicyType", in{"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"}))
	_, made = w.organize(third.credentials(), "CreateOrganizationalUnit", in{"ParentId": root, "Name": "unit"})
	unit := w.find(made, "OrganizationalUnit", "Id")
	_, made = w.organize(third.credentials(), "CreateAccount", in{"AccountName": "fourth", "Email": "fourth@example.com"})
	fourth := w.find(made, "CreateAccountStatus", "AccountId")
	w.want(200, "")(w.organize(third.credentials(), "MoveAccount", in{"AccountId": fourth, "SourceParentId": root, "DestinationParentId": unit}))
	closed()
	scp := w.organizationPolicy("Ours", "SERVICE_CONTROL_POLICY", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	w.want(404, "NoSuchEntity")(w.call(third.credentials(), "iam", "GenerateOrganizationsAccessReport", "EntityPath", theirs+"/"+root, "OrganizationsPolicyId", scp))
	w.want(400, "InvalidInput")(w.call(third.credentials(), "iam", "GenerateOrganizationsAccessReport", "EntityPath", org+"/"+rootID))
	if used := services(report(third, "EntityPath", theirs+"/"+root+"/"+third.ID)); !strings.HasPrefix(used["s3"], third.ID) {
		t.Errorf("its own report shows %v", used)
	}
}

// TestInvitationsTellNoAddresses: whether somebody here has an e-mail address is not
// for every account to know.
func TestInvitationsTellNoAddresses(t *testing.T) {
	w := newWorld(t)
	w.third("third")
	invite := func(address string) (int, string) {
		return w.organize(w.green.credentials(), "InviteAccountToOrganization", in{"Target": in{"Type": "EMAIL", "Id": address}})
	}
	w.want(200, "")(w.organize(w.blue.credentials(), "LeaveOrganization", in{}))
	for _, address := range []string{"blue@example.com", "BLUE2@example.com", "nobody@example.com"} {
		w.want(200, `"Value":"`+address+`"`)(invite(address))
		w.want(400, "DuplicateHandshakeException")(invite(address))
	}
	w.want(200, "blue@example.com")(w.organize(w.blue.credentials(), "ListHandshakesForAccount", in{}))
}
