package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"

	"github.com/sallyport/sallyport/internal/blob"
	"github.com/sallyport/sallyport/internal/blob/disk"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/pebble"
	"github.com/sallyport/sallyport/internal/kv/postgres"
)

// openMeta opens the engine that a --meta URL names. This and openBlobs are the
// whole list of engines.
func openMeta(ctx context.Context, location, data string, logger *slog.Logger) (store kv.Store, shared bool, err error) {
	if location == "" {
		store, err = pebble.Open(filepath.Join(data, "meta"), pebble.Options{Logger: logger})
		return store, false, err
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, false, fmt.Errorf("--meta: not a URL") // it may hold a password, so it is not shown
	}
	switch u.Scheme {
	case "postgres", "postgresql":
		store, err = postgres.Open(ctx, location, postgres.Options{})
		return store, true, err
	}
	return nil, false, fmt.Errorf("--meta: no engine for the scheme %q", u.Scheme)
}

// openBlobs opens the engine that a --blobs URL names.
func openBlobs(location, data string) (blob.Store, error) {
	if location == "" {
		return disk.Open(filepath.Join(data, "blobs"), disk.Options{})
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("--blobs: %w", err)
	}
	if u.Scheme != "file" || u.Host != "" || !filepath.IsAbs(u.Path) {
		return nil, fmt.Errorf("--blobs: no engine for %q; file:///DIR is one", location)
	}
	return disk.Open(u.Path, disk.Options{})
}
