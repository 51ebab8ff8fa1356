package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/awsexport"
	"github.com/sallyport/sallyport/internal/importing"
)

func TestGatherFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"export/account.json":                         "{}",
		"export/anything.json":                        "{}",
		"export/public-access-block.json":             "",
		"export/policy.json":                          "{}", // of no bucket: its shape tells
		"export/notes.txt":                            "not read",
		"export/buckets/a.b/policy.json":              "{}",
		"export/buckets/a.b/public-access-block.json": "",
		"export/buckets/a.b/encryption.json":          "{}",
		"export/buckets/deeper/below/policy.json":     "{}",
		"plain.json":                                  "plain",
		"policy=x.json":                               "named so",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	got, err := gatherFiles([]string{"export", "plain.json", "policy:bucket=plain.json", "roles=plain.json", "./policy=x.json", "-"}, strings.NewReader("piped"))
	if err != nil {
		t.Fatal(err)
	}
	want := []awsexport.File{
		{Name: "export/account.json", Kind: "account", Text: "{}"},
		{Name: "export/anything.json", Text: "{}"},
		{Name: "export/buckets/a.b/encryption.json", Kind: "encryption", Bucket: "a.b", Text: "{}"},
		{Name: "export/buckets/a.b/policy.json", Kind: "policy", Bucket: "a.b", Text: "{}"},
		{Name: "export/buckets/a.b/public-access-block.json", Kind: "public-access-block", Bucket: "a.b"},
		{Name: "export/buckets/deeper/below/policy.json", Text: "{}"},
		{Name: "export/policy.json", Text: "{}"},
		{Name: "export/public-access-block.json", Kind: "public-access-block"},
		{Name: "plain.json", Text: "plain"},
		{Name: "policy:bucket=plain.json", Kind: "policy", Bucket: "bucket", Text: "plain"},
		{Name: "roles=plain.json", Kind: "roles", Text: "plain"},
		{Name: "./policy=x.json", Text: "named so"},
		{Name: "-", Text: "piped"},
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	if _, err := gatherFiles([]string{"nowhere"}, nil); err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestPrintImport(t *testing.T) {
	r := &importing.Report{
		Account: "123456789012", DryRun: true, Unchanged: map[string]int{"role": 2, "policy": 1},
		Changed: []importing.Item{{Kind: "role", Name: "r", ARN: "arn:r", What: []string{"trust policy"}}},
		Extra:   []importing.Item{{Kind: "instance-profile", ARN: "arn:p"}},
		Left:    []awsexport.Left{{File: "f", What: "w", Why: "y"}},
	}
	for range shownItems + 2 {
		r.Created = append(r.Created, importing.Item{Kind: "policy", ARN: "arn:made"})
	}
	var out bytes.Buffer
	printImport(&out, r)
	want := "Account 123456789012\nwould be created: 22 policies\n" + strings.Repeat("  arn:made\n", shownItems) + "  … and 2 more (--json names all)\n" +
		"would be changed: 1 role\n  arn:r\n    trust policy\nunchanged: 1 policy, 2 roles\nhere and not in the files (--prune removes them): 1 instance profile\n  arn:p\n" +
		"not carried:\n  f: w: y\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}
