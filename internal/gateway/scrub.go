package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// scrubGrace spares what was written within a day when other gateways may be
// using the store: it may be an upload in flight.
const scrubGrace = 24 * time.Hour

// Scrub reads everything that a store holds, checks it, and removes blobs that
// nothing refers to. No server may be running on an embedded store; the engines
// see to that.
func Scrub(ctx context.Context, o Options, found func(store.Damage), progress func(store.ScrubReport)) (report store.ScrubReport, err error) {
	g := newGateway(o)
	defer func() { err = errors.Join(err, g.Close()) }()
	shared, err := g.openStores(ctx, o)
	if err != nil {
		return report, err
	}
	options := store.ScrubOptions{Remove: true, Damaged: found, Progress: progress}
	if shared {
		options.Grace = scrubGrace
	}
	return g.objects.Scrub(ctx, options)
}
