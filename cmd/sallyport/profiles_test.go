package main

import (
	"os"
	"testing"
)

func TestSetSection(t *testing.T) {
	lines := []string{"k = v"}
	for _, c := range []struct{ name, text, want string }{
		{"into nothing", "", "[p]\nk = v\n"},
		{"after another", "[o]\na = b\n", "[o]\na = b\n\n[p]\nk = v\n"},
		{"in place", "[p]\nold = 1\n\n[o]\na = b\n", "[p]\nk = v\n\n[o]\na = b\n"},
		{"last", "[o]\na = b\n\n[p]\nold = 1\n", "[o]\na = b\n\n[p]\nk = v\n"},
		{"twice there", "[p]\nold = 1\n[o]\na = b\n[p]\nold = 2\n", "[p]\nk = v\n\n[o]\na = b\n"},
		{"a name that only begins alike", "[pq]\na = b\n", "[pq]\na = b\n\n[p]\nk = v\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := setSection(c.text, "p", lines)
			if got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			if again := setSection(got, "p", lines); again != got {
				t.Fatalf("a second time gives %q after %q", again, got)
			}
		})
	}
}

func TestWriteKeepsWhatTheUserAdded(t *testing.T) {
	files, err := profileFilesIn(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := profile{name: "green", region: "us-east-1", endpointURL: "http://127.0.0.1:1", accessKeyID: "AKIA", secret: "s1"}
	if err := files.write([]profile{p}); err != nil {
		t.Fatal(err)
	}
	own := "\n[profile mine]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = green\n"
	text, _ := os.ReadFile(files.config)
	if err := os.WriteFile(files.config, append(text, own...), 0o600); err != nil {
		t.Fatal(err)
	}
	p.endpointURL = "http://127.0.0.1:2"
	if err := files.write([]profile{p}); err != nil {
		t.Fatal(err)
	}
	text, _ = os.ReadFile(files.config)
	want := "[profile green]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:2\n" + own
	if string(text) != want {
		t.Fatalf("config is %q, want %q", text, want)
	}
	for _, path := range []string{files.config, files.credentials} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"/a/b": "/a/b", "/a b": "'/a b'", "it's": `'it'\''s'`, "": "''"} {
		if got := shellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
