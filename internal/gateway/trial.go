package gateway

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/authz"
	blobmemory "github.com/sallyport/sallyport/internal/blob/memory"
	"github.com/sallyport/sallyport/internal/directory"
	kvmemory "github.com/sallyport/sallyport/internal/kv/memory"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// Trial is what the player of written-down cases puts under a gateway, so that a
// case can speak of networks, times and organizations that a test does not have.
// Only Go code that opens the gateway can set it: no flag and no request leads
// here. Each function may be nil.
type Trial struct {
	// Keys may change the condition keys of a request before they are decided on.
	Keys func(*policy.Values)
	// Decided is told of each decision.
	Decided func(*authz.Request, *authz.Decision)
	// Place is directory.Options.Place.
	Place func(account string) (directory.Place, bool)
}

// OpenTrial is Open on engines in memory, whose contents and master key are gone
// after Close. Options that name engines, directories and files are not used.
func OpenTrial(ctx context.Context, o Options, t Trial) (*Gateway, error) { return open(ctx, o, &t) }

func (t *Trial) keys(v *policy.Values) {
	if t.Keys != nil {
		t.Keys(v)
	}
}

func (t *Trial) decided(req *authz.Request, d *authz.Decision) {
	if t.Decided != nil {
		t.Decided(req, d)
	}
}

func (g *Gateway) openTrial(ctx context.Context) (err error) {
	g.meta, g.blobs = kvmemory.New(), blobmemory.New()
	if g.directory, err = directory.Open(ctx, g.meta, seal.NewKey(), directory.Options{
		Clock: g.clock, Region: g.regions[0], Logger: g.logger, Place: g.trial.Place,
	}); err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	g.objects = openObjects(g, false)
	return nil
}

// Directory is the gateway's directory, for who opened a trial.
func (g *Gateway) Directory() *directory.Directory { return g.directory }

// Objects is the gateway's store of buckets and objects, for who opened a trial.
func (g *Gateway) Objects() *store.Store { return g.objects }

// Serves tells whether an operation of a service, by the package that its API has,
// is served.
func (g *Gateway) Serves(service, operation string) bool {
	m := g.byPackage[service]
	if m == nil {
		return false
	}
	op := m.api.Operation(operation)
	return op != nil && op.Implemented(m.impl)
}
