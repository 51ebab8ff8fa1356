package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// explain runs the command with credentials that are in no profile.
func (w *world) explain(as string, args ...string) result {
	w.Helper()
	return runCommand(w.T, append(w.s.clientEnv(), w.keys[as].env()...), "", binary, append([]string{"explain", "--endpoint", w.s.endpoint}, args...)...)
}

// TestExplain: a refusal and what the two accounts are told of it, on the command
// line.
func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	w.quick = true
	w.bucket("green", "told-{n}-data")
	w.user("blue", "bob")
	url := "/" + w.text("told-{n}-data") + "/docs/a.txt"
	refused := send(t, w.s.signedS3(t, w.keys["bob"], "GET", url, nil)).fails(t, 403, "AccessDenied")
	id := refused.Header.Get("X-Amz-Request-Id")

	r := w.explain("bob", id).ok(t)
	for _, want := range []string{
		"Request " + id, "s3 GetObject by " + w.text("arn:aws:iam::{blue}:user/bob-{n}"), "Answered 403 AccessDenied", "REFUSED",
		"[no_identity_policy]", w.text("Caller's door (account {blue}): SHUT"), w.text("Add to an identity-based policy of user/bob-{n}:"),
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	var report struct {
		RequestID string
		Viewer    string
		Questions []struct{ Action, Reason string }
	}
	r = w.s.sallyport("explain", "--profile", "green", "--json", id)
	r.decode(t, &report)
	if report.RequestID != id || report.Viewer != w.green.id || len(report.Questions) != 1 || report.Questions[0].Reason != "caller_side_did_not_allow" {
		t.Errorf("green is told %s", r.stdout)
	}
	if r := w.explain("bob", "0123456789ABCDEF"); r.code != 1 || !strings.Contains(r.stderr, "There is no decision of a request with this id") {
		t.Errorf("of no request: %d %s%s", r.code, r.stdout, r.stderr)
	}
	// Other services name their requests in the answer.
	form := []byte("Action=ListUsers&Version=2010-05-08")
	req := w.s.request(t, "POST", "/", form)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := send(t, sign(t, req, w.keys["bob"], "iam", payloadHash(form), time.Now()))
	_, rest, _ := strings.Cut(string(answer.body), "<RequestId>")
	id, _, _ = strings.Cut(rest, "<")
	if r := w.explain("bob", id); r.code != 0 || !strings.Contains(r.stdout, "iam:ListUsers on *: REFUSED") {
		t.Errorf("of IAM: %d %s%s", r.code, r.stdout, r.stderr)
	}
}

// TestTour runs the newcomer's tour and reads its essential lines.
func TestTour(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := s.sallyport("tour", "--profile", "green").ok(t)
	at := 0
	for _, want := range []string{
		"1. Two accounts", "$ aws --profile green organizations create-account", "$ aws --profile tour-guide sts assume-role",
		"2. One owns an object", "$ aws --profile tour-owner s3api create-bucket", "$ aws --profile tour-reader iam create-user --user-name ada",
		"3. The user asks, and both doors are shut", "$ aws --profile tour-ada s3api get-object", "An error occurred (AccessDenied)",
		"$ sallyport explain --profile tour-ada", "REFUSED", "[no_identity_policy]",
		"4. The user's account opens its door", "$ aws --profile tour-reader iam put-user-policy", "An error occurred (AccessDenied)",
		"$ sallyport explain --profile tour-owner", "REFUSED", "[no_resource_policy]",
		"5. The owner's account opens its door", "$ aws --profile tour-owner s3api put-bucket-policy", "Hello from the other side of the gate.", "ALLOWED",
		"6. Cleaning up", "delete-bucket",
	} {
		i := strings.Index(r.stdout[at:], want)
		if i < 0 {
			t.Fatalf("after %q there is no %q in\n%s", r.stdout[max(at-40, 0):at], want, r.stdout)
		}
		at += i + len(want)
	}
	for line := range strings.Lines(r.stdout) {
		if len(strings.TrimRight(line, "\n")) > 80 {
			t.Errorf("longer than 80 columns: %s", line)
		}
	}
	// It can be taken again, and leaves no bucket and no user behind.
	s.sallyport("tour", "--profile", "green").ok(t)
	var users struct{ Users []struct{ UserName string } }
	s.aws("green", "iam", "list-users").decode(t, &users)
	if len(users.Users) != 0 {
		t.Errorf("left users %v", users.Users)
	}
	if r := s.sallyport("tour", "--profile", "blue"); r.code == 0 || !strings.Contains(r.stderr, "create-account") && !strings.Contains(r.stderr, "CreateAccount") {
		t.Errorf("by a member account: %d %s%s", r.code, r.stdout, r.stderr)
	}
}

// TestSimulate: the AWS CLI's simulator says what the server then does.
func TestSimulate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	w.quick = true
	w.bucket("green", "sim-{n}-data")
	w.user("blue", "bob")
	grant, object := `"s3:GetObject"`, `"arn:aws:s3:::sim-{n}-data/docs/*"`
	w.aws("blue", "iam", "put-user-policy", "--user-name", "bob-{n}", "--policy-name", "read", "--policy-document", policyJSON(allow(grant, object))).ok(t)
	share := policyJSON(allowTo(`{"AWS":"arn:aws:iam::{blue}:user/bob-{n}"}`, grant, object))
	type result struct {
		EvalDecision, EvalResourceName string
		MatchedStatements              []struct {
			SourcePolicyId string
			StartPosition  struct{ Line, Column int }
		}
		EvalDecisionDetails map[string]string
	}
	simulate := func(more ...string) result {
		t.Helper()
		var out struct{ EvaluationResults []result }
		w.aws("blue", append([]string{"iam", "simulate-principal-policy", "--policy-source-arn", "arn:aws:iam::{blue}:user/bob-{n}",
			"--action-names", "s3:GetObject", "--resource-arns", "arn:aws:s3:::sim-{n}-data/docs/a.txt"}, more...)...).decode(t, &out)
		if len(out.EvaluationResults) != 1 {
			t.Fatalf("%+v", out)
		}
		return out.EvaluationResults[0]
	}
	own := simulate()
	if m := own.MatchedStatements; own.EvalDecision != "allowed" || len(m) != 1 || m[0].SourcePolicyId != w.text("user_bob-{n}_read") || m[0].StartPosition.Column != 38 {
		t.Errorf("in one account: %+v", own)
	}
	if r := simulate("--resource-owner", "arn:aws:iam::{green}:root"); r.EvalDecision != "implicitDeny" || r.EvalDecisionDetails["IAM Policy"] != "allowed" || r.EvalDecisionDetails["Resource Policy"] != "implicitDeny" {
		t.Errorf("across accounts: %+v", r)
	}
	w.aws("bob", "s3api", "get-object", "--bucket", "sim-{n}-data", "--key", "docs/a.txt", "/dev/null").refused(t, "(AccessDenied)")
	if r := simulate("--resource-owner", "arn:aws:iam::{green}:root", "--resource-policy", share); r.EvalDecision != "allowed" || len(r.MatchedStatements) != 2 {
		t.Errorf("with both doors open: %+v", r)
	}
	w.aws("green", "s3api", "put-bucket-policy", "--bucket", "sim-{n}-data", "--policy", share).ok(t)
	w.aws("bob", "s3api", "get-object", "--bucket", "sim-{n}-data", "--key", "docs/a.txt", "/dev/null").ok(t)

	custom := policyJSON(`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"${aws:username}/*"}}}`)
	var keys struct{ ContextKeyNames []string }
	w.aws("blue", "iam", "get-context-keys-for-custom-policy", "--policy-input-list", custom).decode(t, &keys)
	if strings.Join(keys.ContextKeyNames, " ") != "s3:prefix aws:username" {
		t.Errorf("keys %v", keys)
	}
	var out struct{ EvaluationResults []result }
	w.aws("blue", "iam", "simulate-custom-policy", "--policy-input-list", custom, "--action-names", "s3:ListBucket", "--context-entries",
		"ContextKeyName=s3:prefix,ContextKeyType=string,ContextKeyValues=eve/x", "ContextKeyName=aws:username,ContextKeyType=string,ContextKeyValues=eve").decode(t, &out)
	if text, _ := json.Marshal(out); len(out.EvaluationResults) != 1 || out.EvaluationResults[0].EvalDecision != "allowed" {
		t.Errorf("custom: %s", text)
	}
}
