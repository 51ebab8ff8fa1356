//go:build !linux

package main

// withoutDumps is withoutCores where there is no other way.
func withoutDumps() error { return withoutCores() }
