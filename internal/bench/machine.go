package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// describeMachine says on what the figures were measured.
func describeMachine(dataDir string) string {
	model := "unknown CPU"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		model = fieldOf(string(text), "model name", model)
	}
	mem := "?"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		fmt.Sscanf(fieldOf(string(text), "MemTotal", ""), "%d", &kib)
		mem = fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d cores of %s, %s, Linux %s, data on %s, %s. Client and server share the cores.",
		runtime.NumCPU(), model, mem, strings.TrimSpace(string(release)), fileSystem(dataDir), runtime.Version())
}

// fieldOf returns the value of the first "name : value" line.
func fieldOf(text, name, otherwise string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return otherwise
}

// fileSystem names what a directory is on: on tmpfs, syncing costs nothing and
// figures of writes mean little.
func fileSystem(dir string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "an unknown file system"
	}
	switch uint32(st.Type) {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs"
	case unix.TMPFS_MAGIC:
		return "tmpfs (nothing is durable)"
	default:
		return fmt.Sprintf("file system %#x", uint32(st.Type))
	}
}
