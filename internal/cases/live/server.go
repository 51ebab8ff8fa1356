package live

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/cases"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/gateway"
	"github.com/sallyport/sallyport/internal/sigv4"
)

const region = "us-east-1"

// player plays one case on a server of its own.
type player struct {
	c      *cases.Case
	g      *gateway.Gateway
	server *http.Server
	client *http.Client
	base   string // https://127.0.0.1:PORT
	now    time.Time

	roots  map[string]sigv4.Credentials // of the accounts
	caller sigv4.Credentials            // zero for anonymous
	helper sigv4.Credentials            // of the user that assumes roles
	places map[string]directory.Place   // of accounts that the stored organization does not hold
	needed map[string]bool              // keys of objects that must be there, by bucket/key
	entity *iamAsk                      // what of IAM must be there, nil for nothing

	mu        sync.Mutex
	observing bool
	keys      keyring // what to do to the request's condition keys
	seen      []seen  // decisions
}

// seen is one decision of the server.
type seen struct {
	action, resource string
	allowed          bool
	reason           string
}

// newPlayer starts a server for a case. It speaks TLS unless the case says that
// the request comes without.
func newPlayer(ctx context.Context, c *cases.Case) (*player, error) {
	p := &player{
		c: c, now: time.Now(), roots: map[string]sigv4.Credentials{}, places: map[string]directory.Place{},
	}
	if at, ok := c.Request.Time(); ok {
		p.now = at
	}
	p.now = p.now.Truncate(time.Second).Add(p.late())
	g, err := gateway.OpenTrial(ctx, gateway.Options{Region: region, Clock: func() time.Time { return p.now }}, gateway.Trial{
		Keys: p.changeKeys, Decided: p.decided, Place: p.place,
	})
	if err != nil {
		return nil, err
	}
	p.g = g
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.server = &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	transport := &http.Transport{DisableCompression: true}
	p.base = "http://" + l.Addr().String()
	if !strings.EqualFold(c.Request.Text("aws:SecureTransport"), "false") {
		p.base = "https://" + l.Addr().String()
		cert := certificate()
		transport.TLSClientConfig = &tls.Config{RootCAs: cert.pool}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert.pair}})
	}
	p.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	go p.server.Serve(l)
	return p, nil
}

func (p *player) close() {
	p.client.CloseIdleConnections()
	p.server.Close()
	p.g.Close()
}

// observe begins or ends the time in which the server decides on the case's own
// request.
func (p *player) observe(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.observing = on
	p.seen = nil
}

func (p *player) decided(req *authz.Request, d *authz.Decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.observing {
		p.seen = append(p.seen, seen{req.Action.Lower(), req.Resource.ARN, d.Allowed, d.Code()})
	}
}

func (p *player) place(account string) (directory.Place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.places[account]
	return at, ok
}

type selfSigned struct {
	pair tls.Certificate
	pool *x509.CertPool
}

// certificate is this process's own for 127.0.0.1.
var certificate = sync.OnceValue(func() selfSigned {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return selfSigned{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool}
})
