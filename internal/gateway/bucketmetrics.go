package gateway

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/internal/record"
)

// sweepMetrics takes away the metrics of configurations that are gone.
func (g *Gateway) sweepMetrics(ctx context.Context) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.sweepBucketMetrics(ctx)
		}
	}
}

func (g *Gateway) sweepBucketMetrics(ctx context.Context) {
	g.bucketMetrics.Sweep(func(m record.Meter) bool {
		has, err := g.buckets.HasMeter(ctx, m.BucketID, m.ID)
		return has || err != nil
	})
}
