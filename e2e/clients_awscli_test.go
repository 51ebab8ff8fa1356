package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// awsCLI runs the AWS CLI with profiles that have settings of their own.
func (r *round) awsCLI(profile string, args ...string) result {
	r.Helper()
	config := r.path("config")
	if _, err := os.Stat(config); err != nil {
		var text strings.Builder
		for _, name := range []string{"green", "blue"} {
			fmt.Fprintf(&text, `[profile %s]
region = us-east-1
endpoint_url = %s
s3 =
  addressing_style = path
  signature_version = s3v4
  multipart_threshold = 6MB
  multipart_chunksize = 5MB
`, name, r.s.endpoint)
		}
		r.write(config, text.String())
	}
	return r.s.awsEnv(append(r.s.clientEnv(), "AWS_CONFIG_FILE="+config, "AWS_PROFILE="+profile), args...)
}

// TestAWSCLI: sync with --delete, parts, copies, ranges, presign, versions.
func TestAWSCLI(t *testing.T) {
	r := newRound(t)
	tree := r.tree()
	r.awsCLI("green", "s3", "mb", "s3://desk").ok(r)
	r.awsCLI("green", "s3", "sync", "--only-show-errors", "--metadata", "colour=blue", tree, "s3://desk/t").ok(r)
	r.inParts("desk", "t/big")
	if head := r.stored("desk", "t/"+awkward, "awkward name"); head.Metadata["colour"] != "blue" || *head.ContentType != "text/plain" {
		t.Errorf("the object has %v and %s", head.Metadata, *head.ContentType)
	}
	r.awsCLI("green", "s3", "sync", "--only-show-errors", "s3://desk/t", r.path("back")).ok(r)
	r.same(tree, r.path("back"))
	if err := os.Remove(tree + "/c/y.txt"); err != nil {
		t.Fatal(err)
	}
	if out := r.awsCLI("green", "s3", "sync", "--delete", tree, "s3://desk/t").ok(r); strings.TrimSpace(out.stdout) != "delete: s3://desk/t/c/y.txt" {
		t.Errorf("the sync does %s", out.stdout)
	}
	r.awsCLI("green", "s3", "cp", "--only-show-errors", "s3://desk/t/big", "s3://desk/copy").ok(r)
	r.awsCLI("green", "s3", "mv", "--only-show-errors", "s3://desk/copy", "s3://desk/moved").ok(r)
	r.inParts("desk", "moved")
	r.stored("desk", "moved", bigFile())
	r.awsCLI("green", "s3", "cp", "--only-show-errors", "s3://desk/t/"+awkward, "s3://desk/small").ok(r)
	if head := r.stored("desk", "small", "awkward name"); head.Metadata["colour"] != "blue" {
		t.Errorf("the copy's metadata is %v", head.Metadata)
	}
	var got struct{ ContentRange string }
	r.awsCLI("green", "s3api", "get-object", "--bucket", "desk", "--key", "moved", "--range", "bytes=9000000-9000009", r.path("range")).decode(t, &got)
	r.holds(r.path("range"), bigFile()[9_000_000:9_000_010])
	if want := fmt.Sprintf("bytes 9000000-9000009/%d", len(bigFile())); got.ContentRange != want {
		t.Errorf("the range comes as %s", got.ContentRange)
	}
	r.fetch(r.awsCLI("green", "s3", "presign", "--expires-in", "300", "s3://desk/t/"+awkward).ok(r).stdout, "awkward name")

	r.awsCLI("green", "s3", "website", "s3://desk", "--index-document", "index.html", "--error-document", "error.html").ok(r)
	r.awsCLI("green", "s3api", "get-bucket-website", "--bucket", "desk").says(r, `"Suffix": "index.html"`, `"Key": "error.html"`)

	r.many("many")
	r.awsCLI("green", "s3", "ls", "--recursive", "--summarize", "s3://many").says(r, fmt.Sprintf("Total Objects: %d", manyKeys))
	r.awsCLI("blue", "s3", "ls", "s3://many").refused(r, "(AccessDenied)")
	r.share("many")
	r.awsCLI("blue", "s3", "ls", "s3://many").says(r, "PRE folder 9/")
	r.awsCLI("green", "s3", "rb", "s3://many").refused(r, "(BucketNotEmpty)")
	r.awsCLI("green", "s3", "rb", "--force", "s3://many").ok(r)
	r.gone("many")
}

// TestAWSCLIVersions: older versions, delete markers, and the way back.
func TestAWSCLIVersions(t *testing.T) {
	r := newRound(t)
	makeBucket(r, r.c, "desk")
	r.awsCLI("green", "s3api", "put-bucket-versioning", "--bucket", "desk", "--versioning-configuration", "Status=Enabled").ok(r)
	for _, text := range []string{"first", "second"} {
		r.awsCLI("green", "s3", "cp", "--only-show-errors", r.write(r.path(text), text), "s3://desk/k").ok(r)
	}
	r.awsCLI("green", "s3", "rm", "s3://desk/k").ok(r)
	r.awsCLI("green", "s3api", "head-object", "--bucket", "desk", "--key", "k").refused(r, "(404)")
	var list struct {
		Versions, DeleteMarkers []struct {
			VersionId string
			IsLatest  bool
			Size      int
		}
	}
	r.awsCLI("green", "s3api", "list-object-versions", "--bucket", "desk").decode(t, &list)
	if len(list.Versions) != 2 || list.Versions[0].Size != len("second") || len(list.DeleteMarkers) != 1 || !list.DeleteMarkers[0].IsLatest {
		t.Fatalf("the versions are %+v", list)
	}
	first, marker := list.Versions[1].VersionId, list.DeleteMarkers[0].VersionId
	r.awsCLI("green", "s3api", "get-object", "--bucket", "desk", "--key", "k", "--version-id", first, r.path("old")).ok(r)
	r.holds(r.path("old"), "first")
	r.awsCLI("green", "s3api", "copy-object", "--bucket", "desk", "--key", "again", "--copy-source", "desk/k?versionId="+first).ok(r)
	r.stored("desk", "again", "first")
	r.awsCLI("green", "s3api", "delete-object", "--bucket", "desk", "--key", "k", "--version-id", marker).ok(r)
	r.stored("desk", "k", "second")
	r.awsCLI("green", "s3", "rb", "--force", "s3://desk").refused(r, "(BucketNotEmpty)") // it removes no versions
}
