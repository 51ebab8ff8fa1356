package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// bench is one run.
type bench struct {
	*config
	servers  []*server
	absent   []string // why a server that was asked for is not measured
	steps    []*step
	lines    *json.Encoder
	disk     *disk
	payloads map[int]*payload
	block    int // counts, to let another server begin each time
}

func newBench(c *config, d *disk, lines io.Writer) *bench {
	b := &bench{config: c, disk: d, lines: json.NewEncoder(lines), payloads: map[int]*payload{}}
	random := randomBytes(maxSize)
	for _, size := range append([]int{1, warmSize}, c.sizes...) {
		b.payloads[size] = newPayload(random, size, c.payload)
	}
	return b
}

// start builds and starts the servers that were asked for. One that cannot be is
// reported and left out, but for the first, without which nothing is compared.
func (b *bench) start(ctx context.Context, dir string) error {
	build, err := newBuilder(ctx, filepath.Join(dir, "bin"))
	if err != nil {
		return err
	}
	wanted := b.wanted()
	binaries := map[*kind]string{}
	for _, k := range wanted { // all before the first starts, so that none idles
		if k.name == "sallyport" && b.binary != "" {
			binaries[k], err = filepath.Abs(b.binary)
		} else {
			binaries[k], err = k.binary(ctx, build)
		}
		if err != nil {
			delete(binaries, k)
			b.leaveOut(k.name, err)
		}
	}
	for _, k := range wanted {
		if binaries[k] == "" {
			continue
		}
		s, err := startServer(ctx, k, binaries[k], dir)
		if err == nil {
			if err = b.warm(ctx, s); err != nil {
				s.stop()
			}
		}
		if err != nil {
			b.leaveOut(k.name, err)
			continue
		}
		b.servers = append(b.servers, s)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.complete()
}

// wanted is the kinds that were asked for, in that order.
func (b *bench) wanted() []*kind {
	var out []*kind
	all := kinds()
	for _, name := range b.config.servers {
		out = append(out, all[slices.IndexFunc(all, func(k *kind) bool { return k.name == name })])
	}
	return out
}

func (b *bench) leaveOut(name string, err error) {
	b.absent = append(b.absent, fmt.Sprintf("%s: %v", name, err))
	progress("%s is not measured: %v", name, err)
}

func (b *bench) stop() {
	for _, s := range b.servers {
		s.stop()
	}
}

const warmSize = 1 << 10

// warm lets pools, volumes and caches come into being.
func (b *bench) warm(ctx context.Context, s *server) error {
	set := &keySet{size: warmSize, payload: b.payloads[warmSize], round: -1}
	if err := setUp(ctx, s, set.putFrom(0, 300, 0)); err != nil {
		return err
	}
	set.n = 300
	read := set.get()
	read.limit = 300
	if err := setUp(ctx, s, read); err != nil {
		return err
	}
	return setUp(ctx, s, set.delete(0))
}

// run measures everything, the servers in turn.
func (b *bench) run(ctx context.Context) error {
	for round := range b.rounds {
		if b.has("put", "get", "head", "delete") {
			for _, size := range b.sizes {
				for _, conns := range b.conns {
					if err := b.turn(ctx, func(s *server) error { return b.objects(ctx, s, round, size, conns) }); err != nil {
						return err
					}
				}
			}
		}
		if err := b.listings(ctx, round); err != nil {
			return err
		}
	}
	return nil
}

// turn does something with each server that still works, another one first each
// time. A server that ends or does not do what it must is left out from then on.
func (b *bench) turn(ctx context.Context, do func(s *server) error) error {
	b.block++
	for i := range b.servers {
		s := b.servers[(b.block+i)%len(b.servers)]
		if s.failed != nil {
			continue
		}
		if err := b.disk.settle(b.maxPut); err != nil {
			return err
		}
		err := do(s)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err = errors.Join(err, s.ended()); err != nil {
			s.failed = err
			b.leaveOut(s.name+" (from here on)", err)
		}
	}
	return nil
}

// objects is one block: it puts a set of keys, reads it and deletes it.
func (b *bench) objects(ctx context.Context, s *server, round, size, conns int) error {
	set := &keySet{size: size, conns: conns, round: round, payload: b.payloads[size]}
	if b.has("put") {
		began, err := b.measure(ctx, s, round, set.put(b.maxPut))
		if err != nil {
			return err
		}
		set.n = began
	}
	small := size == b.sizes[0]
	if b.has("get") || small && b.has("head", "delete") {
		if err := setUp(ctx, s, set.putFrom(set.n, readSet(size)-set.n, 0)); err != nil {
			return err
		}
		set.n = max(set.n, readSet(size))
		if err := b.disk.settle(0); err != nil {
			return err
		}
	}
	var jobs []job
	if b.has("get") {
		jobs = append(jobs, set.get())
	}
	if small && b.has("head") {
		jobs = append(jobs, set.head())
	}
	for _, j := range jobs {
		if _, err := b.measure(ctx, s, round, j); err != nil {
			return err
		}
	}
	return b.clear(ctx, s, round, set, small && b.has("delete"))
}

// clear deletes a set, at first measured when that is wanted.
func (b *bench) clear(ctx context.Context, s *server, round int, set *keySet, measured bool) error {
	var done int64
	if measured {
		var err error
		if done, err = b.measure(ctx, s, round, set.delete(0)); err != nil {
			return err
		}
	}
	if s.ceiling {
		return nil
	}
	return setUp(ctx, s, set.delete(done))
}

func (b *bench) listings(ctx context.Context, round int) error {
	for _, l := range listings() {
		if !b.has(l.op) {
			continue
		}
		for _, conns := range b.conns {
			err := b.turn(ctx, func(s *server) error {
				if s.ceiling {
					return nil
				}
				if !s.filled {
					if err := setUp(ctx, s, fillListing(b.listKeys, b.payloads[1])); err != nil {
						return err
					}
					s.filled = true
				}
				_, err := b.measure(ctx, s, round, l.job(conns, b.listKeys))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// measure does a job, records it and returns how many operations it began.
func (b *bench) measure(ctx context.Context, s *server, round int, j job) (int64, error) {
	r, began, err := measure(ctx, s, j, b.duration)
	if err != nil || ctx.Err() != nil {
		return began, err
	}
	r.Round, r.Payload = round, b.payload
	b.steps = append(b.steps, r)
	progress("%-10s %d %-14s %-4s c%-3d %9.1f op/s %8.1f MB/s  p50 %7.0f  p99 %7.0f µs  CPU %6.0f µs/op  neighbours %3.0f %%  %s",
		r.Server, r.Round, r.Op, sizeName(r.Size), r.Conns, r.OpsPerSecond, r.MBPerSecond, r.P50, r.P99, r.ServerCPU, r.Neighbours*100, r.Error)
	return began, b.lines.Encode(r)
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
