package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// config is what a run does. Every server, size and number of connections is
// measured in every round.
type config struct {
	ops, servers []string
	sizes, conns []int
	duration     time.Duration // of a step
	rounds       int
	payload      string
	listKeys     int64
	maxPut       int64         // bytes that one PUT step may write
	maxDisk      int64         // bytes that the whole run may take
	limit        time.Duration // of the whole run
	out          string
	binary       string // measured instead of this tree
}

var (
	payloads   = []string{"unsigned", "signed", "trailer"}
	operations = []string{"put", "get", "head", "delete", "list", "list-delimiter", "list-prefix"}
)

// quick are the values that -quick gives the flags that are not set.
var quick = map[string]string{"sizes": "1k,1m", "concs": "1,8", "dur": "700ms", "rounds": "2"}

func parseConfig(args []string, output io.Writer) (*config, error) {
	c := &config{}
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(output)
	ops := f.String("ops", "put,get,head,delete,list", "of "+strings.Join(operations, ","))
	sizes := f.String("sizes", "1k,64k,1m,16m", "object sizes, up to 16m; HEAD and DELETE use the first")
	concs := f.String("concs", "1,8,32", "numbers of connections")
	servers := f.String("servers", strings.Join(names, ","), "what to measure; the first is compared with the others")
	f.DurationVar(&c.duration, "dur", time.Second, "length of a step")
	f.IntVar(&c.rounds, "rounds", 3, "how often each step is measured; the table has medians")
	f.StringVar(&c.payload, "payload", payloads[0], "how a PUT protects its payload: "+strings.Join(payloads, ", "))
	f.Int64Var(&c.listKeys, "keys", 10_000, "keys in the bucket that is listed")
	maxPut := f.String("max-put", "1024m", "bytes after which a PUT step ends early")
	maxDisk := f.String("max-disk", "16384m", "bytes on disk at which the run ends")
	f.DurationVar(&c.limit, "limit", 45*time.Minute, "time after which the run ends, builds included")
	f.StringVar(&c.out, "out", "bench-results", "directory for results and, while it runs, data")
	f.StringVar(&c.binary, "sallyport", "", "measure this binary instead of building the tree")
	isQuick := f.Bool("quick", false, "about three minutes: "+quickHelp())
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if *isQuick {
		applyQuick(f)
	}
	c.ops, c.servers = split(*ops), split(*servers)
	var err error
	if c.sizes, err = parseSizes(*sizes); err != nil {
		return nil, fmt.Errorf("-sizes: %w", err)
	}
	if c.conns, err = parseSizes(*concs); err != nil {
		return nil, fmt.Errorf("-concs: %w", err)
	}
	if c.maxPut, c.maxDisk, err = parseBounds(*maxPut, *maxDisk); err != nil {
		return nil, err
	}
	return c, c.check(f.Args(), names)
}

func quickHelp() string {
	var out []string
	for name, value := range quick {
		out = append(out, "-"+name+" "+value)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func applyQuick(f *flag.FlagSet) {
	given := map[string]bool{}
	f.Visit(func(set *flag.Flag) { given[set.Name] = true })
	for name, value := range quick {
		if !given[name] {
			f.Set(name, value)
		}
	}
}

func (c *config) check(rest, names []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	for _, list := range []struct {
		flag        string
		given, from []string
	}{{"-ops", c.ops, operations}, {"-servers", c.servers, names}, {"-payload", []string{c.payload}, payloads}} {
		if len(list.given) == 0 {
			return fmt.Errorf("%s: nothing given", list.flag)
		}
		for _, g := range list.given {
			if !slices.Contains(list.from, g) {
				return fmt.Errorf("%s: %q is none of %s", list.flag, g, strings.Join(list.from, ", "))
			}
		}
	}
	if slices.Max(c.sizes) > maxSize || slices.Max(c.conns) > 1024 {
		return fmt.Errorf("objects of at most 16m and at most 1024 connections")
	}
	if c.duration <= 0 || c.duration > time.Minute || c.rounds < 1 || c.rounds > 100 || c.listKeys < 1 || c.listKeys > 1_000_000 {
		return fmt.Errorf("-dur at most 1m, -rounds from 1 to 100, -keys from 1 to 1000000")
	}
	return nil
}

func (c *config) has(ops ...string) bool {
	return slices.ContainsFunc(ops, func(op string) bool { return slices.Contains(c.ops, op) })
}

func split(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" })
}

// parseSizes reads positive numbers, which may end in k (1024) or m (1024²).
func parseSizes(list string) ([]int, error) {
	var out []int
	for _, field := range split(list) {
		digits, unit := field, 1
		switch field[len(field)-1] {
		case 'k':
			digits, unit = field[:len(field)-1], 1<<10
		case 'm':
			digits, unit = field[:len(field)-1], 1<<20
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > 1<<40/unit {
			return nil, fmt.Errorf("%q is not a positive number, k or m", field)
		}
		out = append(out, n*unit)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nothing given")
	}
	return out, nil
}

func parseBounds(put, disk string) (int64, int64, error) {
	p, err := parseSizes(put)
	if err != nil {
		return 0, 0, fmt.Errorf("-max-put: %w", err)
	}
	d, err := parseSizes(disk)
	if err != nil {
		return 0, 0, fmt.Errorf("-max-disk: %w", err)
	}
	return int64(p[0]), int64(d[0]), nil
}
