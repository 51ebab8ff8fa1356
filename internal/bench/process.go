package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const stopTimeout = 10 * time.Second

// process is a server that runs. The kernel kills it when this process dies, in
// whatever way; the end of its context stops it like stop.
type process struct {
	cmd  *exec.Cmd
	log  string // a file: what it printed
	done chan struct{}
	err  error // after done
}

// startProcess must be called by a goroutine locked to its thread for as long as
// the program lives: the signal upon the parent's death is sent when the thread
// that started the child ends.
func startProcess(ctx context.Context, log, dir string, env []string, program string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	// A group of its own, so that Ctrl-C ends the measurement first.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ended returns nil while the process runs, and then why it does not.
func (p *process) ended() error {
	select {
	case <-p.done:
		return fmt.Errorf("it ended (%w); it last printed:\n%s", errors.Join(p.err, errEnded), tail(p.log))
	default:
		return nil
	}
}

var errEnded = errors.New("no longer running")

// stop asks the process to end, and kills it when it does not within 10 s.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// tail returns the last lines of a file.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text), 10)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-n):], "\n  ")
}
