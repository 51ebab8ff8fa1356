package main

import (
	"io"
	"slices"
	"testing"
	"time"
)

func TestParseConfig(t *testing.T) {
	c, err := parseConfig([]string{"-ops", "get", "-sizes", "1k,16m", "-concs", "8", "-servers", "sallyport,versitygw", "-dur", "2s", "-max-put", "2m"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.sizes, []int{1 << 10, 16 << 20}) || !slices.Equal(c.conns, []int{8}) || c.duration != 2*time.Second || c.maxPut != 2<<20 {
		t.Errorf("got %+v", c)
	}
	if !c.has("put", "get") || c.has("put", "list") {
		t.Errorf("ops %v", c.ops)
	}
}

func TestQuickYieldsToWhatIsGiven(t *testing.T) {
	c, err := parseConfig([]string{"-quick", "-rounds", "5"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.rounds != 5 || c.duration != 700*time.Millisecond || !slices.Equal(c.conns, []int{1, 8}) {
		t.Errorf("got %+v", c)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"-ops", "fly"}, {"-ops", ""}, {"-servers", "nginx"}, {"-servers", ","}, {"-payload", "none"},
		{"-sizes", "17m"}, {"-sizes", "0"}, {"-sizes", "-1"}, {"-sizes", "k"}, {"-sizes", "99999999999m"}, {"-sizes", ""},
		{"-concs", "4096"}, {"-concs", "x"}, {"-dur", "2h"}, {"-dur", "0s"}, {"-rounds", "0"}, {"-keys", "0"},
		{"-max-put", "x"}, {"-max-disk", ""}, {"rest"}, {"-unknown"},
	} {
		if c, err := parseConfig(args, io.Discard); err == nil {
			t.Errorf("%q taken as %+v", args, c)
		}
	}
}
