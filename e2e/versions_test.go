package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersionsWithBoto3: all of versioning from a bucket without it to one that is
// empty again.
func TestVersionsWithBoto3(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	reported(t, s.boto3(t, "versions.py"), map[string]string{
		"states":              `["","","Enabled"]`,
		"read":                `["two","one","two","null"]`,
		"head":                `"2"`,
		"deleted":             `[true,"NoSuchKey"]`,
		"marker":              `["MethodNotAllowed",405,"true","DELETE",true,"m"]`,
		"head of the deleted": `["404","true","m"]`,
		"listed":              `["k=1","k=2","k=m*","k=null"]`,
		"one a page":          `true`,
		"objects":             `0`,
		"tags":                `[1,"MethodNotAllowed","MethodNotAllowed"]`,
		"undeleted":           `[true,"m","two"]`,
		"restored":            `["1","one"]`,
		"wrong": `["InvalidArgument","NoSuchVersion","ok","NotImplemented","MalformedXML","IllegalVersioningConfigurationException",
			"AccessDenied","BucketNotEmpty"]`,
		"suspended":   `["null","null"]`,
		"kept":        `["k=1","k=2","k=3","k=null*"]`,
		"grouped":     `["dir/","k=1","k=2","k=3","k=null*"]`,
		"parts":       `"null"`,
		"emptied":     `[true,false,["null"]]`,
		"bucket gone": `"ok"`,
	})
}

// TestVersionsWithCLI: a file is synced, overwritten, removed and brought back.
func TestVersionsWithCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "f.txt")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.aws("green", "s3", "mb", "s3://cli-versions").ok(t)
	s.aws("green", "s3api", "put-bucket-versioning", "--bucket", "cli-versions", "--versioning-configuration", "Status=Enabled").ok(t)
	write("first")
	s.aws("green", "s3", "cp", file, "s3://cli-versions/d/f.txt").ok(t)
	write("second, longer")
	s.aws("green", "s3", "sync", dir, "s3://cli-versions/d").ok(t)
	s.aws("green", "s3", "rm", "--recursive", "s3://cli-versions/d").ok(t)
	if r := s.aws("green", "s3", "ls", "--recursive", "s3://cli-versions"); r.stdout != "" {
		t.Errorf("still listed: %s", r.stdout)
	}
	var out struct {
		Versions, DeleteMarkers []struct {
			Key, VersionID string
			IsLatest       bool
			Size           int
		}
	}
	listed := s.aws("green", "s3api", "list-object-versions", "--bucket", "cli-versions", "--prefix", "d/", "--max-items", "10").ok(t).stdout
	if err := json.Unmarshal([]byte(listed), &out); err != nil {
		t.Fatal(err)
	}
	if len(out.Versions) != 2 || len(out.DeleteMarkers) != 1 || out.Versions[0].Size != 14 || out.Versions[0].IsLatest || !out.DeleteMarkers[0].IsLatest {
		t.Fatalf("listed %s", listed)
	}
	s.aws("green", "s3api", "get-object", "--bucket", "cli-versions", "--key", "d/f.txt", "--version-id", out.Versions[1].VersionID, file).ok(t)
	if text, _ := os.ReadFile(file); string(text) != "first" {
		t.Errorf("the first version is %q", text)
	}
	s.aws("green", "s3api", "delete-object", "--bucket", "cli-versions", "--key", "d/f.txt", "--version-id", out.DeleteMarkers[0].VersionID).ok(t)
	if r := s.aws("green", "s3", "cp", "s3://cli-versions/d/f.txt", "-").ok(t); r.stdout != "second, longer" {
		t.Errorf("brought back: %q", r.stdout)
	}
	if r := s.aws("green", "s3", "rb", "--force", "s3://cli-versions"); !strings.Contains(r.stderr, "BucketNotEmpty") {
		t.Errorf("rb of a bucket with versions: %s%s", r.stdout, r.stderr)
	}
}
