package record

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestLogLevels(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   string
	}{
		{200, "", "level=DEBUG"},
		{404, "NoSuchKey", "level=DEBUG"},
		{403, "AccessDenied", "level=INFO"},
		{500, "InternalError", "level=ERROR"},
		{501, "NotImplemented", "level=DEBUG"},
	} {
		var out bytes.Buffer
		log := Log{slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		log.Add(context.Background(), &Record{RequestID: "R", Status: c.status, ErrorCode: c.code, Service: "s3"})
		if line := out.String(); !strings.Contains(line, c.want) || !strings.Contains(line, "request_id=R") || c.code != "" && !strings.Contains(line, "error="+c.code) {
			t.Errorf("%d: %s", c.status, line)
		}
	}
}

func TestMetricsCount(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	for range 3 {
		m.Add(context.Background(), &Record{Service: "s3", Operation: "GetObject", Status: 200, Duration: time.Millisecond, BytesOut: 5})
	}
	m.Add(context.Background(), &Record{Service: "s3", Operation: "GetObject", Status: 404, ErrorCode: "NoSuchKey"})
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, metric := range f.Metric {
			var labels []string
			for _, l := range metric.Label {
				labels = append(labels, l.GetValue())
			}
			if metric.Counter != nil {
				got[f.GetName()+" "+strings.Join(labels, " ")] = metric.Counter.GetValue()
			}
		}
	}
	for name, want := range map[string]float64{
		"sallyport_requests_total  GetObject s3 200":          3,
		"sallyport_requests_total NoSuchKey GetObject s3 404": 1,
		"sallyport_body_bytes_total out GetObject s3":         15,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v; all: %v", name, got[name], want, got)
		}
	}
}
