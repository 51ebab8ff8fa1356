package house

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sallyport/sallyport/"

// arrows lists what each package may import of the project, by path prefix. A
// package that is not listed under any prefix fails the test, so that a new one
// finds its place on purpose. The longest prefix wins.
var arrows = map[string][]string{
	"arn":                 {},
	"policy":              {"arn"},
	"authz":               {"arn", "policy"},
	"analyze":             {"arn", "policy"},
	"internal/wire":       {},
	"internal/api":        {"internal/wire"},
	"internal/sigv4":      {},
	"internal/sigv2":      {"internal/sigv4"},
	"internal/checksum":   {},
	"internal/kv":         {"internal/kv"},
	"internal/blob":       {"internal/blob"},
	"internal/seal":       {},
	"internal/oidc":       {},
	"internal/saml":       {},
	"internal/caller":     {"arn", "policy", "authz"},
	"internal/directory":  {"arn", "policy", "authz", "internal/kv", "internal/seal", "internal/totp"},
	"internal/totp":       {},
	"internal/service":    {"arn", "policy", "authz", "internal/wire", "internal/api", "internal/kv", "internal/blob", "internal/seal", "internal/checksum", "internal/caller", "internal/directory", "internal/oidc", "internal/saml"},
	"internal/service/s3": {"arn", "policy", "authz", "internal/wire", "internal/api/s3", "internal/kv", "internal/blob", "internal/seal", "internal/checksum", "internal/caller", "internal/directory", "internal/service/s3"},
	"internal/explain":    {"arn", "policy", "authz"},
	"internal/record":     {"policy", "authz", "internal/wire", "internal/caller"},
	"internal/linklocal":  {},
	"internal/imds":       {"internal/linklocal"},
	"internal/containers": {"internal/linklocal"},
	"internal/awsexport":  {"arn"},
	"internal/importing":  {"arn", "policy", "authz", "internal/wire", "internal/api", "internal/kv", "internal/caller", "internal/directory", "internal/awsexport", "internal/service/s3"},
	"internal/gateway":    {"arn", "policy", "authz", "internal"},
	"internal/cases":      {"arn", "policy", "authz"},
	"internal/cases/live": {"arn", "policy", "authz", "internal/wire", "internal/api", "internal/sigv4", "internal/directory", "internal/service/s3/store", "internal/gateway", "internal/cases"},
	"internal/cases/run":  {"internal/cases"},
	"internal/gen":        {"internal/wire", "internal/api"},
	"internal/house":      {},
	"internal/bench":      {},
	"cmd/sallyport":       {"arn", "internal"},
	"e2e":                 {"internal/kv/postgres/pgtest", "internal/sigv4"},

	"internal/service/s3/notify":    {"arn", "internal/sigv4", "internal/kv", "internal/service/s3/store"},
	"internal/service/s3/lifecycle": {"internal/api/s3"}, // decides, and knows nothing of where objects are
}

// enginesOnlyIn are the packages that may name an engine.
var enginesOnlyIn = []string{"internal/gateway", "cmd/sallyport", "internal/kv", "internal/blob"}

type source struct {
	path, pkg string
	test      bool
	file      *ast.File
	set       *token.FileSet
	lines     int
	generated bool
}

func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var out []source
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "data" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		out = append(out, source{
			path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(name, "_test.go"),
			file: file, set: set, lines: bytes.Count(text, []byte("\n")), generated: ast.IsGenerated(file),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("found %d Go files below %s", len(out), root)
	}
	return out
}

func under(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

func longestPrefix(pkg string) (string, bool) {
	best, found := "", false
	for prefix := range arrows {
		if under(pkg, prefix) && len(prefix) >= len(best) {
			best, found = prefix, true
		}
	}
	return best, found
}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, s := range sources(t) {
		prefix, ok := longestPrefix(s.pkg)
		if !ok {
			t.Errorf("%s: package %s has no place in the house", s.path, s.pkg)
			continue
		}
		if s.test {
			continue // tests may build worlds from any package
		}
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			imported, ours := strings.CutPrefix(path, module)
			if !ours || imported == s.pkg {
				continue
			}
			if !slices.ContainsFunc(arrows[prefix], func(a string) bool { return under(imported, a) }) {
				t.Errorf("%s: %s must not import %s", s.path, s.pkg, imported)
			}
			engine := strings.HasPrefix(imported, "internal/kv/") && imported != "internal/kv/key" || strings.HasPrefix(imported, "internal/blob/")
			if engine && s.pkg != "e2e" && !slices.ContainsFunc(enginesOnlyIn, func(a string) bool { return under(s.pkg, a) }) {
				t.Errorf("%s: %s must not know the engine %s", s.path, s.pkg, imported)
			}
		}
	}
}

func TestPublicPackagesReadNoClockAndDoNoInput(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !under(s.pkg, "arn") && !under(s.pkg, "policy") && !under(s.pkg, "authz") && !under(s.pkg, "analyze") &&
			s.pkg != "internal/service/s3/lifecycle" {
			continue
		}
		for _, spec := range s.file.Imports {
			switch path := strings.Trim(spec.Path.Value, `"`); path {
			case "os", "net/http", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand":
				t.Errorf("%s imports %s", s.path, path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since") {
					t.Errorf("%s reads the clock", s.set.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

func TestFilesAndFunctionsStayShort(t *testing.T) {
	var files, functions []int
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		if s.lines > 1000 {
			t.Errorf("%s has %d lines", s.path, s.lines)
		}
		if s.test {
			continue
		}
		files = append(files, s.lines)
		for _, d := range s.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := s.set.Position(fn.End()).Line - s.set.Position(fn.Pos()).Line + 1
			functions = append(functions, n)
			if n > 120 {
				t.Errorf("%s: %s has %d lines", s.path, fn.Name.Name, n)
			}
		}
	}
	if n := percentile(files, 90); n > 500 {
		t.Errorf("nine files in ten are to have at most 500 lines; the ninth has %d", n)
	}
	if n := percentile(functions, 90); n > 40 {
		t.Errorf("nine functions in ten are to have at most 40 lines; the ninth has %d", n)
	}
}

func percentile(values []int, p int) int {
	slices.Sort(values)
	return values[(len(values)-1)*p/100]
}

// TestEveryPackageSaysWhatItIs asks each package for a package comment.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		said[s.pkg] = said[s.pkg] || s.file.Doc != nil
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

// TestNoInit keeps registration at import time out.
func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" && !s.generated {
				t.Errorf("%s has an init function", s.path)
			}
		}
	}
}

// TestMakefileNamesItsTargets reads the targets that outside checks call.
func TestMakefileNamesItsTargets(t *testing.T) {
	f, err := os.Open("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := map[string]bool{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if name, _, ok := strings.Cut(sc.Text(), ":"); ok && !strings.HasPrefix(name, "\t") {
			found[name] = true
		}
	}
	for _, want := range []string{"run", "test", "bench"} {
		if !found[want] {
			t.Errorf("no target %s in the Makefile", want)
		}
	}
}
