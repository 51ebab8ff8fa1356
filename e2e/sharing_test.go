package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGreenAndBlue: a group of green may assume a role of blue; the AWS CLI's
// profile chain does the rest.
func TestGreenAndBlue(t *testing.T) {
	t.Parallel()
	const bucket, role = "blue-{n}-bucket", "arn:aws:iam::{blue}:role/guest-{n}"
	play(t, startServer(t), walkthrough{
		steps: []step{
			{name: "bucket", do: func(w *world) { w.bucket("blue", bucket) }},
			{name: "group", do: func(w *world) { w.aws("green", "iam", "create-group", "--group-name", "visitors-{n}").ok(w) }},
			{
				name: "the group's permission to assume the role",
				do: func(w *world) {
					w.aws("green", "iam", "put-group-policy", "--group-name", "visitors-{n}", "--policy-name", "visit",
						"--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"`+role+`"`))).ok(w)
				},
				without: chainRefused("AssumeRole"),
			},
			{name: "user", do: func(w *world) { w.user("green", "gus") }},
			{
				name: "membership",
				do: func(w *world) {
					w.aws("green", "iam", "add-user-to-group", "--group-name", "visitors-{n}", "--user-name", "gus-{n}").ok(w)
				},
				without: chainRefused("AssumeRole"),
			},
			{
				name: "role with trust",
				do: func(w *world) {
					w.aws("blue", "iam", "create-role", "--role-name", "guest-{n}", "--assume-role-policy-document", trusts(`{"AWS":"arn:aws:iam::{green}:root"}`)).ok(w)
				},
				without: chainRefused("AssumeRole"),
			},
			{
				name: "managed policy",
				do: func(w *world) {
					w.aws("blue", "iam", "create-policy", "--policy-name", "share-{n}", "--policy-document", policyJSON(
						allow(`"s3:ListBucket"`, `"arn:aws:s3:::`+bucket+`"`), allow(`["s3:GetObject","s3:PutObject"]`, `"arn:aws:s3:::`+bucket+`/*"`))).ok(w)
				},
			},
			{
				name: "attachment", needs: []string{"role with trust", "managed policy"},
				do: func(w *world) {
					w.aws("blue", "iam", "attach-role-policy", "--role-name", "guest-{n}", "--policy-arn", "arn:aws:iam::{blue}:policy/share-{n}").ok(w)
				},
				without: chainRefused("ListObjectsV2"),
			},
		},
		works: func(w *world) {
			if !readsEndpointFromProfile() {
				return // TestProfileChainWithTheGoSDK covers the chain for older versions of the CLI
			}
			env := chainEnv(w)
			var id struct{ Arn, Account, UserId string }
			w.s.awsEnv(env, "sts", "get-caller-identity").decode(w, &id)
			if want := w.text("arn:aws:sts::{blue}:assumed-role/guest-{n}/"); !strings.HasPrefix(id.Arn, want) || id.Account != w.blue.id || !strings.HasPrefix(id.UserId, "AROA") {
				w.Fatalf("the caller is %+v", id)
			}
			if ls := w.s.awsEnv(env, "s3", "ls", w.text("s3://"+bucket+"/")).ok(w); !strings.Contains(ls.stdout, "docs/") {
				w.Fatalf("ls shows %q", ls.stdout)
			}
			w.s.awsEnv(env, "s3", "cp", w.file("up", "from green"), w.text("s3://"+bucket+"/gift.txt")).ok(w)
			w.reads("blue", "s3://"+bucket+"/gift.txt", "from green")
		},
	})
}

// chainEnv is an environment whose profile "chain" has role_arn and
// source_profile.
func chainEnv(w *world) []string {
	dir := w.TempDir()
	k := w.keys["gus"]
	config := "[profile gus]\nregion = us-east-1\nendpoint_url = " + w.s.endpoint + "\n" +
		"[profile chain]\nregion = us-east-1\nendpoint_url = " + w.s.endpoint + "\nrole_arn = " + w.text("arn:aws:iam::{blue}:role/guest-{n}") + "\nsource_profile = gus\n"
	secrets := "[gus]\naws_access_key_id = " + k.AccessKeyID + "\naws_secret_access_key = " + k.SecretAccessKey + "\n"
	for name, text := range map[string]string{"config": config, "credentials": secrets} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	return append(w.s.clientEnv(), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"), "AWS_PROFILE=chain")
}

func chainRefused(operation string) func(w *world) {
	return func(w *world) {
		if operation == "AssumeRole" { // also without the chain, which older versions of the CLI lack
			w.assume("gus", "arn:aws:iam::{blue}:role/guest-{n}", "session").refused(w, "(AccessDenied)", "AssumeRole operation",
				w.text("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{blue}:role/guest-{n}"))
		}
		if readsEndpointFromProfile() {
			w.s.awsEnv(chainEnv(w), "s3", "ls", w.text("s3://blue-{n}-bucket/")).refused(w, "(AccessDenied)", "when calling the "+operation+" operation")
		}
	}
}

// TestUserWithABucketPolicy: the bucket policy names a user of the other account
// and one folder.
func TestUserWithABucketPolicy(t *testing.T) {
	t.Parallel()
	const bucket = "folder-{n}-data"
	statements := func(principal string) string {
		extra := ""
		if principal != "" {
			extra = `"Principal":` + principal + `,`
		}
		return policyJSON(
			`{"Effect":"Allow",`+extra+`"Action":"s3:ListBucket","Resource":"arn:aws:s3:::`+bucket+`","Condition":{"StringLike":{"s3:prefix":"docs/*"}}}`,
			`{"Effect":"Allow",`+extra+`"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::`+bucket+`/docs/*"}`)
	}
	play(t, startServer(t), walkthrough{
		steps: []step{
			{name: "bucket", do: func(w *world) { w.bucket("green", bucket) }},
			{name: "user", do: func(w *world) { w.user("blue", "dora") }},
			{
				name: "the user's policy",
				do: func(w *world) {
					w.aws("blue", "iam", "put-user-policy", "--user-name", "dora-{n}", "--policy-name", "docs", "--policy-document", statements("")).ok(w)
				},
				without: func(w *world) {
					w.aws("dora", "s3api", "get-object", "--bucket", bucket, "--key", "docs/a.txt", "/dev/null").refused(w, "(AccessDenied)",
						"because no identity-based policy allows the s3:GetObject action")
				},
			},
			{
				name: "the bucket policy",
				do: func(w *world) {
					w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", statements(`{"AWS":"arn:aws:iam::{blue}:user/dora-{n}"}`)).ok(w)
				},
				without: func(w *world) {
					w.aws("dora", "s3api", "get-object", "--bucket", bucket, "--key", "docs/a.txt", "/dev/null").refused(w, "(AccessDenied)",
						"because no resource-based policy allows the s3:GetObject action")
					w.aws("dora", "s3", "ls", "s3://"+bucket+"/docs/").refused(w, "(AccessDenied)")
				},
			},
		},
		works: func(w *world) {
			w.reads("dora", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
			w.aws("dora", "s3", "cp", w.file("up", "x"), "s3://"+bucket+"/docs/new.txt").ok(w)
			w.aws("dora", "s3", "ls", "s3://"+bucket+"/docs/").ok(w)
			w.aws("dora", "s3", "ls", "s3://"+bucket+"/other/").refused(w, "(AccessDenied)")
			w.aws("dora", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)")
			w.aws("dora", "s3", "cp", "s3://"+bucket+"/other/b.txt", "/dev/null").refused(w, "(403)")
			w.aws("dora", "s3", "rm", "s3://"+bucket+"/docs/a.txt").refused(w, "(AccessDenied)")
		},
	})
}

// TestWholeAccount: the bucket policy names the account. Its users still need
// their own account's word.
func TestWholeAccount(t *testing.T) {
	t.Parallel()
	const bucket = "whole-{n}-data"
	grant := `["s3:GetObject","s3:ListBucket"]`
	resources := `["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]`
	play(t, startServer(t), walkthrough{
		steps: []step{
			{name: "bucket", do: func(w *world) { w.bucket("green", bucket) }},
			{name: "user", do: func(w *world) { w.user("blue", "eve") }},
			{
				name: "the bucket policy",
				do: func(w *world) {
					w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policyJSON(allowTo(`{"AWS":"{blue}"}`, grant, resources))).ok(w)
				},
				without: func(w *world) {
					w.aws("eve", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "because no resource-based policy allows the s3:ListBucket action")
				},
			},
			{
				name: "the user's policy",
				do: func(w *world) {
					w.aws("blue", "iam", "put-user-policy", "--user-name", "eve-{n}", "--policy-name", "read", "--policy-document", policyJSON(allow(grant, resources))).ok(w)
				},
				without: func(w *world) {
					w.aws("eve", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "because no identity-based policy allows the s3:ListBucket action")
					w.aws("blue", "s3", "ls", "s3://"+bucket).ok(w) // the other account's root needs no policy of its own
				},
			},
		},
		works: func(w *world) {
			w.aws("eve", "s3", "ls", "s3://"+bucket).ok(w)
			w.reads("eve", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
			w.aws("eve", "s3", "cp", w.file("up", "x"), "s3://"+bucket+"/x").refused(w, "(AccessDenied)")
			var out struct{ Policy string }
			w.aws("green", "s3api", "get-bucket-policy", "--bucket", bucket).decode(w, &out)
			var doc struct {
				Statement []struct{ Principal struct{ AWS string } }
			}
			if err := json.Unmarshal([]byte(out.Policy), &doc); err != nil || len(doc.Statement) != 1 || doc.Statement[0].Principal.AWS != w.text("arn:aws:iam::{blue}:root") {
				w.Fatalf("the policy reads back as %s (%v)", out.Policy, err)
			}
		},
	})
}

// TestPrincipalsAreIdentities: a grant dies with the role it names, whatever is
// made under the same name later.
func TestPrincipalsAreIdentities(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	const bucket, role = "ident-{n}-data", "arn:aws:iam::{blue}:role/worker-{n}"
	grant, resource := `"s3:GetObject"`, `"arn:aws:s3:::`+bucket+`/*"`
	w.bucket("green", bucket)
	w.user("blue", "fay")
	w.aws("blue", "iam", "put-user-policy", "--user-name", "fay-{n}", "--policy-name", "assume", "--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"`+role+`"`))).ok(w)
	makeRole := func() {
		w.aws("blue", "iam", "create-role", "--role-name", "worker-{n}", "--assume-role-policy-document", trusts(`{"AWS":"{blue}"}`)).ok(w)
		w.aws("blue", "iam", "put-role-policy", "--role-name", "worker-{n}", "--policy-name", "read", "--policy-document", policyJSON(allow(grant, resource))).ok(w)
	}
	policy := policyJSON(allowTo(`{"AWS":"`+role+`"}`, grant, resource))

	w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy).refused(w, "(MalformedPolicy)", "Invalid principal in policy")
	makeRole()
	w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy).ok(w)
	w.assume("fay", role, "first").ok(w)
	w.reads("first", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
	principal := func() string {
		var out struct{ Policy string }
		w.aws("green", "s3api", "get-bucket-policy", "--bucket", bucket).decode(w, &out)
		var doc struct {
			Statement []struct{ Principal struct{ AWS string } }
		}
		if err := json.Unmarshal([]byte(out.Policy), &doc); err != nil || len(doc.Statement) != 1 {
			w.Fatalf("the policy reads back as %s (%v)", out.Policy, err)
		}
		return doc.Statement[0].Principal.AWS
	}
	if got := principal(); got != w.text(role) {
		t.Fatalf("the principal reads back as %s", got)
	}
	var before struct{ Role struct{ RoleId string } }
	w.aws("blue", "iam", "get-role", "--role-name", "worker-{n}").decode(w, &before)

	w.aws("blue", "iam", "delete-role-policy", "--role-name", "worker-{n}", "--policy-name", "read").ok(w)
	w.aws("blue", "iam", "delete-role", "--role-name", "worker-{n}").ok(w)
	w.aws("first", "sts", "get-caller-identity").refused(w, "(InvalidClientTokenId)")
	makeRole()
	w.aws("first", "sts", "get-caller-identity").refused(w, "(InvalidClientTokenId)")
	w.assume("fay", role, "second").ok(w)
	w.aws("second", "s3api", "get-object", "--bucket", bucket, "--key", "docs/a.txt", "/dev/null").refused(w, "(AccessDenied)",
		"because no resource-based policy allows the s3:GetObject action")
	if got := principal(); got != before.Role.RoleId || !strings.HasPrefix(got, "AROA") {
		t.Fatalf("the dead principal reads back as %s, its id was %s", got, before.Role.RoleId)
	}
	w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy).ok(w)
	w.reads("second", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
}
