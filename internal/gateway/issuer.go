package gateway

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/internal/directory"
)

const issuerPath = adminPrefix + "tokens/"

// SetPublicURL says at which URL others reach this server: the issuers of
// accounts are below it. It must be called before requests are served.
func (g *Gateway) SetPublicURL(url string) { g.publicURL = strings.TrimSuffix(url, "/") }

// issuer is the URL of an account's issuer of web identity tokens.
func (g *Gateway) issuer(account, id string) string {
	return g.publicURL + issuerPath + account + "/" + id
}

// serveIssuer publishes what others verify an account's tokens with. Of an issuer
// that is switched off too: its tokens are out for up to an hour.
//
// https://openid.net/specs/openid-connect-discovery-1_0.html
func (g *Gateway) serveIssuer(w http.ResponseWriter, r *http.Request) {
	account, id, document := r.PathValue("account"), r.PathValue("id"), r.PathValue("document")
	if !arn.ValidAccountID(account) || document != "openid-configuration" && document != "jwks.json" {
		http.NotFound(w, r)
		return
	}
	var found *directory.OutboundFederation
	err := g.directory.View(r.Context(), func(t *directory.ReadTx) (err error) {
		found, err = directory.FindResource(t, &directory.OutboundFederation{Account: account})
		return err
	})
	if errors.Is(err, directory.ErrNotFound) || err == nil && found.ID != id {
		http.NotFound(w, r)
		return
	}
	var body any
	if err == nil {
		body, err = g.issuerDocument(found, document)
	}
	if err != nil {
		g.logger.Error("an issuer's document could not be made", "account", account, "error", err)
		http.Error(w, "the document could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	json.NewEncoder(w).Encode(body)
}

func (g *Gateway) issuerDocument(f *directory.OutboundFederation, document string) (any, error) {
	issuer := g.issuer(f.Account, f.ID)
	if document == "openid-configuration" {
		return map[string]any{
			"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks.json", "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES384"},
			"claims_supported": []string{"iss", "aud", "sub", "iat", "exp", "jti"},
		}, nil
	}
	var set jose.JSONWebKeySet
	for _, k := range f.Keys {
		public, err := x509.ParsePKIXPublicKey(k.Public)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: public, KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"})
	}
	return set, nil
}
