// Command run plays a file of authorization cases by the pure function and
// through a server, prints each that differs, and how many do.
//
//	go run ./internal/cases/run [-way pure|http|both] [-v] FILE…
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/cases/live"
)

func main() {
	way := flag.String("way", "both", "pure, http or both")
	verbose := flag.Bool("v", false, "print why a case is not played over HTTP")
	flag.Parse()
	if *way != "pure" && *way != "http" && *way != "both" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	failed := false
	for _, file := range flag.Args() {
		list, err := cases.Load(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		r := &runner{out: os.Stdout, pure: *way != "http", http: *way != "pure", verbose: *verbose, skipped: map[string]int{}}
		for _, c := range list {
			r.run(c)
		}
		r.summary()
		failed = failed || r.failed > 0
	}
	if failed {
		os.Exit(1)
	}
}

// runner plays cases and counts. A case passes if it does every way that it is
// played.
type runner struct {
	out            io.Writer
	pure, http     bool
	verbose        bool
	passed, failed int
	served         int            // cases played over HTTP
	skipped        map[string]int // not played over HTTP, by the reason
}

func (r *runner) run(c *cases.Case) {
	ok := true
	differs := func(way, how string) {
		ok = false
		fmt.Fprintf(r.out, "%s (%s) by %s: %s\n", c.ID, c.Why, way, how)
	}
	if r.pure {
		if got, err := cases.Play(c); err != nil {
			differs("the pure function", err.Error())
		} else if how := c.Differs(got); how != "" {
			differs("the pure function", how)
		}
	}
	if r.http {
		got, err := live.Play(context.Background(), c)
		switch {
		case err != nil:
			differs("HTTP", err.Error())
		case got.PureOnly != "":
			r.skipped[got.PureOnly]++
			if r.verbose {
				fmt.Fprintf(r.out, "%s is not played over HTTP: %s\n", c.ID, got.PureOnly)
			}
		default:
			r.served++
			if how := c.Differs(got.Result); how != "" {
				differs("HTTP", how)
			}
		}
	}
	if ok {
		r.passed++
	} else {
		r.failed++
	}
}

func (r *runner) summary() {
	if r.http {
		fmt.Fprintf(r.out, "%d played over HTTP\n", r.served)
		for _, why := range slices.Sorted(maps.Keys(r.skipped)) {
			fmt.Fprintf(r.out, "%d by the pure function alone: %s\n", r.skipped[why], why)
		}
	}
	fmt.Fprintf(r.out, "%d passed, %d failed\n", r.passed, r.failed)
}
