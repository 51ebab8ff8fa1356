package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/policy"
)

// shared is a world with both types of policies on in which green's bucket is open
// to whoever is of its organization, and an SCP below the root forbids to write.
func shared(t *testing.T) (w *world, alice sigv4.Credentials, org string) {
	w, rootID := organized(t)
	alice = w.user(w.blue, "alice", allOfIt)
	org = w.organizations("DescribeOrganization", in{}, "Organization", "Id")
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"`+org+`"}}}]}`))
	w.want(200, "")(w.as(alice, "PUT", "/blue-bucket", ""))
	noWrites := w.organizationPolicy("NoWrites", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}`)
	w.organizations("AttachPolicy", in{"PolicyId": noWrites, "TargetId": rootID})
	return w, alice, org
}

// member checks that blue is a member, and bound, or that it is neither.
func (w *world) member(alice sigv4.Credentials, is bool) {
	w.Helper()
	read, write := 403, 200
	if is {
		read, write = 200, 403
	}
	w.want(read, "")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(write, "")(w.as(alice, "PUT", "/blue-bucket/k", "text"))
}

func TestLeavingAndJoiningCountAtOnce(t *testing.T) {
	w, alice, org := shared(t)
	w.member(alice, true)
	w.organizations("RemoveAccountFromOrganization", in{"AccountId": w.blue.ID})
	w.member(alice, false)
	w.want(400, "AWSOrganizationsNotInUseException")(w.organize(alice, "DescribeOrganization", in{}))
	w.want(400, "AccountNotFoundException")(w.organize(w.green.credentials(), "DescribeAccount", in{"AccountId": w.blue.ID}))

	invite := in{"Target": in{"Type": "ACCOUNT", "Id": w.blue.ID}, "Notes": "come back", "Tags": []in{{"Key": "team", "Value": "sky"}}}
	id := w.organizations("InviteAccountToOrganization", invite, "Handshake", "Id")
	w.want(400, "DuplicateHandshakeException")(w.organize(w.green.credentials(), "InviteAccountToOrganization", invite))
	// Nobody else sees it or answers it.
	third := w.third("third")
	for _, operation := range []string{"DescribeHandshake", "AcceptHandshake", "DeclineHandshake", "CancelHandshake"} {
		w.want(400, "HandshakeNotFoundException")(w.organize(third.credentials(), operation, in{"HandshakeId": id}))
	}
	w.want(400, noAccess)(w.organize(w.green.credentials(), "AcceptHandshake", in{"HandshakeId": id}))
	w.want(400, noAccess)(w.organize(w.green.credentials(), "DeclineHandshake", in{"HandshakeId": id}))
	w.want(400, noAccess)(w.organize(alice, "CancelHandshake", in{"HandshakeId": id}))
	w.want(400, "not authorized to perform: organizations:AcceptHandshake")(w.organize(w.user(w.blue, "weak", allow("organizations:List*", "*")), "AcceptHandshake", in{"HandshakeId": id}))
	w.member(alice, false)

	status, shown := w.organize(alice, "ListHandshakesForAccount", in{})
	for _, text := range []string{org, "come back", "green@example.com", `"ALL"`, "arn:aws:organizations::" + w.green.ID + ":handshake/" + org + "/invite/" + id} {
		w.want(200, text)(status, shown)
	}
	w.want(200, `"State":"ACCEPTED"`)(w.organize(alice, "AcceptHandshake", in{"HandshakeId": id}))
	w.want(400, "HandshakeAlreadyInStateException")(w.organize(alice, "AcceptHandshake", in{"HandshakeId": id}))
	w.want(400, "InvalidHandshakeTransitionException")(w.organize(alice, "DeclineHandshake", in{"HandshakeId": id}))
	w.want(400, "InvalidHandshakeTransitionException")(w.organize(w.green.credentials(), "CancelHandshake", in{"HandshakeId": id}))
	w.member(alice, true)
	w.want(200, `"JoinedMethod":"INVITED"`)(w.organize(w.green.credentials(), "DescribeAccount", in{"AccountId": w.blue.ID}))
	w.want(200, "sky")(w.organize(w.green.credentials(), "ListTagsForResource", in{"ResourceId": w.blue.ID}))
	w.want(400, "ALREADY_IN_AN_ORGANIZATION")(w.organize(w.green.credentials(), "InviteAccountToOrganization", invite))
}

// TestASecondOrganization: an account in no organization makes its own, and neither
// organization reaches into the other.
func TestASecondOrganization(t *testing.T) {
	w, alice, org := shared(t)
	root := w.organizations("ListRoots", in{}, "Roots", "Id")
	policy := w.organizationPolicy("Theirs", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}`)
	w.want(400, "AlreadyInOrganizationException")(w.organize(alice, "CreateOrganization", in{}))
	w.want(200, "")(w.organize(alice, "LeaveOrganization", in{}))
	status, made := w.organize(alice, "CreateOrganization", in{})
	w.want(200, w.blue.ID)(status, made)
	if other := w.find(made, "Organization", "Id"); other == org {
		t.Fatal("it is the same organization")
	}
	w.member(alice, false)
	_, roots := w.organize(alice, "ListRoots", in{})
	mine := w.find(roots, "Roots", "Id")
	w.want(200, "")(w.organize(alice, "EnablePolicyType", in{"RootId": mine, "PolicyType": "SERVICE_CONTROL_POLICY"}))

	w.want(400, "RootNotFoundException")(w.organize(alice, "EnablePolicyType", in{"RootId": root, "PolicyType": "RESOURCE_CONTROL_POLICY"}))
	w.want(400, "AccountNotFoundException")(w.organize(alice, "DescribeAccount", in{"AccountId": w.green.ID}))
	w.want(400, "AccountNotFoundException")(w.organize(alice, "CloseAccount", in{"AccountId": w.green.ID}))
	w.want(400, "AccountNotFoundException")(w.organize(w.green.credentials(), "RemoveAccountFromOrganization", in{"AccountId": w.blue.ID}))
	w.want(400, "PolicyNotFoundException")(w.organize(alice, "DescribePolicy", in{"PolicyId": policy}))
	w.want(400, "PolicyNotFoundException")(w.organize(alice, "AttachPolicy", in{"PolicyId": policy, "TargetId": mine}))
	w.want(400, "PolicyNotFoundException")(w.organize(alice, "DeletePolicy", in{"PolicyId": policy}))
	w.want(400, "TargetNotFoundException")(w.organize(alice, "ListPoliciesForTarget", in{"TargetId": root, "Filter": "SERVICE_CONTROL_POLICY"}))
	w.want(400, "TargetNotFoundException")(w.organize(alice, "TagResource", in{"ResourceId": policy, "Tags": []in{{"Key": "k", "Value": "v"}}}))
	w.want(400, "ParentNotFoundException")(w.organize(alice, "CreateOrganizationalUnit", in{"ParentId": root, "Name": "u"}))
	if _, text := w.organize(alice, "ListTargetsForPolicy", in{"PolicyId": "p-FullAWSAccess"}); strings.Contains(text, root) || !strings.Contains(text, mine) {
		t.Errorf("the targets are %s", text)
	}
	if _, text := w.organize(alice, "ListAccounts", in{}); strings.Contains(text, w.green.ID) {
		t.Errorf("the accounts are %s", text)
	}

	// A member moves by an invitation, if its policies let it leave.
	third := w.third("third")
	status, made = w.organize(alice, "InviteAccountToOrganization", in{"Target": in{"Type": "EMAIL", "Id": "Third@example.com"}})
	w.want(200, "EMAIL")(status, made)
	invitation := in{"HandshakeId": w.find(made, "Handshake", "Id")}
	stay := w.organizationPolicy("Stay", "SERVICE_CONTROL_POLICY", `{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}`)
	w.organizations("AttachPolicy", in{"PolicyId": stay, "TargetId": third.ID})
	w.want(400, "organizations:LeaveOrganization")(w.organize(third.credentials(), "AcceptHandshake", invitation))
	w.organizations("DetachPolicy", in{"PolicyId": stay, "TargetId": third.ID})
	w.want(200, "ACCEPTED")(w.organize(third.credentials(), "AcceptHandshake", invitation))
	w.want(200, third.ID)(w.organize(alice, "ListAccounts", in{}))
	w.want(400, "OrganizationNotEmptyException")(w.organize(alice, "DeleteOrganization", in{}))
	w.want(400, "MasterCannotLeaveOrganizationException")(w.organize(alice, "LeaveOrganization", in{}))
	w.want(200, "")(w.organize(third.credentials(), "LeaveOrganization", in{}))
	w.want(200, "")(w.organize(alice, "DeleteOrganization", in{}))
	w.want(400, "AWSOrganizationsNotInUseException")(w.organize(alice, "DescribeOrganization", in{}))
	w.member(alice, false)
	w.want(200, w.green.ID)(w.organize(w.green.credentials(), "ListAccounts", in{}))
}

// TestAClosedAccountIsShut: nobody signs for it, and nobody uses what it has.
func TestAClosedAccountIsShut(t *testing.T) {
	w, alice, _ := shared(t)
	boss := w.user(w.green, "boss", allOfIt)
	role := w.role(w.blue, "open", trusts(w.green.ID), allOfIt)
	session := credentialsIn(w.ok(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"))
	w.want(204, "")(w.as(alice, "PUT", "/blue-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+w.green.ID+
		`"},"Action":"s3:*","Resource":["arn:aws:s3:::blue-bucket","arn:aws:s3:::blue-bucket/*"]}]}`))
	w.want(200, "")(w.as(boss, "PUT", "/blue-bucket/k", "text"))
	w.want(400, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT")(w.organize(w.green.credentials(), "CloseAccount", in{"AccountId": w.green.ID}))
	w.organizations("CloseAccount", in{"AccountId": w.blue.ID})
	w.want(400, "AccountAlreadyClosedException")(w.organize(w.green.credentials(), "CloseAccount", in{"AccountId": w.blue.ID}))
	w.want(200, `"SUSPENDED"`)(w.organize(w.green.credentials(), "DescribeAccount", in{"AccountId": w.blue.ID}))
	for _, who := range []sigv4.Credentials{alice, w.blue.credentials(), session} {
		if status, text := w.as(who, "GET", "/blue-bucket/k", ""); status/100 != 4 {
			t.Errorf("the account's own: %d %s", status, text)
		}
	}
	w.want(403, "AccessDenied")(w.as(boss, "GET", "/blue-bucket/k", ""))
	w.want(403, "AccessDenied")(w.as(boss, "PUT", "/blue-bucket/k", "more"))
	w.want(403, "AccessDenied")(w.call(boss, "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "session"))
	w.want(403, "AccessDenied")(w.call(boss, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+w.blue.ID+":role/OrganizationAccountAccessRole", "RoleSessionName", "session"))
	w.want(400, "CANNOT_REGISTER_SUSPENDED")(w.organize(w.green.credentials(), "RegisterDelegatedAdministrator", in{"AccountId": w.blue.ID, "ServicePrincipal": "iam.amazonaws.com"}))
}

func TestEveryMemberOpensToTheManagementAccount(t *testing.T) {
	w := newWorld(t)
	boss := w.user(w.green, "boss", allow("sts:AssumeRole", "*"))
	inside := credentialsIn(w.ok(boss, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+w.blue.ID+":role/OrganizationAccountAccessRole", "RoleSessionName", "boss"))
	w.want(200, "")(w.as(inside, "PUT", "/blue-bucket", ""))
	w.want(404, "NoSuchEntity")(w.call(w.green.credentials(), "iam", "GetRole", "RoleName", "OrganizationAccountAccessRole"))
}

// TestKeysOfTheResourcesOrganization follow the account that the resource, or the
// source of a service's call, belongs to.
func TestKeysOfTheResourcesOrganization(t *testing.T) {
	w, alice, org := shared(t)
	root := w.organizations("ListRoots", in{}, "Roots", "Id")
	unit := w.organizations("CreateOrganizationalUnit", in{"ParentId": root, "Name": "unit"}, "OrganizationalUnit", "Id")
	w.want(204, "")(w.as(alice, "PUT", "/blue-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+w.green.ID+
		`"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::blue-bucket"}]}`))
	when := func(name, condition string) sigv4.Credentials {
		return w.user(w.green, name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{`+condition+`}}]}`)
	}
	inOrg := when("inOrg", `"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}`)
	inUnit := when("inUnit", `"ForAnyValue:StringLike":{"aws:ResourceOrgPaths":"`+org+"/"+root+"/"+unit+`/*"}`)
	source := func() (id string, paths []string) {
		var v policy.Values
		w.g.sourceKeys(&v, s3.ServiceCaller{SourceAccount: w.blue.ID})
		paths, _ = v.Lookup("aws:SourceOrgPaths")
		return v.Get(policy.KeySourceOrgID), paths
	}
	check := func(what string, orgWant, unitWant int, sourceOrg, path string) {
		t.Helper()
		w.want(orgWant, "")(w.as(inOrg, "GET", "/blue-bucket", ""))
		w.want(unitWant, "")(w.as(inUnit, "GET", "/blue-bucket", ""))
		if id, paths := source(); id != sourceOrg || strings.Join(paths, " ") != path {
			t.Errorf("%s: the source is of %q at %q", what, id, paths)
		}
	}
	check("below the root", 200, 403, org, org+"/"+root+"/")
	w.organizations("MoveAccount", in{"AccountId": w.blue.ID, "SourceParentId": root, "DestinationParentId": unit})
	check("in the unit", 200, 200, org, org+"/"+root+"/"+unit+"/")
	w.organizations("RemoveAccountFromOrganization", in{"AccountId": w.blue.ID})
	check("in none", 403, 403, "", "")
}
