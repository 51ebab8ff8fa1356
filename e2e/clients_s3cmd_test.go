package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// s3cmd runs s3cmd for an account.
func (r *round) s3cmd(profile string, args ...string) result {
	r.Helper()
	config := r.path(profile + ".s3cfg")
	if _, err := os.Stat(config); err != nil {
		k, host := r.s.profileKeys(profile), r.s.host()
		r.write(config, fmt.Sprintf(`[default]
access_key = %s
secret_key = %s
host_base = %s
host_bucket = %s
bucket_location = us-east-1
use_https = False
multipart_chunk_size_mb = 5
max_retries = 1
`, k.AccessKeyID, k.SecretAccessKey, host, host))
	}
	return r.run("s3cmd", append([]string{"-c", config, "--no-progress"}, args...)...)
}

// TestS3cmd: put and get in parts, sync, copies, metadata, ACLs, policies.
func TestS3cmd(t *testing.T) {
	r := newRound(t)
	tree := r.tree()
	r.s3cmd("green", "mb", "s3://desk").ok(r)
	r.s3cmd("green", "put", "--add-header=x-amz-meta-colour:blue", tree+"/big", "s3://desk/big").ok(r)
	r.inParts("desk", "big")
	if head := r.stored("desk", "big", bigFile()); head.Metadata["colour"] != "blue" {
		t.Errorf("the metadata is %v", head.Metadata)
	}
	r.s3cmd("green", "info", "s3://desk/big").says(r, fmt.Sprint(len(bigFile())), "x-amz-meta-colour: blue", "SSE:       AES256")
	r.s3cmd("green", "info", "s3://desk").says(r, "Location:  us-east-1", "Payer:     BucketOwner", "Policy:    none", "CORS:      none")

	r.s3cmd("green", "sync", tree+"/", "s3://desk/t/").ok(r)
	if out := r.s3cmd("green", "sync", tree+"/", "s3://desk/t/").ok(r); strings.Contains(out.stdout, "upload:") {
		t.Errorf("a second sync finds desk: %s", out.stdout)
	}
	r.s3cmd("green", "sync", "s3://desk/t/", r.path("back")+"/").ok(r)
	r.same(tree, r.path("back"))
	r.write(r.path("half"), bigFile()[:6_000_000])
	r.s3cmd("green", "get", "--continue", "s3://desk/big", r.path("half")).ok(r)
	r.holds(r.path("half"), bigFile())

	r.s3cmd("green", "cp", "s3://desk/t/big", "s3://desk/copy").ok(r)
	r.s3cmd("green", "mv", "s3://desk/copy", "s3://desk/moved").ok(r)
	r.stored("desk", "moved", bigFile())
	r.s3cmd("green", "modify", "--add-header=Content-Type:text/modified", "s3://desk/t/c/y.txt").ok(r)
	if head := r.stored("desk", "t/c/y.txt", "why"); *head.ContentType != "text/modified" {
		t.Errorf("the type is %s", *head.ContentType)
	}
	if err := os.Remove(tree + "/c/y.txt"); err != nil {
		t.Fatal(err)
	}
	r.s3cmd("green", "sync", "--delete-removed", tree+"/", "s3://desk/t/").says(r, "delete: 's3://desk/t/c/y.txt'")
	r.s3cmd("green", "setacl", "--acl-private", "s3://desk/big").ok(r)
	r.s3cmd("green", "setacl", "--acl-public", "s3://desk/big").refused(r, "400 (AccessControlListNotSupported)")
	r.s3cmd("green", "multipart", "s3://desk").ok(r)
	r.fetch(r.s3cmd("green", "signurl", "s3://desk/t/"+awkward, "+300").ok(r).stdout, "awkward name")
	r.s3cmd("green", "--signature-v2", "get", "s3://desk/t/big", r.path("by v2")).ok(r)
	r.holds(r.path("by v2"), bigFile())

	r.s3cmd("green", "ws-create", "--ws-index=index.html", "--ws-error=error.html", "s3://desk").ok(r)
	r.s3cmd("green", "ws-info", "s3://desk").says(r, "Index document:   index.html", "Error document:   error.html")
	r.s3cmd("green", "ws-delete", "s3://desk").ok(r)
	cors := `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://example.com</AllowedOrigin></CORSRule></CORSConfiguration>`
	r.s3cmd("green", "setcors", r.write(r.path("cors"), cors), "s3://desk").ok(r)
	r.s3cmd("green", "info", "s3://desk").says(r, "<AllowedOrigin>https://example.com</AllowedOrigin>")
	r.s3cmd("green", "delcors", "s3://desk").ok(r)

	r.many("many")
	if out := r.s3cmd("green", "ls", "-r", "s3://many").ok(r); strings.Count(out.stdout, "\n") != manyKeys {
		t.Errorf("%d keys are listed", strings.Count(out.stdout, "\n"))
	}
	r.s3cmd("blue", "ls", "s3://many").refused(r, "AccessDenied")
	policy := policyJSON(allowTo(`{"AWS":"`+r.s.account("blue").id+`"}`, `"s3:ListBucket"`, `"arn:aws:s3:::many"`))
	r.s3cmd("green", "setpolicy", r.write(r.path("policy"), policy), "s3://many").ok(r)
	r.s3cmd("blue", "du", "s3://many").says(r, fmt.Sprintf("%d objects", manyKeys))
	r.s3cmd("blue", "get", "s3://many/folder 0/0000", r.path("x")).refused(r, "403 (Forbidden)")
	r.s3cmd("green", "delpolicy", "s3://many").ok(r)
	r.s3cmd("blue", "ls", "s3://many").refused(r, "AccessDenied")
	r.s3cmd("green", "rb", "s3://many").refused(r, "409 (BucketNotEmpty)")
	r.s3cmd("green", "rb", "--recursive", "s3://many").ok(r)
	r.gone("many")
	r.s3cmd("green", "del", "--recursive", "--force", "s3://desk").ok(r)
	r.s3cmd("green", "rb", "s3://desk").ok(r)
	r.s3cmd("green", "rb", "s3://desk").refused(r, "404 (NoSuchBucket)")
}
