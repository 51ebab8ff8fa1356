package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestProcessSaysWhyItEnded(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := startProcess(t.Context(), log, "", []string{"WORD=sorry"}, "/bin/sh", "-c", "echo $WORD; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := p.ended(); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "sorry") {
		t.Errorf("got %v", err)
	}
	p.stop() // which has nothing left to do
}

func TestProcessStops(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p, err := startProcess(t.Context(), filepath.Join(t.TempDir(), "log"), "", nil, "/bin/sh", "-c", "exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.ended(); err != nil {
		t.Fatal(err)
	}
	p.stop()
	if p.ended() == nil {
		t.Error("it still runs")
	}
}

func TestLastLines(t *testing.T) {
	if got := lastLines("1\n2\n3\n", 2); got != "  2\n  3" {
		t.Errorf("got %q", got)
	}
}
