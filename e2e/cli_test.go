package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestStartTwice: a second start on the same data keeps accounts, credentials,
// buckets, objects and sessions.
func TestStartTwice(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	w := newWorld(t, s)
	w.bucket("green", "kept-{n}")
	w.user("blue", "hal")
	w.aws("blue", "iam", "create-role", "--role-name", "stay-{n}", "--assume-role-policy-document", trusts(`{"AWS":"{blue}"}`)).ok(w)
	w.aws("blue", "iam", "put-user-policy", "--user-name", "hal-{n}", "--policy-name", "p", "--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"*"`))).ok(w)
	w.assume("hal", "arn:aws:iam::{blue}:role/stay-{n}", "session").ok(w)
	profiles, err := os.ReadFile(s.dir + "/aws/credentials")
	if err != nil {
		t.Fatal(err)
	}
	green := w.green.id

	s.stop()
	s.start()
	w.s = s
	if again := s.account("green"); again.id != green {
		t.Fatalf("green is %s after %s", again.id, green)
	}
	if after, _ := os.ReadFile(s.dir + "/aws/credentials"); string(after) != string(profiles) {
		t.Fatal("the profiles changed")
	}
	w.reads("green", "s3://kept-{n}/docs/a.txt", "text of docs/a.txt")
	if id := w.aws("session", "sts", "get-caller-identity").ok(w); !strings.Contains(id.stdout, w.text("assumed-role/stay-{n}/walk")) {
		t.Fatalf("the session is %s", id.stdout)
	}
}

// TestStartPrintsHowToUseIt checks the contract of what a start prints.
func TestStartPrintsHowToUseIt(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	out := s.stdout.String()
	for _, want := range []string{
		"Serving on http://127.0.0.1:", "export AWS_CONFIG_FILE=" + s.dir + "/aws/config", "export AWS_SHARED_CREDENTIALS_FILE=" + s.dir + "/aws/credentials",
		"aws --profile green s3 mb", "aws --profile blue s3 ls",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	env := s.sallyport("env", "--data", s.dir).ok(t)
	if want := "export AWS_CONFIG_FILE=" + s.dir + "/aws/config\nexport AWS_SHARED_CREDENTIALS_FILE=" + s.dir + "/aws/credentials\n"; env.stdout != want {
		t.Errorf("env prints %q", env.stdout)
	}
	for _, name := range []string{"config", "credentials"} {
		if info, err := os.Stat(s.dir + "/aws/" + name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("aws/%s: %v %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(s.dir + "/master.key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("master.key: %v %v", info.Mode(), err)
	}
	for _, path := range []string{"readyz", "healthz", "metrics"} {
		resp, err := http.Get(s.endpoint + "/-/" + path)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %v %v", path, resp, err)
		}
		resp.Body.Close()
	}
}

// TestAccounts: accounts are made through Organizations, by AWS's CLI and by
// ours, and by the management account alone.
func TestAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	id := strings.TrimSpace(w.s.sallyport("account", "create", "third", "--profile", "green").ok(t).stdout)
	if len(id) != 12 {
		t.Fatalf("account create prints %q", id)
	}
	list := w.s.sallyport("account", "list", "--profile", "green").ok(t)
	for _, want := range []string{"third", id, "third@example.com", w.green.id, w.blue.id, "ACTIVE"} {
		if !strings.Contains(list.stdout, want) {
			t.Errorf("no %q in:\n%s", want, list.stdout)
		}
	}
	w.s.sallyport("account", "create", "third", "--profile", "green").refused(t, "EMAIL_ALREADY_EXISTS")
	w.s.sallyport("account", "create", "fourth", "--profile", "blue").refused(t, "AccessDeniedException")

	var status struct {
		CreateAccountStatus struct{ Id, State, AccountId string }
	}
	w.aws("green", "organizations", "create-account", "--email", "x@example.org", "--account-name", "fifth").decode(w, &status)
	w.aws("green", "organizations", "describe-create-account-status", "--create-account-request-id", status.CreateAccountStatus.Id).decode(w, &status)
	if status.CreateAccountStatus.State != "SUCCEEDED" || len(status.CreateAccountStatus.AccountId) != 12 {
		t.Fatalf("the status is %+v", status)
	}
	var account struct {
		Account struct{ Arn, Email, Name string }
	}
	w.aws("green", "organizations", "describe-account", "--account-id", status.CreateAccountStatus.AccountId).decode(w, &account)
	if account.Account.Email != "x@example.org" || !strings.HasPrefix(account.Account.Arn, "arn:aws:organizations::"+w.green.id+":account/o-") {
		t.Fatalf("the account is %+v", account)
	}
	w.aws("green", "organizations", "describe-account", "--account-id", "000000000001").refused(t, "(AccountNotFoundException)")
	var organization struct {
		Organization struct{ MasterAccountId, Id string }
	}
	w.aws("blue", "organizations", "describe-organization").decode(w, &organization)
	if organization.Organization.MasterAccountId != w.green.id {
		t.Fatalf("the organization is %+v", organization)
	}
	w.aws("blue", "organizations", "list-accounts").refused(t, "(AccessDeniedException)")
	// The management account gets into the new account by its role.
	w.user("green", "admin")
	w.aws("green", "iam", "put-user-policy", "--user-name", "admin-{n}", "--policy-name", "p", "--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"*"`))).ok(w)
	w.assume("admin", "arn:aws:iam::"+id+":role/OrganizationAccountAccessRole", "inside").ok(w)
	w.aws("inside", "s3", "mb", "s3://third-{n}").ok(w)
}

// TestListeningElsewhere needs TLS or --insecure.
func TestListeningElsewhere(t *testing.T) {
	t.Parallel()
	r := runCommand(t, cleanEnv(), "", binary, "serve", "--data", t.TempDir(), "--listen", "0.0.0.0:0")
	r.refused(t, "not a loopback address")
	help := runCommand(t, cleanEnv(), "", binary, "serve", "--help").ok(t)
	for _, want := range []string{"--log-delivery", "SALLYPORT_LOG_DELIVERY", "--meta", "SALLYPORT_META", "SALLYPORT_DATA"} {
		if !strings.Contains(help.stdout, want) {
			t.Errorf("--help does not show %s:\n%s", want, help.stdout)
		}
	}
}
