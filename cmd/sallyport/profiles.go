package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// profile is one named profile of AWS's shared configuration files.
type profile struct {
	name, region, endpointURL string
	accessKeyID, secret       string
}

// profileFiles are the two files below a data directory, in the form of
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
type profileFiles struct{ config, credentials string }

func profileFilesIn(dataDir string) (profileFiles, error) {
	dir, err := filepath.Abs(filepath.Join(dataDir, "aws"))
	if err != nil {
		return profileFiles{}, err
	}
	return profileFiles{config: filepath.Join(dir, "config"), credentials: filepath.Join(dir, "credentials")}, nil
}

// write sets the profiles in both files and leaves every other section as it
// stands, for the files are the user's to extend.
func (f profileFiles) write(profiles []profile) error {
	if err := os.MkdirAll(filepath.Dir(f.config), 0o700); err != nil {
		return err
	}
	err := rewrite(f.config, func(text string) string {
		for _, p := range profiles {
			text = setSection(text, "profile "+p.name, []string{"region = " + p.region, "endpoint_url = " + p.endpointURL})
		}
		return text
	})
	if err != nil {
		return err
	}
	return rewrite(f.credentials, func(text string) string {
		for _, p := range profiles {
			text = setSection(text, p.name, []string{"aws_access_key_id = " + p.accessKeyID, "aws_secret_access_key = " + p.secret})
		}
		return text
	})
}

// exports are the shell lines that make AWS's tools read the two files.
func (f profileFiles) exports() string {
	return fmt.Sprintf("export AWS_CONFIG_FILE=%s\nexport AWS_SHARED_CREDENTIALS_FILE=%s\n", shellQuote(f.config), shellQuote(f.credentials))
}

// rewrite replaces a file's text in one step, so that a crash leaves the old
// file or the new one. Mode 0600: it holds secrets.
func rewrite(path string, edit func(string) string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // CreateTemp uses mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(edit(string(old)))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// setSection replaces the lines of one [section], or adds it at the end.
func setSection(text, name string, lines []string) string {
	header := "[" + name + "]"
	section := header + "\n" + strings.Join(lines, "\n") + "\n"
	var out strings.Builder
	skipping, done := false, false
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "[") {
			skipping = trimmed == header
			if skipping && !done {
				out.WriteString(section + "\n")
				done = true
			}
		}
		if !skipping {
			out.WriteString(line)
		}
	}
	if done {
		return strings.TrimRight(out.String(), "\n") + "\n"
	}
	head := strings.TrimRight(out.String(), "\n")
	if head != "" {
		head += "\n\n"
	}
	return head + section
}

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-@:=+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
