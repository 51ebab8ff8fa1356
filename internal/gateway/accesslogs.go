package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/internal/record"
	"github.com/sallyport/sallyport/internal/service/s3"
)

// Bounds of the lines that this process holds before they are queued.
const (
	accessLogMemory = 32 << 20 // beyond it lines are dropped, and counted
	accessLogFull   = 4 << 20  // from it on they are queued without waiting
	accessLogBatch  = 256 << 10
	accessLogSpill  = 5 * time.Second // how long lines are held at most
)

// accessLogs gathers the lines of server access logs until they are queued in the
// store. What is not queued when the process is killed is lost: a log is best
// effort, as AWS's is.
type accessLogs struct {
	mu      sync.Mutex
	lines   map[accessLogDay][]byte
	size    int
	full    chan struct{}
	dropped prometheus.Counter
}

type accessLogDay struct {
	bucket uint64
	day    string
}

func newAccessLogs(reg prometheus.Registerer) *accessLogs {
	l := &accessLogs{lines: map[accessLogDay][]byte{}, full: make(chan struct{}, 1), dropped: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sallyport_access_log_lines_dropped_total", Help: "Lines of server access logs that there was no room for.",
	})}
	reg.MustRegister(l.dropped)
	return l
}

// Add implements record.Sink.
func (l *accessLogs) Add(_ context.Context, r *record.Record) {
	if r.S3 == nil || !r.S3.Logged {
		return
	}
	day := accessLogDay{r.S3.BucketID, r.Start.UTC().Format(time.DateOnly)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size >= accessLogMemory {
		l.dropped.Inc()
		return
	}
	before := l.lines[day]
	after := r.AppendAccessLine(before)
	l.lines[day] = after
	if l.size += len(after) - len(before); l.size >= accessLogFull {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

// take empties l.
func (l *accessLogs) take() (batches []s3.AccessLogBatch) {
	l.mu.Lock()
	lines := l.lines
	l.lines, l.size = map[accessLogDay][]byte{}, 0
	l.mu.Unlock()
	for day, text := range lines {
		for len(text) > 0 {
			n := batchEnd(text)
			batches = append(batches, s3.AccessLogBatch{Bucket: day.bucket, Day: day.day, Lines: string(text[:n])})
			text = text[n:]
		}
	}
	return batches
}

// batchEnd is where the lines of a batch end: no line is cut.
func batchEnd(text []byte) int {
	if len(text) <= accessLogBatch {
		return len(text)
	}
	for i := accessLogBatch; i < len(text); i++ {
		if text[i-1] == '\n' {
			return i
		}
	}
	return len(text)
}

// queueAccessLogs makes the lines so far durable.
func (g *Gateway) queueAccessLogs(ctx context.Context) {
	batches := g.accessLogs.take()
	for len(batches) > 0 {
		n := min(len(batches), 16)
		if err := g.buckets.QueueAccessLog(ctx, batches[:n]); err != nil {
			g.logger.Error("lines of access logs are lost", "error", err)
		}
		batches = batches[n:]
	}
}

// deliverAccessLogs delivers what all gateways have queued.
func (g *Gateway) deliverAccessLogs(ctx context.Context) {
	err := g.buckets.DeliverAccessLogs(ctx, func(err error) { g.logger.Warn("an access log could not be delivered", "error", err) })
	if err != nil && ctx.Err() == nil {
		g.logger.Error("delivering access logs", "error", err)
	}
}

// writeAccessLogs queues the lines of access logs as they come and delivers them
// every so often. When it ends what this process holds is queued, for whichever
// gateway delivers next.
func (g *Gateway) writeAccessLogs(ctx context.Context) {
	spill := time.NewTicker(min(accessLogSpill, g.logDelivery/2))
	defer spill.Stop()
	deliver := time.NewTicker(g.logDelivery)
	defer deliver.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			g.queueAccessLogs(last)
			return
		case <-spill.C:
			g.queueAccessLogs(ctx)
		case <-g.accessLogs.full:
			g.queueAccessLogs(ctx)
		case <-deliver.C:
			g.queueAccessLogs(ctx)
			g.deliverAccessLogs(ctx)
		}
	}
}
