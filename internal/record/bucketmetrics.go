package record

import (
	"context"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// BucketMetrics are the request metrics of buckets: what CloudWatch shows for the
// metrics configurations of a bucket. Only buckets that have some are counted, so
// that the number of series is what their owners ask for, up to a bound.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html#s3-request-cloudwatch-metrics
type BucketMetrics struct {
	requests, errors, bytes *prometheus.CounterVec
	seconds, first          *prometheus.HistogramVec
	left                    prometheus.Counter

	mu    sync.Mutex
	known map[Meter]*meterSeries
}

// Meter is a metrics configuration of a bucket.
type Meter struct {
	BucketID   uint64
	Bucket, ID string
}

// maxMeters is how many metrics configurations are counted.
const maxMeters = 10_000

type meterSeries struct {
	down, up       prometheus.Counter
	seconds, first prometheus.Observer
}

// NewBucketMetrics registers the metrics.
func NewBucketMetrics(reg prometheus.Registerer) *BucketMetrics {
	buckets := []float64{.001, .005, .01, .05, .1, .5, 1, 10, 60}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"bucket", "filter"}, more...))
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"bucket", "filter"})
	}
	m := &BucketMetrics{
		requests: counter("sallyport_bucket_requests_total", "Requests counted by a metrics configuration, by CloudWatch's type.", "type"),
		errors:   counter("sallyport_bucket_errors_total", "Those answered with an error, by class.", "class"),
		bytes:    counter("sallyport_bucket_bytes_total", "Bytes of their bodies, downloaded and uploaded.", "direction"),
		seconds:  histogram("sallyport_bucket_request_seconds", "Time from the first byte of a request to the last of its answer."),
		first:    histogram("sallyport_bucket_first_byte_seconds", "Time from the first byte of a request to the first of its answer."),
		left: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sallyport_bucket_metrics_left_out_total", Help: "Requests that were not counted because too many metrics configurations are.",
		}),
		known: map[Meter]*meterSeries{},
	}
	reg.MustRegister(m.requests, m.errors, m.bytes, m.seconds, m.first, m.left)
	return m
}

// Add implements Sink.
func (m *BucketMetrics) Add(_ context.Context, r *Record) {
	if r.S3 == nil {
		return
	}
	for _, id := range r.S3.Meters {
		s := m.series(Meter{r.S3.BucketID, r.S3.Bucket, id})
		if s == nil {
			m.left.Inc()
			continue
		}
		m.requests.WithLabelValues(r.S3.Bucket, id, requestType(r)).Inc()
		if class := r.Status / 100; class == 4 || class == 5 {
			m.errors.WithLabelValues(r.S3.Bucket, id, string(rune('0'+class))+"xx").Inc()
		}
		s.down.Add(float64(r.BytesOut))
		s.up.Add(float64(r.BytesIn))
		s.seconds.Observe(r.Duration.Seconds())
		s.first.Observe(r.FirstByte.Seconds())
	}
}

func (m *BucketMetrics) series(k Meter) *meterSeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.known[k]; s != nil {
		return s
	}
	if len(m.known) >= maxMeters {
		return nil
	}
	s := &meterSeries{
		down: m.bytes.WithLabelValues(k.Bucket, k.ID, "downloaded"), up: m.bytes.WithLabelValues(k.Bucket, k.ID, "uploaded"),
		seconds: m.seconds.WithLabelValues(k.Bucket, k.ID), first: m.first.WithLabelValues(k.Bucket, k.ID),
	}
	m.known[k] = s
	return s
}

// requestType is CloudWatch's name for a request: listings and selections are
// counted apart from what their methods say.
func requestType(r *Record) string {
	switch {
	case strings.HasPrefix(r.Operation, "List"):
		return "List"
	case r.Operation == "SelectObjectContent":
		return "Select"
	}
	switch r.Method {
	case "GET", "PUT", "DELETE", "HEAD", "POST":
		return r.Method[:1] + strings.ToLower(r.Method[1:])
	}
	return "Other"
}

// Sweep takes away the series of configurations that are gone.
func (m *BucketMetrics) Sweep(lives func(Meter) bool) {
	m.mu.Lock()
	var all []Meter
	for k := range m.known {
		all = append(all, k)
	}
	m.mu.Unlock()
	for _, k := range all {
		if lives(k) {
			continue
		}
		m.mu.Lock()
		delete(m.known, k)
		m.mu.Unlock()
		labels := prometheus.Labels{"bucket": k.Bucket, "filter": k.ID}
		m.requests.DeletePartialMatch(labels)
		m.errors.DeletePartialMatch(labels)
		m.bytes.DeletePartialMatch(labels)
		m.seconds.DeletePartialMatch(labels)
		m.first.DeletePartialMatch(labels)
	}
}
