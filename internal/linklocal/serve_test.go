package linklocal

import (
	"context"
	"net"
	"net/http"
	"testing"
)

// TestServe: foreign names are refused before the handler sees them, a connection
// carries one request, and serving ends with its context.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	go func() { ended <- Serve(ctx, l, status(200), []string{"known"}, status(403)) }()
	for host, want := range map[string]int{"": 200, "localhost:1": 200, "known": 200, "KNOWN.": 200, "127.0.0.1": 200, "127.0.0.2": 403, "unknown": 403, "[::1]": 403, "known.evil": 403} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || !resp.Close {
			t.Errorf("%q is answered %d, want %d", host, resp.StatusCode, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}
