package linklocal

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what peers can hold.
const (
	maxConnections    = 256
	maxHeaderBytes    = 32 << 10
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 40 * time.Second // longer than a fetch
	drainTimeout      = 2 * time.Second
)

// Serve answers requests on l until ctx ends. Each connection carries one request,
// as at AWS's own endpoints. A request whose Host is not the address that it came
// to, localhost or one of the names is answered by refuse: a page in a browser can
// be led to an address by a name of its own making, and reads what it finds there.
func Serve(ctx context.Context, l net.Listener, h http.Handler, names []string, refuse http.Handler) error {
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !known(r, names) {
				refuse.ServeHTTP(w, r)
				return
			}
			h.ServeHTTP(w, r)
		}),
		MaxHeaderBytes:    maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		ErrorLog:          log.New(io.Discard, "", 0), // peers' noise; it could repeat what they sent
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		Protocols:         new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.SetKeepAlivesEnabled(false)
	done := make(chan error, 1)
	go func() { done <- server.Serve(&limited{Listener: l, slots: make(chan struct{}, maxConnections)}) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if server.Shutdown(drain) != nil {
		server.Close()
	}
	return nil
}

// known tells whether the request names this endpoint as somebody would who means
// it.
func known(r *http.Request, names []string) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "."))
	if host == "" || host == "localhost" || slices.Contains(names, host) {
		return true
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && local.AddrPort().Addr().Unmap().WithZone("") == at.Unmap().WithZone("")
}

// limited accepts a bounded number of connections at a time; the others wait.
type limited struct {
	net.Listener
	slots chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitedConn{Conn: c, slots: l.slots}, nil
}

type limitedConn struct {
	net.Conn
	slots  chan struct{}
	closed sync.Once
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() { <-c.slots })
	return err
}
