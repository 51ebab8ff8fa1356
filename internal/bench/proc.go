package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is the unit of CPU times in /proc, the same on every Linux.
const ticksPerSecond = 100

// processCPU returns the CPU seconds, user and system, that a process has used. It
// reads the process's CPU clock, which is exact to the nanosecond; the times in
// /proc count in hundredths.
func processCPU(pid int) (float64, error) {
	var ts unix.Timespec
	// The clock of another process, as clock_getcpuclockid(3) builds its id.
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return float64(ts.Nano()) / 1e9, nil
}

// memory is a process's resident set, in MiB.
type memory struct{ now, peak float64 }

func processMemory(pid int) memory {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return parseMemory(string(status))
}

func parseMemory(status string) memory {
	var m memory
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			m.now = kib / 1024
		case "VmHWM":
			m.peak = kib / 1024
		}
	}
	return m
}

// resetPeak makes the peak of a process's resident set start again at its present
// size. Where the kernel does not allow that, the peak stays the process's own.
func resetPeak(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// writtenMiB is what a process has sent to the block layer.
func writtenMiB(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			n, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
			return n / (1 << 20)
		}
	}
	return 0
}

// snapshot is the machine's CPU account, in seconds over all cores.
type snapshot struct {
	at                          time.Time
	server, self                float64
	busy, interrupts, stolen    float64
	kernelThreads, serverWrites float64
}

func takeSnapshot(pid int) (snapshot, error) {
	s := snapshot{at: time.Now(), kernelThreads: kernelThreadCPU(), serverWrites: writtenMiB(pid)}
	var err error
	if s.server, err = processCPU(pid); err != nil {
		return s, err
	}
	if s.self, err = processCPU(os.Getpid()); err != nil {
		return s, err
	}
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return s, err
	}
	s.busy, s.interrupts, s.stolen = parseMachineCPU(string(stat))
	return s, nil
}

// parseMachineCPU reads the first line of /proc/stat. Guests' time is part of the
// user time there and is not counted again.
func parseMachineCPU(stat string) (busy, interrupts, stolen float64) {
	line, _, _ := strings.Cut(stat, "\n")
	var t [9]float64
	for i, field := range strings.Fields(line) {
		if i < len(t) {
			t[i], _ = strconv.ParseFloat(field, 64)
		}
	}
	const user, nice, system, irq, softirq, steal = 1, 2, 3, 6, 7, 8
	interrupts = (t[irq] + t[softirq]) / ticksPerSecond
	stolen = t[steal] / ticksPerSecond
	return (t[user]+t[nice]+t[system])/ticksPerSecond + interrupts + stolen, interrupts, stolen
}

// coresTaken is how many cores, on average between two snapshots, worked for
// neighbours: neither for the server nor the client nor in the kernel's own threads
// and interrupts, which mostly work for the two. Time that the hypervisor gave to
// other machines counts as taken.
func coresTaken(a, b snapshot) float64 {
	known := (b.interrupts - a.interrupts) + (b.server - a.server) + (b.self - a.self) + (b.kernelThreads - a.kernelThreads)
	return max(0, (b.busy-a.busy-known)/b.at.Sub(a.at).Seconds())
}

// kernelThreadCPU is the CPU seconds of all kernel threads, such as those that
// write back and commit journals.
func kernelThreadCPU() float64 {
	dirs, _ := os.ReadDir("/proc")
	var sum float64
	for _, d := range dirs {
		if name := d.Name(); name[0] < '0' || name[0] > '9' {
			continue
		}
		// A process that has just ended has no file; its share is negligible.
		stat, err := os.ReadFile("/proc/" + d.Name() + "/stat")
		if err != nil {
			continue
		}
		if parent, cpu := parseStat(stat); parent == "2" { // kthreadd
			sum += cpu
		}
	}
	return sum
}

// parseStat reads /proc/PID/stat. The name in it may hold blanks and parentheses.
func parseStat(stat []byte) (parent string, cpu float64) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return "", 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return fields[1], (user + system) / ticksPerSecond
}
