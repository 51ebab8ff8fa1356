package oidc

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Host is a host that the operator vouches for: it may have an address that is
// not public, a port of its own, and speak plain HTTP if it is listed so.
type Host struct {
	scheme string // http or https
	host   string // in lower case, with the port
}

// ParseHost reads HOST, HOST:PORT, https://HOST[:PORT] or http://HOST[:PORT].
func ParseHost(s string) (Host, error) {
	full := s
	if !strings.Contains(s, "://") {
		full = "https://" + s
	}
	u, err := url.Parse(full)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "http" && u.Scheme != "https" {
		return Host{}, fmt.Errorf("%q is not HOST[:PORT] or http://HOST[:PORT]", s)
	}
	return Host{scheme: u.Scheme, host: hostPort(u)}, nil
}

// hostPort is the host of the URL in lower case with its port.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// listed tells whether the operator vouches for the host of the URL.
func (c *Client) listed(u *url.URL) bool { return c.hosts[Host{scheme: u.Scheme, host: hostPort(u)}] }

// ErrURL is what a URL is refused with that no provider can have.
var ErrURL = errors.New("oidc: not the URL of a provider")

// CheckURL tells whether a provider may have the URL, letter by letter what its
// tokens have as iss. Of hosts that the operator does not vouch for it must be
// HTTPS without a port, with a name that has a dot or a public address.
func (c *Client) CheckURL(raw string) error {
	for i := range len(raw) {
		if b := raw[i]; b <= ' ' || b >= 0x7f || strings.IndexByte(`"<>\^{|}*`+"`", b) >= 0 {
			return ErrURL
		}
	}
	u, err := url.Parse(raw)
	if err != nil || strings.ContainsAny(raw, "?#") {
		return ErrURL
	}
	return c.checkFetch(u)
}

// checkFetch tells whether anything may be fetched from the URL. Names are
// checked once more when they have turned into addresses.
func (c *Client) checkFetch(u *url.URL) error {
	if u.Hostname() == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return ErrURL
	}
	if c.listed(u) {
		return nil
	}
	host := u.Hostname()
	if u.Scheme != "https" || u.Port() != "" || strings.HasSuffix(u.Host, ":") {
		return ErrURL
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if !publicAddress(a) {
			return ErrURL
		}
		return nil
	}
	if !strings.Contains(strings.Trim(host, "."), ".") {
		return ErrURL
	}
	return nil
}

// special are the ranges that no host of the Internet has, beside those that
// net/netip knows: shared and test networks, and what carries an IPv4 address
// inside an IPv6 one.
//
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
var special = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// publicAddress tells whether the address is one of the Internet's.
func publicAddress(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
