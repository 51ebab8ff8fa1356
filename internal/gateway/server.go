package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Limits of a connection. They bound what a client that sends nothing, or very
// slowly, can hold.
const (
	maxHeaderBytes    = 64 << 10
	readHeaderTimeout = 20 * time.Second
	idleTimeout       = 2 * time.Minute
	// stallTimeout ends a request whose body or answer has not moved for so long.
	stallTimeout = 60 * time.Second
	drainTimeout = 30 * time.Second
)

// Serve answers requests on l until ctx ends, then finishes what is in flight,
// for 30 seconds at most. With a TLS configuration l speaks HTTPS.
func Serve(ctx context.Context, l net.Listener, h http.Handler, tlsConfig *tls.Config, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           continued(h),
		TLSConfig:         tlsConfig,
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		// S3 speaks HTTP/1.1 only; so do its clients' retries and streams.
		Protocols: new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	done := make(chan error, 1)
	go func() {
		if tlsConfig != nil {
			done <- server.ServeTLS(l, "", "")
		} else {
			done <- server.Serve(l)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.Warn("requests still in flight after the drain time were cut off")
		return server.Close()
	}
	return err
}

// continued tells a client that waits for it to go on, also where no body will
// come. net/http is silent then, and botocore, having met a final answer in place
// of the 100, misreads the next one on the connection and hangs: an empty object
// would hold up the one after it.
func continued(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 && r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
			w.WriteHeader(http.StatusContinue)
		}
		h.ServeHTTP(w, r)
	})
}
