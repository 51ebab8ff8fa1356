//go:build unix

package main

import "syscall"

// withoutCores keeps an image of the process's memory, which holds secrets, from
// reaching the disk when it ends by a signal.
func withoutCores() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
