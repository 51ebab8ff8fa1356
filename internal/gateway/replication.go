package gateway

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/internal/service/s3"
)

// maxFlows is how many flows there are metrics of: whoever may configure a bucket
// names its rules, and names them anew as often as they like.
const maxFlows = 10_000

// replicationMetrics are S3's replication metrics, by source, destination and
// rule: those of the last maxFlows flows that were new.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
type replicationMetrics struct {
	versions, bytes, failed *prometheus.CounterVec
	latency                 *prometheus.GaugeVec

	mu    sync.Mutex
	known map[s3.ReplicationFlow]struct{}
	order []s3.ReplicationFlow // a ring
	next  int
}

func newReplicationMetrics(reg prometheus.Registerer) *replicationMetrics {
	labels := []string{"source_bucket", "destination_bucket", "rule_id"}
	m := &replicationMetrics{
		known: map[s3.ReplicationFlow]struct{}{},
		versions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_replicated_versions_total", Help: "Versions of objects that were replicated.",
		}, labels),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_replicated_bytes_total", Help: "Bytes of the versions that were replicated.",
		}, labels),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_replication_failed_total", Help: "Versions whose replication failed.",
		}, labels),
		latency: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sallyport_replication_latency_seconds", Help: "Time from the writing of the last replicated version to its replication.",
		}, labels),
	}
	reg.MustRegister(m.versions, m.bytes, m.failed, m.latency)
	return m
}

// meet makes room for the metrics of a flow that is new.
func (m *replicationMetrics) meet(f s3.ReplicationFlow) {
	if _, ok := m.known[f]; ok {
		return
	}
	if len(m.order) < maxFlows {
		m.known[f], m.order = struct{}{}, append(m.order, f)
		return
	}
	old := m.order[m.next]
	delete(m.known, old)
	for _, v := range []interface{ DeleteLabelValues(...string) bool }{m.versions, m.bytes, m.failed, m.latency} {
		v.DeleteLabelValues(old.Source, old.Destination, old.Rule)
	}
	m.known[f], m.order[m.next] = struct{}{}, f
	m.next = (m.next + 1) % maxFlows
}

// Replicated implements s3.ReplicationObserver.
func (m *replicationMetrics) Replicated(_ context.Context, f s3.ReplicationFlow, bytes int64, seconds float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meet(f)
	m.versions.WithLabelValues(f.Source, f.Destination, f.Rule).Inc()
	m.bytes.WithLabelValues(f.Source, f.Destination, f.Rule).Add(float64(bytes))
	m.latency.WithLabelValues(f.Source, f.Destination, f.Rule).Set(seconds)
}

// ReplicationFailed implements s3.ReplicationObserver.
func (m *replicationMetrics) ReplicationFailed(_ context.Context, f s3.ReplicationFlow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.meet(f)
	m.failed.WithLabelValues(f.Source, f.Destination, f.Rule).Inc()
}

// maxBacklog is how far waiting tasks are counted when metrics are asked for.
const maxBacklog = 10_000

// replicationBacklog tells how many versions wait to be replicated.
func (g *Gateway) replicationBacklog() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sallyport_replication_pending", Help: "Versions that wait to be replicated, counted up to 10,000.",
	}, func() float64 {
		n, err := g.buckets.ReplicationBacklog(context.Background(), maxBacklog)
		if err != nil {
			g.logger.Error("counting what waits to be replicated", "error", err)
		}
		return float64(n)
	})
}

// replicate takes versions to the buckets that replication rules name.
func (g *Gateway) replicate(ctx context.Context) {
	r := s3.Replicator{
		Service: g.buckets, Observer: g.replication, Holder: rand.Text(),
		As: func(ctx context.Context, who s3.ServiceCaller, roleARN string) (context.Context, error) {
			return g.asRole(ctx, who, roleARN, "s3-replication")
		},
		Failed: func(err error) { g.logger.Error("replicating", "error", err) },
	}
	r.Run(ctx)
}
