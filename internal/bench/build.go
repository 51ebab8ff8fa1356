package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const buildTimeout = 20 * time.Minute

// builder makes the servers' binaries.
type builder struct {
	root  string // of this module
	cache string // binaries of others, by version
	out   string // binaries of this tree
}

// newBuilder makes the directory out.
func newBuilder(ctx context.Context, out string) (*builder, error) {
	if err := os.Mkdir(out, 0o755); err != nil {
		return nil, err
	}
	gomod, err := command(ctx, "", nil, "go", "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	return &builder{root: filepath.Dir(strings.TrimSpace(gomod)), cache: filepath.Join(cache, "sallyport-bench"), out: out}, nil
}

// ours builds the server of this tree.
func (b *builder) ours(ctx context.Context) (string, error) {
	binary := filepath.Join(b.out, "sallyport")
	_, err := command(ctx, b.root, nil, "go", "build", "-o", binary, "./cmd/sallyport")
	return binary, err
}

// peer installs a released program once per version and compiler.
func (b *builder) peer(ctx context.Context, k *kind) (string, error) {
	dir := filepath.Join(b.cache, fmt.Sprintf("%s-%s-%s", k.name, k.version, runtime.Version()))
	binary := filepath.Join(dir, filepath.Base(k.pkg))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	progress("building %s %s (once)", k.name, k.version)
	_, err := command(ctx, b.out, []string{"GOBIN=" + dir}, "go", "install", k.pkg+"@"+k.version)
	return binary, err
}

// command runs a program to its end and returns what it printed on its standard
// output. The error of one that fails ends with the last lines of the other.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, lastLines(stderr.String(), 10))
	}
	return stdout.String(), nil
}
