package gateway

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// adminPrefix begins the paths that are not AWS's. No bucket's name can begin
// with a hyphen, so nothing collides; under a bucket's virtual host the same
// path is an object's key.
const adminPrefix = "/-/"

// admin serves liveness, readiness and metrics, which need no credentials and
// tell nothing of what is stored but the names of buckets whose owners have them
// counted there and the certificate of instances' identity documents and the keys of accounts' issuers, and what is
// for those who sign and may have it: decisions, credentials of containers, and the
// metadata of instances.
func (g *Gateway) admin(reg prometheus.Gatherer) http.Handler {
	metrics := promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /-/import", g.serveImport) // whose every change asks its permission
	mux.HandleFunc("GET /-/healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /-/readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := g.ready(r.Context()); err != nil {
			g.logger.Error("not ready", "error", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ok\n"))
	})
	mux.Handle("GET /-/metrics", metrics)
	mux.HandleFunc("GET /-/decisions/{id}", g.serveDecision)
	mux.HandleFunc("GET "+issuerPath+"{account}/{id}/.well-known/{document}", g.serveIssuer)
	mux.HandleFunc("POST /-/containers/credentials", g.serveContainer)
	mux.HandleFunc("GET /-/instances/{id}/metadata", g.serveInstanceMetadata)
	mux.HandleFunc("GET /-/instances/certificate", g.serveIdentityCertificate)
	return mux
}
