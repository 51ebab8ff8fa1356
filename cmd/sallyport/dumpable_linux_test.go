package main

import (
	"bytes"
	"syscall"
	"testing"
)

// TestChildSeesNoMemory: what a command runs beside it cannot read, be it of the same
// user.
func TestChildSeesNoMemory(t *testing.T) {
	if err := runChild(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)}, []string{"true"}, []string{"PATH=/usr/bin:/bin"}); err != nil {
		t.Fatal(err)
	}
	if dumpable, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prGetDumpable, 0, 0); dumpable != 0 || errno != 0 {
		t.Errorf("the process is dumpable: %d, %v", dumpable, errno)
	}
}
