package main

import (
	"fmt"

	"github.com/sallyport/sallyport/internal/oidc"
)

// federationFlags say which identity providers may be where others may not.
type federationFlags struct {
	PublicURL string   `name:"public-url" help:"URL at which others reach this server, where accounts' web identity tokens have their issuers; the address it listens on unless given." placeholder:"URL"`
	OIDCHost  []string `name:"oidc-host" help:"Host of an OpenID Connect provider that may have a private or loopback address and a port, and with http:// need no TLS. Others are reached at public addresses on port 443 alone." placeholder:"[http://]HOST[:PORT]"`
}

func (f *federationFlags) providerHosts() (hosts []oidc.Host, err error) {
	for _, s := range f.OIDCHost {
		h, err := oidc.ParseHost(s)
		if err != nil {
			return nil, fmt.Errorf("--oidc-host: %w", err)
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}
