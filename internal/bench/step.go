package main

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// step is the result of measuring one operation on one server for a moment: one
// line of JSON. CPU counts cores, of which the machine has runtime.NumCPU.
type step struct {
	Server       string  `json:"server"`
	Round        int     `json:"round"`
	Op           string  `json:"op"`
	Payload      string  `json:"payload"`
	Size         int     `json:"size"`
	Conns        int     `json:"conns"`
	Ops          int64   `json:"ops"`
	Errors       int64   `json:"errors"`
	Seconds      float64 `json:"seconds"`
	OpsPerSecond float64 `json:"ops_s"`
	MBPerSecond  float64 `json:"mb_s"` // 1e6 bytes of payload
	P50          float64 `json:"p50_us"`
	P90          float64 `json:"p90_us"`
	P99          float64 `json:"p99_us"`
	Max          float64 `json:"max_us"`
	ServerCPU    float64 `json:"server_cpu_us_op"`
	ClientCPU    float64 `json:"client_cpu_us_op"`
	Neighbours   float64 `json:"neighbours"` // share of the machine, 0 to 1
	RSS          float64 `json:"rss_mib"`    // at the end
	PeakRSS      float64 `json:"peak_rss_mib"`
	WrittenMiB   float64 `json:"written_mib"`
	Dials        int     `json:"dials"`
	Error        string  `json:"error,omitempty"` // the first
}

// job is what a step does. Each of its workers calls an operation of its own with
// ascending numbers that no other worker gets.
type job struct {
	op          string
	size, conns int
	limit       int64 // operations at most; 0 for no bound but the time
	maxBytes    int64 // payload bytes at most; 0 for no bound but the time
	newWorker   func() operation
}

// operation does the i-th one and returns how many payload bytes it moved.
type operation func(c *conn, i int64) (int64, error)

// errorsPerWorker is after how many errors a worker gives up, so that a broken
// server costs no time.
const errorsPerWorker = 10

// crew is the connections of a step and what they counted together.
type crew struct {
	job
	conns                 []*conn
	hists                 []hist
	next, bytes, failures atomic.Int64
	firstError            atomic.Pointer[string]
}

func newCrew(s *server, j job) *crew {
	w := &crew{job: j, hists: make([]hist, j.conns)}
	for range j.conns {
		c := newConn(s.addr, s.cred)
		// Dial before the clock runs. An error shows again in the step.
		c.do(&call{request: request{method: http.MethodHead, path: "/" + bucket, hash: emptyHash}})
		w.conns = append(w.conns, c)
	}
	return w
}

func (w *crew) close() {
	for _, c := range w.conns {
		c.close()
	}
}

// work runs every worker to the deadline, the limit or the context's end. It
// returns after the last answer.
func (w *crew) work(ctx context.Context, deadline time.Time) {
	var wg sync.WaitGroup
	for n, c := range w.conns {
		wg.Go(func() { w.worker(ctx, deadline, c, &w.hists[n]) })
	}
	wg.Wait()
}

func (w *crew) worker(ctx context.Context, deadline time.Time, c *conn, h *hist) {
	op := w.newWorker()
	for failures := 0; failures < errorsPerWorker && ctx.Err() == nil; {
		start := time.Now()
		if start.After(deadline) || w.maxBytes > 0 && w.bytes.Load() >= w.maxBytes {
			return
		}
		i := w.next.Add(1) - 1
		if w.limit > 0 && i >= w.limit {
			return
		}
		n, err := op(c, i)
		if err != nil {
			text := err.Error()
			w.firstError.CompareAndSwap(nil, &text)
			w.failures.Add(1)
			failures++
			continue
		}
		h.add(time.Since(start))
		w.bytes.Add(n)
	}
}

// started is how many operations were begun: their numbers are below it.
func (w *crew) started() int64 {
	if w.limit > 0 {
		return min(w.next.Load(), w.limit)
	}
	return w.next.Load()
}

// measure runs a job on a server for so long and returns how many operations it
// began.
func measure(ctx context.Context, s *server, j job, duration time.Duration) (*step, int64, error) {
	w := newCrew(s, j)
	defer w.close()
	resetPeak(s.pid())
	before, err := takeSnapshot(s.pid())
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	w.work(ctx, start.Add(duration))
	seconds := time.Since(start).Seconds()
	after, err := takeSnapshot(s.pid())
	if err != nil {
		return nil, 0, err
	}
	return w.result(s, seconds, before, after), w.started(), nil
}

func (w *crew) result(s *server, seconds float64, before, after snapshot) *step {
	var all hist
	dials := 0
	for i, c := range w.conns {
		all.merge(&w.hists[i])
		dials += c.dials
	}
	n := float64(max(all.n, 1))
	rss := processMemory(s.pid())
	r := &step{
		Server: s.name, Op: w.op, Size: w.size, Conns: len(w.conns),
		Ops: int64(all.n), Errors: w.failures.Load(), Seconds: seconds,
		OpsPerSecond: float64(all.n) / seconds, MBPerSecond: float64(w.bytes.Load()) / seconds / 1e6,
		P50: all.quantile(.5), P90: all.quantile(.9), P99: all.quantile(.99), Max: all.quantile(1),
		ServerCPU:  (after.server - before.server) / n * 1e6,
		ClientCPU:  (after.self - before.self) / n * 1e6,
		Neighbours: coresTaken(before, after) / float64(runtime.NumCPU()),
		RSS:        rss.now, PeakRSS: rss.peak,
		WrittenMiB: after.serverWrites - before.serverWrites, Dials: dials,
	}
	if text := w.firstError.Load(); text != nil {
		r.Error = *text
	}
	return r
}
