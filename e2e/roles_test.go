package e2e

import (
	"strings"
	"testing"
)

// TestRoleInTheAccessingAccount: green has the bucket; blue has a role that
// blue's own user assumes. The role's policy and the bucket policy both allow.
func TestRoleInTheAccessingAccount(t *testing.T) {
	t.Parallel()
	const bucket, role = "reader-{n}-data", "arn:aws:iam::{blue}:role/reader-{n}"
	both := `["s3:GetObject","s3:ListBucket"]`
	resources := `["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]`
	assumeDenied := func(w *world) {
		w.assume("bob", role, "session").refused(w, "(AccessDenied)", "when calling the AssumeRole operation",
			w.text("User: arn:aws:iam::{blue}:user/bob-{n} is not authorized to perform: sts:AssumeRole on resource: "+role))
	}
	play(t, startServer(t), walkthrough{
		steps: []step{
			{name: "bucket", do: func(w *world) { w.bucket("green", bucket) }},
			{name: "user", do: func(w *world) { w.user("blue", "bob") }},
			{
				name: "role with trust",
				do: func(w *world) {
					w.aws("blue", "iam", "create-role", "--role-name", "reader-{n}", "--assume-role-policy-document",
						trusts(`{"AWS":"arn:aws:iam::{blue}:root"}`)).ok(w)
				},
				without: assumeDenied,
			},
			{
				name: "the user's permission to assume the role",
				do: func(w *world) {
					w.aws("blue", "iam", "put-user-policy", "--user-name", "bob-{n}", "--policy-name", "assume",
						"--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"`+role+`"`))).ok(w)
				},
				without: assumeDenied,
			},
			{
				name: "the role's policy", needs: []string{"role with trust"},
				do: func(w *world) {
					w.aws("blue", "iam", "put-role-policy", "--role-name", "reader-{n}", "--policy-name", "read",
						"--policy-document", policyJSON(allow(both, resources))).ok(w)
				},
				without: func(w *world) {
					w.assume("bob", role, "session").ok(w)
					w.aws("session", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "when calling the ListObjectsV2 operation",
						w.text("User: arn:aws:sts::{blue}:assumed-role/reader-{n}/walk is not authorized to perform: s3:ListBucket"),
						"because no identity-based policy allows the s3:ListBucket action")
					w.aws("session", "s3api", "get-object", "--bucket", bucket, "--key", "docs/a.txt", "/dev/null").refused(w, "(AccessDenied)",
						"because no identity-based policy allows the s3:GetObject action")
				},
			},
			{
				name: "the bucket policy", needs: []string{"role with trust"},
				do: func(w *world) {
					w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket,
						"--policy", policyJSON(allowTo(`{"AWS":"`+role+`"}`, both, resources))).ok(w)
				},
				without: func(w *world) {
					w.assume("bob", role, "session").ok(w)
					w.aws("session", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "because no resource-based policy allows the s3:ListBucket action")
					w.aws("session", "s3", "cp", "s3://"+bucket+"/docs/a.txt", "/dev/null").refused(w, "(403)", "Forbidden")
				},
			},
		},
		works: func(w *world) {
			w.assume("bob", role, "session").ok(w)
			if ls := w.aws("session", "s3", "ls", "s3://"+bucket+"/docs/").ok(w); !strings.Contains(ls.stdout, "a.txt") {
				w.Fatalf("ls shows %q", ls.stdout)
			}
			w.reads("session", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
			w.aws("session", "s3", "cp", w.file("up", "x"), "s3://"+bucket+"/docs/new.txt").refused(w, "(AccessDenied)",
				"when calling the PutObject operation")
			// The user who assumed the role has none of its rights.
			w.aws("bob", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)")
		},
	})
}

// TestRoleInTheOwningAccount: green's role trusts a user of blue and works on
// green's bucket without any bucket policy.
func TestRoleInTheOwningAccount(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, c := range []struct{ name, principal, condition, external string }{
		{name: "by user ARN", principal: `{"AWS":"arn:aws:iam::{blue}:user/carol-{n}"}`},
		{name: "by account id", principal: `{"AWS":"{blue}"}`},
		{name: "with an external id", principal: `{"AWS":"{blue}"}`, condition: `{"StringEquals":{"sts:ExternalId":"ticket-7"}}`, external: "ticket-7"},
	} {
		t.Run(c.name, func(t *testing.T) { playOwningAccount(t, s, c.principal, c.condition, c.external) })
	}
}

func playOwningAccount(t *testing.T, s *server, principal, condition, external string) {
	const bucket, role = "own-{n}-data", "arn:aws:iam::{green}:role/lent-{n}"
	var conditions, more []string
	if condition != "" {
		conditions, more = []string{condition}, []string{"--external-id", external}
	}
	refused := func(w *world, more ...string) {
		w.assume("carol", role, "session", more...).refused(w, "(AccessDenied)",
			w.text("User: arn:aws:iam::{blue}:user/carol-{n} is not authorized to perform: sts:AssumeRole on resource: "+role))
	}
	play(t, s, walkthrough{
		steps: []step{
			{name: "bucket", do: func(w *world) { w.bucket("green", bucket) }},
			{name: "user", do: func(w *world) { w.user("blue", "carol") }},
			{
				name: "role with trust",
				do: func(w *world) {
					w.aws("green", "iam", "create-role", "--role-name", "lent-{n}", "--assume-role-policy-document",
						trusts(principal, conditions...)).ok(w)
				},
				without: func(w *world) { refused(w, more...) },
			},
			{
				name: "the user's permission to assume the role",
				do: func(w *world) {
					w.aws("blue", "iam", "put-user-policy", "--user-name", "carol-{n}", "--policy-name", "assume",
						"--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"`+role+`"`))).ok(w)
				},
				without: func(w *world) { refused(w, more...) },
			},
			{
				name: "the role's policy", needs: []string{"role with trust"},
				do: func(w *world) {
					w.aws("green", "iam", "put-role-policy", "--role-name", "lent-{n}", "--policy-name", "console", "--policy-document", policyJSON(
						allow(`["s3:ListAllMyBuckets","s3:GetBucketLocation"]`, `"*"`),
						allow(`"s3:ListBucket"`, `"arn:aws:s3:::`+bucket+`"`),
						allow(`["s3:GetObject","s3:PutObject","s3:DeleteObject"]`, `"arn:aws:s3:::`+bucket+`/*"`))).ok(w)
				},
				without: func(w *world) {
					w.assume("carol", role, "session", more...).ok(w)
					// A session of the bucket's own account is told why.
					w.aws("session", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)",
						w.text("User: arn:aws:sts::{green}:assumed-role/lent-{n}/walk is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::"+bucket+"\""),
						"because no identity-based policy allows the s3:ListBucket action")
				},
			},
		},
		works: func(w *world) {
			if external != "" {
				refused(w)
				refused(w, "--external-id", "ticket-8")
			}
			w.assume("carol", role, "session", more...).ok(w)
			if ls := w.aws("session", "s3", "ls").ok(w); !strings.Contains(ls.stdout, w.text(bucket)) {
				w.Fatalf("the list of buckets is %q", ls.stdout)
			}
			w.aws("session", "s3api", "get-bucket-location", "--bucket", bucket).ok(w)
			w.reads("session", "s3://"+bucket+"/other/b.txt", "text of other/b.txt")
			w.aws("session", "s3", "cp", w.file("up", "x"), "s3://"+bucket+"/new.txt").ok(w)
			w.aws("session", "s3", "rm", "s3://"+bucket+"/new.txt").ok(w)
			w.aws("session", "s3api", "get-bucket-policy", "--bucket", bucket).refused(w, "(AccessDenied)",
				"because no identity-based policy allows the s3:GetBucketPolicy action")

			narrow := append(more, "--policy", policyJSON(allow(`"s3:GetObject"`, `"arn:aws:s3:::`+bucket+`/docs/*"`)))
			w.assume("carol", role, "narrow", narrow...).ok(w)
			w.reads("narrow", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
			w.aws("narrow", "s3api", "get-object", "--bucket", bucket, "--key", "other/b.txt", "/dev/null").refused(w, "(AccessDenied)",
				"because no session policy allows the s3:GetObject action")
		},
	})
}
