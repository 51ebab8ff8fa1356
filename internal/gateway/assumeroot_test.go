package gateway

import (
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

const (
	unlock      = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
	deleteKeys  = "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
	auditKeys   = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
	denyAll     = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::blue-bucket","arn:aws:s3:::blue-bucket/*"]}]}`
	notYourRoot = "is not authorized to perform: sts:AssumeRoot on resource: "
)

// centralized is a world in which IAM may be used to manage members' root users.
func centralized(t *testing.T) *world {
	w := newWorld(t)
	w.organizations("EnableAWSServiceAccess", in{"ServicePrincipal": "iam.amazonaws.com"})
	w.ok(w.green.credentials(), "iam", "EnableOrganizationsRootSessions")
	w.ok(w.green.credentials(), "iam", "EnableOrganizationsRootCredentialsManagement")
	return w
}

func (w *world) assumeRoot(who sigv4.Credentials, target, task string, more ...string) (int, string) {
	w.Helper()
	return w.call(who, "sts", "AssumeRoot", append([]string{"TargetPrincipal", target, "TaskPolicyArn.arn", task}, more...)...)
}

func (w *world) root(who sigv4.Credentials, target, task string) sigv4.Credentials {
	w.Helper()
	status, body := w.assumeRoot(who, target, task)
	w.want(200, "AccessKeyId")(status, body)
	return credentialsIn(body)
}

func TestARootTaskUnlocksABucket(t *testing.T) {
	w := centralized(t)
	boss := w.user(w.green, "boss", allow("sts:AssumeRoot", "arn:aws:iam::"+w.blue.ID+":root"))
	admin := w.user(w.blue, "admin", allOfIt)
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket", ""))
	w.want(200, "")(w.as(admin, "PUT", "/blue-bucket/k", "text"))
	w.want(200, "")(w.as(admin, "PUT", "/blue-other", ""))
	w.want(204, "")(w.as(admin, "PUT", "/blue-bucket?policy", denyAll))
	w.want(403, "explicit deny")(w.as(admin, "DELETE", "/blue-bucket?policy", ""))

	root := w.root(boss, w.blue.ID, unlock)
	w.want(200, "<Arn>arn:aws:iam::"+w.blue.ID+":root</Arn>")(w.call(root, "sts", "GetCallerIdentity"))
	// It is kept to its task.
	w.want(403, "with an explicit deny in a session policy")(w.as(root, "GET", "/blue-other?acl", ""))
	w.want(403, "with an explicit deny in a session policy")(w.as(root, "DELETE", "/blue-other", ""))
	w.want(403, "with an explicit deny in a session policy")(w.as(root, "PUT", "/blue-third", ""))
	w.want(403, "with an explicit deny in a session policy")(w.call(root, "iam", "ListUsers"))
	w.want(403, "with an explicit deny in a session policy")(w.call(root, "iam", "CreateAccessKey"))
	w.want(403, "")(w.call(root, "sts", "GetSessionToken"))
	w.want(403, "")(w.call(root, "sts", "GetFederationToken", "Name", "bob", "Policy", allOfIt))
	w.want(403, "")(w.assumeRoot(root, w.blue.ID, unlock))
	w.want(403, "")(w.call(root, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::"+w.blue.ID+":role/OrganizationAccountAccessRole", "RoleSessionName", "session"))
	w.want(200, "blue-bucket")(w.as(root, "GET", "/", ""))
	w.want(200, "Deny")(w.as(root, "GET", "/blue-bucket?policy", ""))
	w.want(204, "")(w.as(root, "DELETE", "/blue-bucket?policy", ""))
	w.want(200, "text")(w.as(admin, "GET", "/blue-bucket/k", ""))

	// It ends when the account leaves.
	w.want(200, "")(w.organize(admin, "LeaveOrganization", in{}))
	w.want(400, "")(w.as(root, "GET", "/blue-bucket?policy", ""))
	w.want(403, notYourRoot)(w.assumeRoot(boss, w.blue.ID, unlock))
}

func TestARootTaskDeletesCredentials(t *testing.T) {
	w := centralized(t)
	boss := w.user(w.green, "boss", allOfIt)
	w.user(w.blue, "victim", allOfIt)
	victims := element(w.ok(w.blue.credentials(), "iam", "ListAccessKeys", "UserName", "victim"), "AccessKeyId")
	audit, task := w.root(boss, "arn:aws:iam::"+w.blue.ID+":root", auditKeys), w.root(boss, w.blue.ID, deleteKeys)
	w.want(200, w.blue.AccessKeyID)(w.call(audit, "iam", "ListAccessKeys"))
	w.want(403, "explicit deny")(w.call(audit, "iam", "DeleteAccessKey", "AccessKeyId", w.blue.AccessKeyID))
	w.want(403, "explicit deny")(w.call(task, "iam", "DeleteAccessKey", "AccessKeyId", victims, "UserName", "victim"))
	w.want(403, "explicit deny")(w.call(task, "iam", "ListAccessKeys", "UserName", "victim"))
	w.ok(task, "iam", "DeleteAccessKey", "AccessKeyId", w.blue.AccessKeyID)
	w.want(403, "InvalidClientTokenId")(w.call(w.blue.credentials(), "sts", "GetCallerIdentity"))
	w.ok(task, "iam", "ListAccessKeys") // the task's session does not hang on the key
}

// TestWhoAssumesRoot: the management account and delegated administrators for IAM,
// whose policies allow it, the root users of members.
func TestWhoAssumesRoot(t *testing.T) {
	w := centralized(t)
	third := w.third("third")
	boss, weak := w.user(w.green, "boss", allOfIt), w.user(w.green, "weak", allow("sts:AssumeRole", "*"))
	blue, own := w.user(w.blue, "admin", allOfIt), w.user(third, "admin", allOfIt)
	task := func(task string) sigv4.Credentials {
		return w.user(w.green, "u"+task[len(task)-4:], `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"*","Condition":{"StringEquals":{"sts:TaskPolicyArn":"`+task+`"}}}]}`)
	}
	w.root(boss, third.ID, unlock)
	w.root(task(unlock), third.ID, unlock)
	w.want(403, notYourRoot)(w.assumeRoot(task(auditKeys), third.ID, unlock))
	for name, c := range map[string]struct {
		who    sigv4.Credentials
		target string
	}{
		"without a permission": {weak, third.ID}, "another member": {blue, third.ID}, "a member's own": {own, third.ID},
		"the management account's own": {boss, w.green.ID}, "nobody's": {boss, "999999999999"},
		"as the root user": {w.green.credentials(), third.ID}, "as a member's root user": {third.credentials(), third.ID},
	} {
		if status, body := w.assumeRoot(c.who, c.target, unlock); status != 403 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for _, bad := range []string{"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/root-task/Other", "arn:aws:iam::" + w.green.ID + ":policy/mine"} {
		w.want(400, "ValidationError")(w.assumeRoot(boss, third.ID, bad))
	}
	for _, bad := range []string{"arn:aws:iam::" + third.ID + ":user/admin", "arn:aws:iam::" + third.ID + ":root/", "arn:aws-cn:iam::" + third.ID + ":root"} {
		w.want(400, "ValidationError")(w.assumeRoot(boss, bad, unlock))
	}
	w.want(400, "ValidationError")(w.assumeRoot(boss, third.ID, unlock, "DurationSeconds", "901"))

	_, body := w.assumeRoot(blue, third.ID, unlock)
	report := w.explained(w.blue.credentials(), element(body, "RequestId"))
	if q := report.Questions; report.Allowed || report.Operation != "AssumeRoot" || len(q) != 1 || q[0].Allowed ||
		q[0].Action != "sts:AssumeRoot" || q[0].Resource != "arn:aws:iam::"+third.ID+":root" || q[0].Summary == "" {
		t.Errorf("the refusal is explained as %+v", report)
	}

	// A delegated administrator for another service is none for IAM.
	w.organizations("EnableAWSServiceAccess", in{"ServicePrincipal": "config.amazonaws.com"})
	w.organizations("RegisterDelegatedAdministrator", in{"AccountId": w.blue.ID, "ServicePrincipal": "config.amazonaws.com"})
	w.want(403, notYourRoot)(w.assumeRoot(blue, third.ID, unlock))
	w.organizations("RegisterDelegatedAdministrator", in{"AccountId": w.blue.ID, "ServicePrincipal": "iam.amazonaws.com"})
	w.root(blue, third.ID, unlock)
	w.want(403, notYourRoot)(w.assumeRoot(blue, w.blue.ID, unlock))
	w.want(403, notYourRoot)(w.assumeRoot(blue, w.green.ID, unlock))
	w.want(403, notYourRoot)(w.assumeRoot(own, third.ID, unlock))

	w.ok(w.green.credentials(), "iam", "DisableOrganizationsRootSessions")
	w.want(403, notYourRoot)(w.assumeRoot(boss, third.ID, unlock))
	w.root(boss, third.ID, auditKeys) // another feature
	w.organizations("DeregisterDelegatedAdministrator", in{"AccountId": w.blue.ID, "ServicePrincipal": "iam.amazonaws.com"})
	w.organizations("DisableAWSServiceAccess", in{"ServicePrincipal": "iam.amazonaws.com"})
	w.want(403, notYourRoot)(w.assumeRoot(boss, third.ID, auditKeys))
}

func TestPoliciesBindRootTasks(t *testing.T) {
	w := centralized(t)
	boss := w.user(w.green, "boss", allOfIt)
	root := w.organizations("ListRoots", in{}, "Roots", "Id")
	for _, policyType := range []string{"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"} {
		w.organizations("EnablePolicyType", in{"RootId": root, "PolicyType": policyType})
	}
	noRoot := func(condition string) string {
		return `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"},` + condition + `}}`
	}
	session := w.root(boss, w.blue.ID, unlock)
	w.want(200, "")(w.as(session, "GET", "/", ""))
	scp := w.organizationPolicy("NoRoot", "SERVICE_CONTROL_POLICY", noRoot(`"Bool":{"aws:AssumedRoot":"true"}`))
	w.organizations("AttachPolicy", in{"PolicyId": scp, "TargetId": w.blue.ID})
	w.want(403, "explicit deny in a service control policy")(w.as(session, "GET", "/", ""))
	w.want(200, "")(w.as(w.blue.credentials(), "GET", "/", ""))
	for _, but := range []string{`"Null":{"aws:AssumedRoot":"true"}`, `"BoolIfExists":{"aws:AssumedRoot":"false"}`} {
		w.organizations("UpdatePolicy", in{"PolicyId": scp, "Content": `{"Version":"2012-10-17","Statement":[` + noRoot(but) + `]}`})
		w.want(200, "")(w.as(session, "GET", "/", ""))
		w.want(403, "explicit deny in a service control policy")(w.as(w.blue.credentials(), "GET", "/", ""))
	}

	rcp := w.organizationPolicy("Closed", "RESOURCE_CONTROL_POLICY", `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRoot","Resource":"*"}`)
	w.organizations("AttachPolicy", in{"PolicyId": rcp, "TargetId": w.blue.ID})
	w.want(403, notYourRoot)(w.assumeRoot(boss, w.blue.ID, unlock))
}

func TestWhoManagesRootUsers(t *testing.T) {
	w := newWorld(t)
	green, blue := w.green.credentials(), w.user(w.blue, "admin", allOfIt)
	enable := func(who sigv4.Credentials) (int, string) {
		return w.call(who, "iam", "EnableOrganizationsRootSessions")
	}
	w.want(400, "ServiceAccessNotEnabledException")(enable(green))
	w.want(400, "CallerIsNotManagementAccountException")(enable(blue))
	w.want(400, "AccountNotManagementOrDelegatedAdministratorException")(w.call(blue, "iam", "ListOrganizationsFeatures"))
	w.want(403, "AccessDenied")(enable(w.user(w.green, "weak", "")))
	w.organizations("EnableAWSServiceAccess", in{"ServicePrincipal": "iam.amazonaws.com"})
	w.want(200, "<member>RootSessions</member>")(enable(green))
	w.want(200, "<member>RootSessions</member>")(enable(green))
	w.organizations("RegisterDelegatedAdministrator", in{"AccountId": w.blue.ID, "ServicePrincipal": "iam.amazonaws.com"})
	w.want(400, "CallerIsNotManagementAccountException")(enable(blue))
	w.want(200, "RootSessions")(w.call(blue, "iam", "ListOrganizationsFeatures"))
	w.want(200, "o-")(w.call(blue, "iam", "DisableOrganizationsRootSessions"))
	third := w.third("third")
	w.want(200, "")(w.organize(third.credentials(), "LeaveOrganization", in{}))
	w.want(400, "OrganizationNotFoundException")(w.call(third.credentials(), "iam", "ListOrganizationsFeatures"))
}
