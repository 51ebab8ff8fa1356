package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	// The servers die with the thread that started them: see startProcess.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	var err error
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		err = serveBare(ctx, os.Args[2:])
	} else {
		err = run(ctx, os.Args[1:])
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures and reports. A run that ends early reports what it has.
func run(ctx context.Context, args []string) (err error) {
	c, err := parseConfig(args, os.Stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.limit, fmt.Errorf("the run took longer than -limit %v", c.limit))
	defer cancel()
	d, err := openDisk(c.out, c.maxDisk, 2*c.maxPut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	base := filepath.Join(c.out, time.Now().UTC().Format("20060102T150405Z"))
	lines, err := os.Create(base + ".jsonl")
	if err != nil {
		return err
	}
	defer lines.Close()
	b := newBench(c, d, lines)
	defer b.stop()
	if err := b.start(ctx, d.path); err != nil {
		return err
	}
	measured := b.run(ctx)
	if measured != nil && ctx.Err() != nil {
		measured = context.Cause(ctx)
	}
	return errors.Join(measured, b.report(base+".md"), b.complete())
}

// report prints the table and keeps it beside the steps.
func (b *bench) report(path string) error {
	if len(b.steps) == 0 {
		return errors.New("nothing was measured")
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = writeReport(io.MultiWriter(os.Stdout, f), b.config, describeMachine(b.disk.path), b.absent, b.steps)
	progress("\nTable and steps: %s, .jsonl", path)
	return errors.Join(err, f.Close())
}

// complete fails when the server that all others are compared with is missing. A
// missing peer is only reported: not everybody can build it.
func (b *bench) complete() error {
	for _, s := range b.servers {
		if s.name == b.config.servers[0] {
			return s.failed
		}
	}
	return fmt.Errorf("%s was not measured", b.config.servers[0])
}
