package oidc

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds of what is fetched.
const (
	fetchTime = 10 * time.Second // of one document and of the connection for it
	maxBody   = 1 << 20          // bytes of a document
	maxHeader = 32 << 10         // bytes of an answer's header
)

// Options configure a Client.
type Options struct {
	Hosts []Host           // that the operator vouches for
	Now   func() time.Time // time.Now when nil
	// Roots are the authorities that are trusted, the system's when nil.
	Roots *x509.CertPool
	// Log is told of what could not be fetched; nil for nobody.
	Log func(provider string, err error)
}

// Client fetches what providers publish and keeps their keys for a while. It is
// safe for concurrent use.
type Client struct {
	hosts map[Host]bool
	now   func() time.Time
	roots *x509.CertPool
	log   func(provider string, err error)

	mu   sync.Mutex
	keys map[string]*cachedKeys
}

// New makes a client. It connects to nobody before it is asked to.
func New(o Options) *Client {
	c := &Client{hosts: map[Host]bool{}, now: o.Now, roots: o.Roots, log: o.Log, keys: map[string]*cachedKeys{}}
	for _, h := range o.Hosts {
		c.hosts[h] = true
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = func(string, error) {}
	}
	return c
}

// errTransient marks what may go better the next time: the provider did not
// answer, or answered that it cannot.
var errTransient = errors.New("oidc: the provider cannot be reached")

// get fetches a document.
func (c *Client) get(ctx context.Context, from string, verify verifier) ([]byte, error) {
	u, err := url.Parse(from)
	if err != nil {
		return nil, ErrURL
	}
	if err := c.checkFetch(u); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, ErrURL
	}
	req.Header.Set("Accept", "application/json")
	transport := &http.Transport{
		DialContext: c.dialer(u).DialContext, TLSClientConfig: c.tls(u, verify), DisableKeepAlives: true,
		DisableCompression: true, MaxResponseHeaderBytes: maxHeader, TLSHandshakeTimeout: fetchTime,
	}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, failed(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		err := fmt.Errorf("oidc: %s answered %d", u.Host, resp.StatusCode)
		if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
			err = errors.Join(errTransient, err)
		}
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, errors.Join(errTransient, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("oidc: %s sent more than %d bytes", u.Host, maxBody)
	}
	return body, nil
}

// failed marks an error of a connection as transient unless the certificate is
// what is wrong. A name with an address that is not public is told as one that
// cannot be reached: nobody is to learn from it which names a private network has.
func failed(err error) error {
	if errors.Is(err, errCertificate) {
		return err
	}
	return errors.Join(errTransient, err)
}

var errAddress = errors.New("oidc: the provider's address is not public")

// dialer connects to public addresses alone unless the host of the URL is one
// that the operator vouches for. The check is on the address that is connected
// to, so that a name cannot turn into another one after it.
func (c *Client) dialer(u *url.URL) *net.Dialer {
	d := &net.Dialer{Timeout: fetchTime}
	if c.listed(u) {
		return d
	}
	d.Control = func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || at.Port() != 443 || !publicAddress(at.Addr()) {
			return errAddress
		}
		return nil
	}
	return d
}

// verifier checks the certificates that a server presents.
type verifier func(host string, chain []*x509.Certificate) error

var errCertificate = errors.New("oidc: the provider's certificate is neither of a trusted authority nor has one of the thumbprints")

func (c *Client) tls(u *url.URL, verify verifier) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: u.Hostname(),
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return errCertificate
			}
			return verify(u.Hostname(), s.PeerCertificates)
		},
	}
}

// trust verifies by the trusted authorities and, if these do not know the
// certificate, by thumbprints: one of them must be that of a certificate which
// the server presents and from which the server's own follows.
func (c *Client) trust(thumbprints []string) verifier {
	return func(host string, chain []*x509.Certificate) error {
		options := x509.VerifyOptions{DNSName: host, CurrentTime: c.now(), Roots: c.roots, Intermediates: pool(chain[1:])}
		if _, err := chain[0].Verify(options); err == nil {
			return nil
		}
		for _, cert := range chain {
			if !slices.ContainsFunc(thumbprints, func(t string) bool { return strings.EqualFold(t, Thumbprint(cert)) }) {
				continue
			}
			options.Roots = pool([]*x509.Certificate{cert})
			if _, err := chain[0].Verify(options); err == nil {
				return nil
			}
		}
		return errCertificate
	}
}

func pool(certs []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, cert := range certs {
		p.AddCert(cert)
	}
	return p
}

// Thumbprint is how IAM names a certificate: the SHA-1 of it, in hexadecimal.
func Thumbprint(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// FetchThumbprint is the thumbprint of the last certificate that the host of the
// provider's keys presents, and "" of a provider that speaks plain HTTP.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func (c *Client) FetchThumbprint(ctx context.Context, provider string) (string, error) {
	if strings.HasPrefix(provider, "http://") {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	last := ""
	seen := func(_ string, chain []*x509.Certificate) error {
		last = Thumbprint(chain[len(chain)-1])
		return nil
	}
	keys, err := c.discover(ctx, provider, seen)
	if err != nil {
		c.log(provider, err)
		return "", err
	}
	if strings.HasPrefix(keys, "http://") {
		return "", nil
	}
	if _, err := c.get(ctx, keys, seen); err != nil {
		c.log(provider, err)
		return "", err
	}
	return last, nil
}
