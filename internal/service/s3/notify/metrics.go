package notify

import "github.com/prometheus/client_golang/prometheus"

// metrics counts what became of messages, by destination.
type metrics struct {
	delivered, failed, dropped *prometheus.CounterVec
	pending                    prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_notifications_" + name, Help: help}, []string{"target"})
	}
	m := &metrics{
		delivered: counter("delivered_total", "Notifications that a destination took."),
		failed:    counter("failed_total", "Attempts to deliver a notification that failed."),
		dropped:   counter("dropped_total", "Notifications that were given up."),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sallyport_notifications_pending", Help: "Notifications that wait, on any gateway, counted up to 10,000.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.delivered, m.failed, m.dropped, m.pending)
	}
	return m
}
