package gateway

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/notify"
)

// collectInterval is how often garbage that had to wait is looked at again.
const collectInterval = time.Minute

// workers is the whole list of what runs beside the requests. Each returns soon
// after its context ends, and not before; with metadata that several gateways
// share it runs on all of them at once.
func (g *Gateway) workers() []func(context.Context) {
	return []func(context.Context){
		g.collectGarbage,
		g.writeReports,
		g.replicate,
		g.deliverNotifications(),
		g.writeAccessLogs,
		g.sweepMetrics,
		g.applyLifecycles,
	}
}

// startBackground starts the workers, which Close stops.
func (g *Gateway) startBackground(ctx context.Context) {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	g.background = cancel
	for _, work := range g.workers() {
		g.working.Go(func() { work(background) })
	}
}

// collectGarbage takes away the data of replaced and deleted objects.
func (g *Gateway) collectGarbage(ctx context.Context) {
	g.objects.Run(ctx, collectInterval, func(err error) { g.logger.Error("collecting garbage", "error", err) })
}

// writeReports makes inventories and storage class analyses.
func (g *Gateway) writeReports(ctx context.Context) {
	g.buckets.RunReports(ctx, func(err error) { g.logger.Warn("a report could not be delivered", "error", err) })
}

// deliverNotifications sends what events of buckets have to tell. Of gateways that
// share the metadata one does it at a time.
func (g *Gateway) deliverNotifications() func(context.Context) {
	return notify.NewWorker(notify.WorkerOptions{
		Store: g.objects, Targets: g.notifications, Now: g.clock, Logger: g.logger, Registry: g.registry,
	}).Run
}

// applyLifecycles does to objects what the lifecycle rules of their buckets say.
func (g *Gateway) applyLifecycles(ctx context.Context) {
	g.buckets.RunLifecycle(ctx, g.lifecycleInterval, func(err error) { g.logger.Error("applying lifecycle rules", "error", err) })
}
