//go:build mutation

package authz_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	mutationFiles = flag.String("files", "", "glob of the files to mutate, such as authz/*.go; empty: all that decide")
	mutationPart  = flag.String("part", "0/1", "which part of the mutants, such as 1/4")
)

// decidingFiles hold the rules.
var decidingFiles = []string{
	"authz/accesspoint.go", "authz/acl.go", "authz/actions.go", "authz/decide.go", "authz/derive.go", "authz/grant.go",
	"authz/kms.go", "authz/s3.go", "authz/stage.go", "policy/action.go", "policy/arnmatch.go", "policy/condition.go",
	"policy/date.go", "policy/evaluate.go", "policy/operator.go", "policy/pattern.go", "policy/principal.go", "policy/public.go",
	"policy/resource.go", "policy/scalar.go",
}

// TestMutation shows that no rule can be taken out of the evaluator without a test's notice. Every condition of the
// deciding files is forced to true and to false, every statement that is not a return left out, one at a time, and the
// tests of both packages run. All mutants are built at once, into two test binaries that read which of them is to be alive.
// Survivors fail the test, but for those that testdata/equivalent_mutants.txt lists with a reason why they change nothing.
func TestMutation(t *testing.T) {
	files := decidingFiles
	if *mutationFiles != "" {
		files = slices.DeleteFunc(slices.Clone(files), func(f string) bool {
			ok, err := filepath.Match(*mutationFiles, f)
			return err != nil || !ok
		})
	}
	b := newMutationBuild(t)
	for _, f := range files {
		b.mutate(t, f)
	}
	b.compile(t)
	if m := b.test(0, "policy", "authz"); m != "" {
		t.Fatalf("without a mutant alive the tests fail: %s", m)
	}
	equivalent := readEquivalents(t)
	part, parts, _ := strings.Cut(*mutationPart, "/")
	p, err1 := strconv.Atoi(part)
	n, err2 := strconv.Atoi(parts)
	if err := cmp.Or(err1, err2); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mutants, of which this part is every %s", len(b.mutants), parts)
	tried, survived := 0, 0
	for _, m := range b.mutants {
		if m.id%n != p {
			continue
		}
		tried++
		packages := []string{"authz"}
		if strings.HasPrefix(m.file, "policy/") {
			packages = []string{"policy", "authz"}
		}
		if b.test(m.id, packages...) != "" {
			continue
		}
		if why := equivalent[m.key()]; why != "" {
			t.Logf("equivalent: %s (%s)", m, why)
			continue
		}
		survived++
		t.Errorf("survived: %s\n\tkey: %s", m, m.key())
	}
	t.Logf("%d mutants, %d survived", tried, survived)
}

// mutationBuild is the mutated sources and the binaries made of them.
type mutationBuild struct {
	root, dir string
	replace   map[string]string // of go build's overlay
	mutants   []mutant
}

func newMutationBuild(t *testing.T) *mutationBuild {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	b := &mutationBuild{root: root, dir: t.TempDir(), replace: map[string]string{}}
	for _, pkg := range []string{"authz", "policy"} {
		b.write(t, pkg+"/mutant_alive.go", "package "+pkg+`

import (
	"os"
	"strconv"
)

var mutantAlive, _ = strconv.Atoi(os.Getenv("MUTANT"))
`)
	}
	return b
}

func (b *mutationBuild) write(t *testing.T, file, text string) {
	path := filepath.Join(b.dir, strings.ReplaceAll(file, "/", "_"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.replace[filepath.Join(b.root, file)] = path
}

func (b *mutationBuild) mutate(t *testing.T, file string) {
	text, err := os.ReadFile(filepath.Join(b.root, file))
	if err != nil {
		t.Fatal(err)
	}
	mutated, mutants, err := mutateSource(file, text, len(b.mutants))
	if err != nil {
		t.Fatal(err)
	}
	b.mutants = append(b.mutants, mutants...)
	b.write(t, file, mutated)
}

func (b *mutationBuild) compile(t *testing.T) {
	overlay, err := json.Marshal(map[string]any{"Replace": b.replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, pkg := range []string{"authz", "policy"} {
		cmd := exec.Command("go", "test", "-c", "-overlay", file, "-o", filepath.Join(b.dir, pkg+".test"), "./"+pkg)
		cmd.Dir = b.root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", pkg, err, out)
		}
	}
}

// test runs the packages' tests with one mutant alive and says what killed it, empty if nothing did. The random worlds come
// last, they take longest.
func (b *mutationBuild) test(id int, packages ...string) string {
	runs := [][]string{}
	for _, pkg := range packages {
		runs = append(runs, []string{pkg, "", "-test.skip", "TestRandomWorlds|Allocat"})
	}
	runs = append(runs, []string{"authz", "2000", "-test.run", "TestRandomWorlds"}, []string{"authz", "50000", "-test.run", "TestRandomWorlds"})
	for _, run := range runs {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		// A mutant may go on for ever and fill the memory: the shell sets a limit of 4 GiB.
		args := append([]string{"-c", `ulimit -v 4194304; exec "$0" "$@"`, filepath.Join(b.dir, run[0]+".test"), "-test.failfast"}, run[2:]...)
		cmd := exec.CommandContext(ctx, "sh", args...)
		cmd.Dir = filepath.Join(b.root, run[0])
		cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id), "SALLYPORT_WORLDS="+run[1])
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			return fmt.Sprintf("%s: %v\n%.500s", run[0], err, out)
		}
	}
	return ""
}

// readEquivalents reads lines of a mutant's key, " — " and the reason why it changes nothing.
func readEquivalents(t *testing.T) map[string]string {
	f, err := os.Open("testdata/equivalent_mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if key, why, ok := strings.Cut(sc.Text(), " — "); ok {
			out[key] = why
		}
	}
	return out
}
