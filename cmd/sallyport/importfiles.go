package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/awsexport"
)

// gatherFiles reads what the arguments name. Names of files in directories tell
// what they are: DIR/KIND.json, DIR/buckets/BUCKET/KIND.json. Any other file tells
// it by its shape.
func gatherFiles(args []string, stdin io.Reader) ([]awsexport.File, error) {
	var out []awsexport.File
	for _, arg := range args {
		f := awsexport.File{Name: arg}
		path := arg
		if kind, bucket, rest, ok := splitArgument(arg); ok {
			f.Kind, f.Bucket, path = kind, bucket, rest
		}
		if path == "-" {
			text, err := io.ReadAll(stdin)
			if err != nil {
				return nil, err
			}
			f.Text = string(text)
			out = append(out, f)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			if f.Kind != "" {
				return nil, fmt.Errorf("%s: %s is a directory", arg, path)
			}
			found, err := gatherDirectory(path)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
			continue
		}
		if f.Text, err = readText(path); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// splitArgument reads KIND=FILE and KIND:BUCKET=FILE.
func splitArgument(arg string) (kind awsexport.Kind, bucket, path string, ok bool) {
	what, path, ok := strings.Cut(arg, "=")
	if !ok {
		return "", "", "", false
	}
	name, bucket, _ := strings.Cut(what, ":")
	if kind = awsexport.Kind(name); !kind.Known() {
		return "", "", "", false
	}
	return kind, bucket, path, true
}

func readText(path string) (string, error) {
	text, err := os.ReadFile(path)
	return string(text), err
}

// gatherDirectory reads the .json files of a directory and, below it, of buckets/.
func gatherDirectory(dir string) ([]awsexport.File, error) {
	var out []awsexport.File
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		f := awsexport.File{Name: path}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		parts := strings.Split(filepath.ToSlash(rel), "/")
		base := strings.TrimSuffix(parts[len(parts)-1], ".json")
		kind := awsexport.Kind(base)
		switch {
		case len(parts) == 3 && parts[0] == "buckets":
			f.Bucket, f.Kind = parts[1], kind // unknown kinds are listed
		case len(parts) == 1 && kind.Known() && (!kind.OfBucket() || kind == awsexport.PublicAccessBlock):
			f.Kind = kind
		}
		if f.Text, err = readText(path); err != nil {
			return err
		}
		out = append(out, f)
		return nil
	})
	slices.SortFunc(out, func(a, b awsexport.File) int { return strings.Compare(a.Name, b.Name) })
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s: has no .json files", dir)
	}
	return out, err
}
