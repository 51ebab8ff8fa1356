package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var rsaKey, otherKey = sync.OnceValue(makeRSA), sync.OnceValue(makeRSA)

func makeRSA() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

func makeEC(c elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

// idp is a provider on a test server.
type idp struct {
	*httptest.Server
	client *Client
	now    atomic.Pointer[time.Time]
	asked  atomic.Int32 // for keys
	jwks   atomic.Pointer[string]
	issuer string
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func newIDP(t testing.TB, keys ...jose.JSONWebKey) *idp {
	i := &idp{}
	i.setKeys(keys...)
	i.Server = httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	i.issuer = i.URL
	i.now.Store(&begin)
	h, err := ParseHost(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	i.client = New(Options{Hosts: []Host{h}, Now: func() time.Time { return *i.now.Load() }})
	return i
}

func (i *idp) setKeys(keys ...jose.JSONWebKey) {
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		panic(err)
	}
	i.jwks.Store(new(string(text)))
}

func (i *idp) later(d time.Duration) { i.now.Store(new(i.now.Load().Add(d))) }

func (i *idp) serve(w http.ResponseWriter, r *http.Request) {
	if i.answer != nil && i.answer(w, r) {
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.issuer, i.URL+"/jwks")
	case "/jwks":
		i.asked.Add(1)
		fmt.Fprint(w, *i.jwks.Load())
	default:
		http.NotFound(w, r)
	}
}

func (i *idp) provider() *Provider {
	return &Provider{ID: "a", URL: i.issuer, ClientIDs: []string{"sts.amazonaws.com", "app"}}
}

func (i *idp) verify(token string) (*Claims, error) { return i.verifyFor(i.provider(), token) }

func (i *idp) verifyFor(p *Provider, token string) (*Claims, error) {
	t, err := Parse(token)
	if err != nil {
		return nil, err
	}
	return i.client.Verify(context.Background(), p, t)
}

func (i *idp) claims(change map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.issuer, "sub": "system:serviceaccount:ns:app", "aud": []string{"sts.amazonaws.com"},
		"iat": begin.Unix(), "nbf": begin.Unix(), "exp": begin.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{"namespace": "ns", "serviceaccount": map[string]any{"name": "app"}},
	}
	maps.Copy(c, change)
	for name, v := range c {
		if v == nil {
			delete(c, name)
		}
	}
	return c
}

func public(key crypto.Signer, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig"}
}

func sign(t testing.TB, key any, alg jose.SignatureAlgorithm, kid string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// forge makes a token whose header and payload are these texts, signed with RSA.
func forge(t testing.TB, header, payload string) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, rsaKey(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

func TestVerifyTakesEveryAlgorithm(t *testing.T) {
	ec256, ec384, ec521 := makeEC(elliptic.P256()), makeEC(elliptic.P384()), makeEC(elliptic.P521())
	i := newIDP(t, public(rsaKey(), "r"), public(ec256, "256"), public(ec384, "384"), public(ec521, "521"))
	for alg, k := range map[jose.SignatureAlgorithm]struct {
		key any
		kid string
	}{
		jose.RS256: {rsaKey(), "r"}, jose.RS384: {rsaKey(), "r"}, jose.RS512: {rsaKey(), "r"},
		jose.ES256: {ec256, "256"}, jose.ES384: {ec384, "384"}, jose.ES512: {ec521, "521"},
	} {
		c, err := i.verify(sign(t, k.key, alg, k.kid, i.claims(nil)))
		if err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		if c.Subject != "system:serviceaccount:ns:app" || fmt.Sprint(c.Audience) != "[sts.amazonaws.com]" || c.Raw("kubernetes.io") == nil {
			t.Errorf("%s: %+v", alg, c)
		}
	}
	if n := i.asked.Load(); n != 1 {
		t.Errorf("keys were fetched %d times", n)
	}
}

// What an attacker may try with claims alone, having a key of the provider's.
func TestVerifyRefusesClaims(t *testing.T) {
	i := newIDP(t, public(rsaKey(), "r"))
	for name, c := range map[string]struct {
		change map[string]any
		want   error
	}{
		"no iss":                     {map[string]any{"iss": nil}, ErrClaim},
		"iss with a slash":           {map[string]any{"iss": i.issuer + "/"}, ErrIssuer},
		"iss in capitals":            {map[string]any{"iss": strings.ToUpper(i.issuer)}, ErrIssuer},
		"iss without scheme":         {map[string]any{"iss": strings.TrimPrefix(i.issuer, "http://")}, ErrIssuer},
		"iss a list":                 {map[string]any{"iss": []string{i.issuer}}, ErrClaim},
		"iss of another":             {map[string]any{"iss": "https://evil.example.com"}, ErrIssuer},
		"no sub":                     {map[string]any{"sub": nil}, ErrClaim},
		"sub empty":                  {map[string]any{"sub": ""}, ErrClaim},
		"sub a number":               {map[string]any{"sub": 7}, ErrClaim},
		"no aud":                     {map[string]any{"aud": nil}, ErrClaim},
		"aud of another":             {map[string]any{"aud": "vault"}, ErrAudience},
		"aud empty list":             {map[string]any{"aud": []string{}}, ErrClaim},
		"aud holds no string":        {map[string]any{"aud": []any{"app", 1}}, ErrClaim},
		"aud a structure":            {map[string]any{"aud": map[string]any{"app": 1}}, ErrClaim},
		"aud in other case":          {map[string]any{"aud": "STS.amazonaws.com"}, ErrAudience},
		"azp of another":             {map[string]any{"azp": "vault"}, ErrAudience},
		"azp empty":                  {map[string]any{"azp": ""}, ErrClaim},
		"azp null":                   {map[string]any{"azp": json.RawMessage("null")}, ErrClaim},
		"no exp":                     {map[string]any{"exp": nil}, ErrClaim},
		"exp a string":               {map[string]any{"exp": "9999999999"}, ErrClaim},
		"exp beyond all bounds":      {map[string]any{"exp": 1e300}, ErrClaim},
		"exp negative":               {map[string]any{"exp": -1}, ErrClaim},
		"nbf in the future":          {map[string]any{"nbf": begin.Add(2 * time.Minute).Unix()}, ErrEarly},
		"iat in the future":          {map[string]any{"iat": begin.Add(2 * time.Minute).Unix()}, ErrEarly},
		"iat a string":               {map[string]any{"iat": "now"}, ErrClaim},
		"amr holds no string":        {map[string]any{"amr": []any{1}}, ErrClaim},
		"name in other case instead": {map[string]any{"sub": nil, "Sub": "x"}, ErrClaim},
	} {
		got, err := i.verify(sign(t, rsaKey(), jose.RS256, "r", i.claims(c.change)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	for name, exp := range map[string]time.Time{"a second ago": begin.Add(-time.Second), "now": begin} {
		_, err := i.verify(sign(t, rsaKey(), jose.RS256, "r", i.claims(map[string]any{"exp": exp.Unix()})))
		var expired *ExpiredError
		if !errors.As(err, &expired) || !expired.Expired.Equal(exp) {
			t.Errorf("expired %s: %v", name, err)
		}
	}
	if i.asked.Load() != 0 {
		t.Error("keys were fetched for tokens that are refused without them")
	}
}

func TestVerifyChoosesTheAudience(t *testing.T) {
	i := newIDP(t, public(rsaKey(), "r"))
	for name, c := range map[string]struct {
		change map[string]any
		want   string
	}{
		"a string":             {map[string]any{"aud": "app"}, "[app]"},
		"one of many":          {map[string]any{"aud": []string{"vault", "app"}}, "[app]"},
		"two of many":          {map[string]any{"aud": []string{"sts.amazonaws.com", "vault", "app"}}, "[sts.amazonaws.com app]"},
		"the party":            {map[string]any{"aud": "vault", "azp": "app"}, "[app]"},
		"the party and not it": {map[string]any{"aud": "sts.amazonaws.com", "azp": "app"}, "[app]"},
	} {
		got, err := i.verify(sign(t, rsaKey(), jose.RS256, "r", i.claims(c.change)))
		if err != nil || fmt.Sprint(got.Audience) != c.want {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

// Tokens that are wrong in how they are signed.
func TestVerifyRefusesSignatures(t *testing.T) {
	ec256, ec384 := makeEC(elliptic.P256()), makeEC(elliptic.P384())
	enc := jose.JSONWebKey{Key: otherKey().Public(), KeyID: "enc", Use: "enc"}
	i := newIDP(t, public(rsaKey(), "r"), public(ec256, "e"), enc,
		jose.JSONWebKey{Key: ec384.Public(), KeyID: "bound", Use: "sig", Algorithm: "ES256"},
		jose.JSONWebKey{Key: []byte("a symmetric key that is published"), KeyID: "hmac", Use: "sig"})
	payload, err := json.Marshal(i.claims(nil))
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, rsaKey(), jose.RS256, "r", i.claims(nil))
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	der, err := x509.MarshalPKIXPublicKey(rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	own, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: otherKey(), KeyID: "r"}}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := own.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	carriesKey, err := embedded.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"none":                       {b64([]byte(`{"alg":"none"}`)) + "." + b64(payload) + ".", ErrMalformed},
		"None":                       {b64([]byte(`{"alg":"None"}`)) + "." + b64(payload) + ".", ErrMalformed},
		"no algorithm":               {b64([]byte(`{}`)) + "." + b64(payload) + "." + parts[2], ErrMalformed},
		"HS256 with the public key":  {sign(t, der, jose.HS256, "r", i.claims(nil)), ErrMalformed},
		"HS256 with a published key": {sign(t, []byte("a symmetric key that is published"), jose.HS256, "hmac", i.claims(nil)), ErrMalformed},
		"PS256":                      {sign(t, rsaKey(), jose.PS256, "r", i.claims(nil)), ErrMalformed},
		"another's key, kid of ours": {sign(t, otherKey(), jose.RS256, "r", i.claims(nil)), ErrSignature},
		"a key for encryption":       {sign(t, otherKey(), jose.RS256, "enc", i.claims(nil)), ErrKeys},
		"an unknown kid":             {sign(t, rsaKey(), jose.RS256, "../r", i.claims(nil)), ErrKeys},
		"an EC key's kid":            {sign(t, rsaKey(), jose.RS256, "e", i.claims(nil)), ErrKeys},
		"a key bound to another alg": {sign(t, ec384, jose.ES384, "bound", i.claims(nil)), ErrKeys},
		"its own key":                {carriesKey, ErrSignature},
		"a changed payload":          {parts[0] + "." + b64([]byte(strings.Replace(string(payload), ":app", ":adm", 1))) + "." + parts[2], ErrSignature},
		"no signature":               {parts[0] + "." + parts[1] + ".", ErrSignature},
		"a critical header":          {forge(t, `{"alg":"RS256","kid":"r","crit":["exp"],"exp":1}`, string(payload)), ErrMalformed},
		"an unencoded payload":       {forge(t, `{"alg":"RS256","kid":"r","crit":["b64"],"b64":false}`, string(payload)), ErrMalformed},
		"two algorithms":             {forge(t, `{"alg":"none","alg":"RS256","kid":"r"}`, string(payload)), ErrMalformed},
		"two subjects":               {forge(t, `{"alg":"RS256","kid":"r"}`, strings.Replace(string(payload), `"sub"`, `"sub":"admin","sub"`, 1)), ErrMalformed},
		"a payload that is null":     {forge(t, `{"alg":"RS256","kid":"r"}`, `null`), ErrMalformed},
		"a payload that is a list":   {forge(t, `{"alg":"RS256","kid":"r"}`, `[]`), ErrMalformed},
		"JSON serialization":         {embedded.FullSerialize(), ErrMalformed},
		"four parts":                 {good + ".x", ErrMalformed},
		"an encrypted token":         {good + ".x.y", ErrMalformed},
		"nothing":                    {"", ErrMalformed},
		"too long":                   {good + strings.Repeat("A", maxToken), ErrMalformed},
	} {
		if got, err := i.verify(c.token); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	if _, err := i.verify(good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	// Without a key id there must be just one key that can have made the signature.
	if _, err := i.verify(sign(t, rsaKey(), jose.RS256, "", i.claims(nil))); err != nil {
		t.Errorf("without a key id: %v", err)
	}
	i.setKeys(public(rsaKey(), "r"), public(otherKey(), "s"))
	i.later(2 * keysFresh)
	if _, err := i.verify(sign(t, rsaKey(), jose.RS256, "", i.claims(nil))); !errors.Is(err, ErrKeys) {
		t.Errorf("without a key id and with two keys: %v", err)
	}
}

func TestKeysAreFetchedSeldom(t *testing.T) {
	i := newIDP(t, public(rsaKey(), "r"))
	ask := func(what, kid string, key any, want error, fetches int32) {
		t.Helper()
		before := i.asked.Load()
		if _, err := i.verify(sign(t, key, jose.RS256, kid, i.claims(map[string]any{"exp": begin.Add(24 * time.Hour).Unix()}))); !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
		if n := i.asked.Load() - before; n != fetches {
			t.Errorf("%s: %d fetches, want %d", what, n, fetches)
		}
	}
	ask("the first", "r", rsaKey(), nil, 1)
	for range 3 {
		ask("an unknown key, again and again", "new", otherKey(), ErrKeys, 0)
	}
	i.setKeys(public(rsaKey(), "r"), public(otherKey(), "new"))
	i.later(keysUnknown)
	ask("a new key", "new", otherKey(), nil, 1)
	ask("a new key again", "new", otherKey(), nil, 0)
	i.setKeys(public(otherKey(), "new"))
	ask("a key taken back, for now", "r", rsaKey(), nil, 0)
	i.later(keysFresh)
	ask("a key taken back", "r", rsaKey(), ErrKeys, 1)
	i.answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true }
	i.later(keysFresh)
	ask("the provider is down", "new", otherKey(), nil, 0)
	i.later(keysStale)
	ask("the provider is down for long", "new", otherKey(), ErrUnreachable, 0)
	i.answer = nil
	ask("right after", "new", otherKey(), ErrUnreachable, 0)
	i.later(keysFailed)
	ask("up again", "new", otherKey(), nil, 1)
}

// Keys that one tenant's provider let in must not serve another's.
func TestKeysAreNotShared(t *testing.T) {
	i := newIDP(t, public(rsaKey(), "r"))
	token := sign(t, rsaKey(), jose.RS256, "r", i.claims(nil))
	if _, err := i.verify(token); err != nil {
		t.Fatal(err)
	}
	i.setKeys(public(otherKey(), "r"))
	for name, p := range map[string]*Provider{
		"another id":         {ID: "b", URL: i.issuer, ClientIDs: []string{"app", "sts.amazonaws.com"}},
		"another thumbprint": {ID: "a", URL: i.issuer, ClientIDs: []string{"app", "sts.amazonaws.com"}, Thumbprints: []string{"aa"}},
	} {
		if _, err := i.verifyFor(p, token); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a hostile provider may answer.
func TestFetchRefuses(t *testing.T) {
	huge := strings.Repeat(" ", maxBody+1)
	set := func(n int) string {
		one, err := json.Marshal(public(rsaKey(), "r"))
		if err != nil {
			t.Fatal(err)
		}
		return `{"keys":[` + strings.Repeat(string(one)+",", n-1) + string(one) + `]}`
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]func(i *idp, w http.ResponseWriter, r *http.Request) bool{
		"keys by redirect": func(i *idp, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/jwks" {
				http.Redirect(w, r, i.URL+"/elsewhere", http.StatusFound)
			} else if r.URL.Path == "/elsewhere" {
				fmt.Fprint(w, *i.jwks.Load())
			}
			return r.URL.Path == "/jwks" || r.URL.Path == "/elsewhere"
		},
		"discovery by redirect": func(i *idp, w http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/.well-known") {
				http.Redirect(w, r, "/d", http.StatusMovedPermanently)
				return true
			}
			if r.URL.Path == "/d" {
				fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.issuer, i.URL+"/jwks")
				return true
			}
			return false
		},
		"huge keys":           onPath("/jwks", huge+`{"keys":[]}`),
		"huge discovery":      onPath("/.well-known/openid-configuration", huge),
		"too many keys":       onPath("/jwks", set(maxKeys+1)),
		"no keys":             onPath("/jwks", `{"keys":[]}`),
		"null":                onPath("/jwks", `null`),
		"not JSON":            onPath("/jwks", `<html>`),
		"another's discovery": onPath("/.well-known/openid-configuration", `{"issuer":"https://evil.example.com","jwks_uri":"https://evil.example.com/k"}`),
		"keys on a private address": func(i *idp, w http.ResponseWriter, r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/.well") && tell(w, fmt.Sprintf(`{"issuer":%q,"jwks_uri":"https://169.254.169.254/latest"}`, i.issuer))
		},
		"keys in a file": func(i *idp, w http.ResponseWriter, r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/.well") && tell(w, fmt.Sprintf(`{"issuer":%q,"jwks_uri":"file:///etc/passwd"}`, i.issuer))
		},
		"keys by plain HTTP elsewhere": func(i *idp, w http.ResponseWriter, r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/.well") && tell(w, fmt.Sprintf(`{"issuer":%q,"jwks_uri":"http://example.com/k"}`, i.issuer))
		},
		"a weak key": func(_ *idp, w http.ResponseWriter, r *http.Request) bool {
			text, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: weak.Public(), KeyID: "r"}}})
			return r.URL.Path == "/jwks" && tell(w, string(text))
		},
		"a private key": func(_ *idp, w http.ResponseWriter, r *http.Request) bool {
			text, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey(), KeyID: "r"}}})
			return r.URL.Path == "/jwks" && tell(w, string(text))
		},
		"404": func(_ *idp, w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true },
	} {
		i := newIDP(t, public(rsaKey(), "r"))
		i.answer = func(w http.ResponseWriter, r *http.Request) bool { return answer(i, w, r) }
		if got, err := i.verify(sign(t, rsaKey(), jose.RS256, "r", i.claims(nil))); !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	// As many as are allowed.
	i := newIDP(t)
	i.jwks.Store(new(set(maxKeys)))
	if _, err := i.verify(sign(t, rsaKey(), jose.RS256, "r", i.claims(nil))); err != nil {
		t.Errorf("%d keys: %v", maxKeys, err)
	}
}

func onPath(path, body string) func(*idp, http.ResponseWriter, *http.Request) bool {
	return func(_ *idp, w http.ResponseWriter, r *http.Request) bool { return r.URL.Path == path && tell(w, body) }
}

func tell(w http.ResponseWriter, body string) bool {
	fmt.Fprint(w, body)
	return true
}

func TestCheckURL(t *testing.T) {
	h1, err := ParseHost("http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	h2, err := ParseHost("Kubernetes.default.svc")
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{Hosts: []Host{h1, h2}})
	for url, ok := range map[string]bool{
		"https://token.actions.githubusercontent.com": true, "https://example.auth0.com/": true,
		"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC": true, "https://8.8.8.8": true,
		"http://localhost:8080": true, "http://localhost:8080/realms/a": true, "https://kubernetes.default.svc": true,
		"https://kubernetes.default.svc:443/x": true,
		"http://example.com":                   false, "https://example.com:8443": false, "https://example.com:": false,
		"https://localhost:8080": false, "http://localhost": false, "http://localhost:8081": false, "https://localhost": false,
		"https://user@example.com": false, "https://user:pw@example.com": false, "https://example.com?x=1": false,
		"https://example.com#x": false, "https://example.com/a b": false, "https://example.com/*": false,
		"https://": false, "https:example.com": false, "example.com": false, "ftp://example.com": false,
		"https://127.0.0.1": false, "https://10.0.0.1": false, "https://[::1]": false, "https://[::ffff:127.0.0.1]": false,
		"https://169.254.169.254": false, "https://intranet": false, "https://intranet.": false, "https://aws": false,
		"https://exämple.com": false, "https://example.com/\n": false, "": false,
	} {
		if err := c.CheckURL(url); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, bad := range []string{"", "ftp://x", "http://x/path", "x?y", "http://u@x", "http://x#y", ":80"} {
		if h, err := ParseHost(bad); err == nil {
			t.Errorf("%q is the host %+v", bad, h)
		}
	}
}

func TestPublic(t *testing.T) {
	for address, ok := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"192.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001::1": false, "2001:db8::1": false, "fec0::1": false,
	} {
		if got := publicAddress(netip.MustParseAddr(address)); got != ok {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// The address that a name turns into is what counts, not the name.
func TestDialerChecksTheAddress(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	c := New(Options{})
	d := c.dialer(mustURL(t, "https://idp.example.com"))
	if conn, err := d.Dial("tcp", server.Listener.Addr().String()); !errors.Is(err, errAddress) {
		t.Errorf("connected to %v: %v", conn, err)
	}
}

func certify(t *testing.T, template, parent *x509.Certificate, key crypto.Signer, by crypto.Signer) *x509.Certificate {
	t.Helper()
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), begin.Add(-time.Hour), begin.Add(time.Hour)
	template.BasicConstraintsValid = true
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestTrust(t *testing.T) {
	caKey, key := makeEC(elliptic.P256()), makeEC(elliptic.P256())
	caTemplate := &x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	ca := certify(t, caTemplate, caTemplate, caKey, caKey)
	leafTemplate := &x509.Certificate{Subject: pkix.Name{CommonName: "leaf"}, DNSNames: []string{"idp.test"}}
	leaf := certify(t, leafTemplate, ca, key, caKey)
	alone := certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "self"}, DNSNames: []string{"idp.test"}},
		&x509.Certificate{Subject: pkix.Name{CommonName: "self"}}, key, key)
	other := certify(t, caTemplate, caTemplate, key, key) // another authority of the same name

	now := func() time.Time { return begin }
	unknown, known := New(Options{Now: now, Roots: x509.NewCertPool()}), New(Options{Now: now, Roots: pool([]*x509.Certificate{ca})})
	late := New(Options{Now: func() time.Time { return begin.Add(2 * time.Hour) }, Roots: x509.NewCertPool()})
	chain := func(c ...*x509.Certificate) []*x509.Certificate { return c }
	for name, c := range map[string]struct {
		client *Client
		prints []string
		host   string
		chain  []*x509.Certificate
		ok     bool
	}{
		"a trusted authority":                     {known, nil, "idp.test", chain(leaf), true},
		"a trusted authority, a wrong thumbprint": {known, []string{Thumbprint(other)}, "idp.test", chain(leaf, ca), true},
		"a trusted authority, another host":       {known, []string{Thumbprint(ca)}, "evil.test", chain(leaf, ca), false},
		"an unknown one":                          {unknown, nil, "idp.test", chain(leaf, ca), false},
		"its thumbprint":                          {unknown, []string{Thumbprint(ca)}, "idp.test", chain(leaf, ca), true},
		"its thumbprint in capitals":              {unknown, []string{strings.ToUpper(Thumbprint(ca))}, "idp.test", chain(leaf, ca), true},
		"its thumbprint, not presented":           {unknown, []string{Thumbprint(ca)}, "idp.test", chain(leaf), false},
		"its thumbprint, another host":            {unknown, []string{Thumbprint(ca)}, "evil.test", chain(leaf, ca), false},
		"its thumbprint, too late":                {late, []string{Thumbprint(ca)}, "idp.test", chain(leaf, ca), false},
		"a certificate beside the chain":          {unknown, []string{Thumbprint(ca)}, "idp.test", chain(alone, ca), false},
		"of an authority of the same name":        {unknown, []string{Thumbprint(other)}, "idp.test", chain(leaf, other), false},
		"of itself":                               {unknown, []string{Thumbprint(alone)}, "idp.test", chain(alone), true},
		"of the leaf":                             {unknown, []string{Thumbprint(leaf)}, "idp.test", chain(leaf, ca), true},
	} {
		if err := c.client.trust(c.prints)(c.host, c.chain); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFetchThumbprint(t *testing.T) {
	i := &idp{}
	i.setKeys(public(rsaKey(), "r"))
	i.Server = httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(i.Close)
	i.issuer = i.URL
	i.now.Store(new(time.Now()))
	h, err := ParseHost(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	i.client = New(Options{Hosts: []Host{h}, Roots: x509.NewCertPool()})
	print, err := i.client.FetchThumbprint(t.Context(), i.issuer)
	if err != nil || print != Thumbprint(i.Certificate()) {
		t.Fatalf("%q, %v", print, err)
	}
	p := i.provider()
	token := sign(t, rsaKey(), jose.RS256, "r", i.claims(map[string]any{"iat": nil, "nbf": nil, "exp": time.Now().Add(time.Hour).Unix()}))
	if _, err := i.verifyFor(p, token); !errors.Is(err, ErrCertificate) {
		t.Errorf("without its thumbprint: %v", err)
	}
	p.Thumbprints = []string{print}
	if _, err := i.verifyFor(p, token); err != nil {
		t.Errorf("with its thumbprint: %v", err)
	}
	if print, err := i.client.FetchThumbprint(t.Context(), "http://localhost"); err != nil || print != "" {
		t.Errorf("plain HTTP: %q, %v", print, err)
	}
	i.answer = func(w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true }
	if print, err := i.client.FetchThumbprint(t.Context(), i.issuer); err == nil {
		t.Errorf("of what is no provider: %q", print)
	}

}
