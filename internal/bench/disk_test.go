package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDiskKeepsOneRunAndNoData(t *testing.T) {
	out := filepath.Join(t.TempDir(), "results")
	if err := os.MkdirAll(filepath.Join(out, "data.tmp", "left"), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := openDisk(out, 1<<40, 0)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(d.path); err != nil || len(left) != 0 {
		t.Errorf("data of an earlier run: %v, %v", left, err)
	}
	if _, err := openDisk(out, 1<<40, 0); err == nil {
		t.Error("a second run may start")
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.path); !os.IsNotExist(err) {
		t.Errorf("data is left: %v", err)
	}
	d, err = openDisk(out, 1<<40, 0)
	if err != nil {
		t.Fatal("after the first run:", err)
	}
	d.close()
}

func TestDiskBounds(t *testing.T) {
	d := &disk{maxTaken: 10 << 30, freeFirst: 100 << 30}
	for _, c := range []struct {
		name       string
		free, need int64
		ok         bool
	}{
		{"fits", 95 << 30, 1 << 30, true},
		{"taken too much", 89 << 30, 0, false},
		{"too little free", 2 << 30, 1, false},
	} {
		if err := d.check(c.free, c.need); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := openDisk(t.TempDir(), 1<<40, 1<<60); err == nil {
		t.Error("a run starts that no disk can hold")
	}
}
