package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

// keptVariables are the variables of AWS's tools that a command run elsewhere may
// keep: none of them says who it is or where it goes.
func keptVariables() []string {
	return []string{"AWS_CA_BUNDLE", "AWS_DEFAULT_OUTPUT", "AWS_PAGER", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_CLI_AUTO_PROMPT", "AWS_CLI_FILE_ENCODING"}
}

// childEnv is the environment of a command that has no credentials but those of
// the instance or container that it runs on: what this process has, without
// everything that AWS's tools or this one read, and with set. The files in the home
// directory are out of the way too.
func childEnv(env []string, set ...string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		name = strings.ToUpper(name)
		return strings.HasPrefix(name, "SALLYPORT_") || strings.HasPrefix(name, "AWS_") && !slices.Contains(keptVariables(), name)
	})
	return append(append(out, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull), set...)
}

// Statuses as shells give them.
const (
	statusNotRun    = 126
	statusNotFound  = 127
	statusSignalled = 128
)

// runChild runs a command to its end, hands on the signals that come meanwhile, and
// ends as it did.
func runChild(s *streams, command, env []string) error {
	if err := withoutDumps(); err != nil {
		printError(s, fmt.Errorf("the command can read the memory of this process: %w", err))
	}
	child := exec.Command(command[0], command[1:]...)
	child.Env = env
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, s.out, s.err
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(signals)
	if err := child.Start(); err != nil {
		printError(s, err)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return exitError(statusNotFound)
		}
		return exitError(statusNotRun)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case sig := <-signals:
			if !fromTerminal(sig) {
				child.Process.Signal(sig)
			}
		case err := <-ended:
			return childStatus(child, err)
		}
	}
}

func childStatus(child *exec.Cmd, err error) error {
	if child.ProcessState == nil {
		return err
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitError(statusSignalled + int(status.Signal()))
	}
	if code := child.ProcessState.ExitCode(); code != 0 {
		return exitError(code)
	}
	return nil
}

// fromTerminal tells whether the terminal sends such a signal to the child as well:
// it does to all of the group in its foreground.
func fromTerminal(sig os.Signal) bool {
	if sig != syscall.SIGINT && sig != syscall.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	var group int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}
