// Package memory is the kv engine that keeps everything in memory and nothing
// after Close: for tests, and for a server whose data need not outlive it.
//
// Each View reads the version of a copy-on-write tree that was current when it
// began, so readers and the one writer never wait for each other.
//
// memory must not know what is stored.
package memory
