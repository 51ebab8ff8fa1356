package record

import (
	"context"
	"log/slog"
	"time"
)

// Record is what is known of a request once it was answered.
type Record struct {
	RequestID string
	Start     time.Time
	Duration  time.Duration
	Service   string // package name of the API, "" when it was not told
	Operation string // AWS's name of the operation, "" when none matched
	Method    string
	Path      string // escaped, without the query
	Host      string
	UserAgent string
	SourceIP  string

	AccessKeyID string // "" for anonymous callers
	CallerARN   string
	Account     string // the caller's
	Resource    string // ARN of the first resource that was asked for

	Status    int
	ErrorCode string
	// Reason is the decision's reason code when the request was refused.
	Reason   string
	BytesIn  int64
	BytesOut int64

	// S3 is nil but for requests for a bucket that has something to do with them.
	S3 *S3
	// FirstByte is how long it took until the answer began.
	FirstByte time.Duration
}

// Sink shows records. It must not block.
type Sink interface {
	Add(ctx context.Context, r *Record)
}

// Sinks is several sinks as one.
type Sinks []Sink

// Add hands the record to each sink.
func (s Sinks) Add(ctx context.Context, r *Record) {
	for _, sink := range s {
		sink.Add(ctx, r)
	}
}

// Log writes a line for each request: refused and failed ones at their own
// level, the others at debug level.
type Log struct{ Logger *slog.Logger }

// Add implements Sink.
func (l Log) Add(ctx context.Context, r *Record) {
	level := slog.LevelDebug
	switch {
	case r.Status >= 500 && r.ErrorCode != "NotImplemented":
		level = slog.LevelError
	case r.Status == 403:
		level = slog.LevelInfo
	}
	if !l.Logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", r.RequestID),
		slog.String("service", r.Service),
		slog.String("operation", r.Operation),
		slog.String("method", r.Method),
		slog.String("path", r.Path),
		slog.Int("status", r.Status),
		slog.Duration("took", r.Duration),
		slog.String("source_ip", r.SourceIP),
	}
	for _, a := range []struct{ key, value string }{
		{"error", r.ErrorCode}, {"reason", r.Reason}, {"caller", r.CallerARN}, {"resource", r.Resource},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	l.Logger.LogAttrs(ctx, level, "request", attrs...)
}
