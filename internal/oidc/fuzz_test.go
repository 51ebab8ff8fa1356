package oidc

import (
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func FuzzToken(f *testing.F) {
	i := newIDP(f, public(rsaKey(), "r"))
	p := i.provider()
	f.Add(sign(f, rsaKey(), jose.RS256, "r", i.claims(nil)))
	f.Add(sign(f, otherKey(), jose.RS256, "r", i.claims(nil)))
	f.Add(forge(f, `{"alg":"RS256","kid":"r","crit":["b64"],"b64":false}`, `{"iss":1}`))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := Parse(text)
		if err != nil {
			return
		}
		c, err := i.client.Verify(t.Context(), p, token)
		if err == nil && (c.Subject != "system:serviceaccount:ns:app" || len(c.Audience) != 1) {
			t.Errorf("verified %q: %+v", text, c)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"","y":""}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeys(body)
		if err == nil && len(keys) == 0 {
			t.Error("no keys and no error")
		}
	})
}
