package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport: an account's identities and a bucket's policy go from one server to
// another as the AWS CLI prints them, and what was let in there is let in here.
func TestImport(t *testing.T) {
	t.Parallel()
	from := newWorld(t, startServer(t))
	from.quick = true
	const bucket, role = "carried-{n}-data", "arn:aws:iam::{green}:role/apps/reader-{n}"
	from.bucket("green", bucket)
	from.user("green", "ann")
	from.aws("green", "iam", "create-role", "--path", "/apps/", "--role-name", "reader-{n}", "--assume-role-policy-document",
		trusts(`{"AWS":"arn:aws:iam::{green}:user/ann-{n}"}`)).ok(t)
	from.aws("green", "iam", "create-instance-profile", "--instance-profile-name", "reader-{n}").ok(t)
	from.aws("green", "iam", "add-role-to-instance-profile", "--instance-profile-name", "reader-{n}", "--role-name", "reader-{n}").ok(t)
	from.aws("green", "iam", "attach-user-policy", "--user-name", "ann-{n}", "--policy-arn", "arn:aws:iam::aws:policy/SecurityAudit").ok(t)
	from.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policyJSON(
		allowTo(`{"AWS":"`+role+`"}`, `"s3:GetObject"`, `"arn:aws:s3:::`+bucket+`/docs/*"`))).ok(t)

	dir := t.TempDir()
	buckets := filepath.Join(dir, "buckets", from.text(bucket))
	if err := os.MkdirAll(buckets, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, command := range map[string][]string{
		filepath.Join(dir, "account.json"):    {"iam", "get-account-authorization-details"},
		filepath.Join(dir, "roles.json"):      {"iam", "list-roles"},
		filepath.Join(buckets, "policy.json"): {"s3api", "get-bucket-policy", "--bucket", bucket},
	} {
		if err := os.WriteFile(path, []byte(from.aws("green", command...).ok(t).stdout), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	s := startServer(t, "--account", "carried:"+from.green.id)
	imported := func(more ...string) string {
		return s.sallyport(append([]string{"import", "aws", "--endpoint", s.endpoint, "--profile", "carried"}, append(more, dir)...)...).ok(t).stdout
	}
	dry := imported("--dry-run")
	if r := s.aws("carried", "iam", "list-users", "--query", "Users"); strings.TrimSpace(r.stdout) != "[]" {
		t.Fatalf("a dry run made %s of %s", r.stdout, dry)
	}
	t.Log(imported())
	for _, query := range [][]string{
		{"iam", "get-role", "--role-name", "reader-{n}", "--query", "Role.[RoleId,Arn,CreateDate,AssumeRolePolicyDocument]"},
		{"iam", "get-user", "--user-name", "ann-{n}", "--query", "User.[UserId,Arn,CreateDate]"},
		{"iam", "get-instance-profile", "--instance-profile-name", "reader-{n}", "--query", "InstanceProfile.[InstanceProfileId,Arn,Roles[0].RoleId]"},
		{"iam", "list-attached-user-policies", "--user-name", "ann-{n}"},
		{"s3api", "get-bucket-policy", "--bucket", bucket},
	} {
		if was, is := from.aws("green", query...).ok(t).stdout, s.aws("carried", from.texts(query)...).ok(t).stdout; was != is {
			t.Errorf("%q was\n%s, and is\n%s", query[:2], was, is)
		}
	}

	// Ann has no key here until she is given one. Then she is let in as she was there.
	var out struct{ AccessKey credentials }
	s.aws("carried", "iam", "create-access-key", "--user-name", from.text("ann-{n}")).decode(t, &out)
	var session struct{ Credentials credentials }
	s.awsWith(out.AccessKey, "sts", "assume-role", "--role-arn", from.text(role), "--role-session-name", "here").decode(t, &session)
	s.awsWith(session.Credentials, "s3api", "head-object", "--bucket", from.text(bucket), "--key", "docs/a.txt").refused(t, "(403)")
	s.aws("carried", "s3api", "put-object", "--bucket", from.text(bucket), "--key", "docs/a.txt").ok(t)
	s.awsWith(session.Credentials, "s3api", "head-object", "--bucket", from.text(bucket), "--key", "docs/a.txt").ok(t)
	s.awsWith(session.Credentials, "s3api", "head-object", "--bucket", from.text(bucket), "--key", "other/b.txt").refused(t, "(403)")

	var again struct {
		Created, Changed []json.RawMessage
	}
	if err := json.Unmarshal([]byte(imported("--json")), &again); err != nil || len(again.Created)+len(again.Changed) > 0 {
		t.Errorf("a second import made %d and changed %d (%v)", len(again.Created), len(again.Changed), err)
	}
}
