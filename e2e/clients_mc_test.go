package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
)

// mc runs MinIO's client with an alias for each account. What it prints are lines
// of JSON.
func (r *round) mc(args ...string) result {
	r.Helper()
	var env []string
	for _, name := range []string{"green", "blue"} {
		k := r.s.profileKeys(name)
		env = append(env, fmt.Sprintf("MC_HOST_%s=%s://%s:%s@%s", name, strings.TrimSuffix(r.s.endpoint, "://"+r.s.host()), k.AccessKeyID, k.SecretAccessKey, r.s.host()))
	}
	return r.with(env, "mc", append([]string{"--json"}, args...)...)
}

// mcLines reads what mc printed.
func mcLines[T any](t testing.TB, r result) []T {
	t.Helper()
	r.ok(t)
	var all []T
	for d := json.NewDecoder(strings.NewReader(r.stdout)); d.More(); {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s\nprinted no JSON (%v): %s", r.line(), err, r.stdout)
		}
		all = append(all, v)
	}
	return all
}

func (r *round) mcShare(what, target string) string {
	r.Helper()
	shared := mcLines[struct{ Share string }](r, r.mc("share", what, "--expire", "1h", target))
	if len(shared) != 1 {
		r.Fatalf("what is shared is %v", shared)
	}
	return shared[0].Share
}

// postForm does what curl does with the command that mc share upload prints.
func (r *round) postForm(command, file string) {
	r.Helper()
	words := strings.Fields(command) // curl URL -F name=value … -F file=@<FILE>
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, word := range words[2:] {
		if name, value, ok := strings.Cut(word, "="); ok {
			if name == "file" {
				value = file
			}
			if err := form.WriteField(name, value); err != nil {
				r.Fatal(err)
			}
		}
	}
	if err := form.Close(); err != nil {
		r.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.Context(), "POST", words[1], &body)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	send(r, req).succeeds(r, 204)
}

type mcEntry struct {
	Key            string
	VersionID      string `json:"versionId"`
	IsDeleteMarker bool
	Size           int
}

// TestMC: copy in parts, mirror, diff, stat, share, tags.
func TestMC(t *testing.T) {
	r := newRound(t)
	tree := r.tree()
	// What the alias command writes is used once; the rest goes by the environment.
	k := r.s.profileKeys("green")
	r.mc("alias", "set", "written", r.s.endpoint, k.AccessKeyID, k.SecretAccessKey, "--api", "S3v4", "--path", "on").ok(r)
	r.mc("mb", "written/desk").ok(r)
	r.mc("cp", "--attr", "colour=blue;Content-Type=text/blue", tree+"/c/y.txt", "green/desk/y.txt").ok(r)
	if head := r.stored("desk", "y.txt", "why"); head.Metadata["colour"] != "blue" || *head.ContentType != "text/blue" {
		t.Errorf("the object has %v and %s", head.Metadata, *head.ContentType)
	}
	r.mc("put", "--part-size", "5MiB", tree+"/big", "green/desk/big").ok(r)
	r.inParts("desk", "big")
	r.mc("get", "green/desk/big", r.path("big")).ok(r)
	r.holds(r.path("big"), bigFile())
	var stat struct {
		Size     int
		Metadata map[string]string
	}
	r.mc("stat", "green/desk/y.txt").decode(r, &stat)
	if stat.Size != 3 || stat.Metadata["X-Amz-Meta-Colour"] != "blue" || stat.Metadata["X-Amz-Server-Side-Encryption"] != "AES256" {
		t.Errorf("stat tells %+v", stat)
	}

	r.mc("mirror", tree, "green/desk/t").ok(r)
	diff := r.mc("diff", tree, "green/desk/t")
	if out := mcLines[struct{}](t, diff); len(out) != 0 {
		t.Errorf("after mirror there are %d differences: %s", len(out), diff.stdout)
	}
	r.mc("mirror", "green/desk/t", r.path("back")).ok(r)
	r.same(tree, r.path("back"))
	if err := os.Remove(tree + "/c/y.txt"); err != nil {
		t.Fatal(err)
	}
	r.mc("diff", tree, "green/desk/t").says(r, "y.txt")
	r.mc("mirror", "--overwrite", "--remove", tree, "green/desk/t").ok(r)
	if keys := r.keys("desk"); strings.Contains(strings.Join(keys, " "), "t/c/y.txt") {
		t.Errorf("the mirror still has %v", keys)
	}

	r.mc("cp", "green/desk/big", "green/desk/copy").ok(r)
	r.mc("mv", "green/desk/copy", "green/desk/moved").ok(r)
	r.stored("desk", "moved", bigFile())
	if out := r.mc("cat", "--offset", "9000000", "--tail", "0", "green/desk/moved").ok(r); out.stdout != bigFile()[9_000_000:] {
		t.Errorf("the range has %d bytes", len(out.stdout))
	}
	r.fetch(r.mcShare("download", "green/desk/y.txt"), "why")
	r.postForm(r.mcShare("upload", "green/desk/posted"), "by a form")
	r.stored("desk", "posted", "by a form")
	r.mc("tag", "set", "green/desk/y.txt", "project=blue book").ok(r)
	r.mc("tag", "list", "green/desk/y.txt").says(r, `"blue book"`)
	r.mc("tag", "remove", "green/desk/y.txt").ok(r)
	r.mc("anonymous", "set", "download", "green/desk").refused(r, "BlockPublicPolicy")

	cors := `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://example.com</AllowedOrigin></CORSRule></CORSConfiguration>`
	r.mc("cors", "set", "green/desk", r.write(r.path("cors"), cors)).ok(r)
	r.mc("cors", "get", "green/desk").says(r, "https://example.com")
	r.mc("cors", "remove", "green/desk").ok(r)

	r.many("many")
	if n := len(mcLines[mcEntry](t, r.mc("ls", "--recursive", "green/many"))); n != manyKeys {
		t.Errorf("%d keys are listed", n)
	}
	r.mc("ls", "blue/many").refused(r, "Access Denied")
	r.share("many")
	r.mc("du", "blue/many").says(r, fmt.Sprintf(`"objects":%d`, manyKeys))
	r.mc("rm", "blue/many/folder 0/0000").refused(r, "is not authorized to perform: s3:DeleteObject")
	r.mc("rm", "--recursive", "--force", "green/many").ok(r)
	r.mc("rb", "green/many").ok(r)
	r.gone("many")
	r.mc("rb", "green/desk").refused(r, "not empty")
	r.mc("rb", "--force", "green/desk").ok(r)
	r.gone("desk")
}

// TestMCVersions: older versions are listed, read, brought back and removed.
func TestMCVersions(t *testing.T) {
	r := newRound(t)
	r.mc("mb", "--with-versioning", "green/desk").ok(r)
	r.mc("version", "suspend", "green/desk").ok(r)
	r.mc("version", "info", "green/desk").says(r, `"Suspended"`)
	r.mc("version", "enable", "green/desk").ok(r)
	for _, text := range []string{"first", "second"} {
		r.mc("cp", r.write(r.path(text), text), "green/desk/k").ok(r)
	}
	r.mc("rm", "green/desk/k").ok(r)
	r.mc("stat", "green/desk/k").refused(r, "does not exist")
	list := func() []mcEntry { return mcLines[mcEntry](t, r.mc("ls", "--versions", "green/desk/k")) }
	versions := list()
	if len(versions) != 3 || !versions[0].IsDeleteMarker || versions[1].Size != len("second") || versions[2].VersionID == "" {
		t.Fatalf("the versions are %+v", versions)
	}
	if out := r.mc("cat", "--version-id", versions[2].VersionID, "green/desk/k").ok(r); out.stdout != "first" {
		t.Errorf("the oldest version is %q", out.stdout)
	}
	r.mc("undo", "--force", "green/desk/k").ok(r)
	r.stored("desk", "k", "second")
	r.mc("rm", "--version-id", versions[1].VersionID, "green/desk/k").ok(r)
	r.stored("desk", "k", "first")
	if left := list(); len(left) != 1 || left[0].VersionID != versions[2].VersionID {
		t.Errorf("what is left is %+v", left)
	}
	r.mc("rm", "--versions", "--recursive", "--force", "green/desk").ok(r)
	r.mc("rb", "green/desk").ok(r)
	r.gone("desk")
}

// TestMCLock: what is locked stays, until it is let go.
func TestMCLock(t *testing.T) {
	r := newRound(t)
	r.mc("mb", "--with-lock", "green/desk").ok(r)
	r.mc("retention", "set", "--default", "governance", "30d", "green/desk").ok(r)
	r.mc("retention", "info", "--default", "green/desk").says(r, "GOVERNANCE", "30DAYS")
	r.mc("cp", r.write(r.path("text"), "text"), "green/desk/k").ok(r)
	version := mcLines[mcEntry](t, r.mc("ls", "--versions", "green/desk/k"))[0].VersionID
	r.mc("retention", "info", "green/desk/k").says(r, "GOVERNANCE")
	r.mc("legalhold", "set", "green/desk/k").ok(r)
	r.mc("legalhold", "info", "green/desk/k").says(r, `"ON"`)
	remove := []string{"rm", "--version-id", version, "green/desk/k"}
	r.mc(append(remove, "--bypass")...).refused(r, "object protected by object lock")
	r.mc("legalhold", "clear", "green/desk/k").ok(r)
	r.mc(remove...).refused(r, "object protected by object lock")
	r.stored("desk", "k", "text")
	r.mc(append(remove, "--bypass")...).ok(r)
	r.mc("rb", "green/desk").ok(r)
	r.gone("desk")
}
