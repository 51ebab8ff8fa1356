package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// point is what was measured in several rounds on several servers.
type point struct {
	op          string
	size, conns int
}

// summary is one server's medians at a point.
type summary struct {
	point
	server            string
	ops, mb, p50, p99 float64
	cpu, rss, peak    float64
	neighbours        float64
	ratio             float64 // median over the rounds of the first server's ops/s by this one's
	errors            int64
}

// summarize takes medians over the rounds. Servers come in the order given, points
// in the order in which they were first measured. Ratios are taken within a round,
// where both servers had the same neighbours.
func summarize(steps []*step, servers []string) []summary {
	type key struct {
		point
		server string
	}
	var points []point
	rounds := map[key][]*step{}
	for _, s := range steps {
		p := point{s.Op, s.Size, s.Conns}
		if !slices.Contains(points, p) {
			points = append(points, p)
		}
		rounds[key{p, s.Server}] = append(rounds[key{p, s.Server}], s)
	}
	slices.SortStableFunc(points, func(a, b point) int {
		return cmp.Or(cmp.Compare(slices.Index(operations, a.op), slices.Index(operations, b.op)), cmp.Compare(a.size, b.size))
	})
	var out []summary
	for _, p := range points {
		first := rounds[key{p, servers[0]}]
		for _, name := range servers {
			if mine := rounds[key{p, name}]; mine != nil {
				out = append(out, medians(p, name, mine, first))
			}
		}
	}
	return out
}

func medians(p point, server string, mine, first []*step) summary {
	s := summary{point: p, server: server}
	for _, m := range []struct {
		into *float64
		from func(*step) float64
	}{
		{&s.ops, func(r *step) float64 { return r.OpsPerSecond }},
		{&s.mb, func(r *step) float64 { return r.MBPerSecond }},
		{&s.p50, func(r *step) float64 { return r.P50 }},
		{&s.p99, func(r *step) float64 { return r.P99 }},
		{&s.cpu, func(r *step) float64 { return r.ServerCPU }},
		{&s.rss, func(r *step) float64 { return r.RSS }},
		{&s.peak, func(r *step) float64 { return r.PeakRSS }},
		{&s.neighbours, func(r *step) float64 { return r.Neighbours }},
	} {
		var values []float64
		for _, r := range mine {
			values = append(values, m.from(r))
		}
		*m.into = median(values)
	}
	var ratios []float64
	for _, r := range mine {
		s.errors += r.Errors
		i := slices.IndexFunc(first, func(f *step) bool { return f.Round == r.Round })
		if i >= 0 && r.OpsPerSecond > 0 {
			ratios = append(ratios, first[i].OpsPerSecond/r.OpsPerSecond)
		}
	}
	s.ratio = median(ratios)
	return s
}

// median returns 0 of nothing.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	values = slices.Sorted(slices.Values(values))
	return (values[(n-1)/2] + values[n/2]) / 2
}

// writeReport writes the table, and above and below it what a reader needs to
// judge it.
func writeReport(w io.Writer, c *config, machine string, absent []string, steps []*step) error {
	fmt.Fprintf(w, "%s\n\nMedians of %d × %v; PUT with %s payloads; MB = 10⁶ bytes; RSS at the end of a step / its peak.\n\n", machine, c.rounds, c.duration, c.payload)
	summaries := summarize(steps, c.servers)
	columns := []string{"<op", "size", "conns", "<server", "ops/s", "MB/s", "p50 µs", "p99 µs", "CPU µs/op", "RSS MiB", c.servers[0] + " ÷ it", "neighbours"}
	var rows [][]string
	var notes []string
	for _, s := range summaries {
		rows = append(rows, s.cells(c.servers[0]))
		if s.errors > 0 {
			notes = append(notes, fmt.Sprintf("%s %s %s at %d connections: %d errors", s.server, s.op, sizeName(s.size), s.conns, s.errors))
		}
	}
	if err := writeTable(w, columns, rows); err != nil {
		return err
	}
	for _, note := range append(notes, absent...) {
		fmt.Fprintf(w, "\n- %s\n", note)
	}
	return nil
}

func (s *summary) cells(first string) []string {
	mb, ratio := "", ""
	if s.mb > 0 {
		mb = number(s.mb)
	}
	if s.server != first && s.ratio > 0 {
		ratio = fmt.Sprintf("%.2f", s.ratio)
	}
	return []string{
		s.op, sizeName(s.size), fmt.Sprint(s.conns), s.server, number(s.ops), mb, number(s.p50), number(s.p99),
		number(s.cpu), fmt.Sprintf("%.0f / %.0f", s.rss, s.peak), ratio, fmt.Sprintf("%.0f %%", s.neighbours*100),
	}
}
