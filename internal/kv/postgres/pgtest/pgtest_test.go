package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// holdEnv makes the test binary start a server, say where, and wait.
const holdEnv = "SALLYPORT_PGTEST_HOLD"

func TestStart(t *testing.T) {
	ctx := context.Background()
	for range 2 { // each database is a new one
		conn, err := pgx.Connect(ctx, Start(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(ctx, "CREATE TABLE mine ()"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

func TestStop(t *testing.T) {
	var dir string
	t.Run("use", func(t *testing.T) {
		Start(t)
		dir = server.dir
	})
	if err := Stop(); err != nil {
		t.Error(err)
	}
	wantGone(t, dir)
}

func wantGone(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	procs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		if cmdline, err := os.ReadFile("/proc/" + p.Name() + "/cmdline"); err == nil && strings.Contains(string(cmdline), dir+"/data") {
			t.Errorf("process %s is still there: %q", p.Name(), cmdline)
		}
	}
}

// TestKilled kills a test binary that has a server.
func TestKilled(t *testing.T) {
	if os.Getenv(holdEnv) != "" {
		Start(t)
		fmt.Printf("\nholding %s\n", server.dir)
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), holdEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		dir, _ = strings.CutPrefix(lines.Text(), "holding ")
		if dir == lines.Text() {
			dir = ""
		}
	}
	if dir == "" {
		t.Fatal("the other test binary did not start a server")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for {          // until the supervisor has cleaned up
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	wantGone(t, dir)
}
