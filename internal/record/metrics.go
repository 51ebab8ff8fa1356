package record

import (
	"context"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests by service, operation, status and error code, their
// time and their bytes.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    *prometheus.CounterVec

	// series spares the hot path the vectors' label hashing.
	series sync.Map // seriesKey → *series
}

type seriesKey struct {
	service, operation, code string
	status                   int
}

type series struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
	in, out  prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_requests_total", Help: "Requests answered.",
		}, []string{"service", "operation", "status", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sallyport_request_seconds", Help: "Time from the first byte of a request to the last of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"service", "operation"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_body_bytes_total", Help: "Bytes of bodies, in and out.",
		}, []string{"service", "operation", "direction"}),
	}
	reg.MustRegister(m.requests, m.seconds, m.bytes)
	return m
}

// Add implements Sink. The label values come from operation rows and error
// tables, so their number is bounded whatever clients send.
func (m *Metrics) Add(_ context.Context, r *Record) {
	key := seriesKey{r.Service, r.Operation, r.ErrorCode, r.Status}
	v, ok := m.series.Load(key)
	if !ok {
		v, _ = m.series.LoadOrStore(key, &series{
			requests: m.requests.WithLabelValues(r.Service, r.Operation, strconv.Itoa(r.Status), r.ErrorCode),
			seconds:  m.seconds.WithLabelValues(r.Service, r.Operation),
			in:       m.bytes.WithLabelValues(r.Service, r.Operation, "in"),
			out:      m.bytes.WithLabelValues(r.Service, r.Operation, "out"),
		})
	}
	s := v.(*series)
	s.requests.Inc()
	s.seconds.Observe(r.Duration.Seconds())
	s.in.Add(float64(r.BytesIn))
	s.out.Add(float64(r.BytesOut))
}
