package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBucketsCoverEveryDuration(t *testing.T) {
	var h hist
	for b := range h.counts {
		if got := bucketOf(middleOf(b)); got != b {
			t.Fatalf("the middle of bucket %d falls into %d", b, got)
		}
	}
	if got := bucketOf(1<<63 - 1); got >= len(h.counts) {
		t.Fatalf("the longest duration falls into bucket %d of %d", got, len(h.counts))
	}
}

func TestQuantilesAreWithinOnePercent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := make([]hist, 3)
	var all []float64
	for i := range 100_000 {
		d := time.Duration(r.ExpFloat64() * 1e6)
		parts[i%3].add(d)
		all = append(all, float64(d)/1e3)
	}
	var h hist
	for i := range parts {
		h.merge(&parts[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, .5, .9, .99, .999, 1} {
		want := all[int(q*float64(len(all)-1))]
		if got := h.quantile(q); got < want*0.99-0.01 || got > want*1.01+0.01 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}

func TestQuantileOfNothing(t *testing.T) {
	if got := new(hist).quantile(.5); got != 0 {
		t.Errorf("got %v", got)
	}
}

func TestNegativeDurationCountsAsZero(t *testing.T) {
	var h hist
	h.add(-time.Second)
	if h.n != 1 || h.quantile(1) != 0 {
		t.Errorf("n %d, max %v", h.n, h.quantile(1))
	}
}
