package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mount mounts a bucket with s3fs until the test ends. FUSE needs /dev/fuse, and
// root or fusermount.
func (r *round) mount(profile, bucket string) (dir string) {
	r.Helper()
	k := r.s.profileKeys(profile)
	secrets := r.write(r.path(profile+".passwd"), k.AccessKeyID+":"+k.SecretAccessKey)
	dir = r.path("mnt", profile, bucket)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.Fatal(err)
	}
	// In the foreground: s3fs in the background would outlive a killed test.
	cmd := exec.Command(tool(r, "s3fs"), bucket, dir, "-f", "-o", "passwd_file="+secrets, "-o", "url="+r.s.endpoint,
		"-o", "use_path_request_style", "-o", "endpoint=us-east-1", "-o", "multipart_size=5", "-o", "singlepart_copy_limit=5",
		"-o", "retries=2", "-o", "stat_cache_expire=1", "-o", "enable_content_md5") // the second try looks for certificates
	cmd.Env = r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	log := &tail{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	var failure error
	ended := make(chan struct{})
	go func() {
		failure = cmd.Wait()
		close(ended)
	}()
	r.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // s3fs unmounts in good order
		if <-ended; failure != nil {
			r.Errorf("s3fs: %v\n%s", failure, log)
		}
	})
	// A mount is there before s3fs knows whether it may have the bucket: what reads it
	// waits for that.
	for !mounted(r, dir) {
		select {
		case <-ended:
			r.Fatalf("s3fs did not mount %s (it needs /dev/fuse): %v\n%s", bucket, failure, log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if _, err := os.ReadDir(dir); err != nil || !mounted(r, dir) {
		r.Fatalf("s3fs did not keep %s mounted: %v\n%s", bucket, err, log)
	}
	return dir
}

func mounted(t testing.TB, dir string) bool {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(text, []byte(" "+dir+" fuse.s3fs "))
}

// TestS3fs: a bucket as a folder, written, read, changed and renamed in.
func TestS3fs(t *testing.T) {
	r := newRound(t)
	tree := r.tree()
	makeBucket(t, r.c, "desk")
	dir := r.mount("green", "desk")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r.run("cp", "-r", tree, dir).ok(r)
	r.same(tree, filepath.Join(dir, "tree"))
	r.inParts("desk", "tree/big")
	if head := r.stored("desk", "tree/"+awkward, "awkward name"); head.Metadata["mode"] == "" || head.Metadata["mtime"] == "" {
		t.Errorf("the metadata is %v", head.Metadata)
	}

	moved := filepath.Join(dir, "moved")
	check(os.Rename(filepath.Join(dir, "tree", "big"), moved))
	r.stored("desk", "moved", bigFile())
	f, err := os.OpenFile(moved, os.O_RDWR, 0)
	check(err)
	at := make([]byte, 10)
	_, err = f.ReadAt(at, 9_000_000)
	check(err)
	_, err = f.WriteAt([]byte("in the middle"), 6_000_000)
	check(err)
	check(f.Close())
	if string(at) != bigFile()[9_000_000:9_000_010] {
		t.Errorf("a piece reads %q", at)
	}
	r.stored("desk", "moved", bigFile()[:6_000_000]+"in the middle"+bigFile()[6_000_013:])
	short := r.write(filepath.Join(dir, "short"), "shortened")
	// By an open file: s3fs 1.90 loses the bytes when a file of that name is cut.
	f, err = os.OpenFile(short, os.O_RDWR, 0)
	check(err)
	check(f.Truncate(5))
	check(f.Close())
	check(os.Chmod(short, 0o640))
	r.stored("desk", "short", "short")
	check(os.Symlink("short", filepath.Join(dir, "link")))
	r.holds(filepath.Join(dir, "link"), "short")
	f, err = os.OpenFile(filepath.Join(dir, "tree", "c", "y.txt"), os.O_APPEND|os.O_WRONLY, 0)
	check(err)
	_, err = f.WriteString(" not")
	check(err)
	check(f.Close())
	check(os.Rename(filepath.Join(dir, "tree"), filepath.Join(dir, "other tree")))
	r.stored("desk", "other tree/c/y.txt", "why not")
	check(os.RemoveAll(filepath.Join(dir, "other tree")))
	if keys := r.keys("desk"); strings.Join(keys, " ") != "link moved short" {
		t.Errorf("what is left is %v", keys)
	}

	r.many("many")
	r.share("many")
	theirs := r.mount("blue", "many")
	entries := 0
	check(filepath.WalkDir(theirs, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			entries++
		}
		return err
	}))
	if entries != manyKeys {
		t.Errorf("blue sees %d files", entries)
	}
	r.holds(filepath.Join(theirs, "folder 3", "0003"), "x")
	if err := os.WriteFile(filepath.Join(theirs, "new"), []byte("x"), 0o600); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("writing as blue: %v", err)
	}
	if keys := r.keys("many"); len(keys) != manyKeys {
		t.Errorf("there are %d keys", len(keys))
	}
}
