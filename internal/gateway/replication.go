package gateway

import (
	"context"
	"crypto/rand"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/internal/service/s3"
)

// replicationMetrics are S3's replication metrics, by source, destination and
// rule: what a bucket's owner configures, so their number is bounded by that.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
type replicationMetrics struct {
	versions, bytes, failed *prometheus.CounterVec
	latency                 *prometheus.GaugeVec
}

func newReplicationMetrics(reg prometheus.Registerer) *replicationMetrics {
	labels := []string{"source_bucket", "destination_bucket", "rule_id"}
	m := &replicationMetrics{
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

// Replicated implements s3.ReplicationObserver.
func (m *replicationMetrics) Replicated(_ context.Context, f s3.ReplicationFlow, bytes int64, seconds float64) {
	m.versions.WithLabelValues(f.Source, f.Destination, f.Rule).Inc()
	m.bytes.WithLabelValues(f.Source, f.Destination, f.Rule).Add(float64(bytes))
	m.latency.WithLabelValues(f.Source, f.Destination, f.Rule).Set(seconds)
}

// ReplicationFailed implements s3.ReplicationObserver.
func (m *replicationMetrics) ReplicationFailed(_ context.Context, f s3.ReplicationFlow) {
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
		As: func(ctx context.Context, roleARN string) (context.Context, error) {
			return g.asRole(ctx, "s3.amazonaws.com", roleARN, "s3-replication")
		},
		Failed: func(err error) { g.logger.Error("replicating", "error", err) },
	}
	r.Run(ctx)
}
