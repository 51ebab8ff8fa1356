package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the path of the sallyport binary under test.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if os.Getenv(guestVariable) != "" {
			return guestMain()
		}
		binary = os.Getenv("SALLYPORT_BINARY")
		if binary == "" {
			dir, err := os.MkdirTemp("", "sallyport-e2e-")
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			defer os.RemoveAll(dir)
			binary = filepath.Join(dir, "sallyport")
			build := exec.Command("go", "build", "-o", binary, "../cmd/sallyport")
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// account is one account of a server and the root user's profile in it.
type account struct {
	name, id string
}

// server is a running sallyport.
type server struct {
	t        testing.TB
	dir      string // data directory
	endpoint string // http://127.0.0.1:PORT
	args     []string
	cmd      *exec.Cmd
	stdout   *tail
	stderr   *tail
	exited   chan struct{}
}

// startServer runs `sallyport serve` on a new data directory until the test
// ends. More arguments may follow; accounts green and blue are there.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), args: args}
	s.start()
	t.Cleanup(func() {
		if s.cmd != nil {
			s.stop()
		}
		if t.Failed() {
			t.Logf("server's log:\n%s", s.stderr.String())
		}
	})
	return s
}

// start runs the server on the directory and waits until it is ready. The port
// of the first start is kept.
func (s *server) start() {
	s.t.Helper()
	listen := "127.0.0.1:0"
	if s.endpoint != "" {
		listen = strings.TrimPrefix(s.endpoint, "http://")
	}
	args := append([]string{"serve", "--data", s.dir, "--listen", listen, "--account", "green", "--account", "blue"}, s.args...)
	s.cmd = exec.Command(binary, args...)
	s.cmd.Env = append(cleanEnv(), "HOME="+s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.stdout, s.stderr, s.exited = &tail{}, &tail{}, make(chan struct{})
	ready := make(chan string, 1)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stderr = s.stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(s.stdout, lines.Text())
			if url, ok := strings.CutPrefix(lines.Text(), "Serving on "); ok {
				ready <- strings.TrimSpace(url)
			}
		}
		s.cmd.Wait()
		close(s.exited)
	}()
	select {
	case s.endpoint = <-ready:
	case <-s.exited:
		s.t.Fatalf("the server ended:\n%s%s", s.stdout, s.stderr)
	case <-time.After(time.Minute): // a guard against hanging, not a verdict on speed
		s.cmd.Process.Kill()
		s.t.Fatalf("the server did not come up:\n%s%s", s.stdout, s.stderr)
	}
}

// stop asks the server to end and checks that it does so in good order.
func (s *server) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	<-s.exited
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("the server ended with status %d:\n%s", code, s.stderr)
	}
	s.cmd = nil
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.exited
	s.cmd = nil
}

// account returns one of the accounts that the server was started with.
func (s *server) account(name string) account {
	s.t.Helper()
	for line := range strings.Lines(s.stdout.String()) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name && len(f[1]) == 12 {
			return account{name: name, id: f[1]}
		}
	}
	s.t.Fatalf("no account %s in:\n%s", name, s.stdout)
	return account{}
}

// result is how a command ended.
type result struct {
	args           []string
	stdout, stderr string
	code           int
}

// sallyport runs a command of the binary beside the server.
func (s *server) sallyport(args ...string) result {
	s.t.Helper()
	return runCommand(s.t, s.clientEnv(), "", binary, args...)
}

// clientEnv is an environment with this server's profiles and nothing of the
// machine's own AWS configuration.
func (s *server) clientEnv() []string {
	return append(cleanEnv(),
		"HOME="+s.dir,
		"AWS_CONFIG_FILE="+filepath.Join(s.dir, "aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.dir, "aws", "credentials"),
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
		"AWS_RETRY_MODE=standard", "AWS_MAX_ATTEMPTS=1",
	)
}

func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AWS_") && !strings.HasPrefix(kv, "SALLYPORT_") && !strings.HasPrefix(kv, "HOME=") {
			env = append(env, kv)
		}
	}
	return env
}

func runCommand(t testing.TB, env []string, stdin, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("%s: %v", name, err)
	}
	return result{args: append([]string{name}, args...), stdout: out.String(), stderr: errs.String(), code: cmd.ProcessState.ExitCode()}
}

// tail keeps what a process printed; it is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *tail) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *tail) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var _ io.Writer = (*tail)(nil)
