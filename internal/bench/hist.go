package main

import (
	"math/bits"
	"time"
)

// subBuckets is how many buckets each power of two has: a reported quantile is
// within 1/128 of the true one.
const subBuckets = 128

// hist is a log-linear histogram of latencies. It is not safe for concurrent use:
// one per worker, then merge.
type hist struct {
	counts [57 * subBuckets]uint32
	n      uint64
	max    uint64 // nanoseconds
}

func bucketOf(v uint64) int {
	if v < subBuckets {
		return int(v)
	}
	shift := bits.Len64(v) - 8 // v>>shift lies in [128, 256)
	return shift*subBuckets + int(v>>shift)
}

// middleOf returns the middle of a bucket, in nanoseconds.
func middleOf(bucket int) uint64 {
	if bucket < subBuckets {
		return uint64(bucket)
	}
	shift := bucket/subBuckets - 1
	low := (uint64(bucket%subBuckets) + subBuckets) << shift
	return low + (uint64(1)<<shift)/2
}

func (h *hist) add(d time.Duration) {
	v := uint64(max(d, 0))
	h.counts[bucketOf(v)]++
	h.n++
	h.max = max(h.max, v)
}

func (h *hist) merge(o *hist) {
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// quantile returns the q-quantile (0 to 1) in microseconds, 0 when empty.
func (h *hist) quantile(q float64) float64 {
	if h.n == 0 {
		return 0
	}
	rank := uint64(q*float64(h.n-1)) + 1
	var seen uint64
	for i, c := range h.counts {
		if seen += uint64(c); seen >= rank {
			return float64(min(middleOf(i), h.max)) / 1e3
		}
	}
	return float64(h.max) / 1e3
}
