package main

import "syscall"

const (
	prGetDumpable = 3
	prSetDumpable = 4
)

// withoutDumps keeps the process's memory, in which the caller's own credentials
// are, from the command that it runs as the same user: from /proc, from debuggers and from
// core files. The command itself is not bound.
func withoutDumps() error {
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
