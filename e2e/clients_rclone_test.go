package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// rclone runs rclone with a remote for each account, asking once.
func (r *round) rclone(args ...string) result {
	r.Helper()
	return r.run("rclone", append([]string{"--config", r.path("rclone.conf"), "--retries", "1", "--low-level-retries", "1",
		"--s3-chunk-size", "5M", "--s3-upload-cutoff", "5M", "--s3-copy-cutoff", "5M"}, args...)...)
}

func (r *round) rcloneConfig() {
	r.Helper()
	var config strings.Builder
	for _, name := range []string{"green", "blue"} {
		k := r.s.profileKeys(name)
		fmt.Fprintf(&config, `[%s]
type = s3
provider = Other
endpoint = %s
region = us-east-1
access_key_id = %s
secret_access_key = %s
force_path_style = true
acl = bucket-owner-full-control
bucket_acl = private
`, name, r.s.endpoint, k.AccessKeyID, k.SecretAccessKey)
	}
	r.write(r.path("rclone.conf"), config.String())
}

// TestRclone: sync, check, copies in parts, ranges, links, pages, versions.
func TestRclone(t *testing.T) {
	r := newRound(t)
	r.rcloneConfig()
	tree := r.tree()
	r.rclone("mkdir", "green:desk").ok(r)
	r.rclone("sync", "--header-upload", "X-Amz-Meta-Colour: blue", tree, "green:desk/t").ok(r)
	r.inParts("desk", "t/big")
	if head := r.stored("desk", "t/"+awkward, "awkward name"); head.Metadata["colour"] != "blue" || head.Metadata["mtime"] == "" {
		t.Errorf("the metadata is %v", head.Metadata)
	}
	if out := r.rclone("-v", "sync", tree, "green:desk/t").ok(r); !strings.Contains(out.stderr, "There was nothing to transfer") {
		t.Errorf("a second sync finds desk: %s", out.stderr)
	}
	r.rclone("check", "--download", tree, "green:desk/t").ok(r)
	r.rclone("copy", "green:desk/t", r.path("back")).ok(r)
	r.same(tree, r.path("back"))

	r.rclone("copyto", "green:desk/t/big", "green:desk/copy").ok(r)
	r.rclone("moveto", "green:desk/copy", "green:desk/moved").ok(r)
	r.inParts("desk", "moved")
	r.stored("desk", "moved", bigFile())
	if out := r.rclone("cat", "--offset", "7000000", "--count", "20", "green:desk/moved").ok(r); out.stdout != bigFile()[7_000_000:7_000_020] {
		t.Errorf("the range is %q", out.stdout)
	}
	r.fetch(r.rclone("link", "--expire", "1h", "green:desk/t/"+awkward).ok(r).stdout, "awkward name")
	r.rclone("--s3-v2-auth", "check", tree, "green:desk/t").ok(r)
	r.rclone("touch", "--timestamp", "2020-01-02T03:04:05", "green:desk/t/c/y.txt").ok(r)
	r.rclone("lsl", "green:desk/t/c").says(r, "2020-01-02 03:04:05")
	r.rclone("settier", "STANDARD_IA", "green:desk/t/c/y.txt").ok(r)
	r.rclone("lsf", "--format", "Tp", "green:desk/t/c").says(r, "STANDARD_IA;y.txt")

	if err := os.Remove(tree + "/c/y.txt"); err != nil {
		t.Fatal(err)
	}
	r.rclone("sync", tree, "green:desk/t").ok(r)
	r.rclone("check", tree, "green:desk/t").ok(r)

	r.many("many")
	r.rclone("size", "--json", "green:many").says(r, fmt.Sprintf(`"count":%d`, manyKeys))
	if out := r.rclone("lsf", "green:many").ok(r); strings.Count(out.stdout, "\n") != 10 {
		t.Errorf("the folders are %s", out.stdout)
	}
	r.rclone("lsf", "blue:many").refused(r, "AccessDenied")
	r.share("many")
	r.rclone("size", "--json", "blue:many").says(r, fmt.Sprintf(`"count":%d`, manyKeys))
	r.rclone("deletefile", "blue:many/folder 0/0000").refused(r, "AccessDenied")
	r.rclone("purge", "green:many").ok(r)
	r.gone("many")

	r.rclone("mkdir", "green:versions").ok(r)
	r.rclone("backend", "versioning", "green:versions", "Enabled").says(r, "Enabled")
	for _, text := range []string{"first", "second"} {
		r.rclone("copyto", r.write(r.path(text), text), "green:versions/k.txt").ok(r)
	}
	r.rclone("deletefile", "green:versions/k.txt").ok(r)
	if out := r.rclone("lsf", "green:versions").ok(r); out.stdout != "" {
		t.Errorf("the deleted key is listed: %s", out.stdout)
	}
	old := strings.Fields(r.rclone("--s3-versions", "lsf", "--format", "p", "green:versions").ok(r).stdout)
	if len(old) != 2 {
		t.Fatalf("the versions are %v", old)
	}
	// Versions of one second have one name, which then means both of them.
	texts := r.rclone("--s3-versions", "cat", "green:versions/"+old[0]).ok(r).stdout + " " + r.rclone("--s3-versions", "cat", "green:versions/"+old[1]).ok(r).stdout
	if !strings.Contains(texts, "first") || !strings.Contains(texts, "second") {
		t.Errorf("the versions hold %q", texts)
	}
	r.rclone("backend", "cleanup-hidden", "green:versions").ok(r)
	if out := r.rclone("--s3-versions", "lsf", "green:versions").ok(r); out.stdout != "" {
		t.Errorf("after the cleanup there are still %s", out.stdout)
	}
	r.rclone("purge", "green:versions").ok(r)
	r.gone("versions")
}
