package main

import (
	"os"
	"testing"
	"time"
)

func TestProcessCPUCountsWork(t *testing.T) {
	before, err := processCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	randomBytes(1 << 20)
	after, err := processCPU(os.Getpid())
	if err != nil || after <= before {
		t.Errorf("%v then %v, %v", before, after, err)
	}
	if _, err := processCPU(1 << 28); err == nil {
		t.Error("a process that cannot be has a CPU clock")
	}
}

func TestParseMemory(t *testing.T) {
	got := parseMemory("Name:\tx\nVmHWM:\t  4096 kB\nVmRSS:\t  2048 kB\nThreads:\t7\n")
	if got != (memory{now: 2, peak: 4}) {
		t.Errorf("got %+v", got)
	}
	if m := processMemory(os.Getpid()); m.now <= 0 || m.peak < m.now {
		t.Errorf("this process: %+v", m)
	}
}

func TestParseMachineCPU(t *testing.T) {
	busy, interrupts, stolen := parseMachineCPU("cpu  100 200 300 9999 8888 40 60 500 77 77\ncpu0 1 1 1\n")
	if busy != 12 || interrupts != 1 || stolen != 5 {
		t.Errorf("busy %v, interrupts %v, stolen %v", busy, interrupts, stolen)
	}
	if busy, _, _ := parseMachineCPU(""); busy != 0 {
		t.Errorf("nothing: %v", busy)
	}
}

func TestParseStat(t *testing.T) {
	parent, cpu := parseStat([]byte("31 (odd) name (x) S 2 0 0 0 -1 69238880 0 0 0 0 150 50 0 0 20 0 1 0"))
	if parent != "2" || cpu != 2 {
		t.Errorf("parent %q, CPU %v", parent, cpu)
	}
	if parent, _ := parseStat([]byte("31 (cut")); parent != "" {
		t.Errorf("cut short: %q", parent)
	}
}

func TestCoresTaken(t *testing.T) {
	a := snapshot{at: time.Unix(0, 0)}
	b := snapshot{at: time.Unix(2, 0), busy: 4, stolen: .5, server: 1, self: .5, interrupts: .25, kernelThreads: .25}
	if got := coresTaken(a, b); got != 1 {
		t.Errorf("got %v cores", got)
	}
	b.server = 100
	if got := coresTaken(a, b); got != 0 {
		t.Errorf("got %v cores, never below none", got)
	}
}
