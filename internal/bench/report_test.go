package main

import (
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{7}, 7}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
	}
}

func rounds(server, op string, ops ...float64) (out []*step) {
	for i, v := range ops {
		out = append(out, &step{Server: server, Op: op, Size: 1024, Conns: 8, Round: i, OpsPerSecond: v, PeakRSS: v})
	}
	return out
}

func TestSummarizeTakesRatiosWithinRounds(t *testing.T) {
	// Neighbours halve all speeds in the second round: the ratio stays.
	steps := append(rounds("b", "get", 100, 50, 100), rounds("a", "get", 300, 150, 320)...)
	steps = append(steps, rounds("b", "put", 7)...)
	got := summarize(steps, []string{"a", "b", "never started"})
	if len(got) != 3 {
		t.Fatalf("%d rows: %+v", len(got), got)
	}
	if put := got[0]; put.op != "put" || put.server != "b" || put.ratio != 0 {
		t.Errorf("nothing to compare with: %+v", put)
	}
	if a := got[1]; a.server != "a" || a.ops != 300 || a.ratio != 1 {
		t.Errorf("first server: %+v", a)
	}
	if b := got[2]; b.server != "b" || b.ops != 100 || b.ratio != 3 || b.peak != 100 {
		t.Errorf("second server: %+v", b)
	}
}

func TestReportSaysWhatWentWrong(t *testing.T) {
	steps := append(rounds("a", "get", 300), rounds("b", "get", 200)...)
	steps[1].Errors = 3
	var b strings.Builder
	c := &config{servers: []string{"a", "b", "c"}, rounds: 1, duration: time.Second, payload: "unsigned"}
	if err := writeReport(&b, c, "A machine.", []string{"c: does not build"}, steps); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A machine.", "a ÷ it", " 1.50 |", "- b get 1k at 8 connections: 3 errors", "- c: does not build"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
