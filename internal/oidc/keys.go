package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long keys are used.
const (
	keysFresh   = 10 * time.Minute // then they are fetched again
	keysStale   = time.Hour        // that long when they cannot be fetched
	keysUnknown = time.Minute      // between fetches for keys that are not there
	keysFailed  = 10 * time.Second // between fetches that fail
	maxCached   = 4096             // providers
)

// maxKeys is how many RSA keys and how many EC keys a provider may publish.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
const maxKeys = 100

// minRSA is the least length of an RSA key, in bits.
const minRSA = 2048

// Provider is whom a token must come from.
type Provider struct {
	// ID tells the provider from all others, those of other tenants with the same
	// URL included, as long as what makes it trusted stays the same.
	ID          string
	URL         string   // with its scheme: what its tokens have as iss
	ClientIDs   []string // audiences that tokens may be meant for
	Thumbprints []string // of certificates, where no trusted authority knows them
}

// key is a public key that a provider signs with.
type key struct {
	id, alg string // "" when the provider does not say
	public  any    // *rsa.PublicKey or *ecdsa.PublicKey
}

// fits tells whether a signature of the algorithm can be the key's.
func (k *key) fits(alg jose.SignatureAlgorithm) bool {
	if k.alg != "" && k.alg != string(alg) {
		return false
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return alg == jose.RS256 || alg == jose.RS384 || alg == jose.RS512
	case *ecdsa.PublicKey:
		return alg == curves[public.Curve]
	}
	return false
}

var curves = map[elliptic.Curve]jose.SignatureAlgorithm{
	elliptic.P256(): jose.ES256, elliptic.P384(): jose.ES384, elliptic.P521(): jose.ES512,
}

// cachedKeys are a provider's keys and when they came.
type cachedKeys struct {
	mu      sync.Mutex
	keys    []key
	fetched time.Time     // zero: never
	tried   time.Time     // when the last try ended
	flight  chan struct{} // closed when the try that is under way ends; nil for none
	err     error         // of the last try
}

func (c *Client) cached(id string) *cachedKeys {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.keys[id]
	if e == nil {
		if len(c.keys) >= maxCached {
			for other := range c.keys { // any: what is needed comes back
				delete(c.keys, other)
				break
			}
		}
		e = new(cachedKeys)
		c.keys[id] = e
	}
	return e
}

var errNoKey = errors.New("oidc: the provider has no such key")

// find is the keys that can have made a signature of the algorithm under the key
// id, which may be empty if there is just one. They are fetched when they are
// not there or too old, but not for every unknown id.
func (c *Client) find(ctx context.Context, p *Provider, kid string, alg jose.SignatureAlgorithm) ([]key, error) {
	e := c.cached(p.ID + "\x00" + p.URL + "\x00" + strings.Join(p.Thumbprints, ","))
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.outdated(c.now(), kid, alg) {
		if err := e.renew(ctx, c, p); err != nil {
			return nil, err
		}
	}
	fits := e.choose(kid, alg)
	switch {
	case len(fits) > 0 && c.now().Sub(e.fetched) < keysStale:
		return fits, nil
	case e.err != nil:
		return nil, e.err
	}
	return nil, errNoKey
}

// outdated tells whether the provider is to be asked.
func (e *cachedKeys) outdated(now time.Time, kid string, alg jose.SignatureAlgorithm) bool {
	fresh := !e.fetched.IsZero() && now.Sub(e.fetched) < keysFresh
	since := now.Sub(e.tried)
	switch {
	case fresh && len(e.choose(kid, alg)) > 0:
		return false
	case e.err != nil && since < keysFailed, e.err == nil && fresh && since < keysUnknown:
		return false // it was asked a moment ago
	}
	return true
}

// renew fetches the keys, or waits for whoever does already, as long as the caller
// does. The lock is not held meanwhile: a provider that takes its time, and
// callers who need no signature, must not make requests wait for one another.
func (e *cachedKeys) renew(ctx context.Context, c *Client, p *Provider) error {
	flight := e.flight
	if flight == nil {
		flight = make(chan struct{})
		e.flight = flight
		go e.fetch(context.WithoutCancel(ctx), c, p, flight)
	}
	e.mu.Unlock()
	defer e.mu.Lock()
	select {
	case <-flight:
		return nil
	case <-ctx.Done():
		return errors.Join(errTransient, ctx.Err())
	}
}

func (e *cachedKeys) choose(kid string, alg jose.SignatureAlgorithm) (out []key) {
	for _, k := range e.keys {
		if k.fits(alg) && (kid == "" || k.id == kid) {
			out = append(out, k)
		}
	}
	if kid == "" && len(out) != 1 {
		return nil // which of them is not said
	}
	return out
}

func (e *cachedKeys) fetch(ctx context.Context, c *Client, p *Provider, flight chan struct{}) {
	defer close(flight)
	began := c.now()
	keys, err := c.fetchKeysSafely(ctx, p)
	if err != nil {
		c.log(p.URL, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flight, e.tried, e.err = nil, c.now(), err
	if err == nil {
		e.keys, e.fetched = keys, began
	}
}

// fetchKeysSafely is fetchKeys in a goroutine of its own, where a panic at what a
// provider sent would end the process.
func (c *Client) fetchKeysSafely(ctx context.Context, p *Provider) (keys []key, err error) {
	defer func() {
		if r := recover(); r != nil {
			keys, err = nil, fmt.Errorf("oidc: panic: %v", r)
		}
	}()
	return c.fetchKeys(ctx, p)
}

func (c *Client) fetchKeys(ctx context.Context, p *Provider) ([]key, error) {
	verify := c.trust(p.Thumbprints)
	from, err := c.discover(ctx, p.URL, verify)
	if err != nil {
		return nil, err
	}
	body, err := c.get(ctx, from, verify)
	if err != nil {
		return nil, err
	}
	return parseKeys(body)
}

// discover is where the provider says that its keys are. Its discovery document
// must be its own.
func (c *Client) discover(ctx context.Context, provider string, verify verifier) (string, error) {
	body, err := c.get(ctx, strings.TrimSuffix(provider, "/")+"/.well-known/openid-configuration", verify)
	if err != nil {
		return "", err
	}
	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return "", fmt.Errorf("oidc: discovery document: %w", err)
	}
	if document.Issuer != provider {
		return "", fmt.Errorf("oidc: the discovery document is that of %.255q", document.Issuer)
	}
	u, err := url.Parse(document.Keys)
	if err != nil || c.checkFetch(u) != nil {
		return "", fmt.Errorf("oidc: keys cannot be fetched from %.255q", document.Keys)
	}
	return document.Keys, nil
}

// parseKeys reads a JSON Web Key Set. Keys for other things than signatures, and
// of other kinds than RSA and EC, are left out.
//
// https://www.rfc-editor.org/rfc/rfc7517
func parseKeys(body []byte) ([]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("oidc: key set: %w", err)
	}
	var keys []key
	count := map[string]int{}
	for _, raw := range set.Keys {
		var head struct {
			Type string   `json:"kty"`
			Use  string   `json:"use"`
			Ops  []string `json:"key_ops"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			continue
		}
		if count[head.Type]++; count[head.Type] > maxKeys {
			return nil, fmt.Errorf("oidc: the key set has more than %d keys of type %.20q", maxKeys, head.Type)
		}
		if head.Use != "" && head.Use != "sig" || len(head.Ops) > 0 && !slices.Contains(head.Ops, "verify") {
			continue
		}
		if k, ok := parseKey(raw); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("oidc: the key set has no key to verify signatures with")
	}
	return keys, nil
}

func parseKey(raw []byte) (key, bool) {
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(raw); err != nil || !k.Valid() || !k.IsPublic() {
		return key{}, false
	}
	switch public := k.Key.(type) {
	case *rsa.PublicKey:
		return key{k.KeyID, k.Algorithm, public}, public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return key{k.KeyID, k.Algorithm, public}, curves[public.Curve] != ""
	}
	return key{}, false
}
