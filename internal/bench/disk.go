package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// reserve is what must stay free on the disk, in bytes.
const reserve = 2 << 30

// disk is the directory of a run. It guards how much the run may take.
type disk struct {
	path      string
	lock      *os.File
	maxTaken  int64
	freeFirst int64
}

// openDisk makes out and, in it, an empty directory for data. A lock keeps a
// second run out, which would measure the first one's load; data that a killed run
// left is removed.
func openDisk(out string, maxTaken, need int64) (*disk, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(out, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("another run uses %s: %w", out, err)
	}
	d := &disk{path: filepath.Join(out, "data.tmp"), lock: lock, maxTaken: maxTaken}
	if err := d.prepare(need); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *disk) prepare(need int64) error {
	if err := os.RemoveAll(d.path); err != nil {
		return err
	}
	if err := os.Mkdir(d.path, 0o755); err != nil {
		return err
	}
	var err error
	if d.freeFirst, err = d.free(); err != nil {
		return err
	}
	return d.check(d.freeFirst, need)
}

// close removes all data.
func (d *disk) close() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}

func (d *disk) free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(d.path, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}

func (d *disk) check(free, need int64) error {
	if free < need+reserve {
		return fmt.Errorf("%d MiB are free on the disk of %s; the next step may need %d", free>>20, d.path, (need+reserve)>>20)
	}
	if taken := d.freeFirst - free; taken > d.maxTaken {
		return fmt.Errorf("the run has taken %d MiB of disk, more than -max-disk %dm", taken>>20, d.maxTaken>>20)
	}
	return nil
}

// settle writes back what earlier steps left to be written, so that no later one
// pays for it, and checks that need bytes may be written next.
func (d *disk) settle(need int64) error {
	dir, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := unix.Syncfs(int(dir.Fd())); err != nil {
		return err
	}
	free, err := d.free()
	if err != nil {
		return err
	}
	return d.check(free, need)
}
