package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOrganizations: what the AWS CLI does with an organization and its members.
// The parts run one after the other on one server.
func TestOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	w.user("green", "boss")
	w.aws("green", "iam", "put-user-policy", "--user-name", "boss-{n}", "--policy-name", "p", "--policy-document",
		policyJSON(allow(`["sts:AssumeRole","sts:AssumeRoot"]`, `"*"`))).ok(w)
	w.user("blue", "admin")
	w.aws("blue", "iam", "put-user-policy", "--user-name", "admin-{n}", "--policy-name", "p", "--policy-document", policyJSON(allow(`"*"`, `"*"`))).ok(w)
	w.comesIn()
	w.leavesAndReturns()
	w.readsByDelegation()
	w.unlocks()
}

// comesIn: the management account gets into members by their roles.
func (w *world) comesIn() {
	w.Helper()
	w.assume("boss", "arn:aws:iam::{blue}:role/OrganizationAccountAccessRole", "inside").ok(w)
	w.aws("inside", "s3", "mb", "s3://blue-{n}").ok(w)
	var made struct {
		CreateAccountStatus struct{ AccountId string }
	}
	w.aws("green", "organizations", "create-account", "--email", "own@example.org", "--account-name", "own", "--role-name", "Own").decode(w, &made)
	id := made.CreateAccountStatus.AccountId
	w.assume("boss", "arn:aws:iam::"+id+":role/OrganizationAccountAccessRole", "other").refused(w, "AccessDenied")
	w.assume("boss", "arn:aws:iam::"+id+":role/Own", "other").ok(w)
	w.aws("other", "s3", "mb", "s3://own-{n}").ok(w)
	w.assume("admin", "arn:aws:iam::"+id+":role/Own", "stranger").refused(w, "AccessDenied")
	w.aws("green", "organizations", "close-account", "--account-id", id).ok(w)
	w.aws("other", "s3", "ls", "s3://own-{n}").refused(w)
	w.assume("boss", "arn:aws:iam::"+id+":role/Own", "again").refused(w, "AccessDenied")
}

// leavesAndReturns: an account leaves, founds an organization of its own, gives it
// up and comes back by an invitation.
func (w *world) leavesAndReturns() {
	w.Helper()
	w.aws("admin", "organizations", "leave-organization").ok(w)
	w.aws("admin", "organizations", "describe-organization").refused(w, "(AWSOrganizationsNotInUseException)")
	w.aws("admin", "organizations", "create-organization").ok(w)
	w.aws("admin", "organizations", "delete-organization").ok(w)
	var invitation struct{ Handshake struct{ Id string } }
	w.aws("green", "organizations", "invite-account-to-organization", "--target", "Type=ACCOUNT,Id={blue}", "--notes", "come back").decode(w, &invitation)
	var list struct {
		Handshakes []struct{ Id, State, Action string }
	}
	w.aws("admin", "organizations", "list-handshakes-for-account").decode(w, &list)
	if len(list.Handshakes) != 1 || list.Handshakes[0].Id != invitation.Handshake.Id || list.Handshakes[0].State != "OPEN" {
		w.Fatalf("the handshakes are %+v", list)
	}
	w.aws("admin", "organizations", "accept-handshake", "--handshake-id", invitation.Handshake.Id).ok(w)
	w.aws("green", "organizations", "describe-account", "--account-id", "{blue}").ok(w)
}

// readsByDelegation: the organization's resource policy, and then the registration
// of a delegated administrator, let a member read.
func (w *world) readsByDelegation() {
	w.Helper()
	accounts := func() result { return w.aws("admin", "organizations", "list-accounts", "--max-items", "1") }
	accounts().refused(w, "(AccessDeniedException)")
	w.aws("green", "organizations", "put-resource-policy", "--content", w.text(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+
		`"Principal":{"AWS":"arn:aws:iam::{blue}:root"},"Action":"organizations:ListAccounts","Resource":"*"}]}`)).ok(w)
	accounts().ok(w)
	w.aws("green", "organizations", "delete-resource-policy").ok(w)
	accounts().refused(w, "(AccessDeniedException)")
	w.aws("green", "organizations", "enable-aws-service-access", "--service-principal", "iam.amazonaws.com").ok(w)
	w.aws("green", "organizations", "register-delegated-administrator", "--account-id", "{blue}", "--service-principal", "iam.amazonaws.com").ok(w)
	accounts().ok(w)
	w.aws("green", "organizations", "deregister-delegated-administrator", "--account-id", "{blue}", "--service-principal", "iam.amazonaws.com").ok(w)
	accounts().refused(w, "(AccessDeniedException)")
}

// unlocks: a bucket whose policy shuts everybody out is opened by a root task.
func (w *world) unlocks() {
	w.Helper()
	w.aws("admin", "s3api", "put-bucket-policy", "--bucket", "blue-{n}", "--policy", w.text(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny",`+
		`"Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::blue-{n}","arn:aws:s3:::blue-{n}/*"]}]}`)).ok(w)
	w.aws("admin", "s3api", "delete-bucket-policy", "--bucket", "blue-{n}").refused(w, "(AccessDenied)")
	assume := func() result {
		return w.aws("boss", "sts", "assume-root", "--target-principal", "{blue}", "--task-policy-arn", "arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy")
	}
	assume().refused(w, "(AccessDenied)")
	w.aws("green", "iam", "enable-organizations-root-sessions").ok(w)
	var root struct{ Credentials credentials }
	if err := json.Unmarshal([]byte(assume().ok(w).stdout), &root); err != nil {
		w.Fatal(err)
	}
	as := func(args ...string) result { return w.s.awsWith(root.Credentials, w.texts(args)...) }
	if id := as("sts", "get-caller-identity").ok(w); !strings.Contains(id.stdout, w.text(`"arn:aws:iam::{blue}:root"`)) {
		w.Fatalf("it is %s", id.stdout)
	}
	as("s3api", "delete-bucket", "--bucket", "blue-{n}").refused(w, "(AccessDenied)")
	as("s3api", "delete-bucket-policy", "--bucket", "blue-{n}").ok(w)
	w.aws("admin", "s3", "rb", "s3://blue-{n}").ok(w)
}
