package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// maxResident is what the server may use of memory at its peak, in KiB.
const maxResident = 200 << 10

// peak is the most memory that the server ever had resident, in KiB.
func (s *server) peak(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the kernel does not tell VmHWM")
	return 0
}

// TestSyncOfATree: 5,000 files up, down, and again with nothing to do.
func TestSyncOfATree(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	up, down := t.TempDir(), t.TempDir()
	for i := range 5000 {
		dir := filepath.Join(up, fmt.Sprintf("dir %02d", i%50), strings.Repeat("deep/", i%3))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file+%d ü.txt", i)), noise(fmt.Sprint(i), i%3000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.aws("green", "s3", "mb", "s3://tree").ok(t)
	s.aws("green", "s3", "sync", "--only-show-errors", up, "s3://tree/some/prefix").ok(t)
	s.aws("green", "s3", "sync", "--only-show-errors", "s3://tree/some/prefix", down).ok(t)
	want, got := digests(t, up), digests(t, down)
	if len(want) != 5000 || len(got) != len(want) {
		t.Fatalf("%d files went up and %d came down", len(want), len(got))
	}
	for name, sum := range want {
		if got[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
	if again := s.aws("green", "s3", "sync", up, "s3://tree/some/prefix").ok(t); strings.TrimSpace(again.stdout) != "" {
		t.Errorf("a second sync finds work: %s", shorten(again.stdout))
	}
	if n := s.peak(t); n > maxResident {
		t.Errorf("the server used %d KiB", n)
	}
}

func digests(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		sums[name] = payloadHash(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// TestLargeFiles: 5 GiB go up with the AWS CLI, and come down in one stream and in
// ranges; 1 GiB goes both ways with the CLI, which takes minutes to write 5 GiB to
// a file on a small machine. The server's memory does not grow with any of it.
func TestLargeFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	dir := t.TempDir()
	const need = 5<<30 + 2<<30 + 512<<20 // as objects, the 1 GiB again as a file, and some room
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < need {
		t.Fatalf("%s has %d MiB free, this test needs %d MiB (TMPDIR says where)", dir, free>>20, need>>20)
	}
	c := s.s3(s.profileKeys("green"))
	makeBucket(t, c, "large")

	small, smallSum := sparse(t, dir, "small", 1<<30)
	s.aws("green", "s3", "cp", "--only-show-errors", small, "s3://large/small").ok(t)
	back := filepath.Join(dir, "back")
	s.aws("green", "s3", "cp", "--only-show-errors", "s3://large/small", back).ok(t)
	if got := fileSum(t, back); got != smallSum {
		t.Errorf("1 GiB came back as %s, want %s", got, smallSum)
	}
	for _, path := range []string{small, back} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	_, wantSum := sparse(t, dir, "big", 5<<30)
	s.aws("green", "s3", "sync", "--only-show-errors", dir, "s3://large/dir").ok(t)
	out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("large"), Key: aws.String("dir/big")}))(t)
	if *out.ContentLength != 5<<30 {
		t.Errorf("the object has %d bytes", *out.ContentLength)
	}
	if got := streamSum(t, out.Body); got != wantSum {
		t.Errorf("5 GiB came back as %s, want %s", got, wantSum)
	}
	for _, mib := range []int64{0, 7, 8, 4095, 5119} {
		r := fmt.Sprintf("bytes=%d-%d", mib<<20, mib<<20+15)
		out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("large"), Key: aws.String("dir/big"), Range: &r}))(t)
		if got, err := io.ReadAll(out.Body); err != nil || string(got) != mark(mib) {
			t.Errorf("%s is %q (%v)", r, got, err)
		}
	}
	n := s.peak(t)
	t.Logf("the server used %d MiB at its peak", n>>10)
	if n > maxResident {
		t.Errorf("the server used %d KiB, more than %d", n, maxResident)
	}
}

// mark is what stands at the beginning of each MiB of a sparse file, so that no two
// parts of it are alike.
func mark(mib int64) string { return fmt.Sprintf("MiB number %5d", mib) }

// sparse makes a file that takes little of the disk, and tells its digest.
func sparse(t *testing.T, dir, name string, size int64) (path, sum string) {
	t.Helper()
	path = filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for mib := range size >> 20 {
		if _, err := f.WriteAt([]byte(mark(mib)), mib<<20); err != nil {
			t.Fatal(err)
		}
	}
	return path, fileSum(t, path)
}

func fileSum(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return streamSum(t, f)
}

func streamSum(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	defer r.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(h, r, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
