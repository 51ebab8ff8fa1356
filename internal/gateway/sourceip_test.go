package gateway

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestSourceIP(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		name, peer, want string
		proxies          []netip.Prefix
		forwarded        []string
	}{
		{"no proxy", "203.0.113.7:1", "203.0.113.7", proxies, nil},
		{"a client that lies", "203.0.113.7:1", "203.0.113.7", proxies, []string{"198.51.100.1"}},
		{"no proxy is trusted unless configured", "10.0.0.1:1", "10.0.0.1", nil, []string{"198.51.100.1"}},
		{"behind a proxy", "10.0.0.1:1", "198.51.100.1", proxies, []string{"198.51.100.1"}},
		{"behind two", "10.0.0.1:1", "198.51.100.1", proxies, []string{"198.51.100.1, 10.2.0.1"}},
		{"two headers", "10.0.0.1:1", "198.51.100.1", proxies, []string{"198.51.100.1", "10.2.0.1"}},
		{"a lie before the proxy's word", "10.0.0.1:1", "198.51.100.1", proxies, []string{"192.0.2.9, 198.51.100.1"}},
		{"nothing but proxies", "10.0.0.1:1", "10.3.0.1", proxies, []string{"10.3.0.1, 10.2.0.1"}},
		{"a proxy that says nothing", "10.0.0.1:1", "10.0.0.1", proxies, nil},
		{"nonsense", "10.0.0.1:1", "10.0.0.1", proxies, []string{"198.51.100.1, unknown"}},
		{"IPv6", "[::1]:1", "2001:db8::1", proxies, []string{"2001:db8::1"}},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", "198.51.100.1", proxies, []string{"::ffff:198.51.100.1"}},
	} {
		g := &Gateway{trustedProxies: c.proxies}
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := g.sourceIP(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
