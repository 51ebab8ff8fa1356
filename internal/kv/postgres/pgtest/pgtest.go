package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// server is the one server of this process. A test binary has no other place
// to keep what all its tests share.
var server struct {
	mu    sync.Mutex
	dir   string
	err   error
	stdin io.Closer
	cmd   *exec.Cmd
}

var databases atomic.Int64

// superviseScript runs the server until its standard input ends, which the kernel
// sees to when the test binary is gone.
const superviseScript = `
bin=$1 dir=$2
initdb() { "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync; }
initdb >"$dir/log" 2>&1 || { cat "$dir/log"; rm -rf "$dir"; exit 1; }
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=100 -c shared_buffers=64MB \
	-c max_wal_size=256MB -c logging_collector=off >>"$dir/log" 2>&1 </dev/null &
pid=$!
trap 'kill -QUIT $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$dir"' EXIT
trap '' INT TERM HUP
until "$bin/pg_isready" -q -h "$dir"; do
	kill -0 $pid 2>/dev/null || { cat "$dir/log"; exit 1; }
	sleep 0.05
done
echo ready
cat >/dev/null
`

// Start returns the URL of a fresh, empty database, as a superuser. It is
// dropped when t ends. The test fails if PostgreSQL is not installed.
func Start(t testing.TB) string {
	t.Helper()
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.cmd == nil && server.err == nil {
		server.err = start()
	}
	if server.err != nil {
		t.Fatalf("pgtest: %v", server.err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := command("CREATE DATABASE " + name); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := command("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return databaseURL(name)
}

// Stop ends the server, if there is one, and returns when it has ended. A
// TestMain calls it when it wants the server gone before the process is.
func Stop() error {
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.cmd == nil {
		return nil
	}
	err := errors.Join(server.stdin.Close(), server.cmd.Wait(), os.RemoveAll(server.dir))
	server.cmd = nil
	return err
}

func databaseURL(name string) string {
	q := url.Values{"host": {server.dir}, "user": {"postgres"}}
	return "postgres:///" + name + "?" + q.Encode()
}

func command(sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databaseURL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

func start() error {
	bin, err := findBinaries()
	if err != nil {
		return err
	}
	// Not under TMPDIR, which another user may be unable to enter and whose
	// length may be too much for a socket's path.
	dir, err := os.MkdirTemp("/tmp", "sallyport-pg-")
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", superviseScript, "pgtest", bin, dir)
	cmd.Dir = "/"
	// A group of its own, so that an interrupt from the terminal leaves it the
	// time to clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		cred, err := unprivileged()
		if err != nil {
			return errors.Join(err, os.RemoveAll(dir))
		}
		cmd.SysProcAttr.Credential = cred
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return err
		}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	r := bufio.NewReader(stdout)
	line, _ := r.ReadString('\n')
	if line != "ready\n" {
		rest, _ := io.ReadAll(r)
		return errors.Join(fmt.Errorf("PostgreSQL does not start: %s%s", line, rest), cmd.Wait(), os.RemoveAll(dir))
	}
	server.dir, server.stdin, server.cmd = dir, stdin, cmd
	return nil
}

// findBinaries is the directory of the newest version installed.
func findBinaries() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "initdb"))
		return err != nil
	})
	if len(dirs) == 0 {
		return "", errors.New("these tests need PostgreSQL: apt-get install postgresql")
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return version(a) - version(b) }), nil
}

func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("no user to run PostgreSQL as: neither postgres nor nobody is there")
}
