package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/sallyport/sallyport/internal/kv/postgres/pgtest"
)

// TestOnPostgreSQL: a walkthrough on metadata in PostgreSQL, and a second start.
func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--meta", pgtest.Start(t))
	w := newWorld(t, s)
	const bucket, role = "pg-{n}-data", "arn:aws:iam::{blue}:role/reader-{n}"
	grant, resources := `["s3:GetObject","s3:ListBucket"]`, `["arn:aws:s3:::`+bucket+`","arn:aws:s3:::`+bucket+`/*"]`
	w.bucket("green", bucket)
	w.user("blue", "bob")
	w.aws("blue", "iam", "create-role", "--role-name", "reader-{n}", "--assume-role-policy-document", trusts(`{"AWS":"{blue}"}`)).ok(w)
	w.aws("blue", "iam", "put-user-policy", "--user-name", "bob-{n}", "--policy-name", "assume", "--policy-document", policyJSON(allow(`"sts:AssumeRole"`, `"`+role+`"`))).ok(w)
	w.assume("bob", role, "session").ok(w)
	w.aws("session", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "because no identity-based policy allows the s3:ListBucket action")
	w.aws("blue", "iam", "put-role-policy", "--role-name", "reader-{n}", "--policy-name", "read", "--policy-document", policyJSON(allow(grant, resources))).ok(w)
	w.aws("session", "s3", "ls", "s3://"+bucket).refused(w, "(AccessDenied)", "because no resource-based policy allows the s3:ListBucket action")
	w.aws("green", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policyJSON(allowTo(`{"AWS":"`+role+`"}`, grant, resources))).ok(w)
	w.reads("session", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")

	s.stop()
	if _, err := os.Stat(filepath.Join(s.dir, "meta")); !os.IsNotExist(err) {
		t.Errorf("there is an embedded store beside PostgreSQL: %v", err)
	}
	s.start()
	w.s = s
	w.reads("session", "s3://"+bucket+"/docs/a.txt", "text of docs/a.txt")
	w.aws("session", "s3", "cp", w.file("up", "x"), "s3://"+bucket+"/x").refused(w, "(AccessDenied)")
}

// TestTwoGatewaysOnOneDatabase: what is changed on one holds on the other within
// a second. Files of object bytes belong to one process, so each gateway here has
// its own; metadata, principals and sessions are shared.
func TestTwoGatewaysOnOneDatabase(t *testing.T) {
	t.Parallel()
	meta := pgtest.Start(t)
	first := startServer(t, "--meta", meta)
	refused := runCommand(t, cleanEnv(), "", binary, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--meta", meta,
		"--master-key-file", filepath.Join(first.dir, "master.key"), "--blobs", "file://"+filepath.Join(first.dir, "blobs"))
	refused.refused(t, "in use by another process")
	runCommand(t, cleanEnv(), "", binary, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--meta", meta).refused(t, "master key")
	second := startServer(t, "--meta", meta, "--master-key-file", filepath.Join(first.dir, "master.key"))
	if first.account("blue").id != second.account("blue").id {
		t.Fatal("the gateways differ on accounts")
	}

	keys := first.profileKeys("green")
	directory := first.iam(keys)
	must(directory.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ann")}))(t)
	k := must(directory.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("ann")}))(t).AccessKey
	ann := credentials{AccessKeyID: *k.AccessKeyId, SecretAccessKey: *k.SecretAccessKey}
	makeBucket(t, first.s3(keys), "shared")
	putText(t, first.s3(keys), "shared", "small", "kept with the metadata")

	get := func(s *server) string {
		text, code := getText(t, s.s3(ann), "shared", "small")
		return text + code
	}
	becomes := func(want string, how func() string) {
		t.Helper()
		got := ""
		for range 2000 { // a bound on the tries, not a verdict on speed
			if got = how(); got == want {
				return
			}
		}
		t.Fatalf("it stays %q, want %q", got, want)
	}
	becomes("AccessDenied", func() string { return get(second) })
	policy := policyJSON(allow(`"s3:GetObject"`, `"arn:aws:s3:::shared/*"`))
	must(directory.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("ann"), PolicyName: aws.String("p"), PolicyDocument: &policy}))(t)
	if got := get(first); got != "kept with the metadata" {
		t.Fatalf("where the policy was put: %q", got)
	}
	becomes("kept with the metadata", func() string { return get(second) })
	deny := strings.Replace(policy, "Allow", "Deny", 1)
	must(second.iam(keys).PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("ann"), PolicyName: aws.String("d"), PolicyDocument: &deny}))(t)
	if got := get(second); got != "AccessDenied" {
		t.Fatalf("where it was denied: %q", got)
	}
	becomes("AccessDenied", func() string { return get(first) })

	session := must(first.sts(ann).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}))(t).Credentials
	who := func(s *server) func() string {
		return func() string {
			_, err := s.sts(credentials{*session.AccessKeyId, *session.SecretAccessKey, *session.SessionToken}).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			return errorCode(err)
		}
	}
	becomes("", who(second))
	must(second.iam(keys).DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{UserName: aws.String("ann"), AccessKeyId: &ann.AccessKeyID}))(t)
	becomes("InvalidAccessKeyId", func() string { return get(first) })
	for _, name := range []string{"p", "d"} {
		must(directory.DeleteUserPolicy(t.Context(), &iam.DeleteUserPolicyInput{UserName: aws.String("ann"), PolicyName: &name}))(t)
	}
	must(directory.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String("ann")}))(t)
	becomes("InvalidClientTokenId", who(second))

	// Buckets and bucket policies are read from the database, so nothing is late.
	must(second.s3(keys).DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("shared"), Key: aws.String("small")}))(t)
	if _, code := getText(t, first.s3(keys), "shared", "small"); code != "NoSuchKey" {
		t.Errorf("deleted on the other gateway: %q", code)
	}
}
