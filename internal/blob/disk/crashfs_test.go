package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

var (
	errOwn   = errors.New("injected")
	errPower = errors.New("the power is off")
)

// crashFS is a file system in memory that forgets on power loss whatever was
// not synced, entries of directories included, and fails when told to. It is
// harsher than real ones: a sync that fails drops for good what it should have
// made durable, and later syncs that succeed do not bring it back.
type crashFS struct {
	mu     sync.Mutex
	root   *inode
	locked map[string]bool
	ops    int
	off    int // the op at which the power goes off, 0 for never
	// fault is asked before each op and may fail it.
	fault func(n int, op, name string) error
}

type inode struct {
	dir bool
	// Of a directory: the entries, those that are durable, and those that a
	// failed sync has lost.
	live, durable, lost map[string]*inode
	// Of a file.
	data, synced []byte
	broken       bool
}

func newDir() *inode {
	return &inode{dir: true, live: map[string]*inode{}, durable: map[string]*inode{}, lost: map[string]*inode{}}
}

func newCrashFS() *crashFS { return &crashFS{root: newDir(), locked: map[string]bool{}} }

// step counts an op and tells whether it fails. The caller holds mu.
func (c *crashFS) step(op, name string) error {
	c.ops++
	if c.off > 0 && c.ops >= c.off {
		return errPower
	}
	if c.fault != nil {
		if err := c.fault(c.ops, op, name); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	return nil
}

func (c *crashFS) find(name string) (*inode, error) {
	if name == "/" {
		return c.root, nil
	}
	parent, err := c.find(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	if n := parent.live[filepath.Base(name)]; n != nil {
		return n, nil
	}
	return nil, &fs.PathError{Op: "find", Path: name, Err: syscall.ENOENT}
}

func (c *crashFS) add(op, name string, n *inode) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(op, name); err != nil {
		return err
	}
	if _, err := c.find(name); err == nil {
		return &fs.PathError{Op: op, Path: name, Err: syscall.EEXIST}
	}
	parent, err := c.find(filepath.Dir(name))
	if err != nil {
		return err
	}
	parent.live[filepath.Base(name)] = n
	return nil
}

func (c *crashFS) Mkdir(name string) error { return c.add("mkdir", name, newDir()) }

func (c *crashFS) Create(name string) (file, error) {
	n := &inode{}
	if err := c.add("create", name, n); err != nil {
		return nil, err
	}
	return &crashFile{c, name, n}, nil
}

func (c *crashFS) get(op, name string) (*inode, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(op, name); err != nil {
		return nil, err
	}
	return c.find(name)
}

func (c *crashFS) Open(name string) (file, error) {
	n, err := c.get("open", name)
	if err != nil {
		return nil, err
	}
	return &crashFile{c, name, n}, nil
}

func (c *crashFS) OpenDir(name string) (directory, error) {
	n, err := c.get("opendir", name)
	if err != nil {
		return nil, err
	}
	return &crashDir{c, name, n}, nil
}

func (c *crashFS) Stat(name string) (int64, time.Time, error) {
	n, err := c.get("stat", name)
	if err != nil {
		return 0, time.Time{}, err
	}
	return int64(len(n.data)), time.Time{}, nil
}

func (c *crashFS) Remove(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("remove", name); err != nil {
		return err
	}
	n, err := c.find(name)
	if err != nil {
		return err
	}
	if len(n.live) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
	}
	parent, _ := c.find(filepath.Dir(name))
	delete(parent.live, filepath.Base(name))
	return nil
}

func (c *crashFS) Rename(oldName, newName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("rename", newName); err != nil {
		return err
	}
	n, err := c.find(oldName)
	if err != nil {
		return err
	}
	from, _ := c.find(filepath.Dir(oldName))
	to, err := c.find(filepath.Dir(newName))
	if err != nil {
		return err
	}
	delete(from.live, filepath.Base(oldName))
	to.live[filepath.Base(newName)] = n
	return nil
}

type closeFunc func() error

func (f closeFunc) Close() error { return f() }

func (c *crashFS) Lock(name string) (io.Closer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step("lock", name); err != nil {
		return nil, err
	}
	if c.locked[name] {
		return nil, ErrLocked
	}
	c.locked[name] = true
	return closeFunc(func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.locked, name)
		return nil
	}), nil
}

type crashFile struct {
	c    *crashFS
	name string
	n    *inode
}

// Write keeps half of what it was given when it fails.
func (f *crashFile) Write(p []byte) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	err := f.c.step("write", f.name)
	if err != nil {
		p = p[:len(p)/2]
	}
	f.n.data = append(f.n.data, p...)
	return len(p), err
}

func (f *crashFile) ReadAt(p []byte, offset int64) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.c.step("read", f.name); err != nil {
		return 0, err
	}
	return bytes.NewReader(f.n.data).ReadAt(p, offset)
}

func (f *crashFile) Sync() error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.c.step("sync", f.name); err != nil {
		f.n.broken = true
		return err
	}
	if !f.n.broken {
		f.n.synced = slices.Clip(f.n.data) // data is only ever appended to
	}
	return nil
}

func (f *crashFile) op(op string) error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	return f.c.step(op, f.name)
}

func (f *crashFile) Size() (int64, error) {
	err := f.op("size")
	return int64(len(f.n.data)), err
}

func (f *crashFile) Flush(int64, int64) error { return f.op("flush") }
func (f *crashFile) Drain(int64, int64) error { return f.op("drain") }
func (f *crashFile) Close() error             { return f.op("close") }

type crashDir struct {
	c    *crashFS
	name string
	n    *inode
}

func (d *crashDir) Names() ([]string, error) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if err := d.c.step("names", d.name); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Keys(d.n.live)), nil
}

func (d *crashDir) Sync() error {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if err := d.c.step("syncdir", d.name); err != nil {
		for name, n := range d.n.live {
			if d.n.durable[name] != n {
				d.n.lost[name] = n
			}
		}
		return err
	}
	d.n.durable = map[string]*inode{}
	for name, n := range d.n.live {
		if d.n.lost[name] != n {
			d.n.durable[name] = n
		}
	}
	return nil
}

func (d *crashDir) Close() error {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	return d.c.step("close", d.name)
}

// crash is what a power loss leaves. Without rng nothing survives that was not
// synced; with it any part of that may.
func (c *crashFS) crash(rng *rand.Rand) *crashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	after := newCrashFS()
	after.root = crashed(c.root, rng)
	return after
}

func crashed(n *inode, rng *rand.Rand) *inode {
	if !n.dir {
		data := slices.Clip(n.synced)
		if rng != nil && len(n.data) > len(data) {
			kept := n.data[len(data):][:rng.IntN(len(n.data)-len(data)+1)]
			if rng.IntN(2) == 0 {
				kept = make([]byte, len(kept)) // the length is there, the bytes are not
			}
			data = append(data, kept...)
		}
		return &inode{data: data, synced: slices.Clip(data)}
	}
	entries := maps.Clone(n.durable)
	if rng != nil {
		for name := range n.durable {
			if n.live[name] == nil && rng.IntN(2) == 0 {
				delete(entries, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(n.live)) {
			if rng.IntN(2) == 0 {
				entries[name] = n.live[name]
			}
		}
	}
	d := newDir()
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		child := crashed(entries[name], rng)
		d.live[name], d.durable[name] = child, child
	}
	return d
}
