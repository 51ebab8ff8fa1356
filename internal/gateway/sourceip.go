package gateway

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// sourceIP is the address that a request came from: the peer's, or, when the peer
// is a trusted proxy, the last address in X-Forwarded-For that is not one. What
// stands before that one is the client's own word and is not believed.
func (g *Gateway) sourceIP(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !g.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return addr // a proxy that tells nothing: what is known for certain is the proxy
		}
		if addr = next.Unmap().WithZone(""); !g.trusted(addr) {
			return addr
		}
	}
	return addr
}

func (g *Gateway) trusted(addr netip.Addr) bool {
	return slices.ContainsFunc(g.trustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
