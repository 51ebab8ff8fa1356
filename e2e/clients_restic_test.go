package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// restic works on one repository.
func (r *round) restic(profile string, args ...string) result {
	r.Helper()
	env := append(r.s.profileKeys(profile).env(), "AWS_DEFAULT_REGION=us-east-1", "RESTIC_PASSWORD=a password",
		"RESTIC_REPOSITORY=s3:"+r.s.endpoint+"/backups/tree")
	return r.with(env, "restic", append([]string{"-o", "s3.bucket-lookup=path"}, args...)...)
}

// TestRestic: a repository's life, backup to prune.
func TestRestic(t *testing.T) {
	r := newRound(t)
	tree := r.tree()
	restic := r.restic
	restic("green", "init").ok(r)
	restic("green", "backup", tree).ok(r)
	restic("green", "check", "--read-data").says(r, "no errors were found")
	restic("green", "restore", "latest", "--target", r.path("restored")).ok(r)
	r.same(tree, r.path("restored", tree))

	first := r.keys("backups")
	r.write(tree+"/big", strings.ToUpper(bigFile()))
	if err := os.Remove(tree + "/" + awkward); err != nil {
		t.Fatal(err)
	}
	restic("green", "backup", tree).ok(r)
	restic("green", "stats", "--mode", "raw-data").ok(r)
	var snapshots []struct{ ID string }
	restic("green", "snapshots", "--json").decode(t, &snapshots)
	if len(snapshots) != 2 {
		t.Fatalf("the snapshots are %v", snapshots)
	}
	if out := restic("green", "dump", snapshots[0].ID, tree+"/"+awkward).ok(r); out.stdout != "awkward name" {
		t.Errorf("the first backup holds %q", out.stdout)
	}
	restic("green", "forget", "--keep-last", "1", "--prune").ok(r)
	restic("green", "check", "--read-data").says(r, "no errors were found")
	restic("green", "restore", "latest", "--target", r.path("again")).ok(r)
	r.same(tree, r.path("again", tree))
	left := map[string]bool{}
	for _, key := range r.keys("backups") {
		left[key] = true
	}
	pruned := 0
	for _, key := range first {
		if strings.HasPrefix(key, "tree/data/") && !left[key] {
			pruned++
		}
	}
	if pruned == 0 {
		j, _ := json.Marshal(first)
		t.Errorf("prune left all of %s", j)
	}

	// A reader of the other account: restic without locks writes nothing.
	r.share("backups")
	restic("blue", "--no-lock", "restore", "latest", "--target", r.path("elsewhere")).ok(r)
	r.same(tree, r.path("elsewhere", tree))
}
