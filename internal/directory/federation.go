package directory

import (
	"strings"
	"time"
)

// OIDCProvider is an OpenID Connect provider that an account trusts.
type OIDCProvider struct {
	Account     string    `json:"account"`
	ID          string    `json:"id"`  // random: tells it from one that was made under the same URL before
	URL         string    `json:"url"` // with its scheme: what its tokens have as iss
	ClientIDs   []string  `json:"clients,omitempty"`
	Thumbprints []string  `json:"thumbprints,omitempty"` // SHA-1 in lower-case hexadecimal
	Created     time.Time `json:"created"`
	Tags        []Tag     `json:"tags,omitempty"`
}

// Name is the provider's URL without its scheme, the name in its ARN.
func (p *OIDCProvider) Name() string {
	_, name, _ := strings.Cut(p.URL, "://")
	return name
}

// Place implements Resource: names count with their case.
func (p *OIDCProvider) Place() (k ResourceKind, account, name string) {
	return KindOIDCProvider, p.Account, p.Name()
}

// ARN is arn:aws:iam::ACCOUNT:oidc-provider/NAME.
func (p *OIDCProvider) ARN() string {
	return "arn:aws:iam::" + p.Account + ":oidc-provider/" + p.Name()
}

// SAMLProvider is a SAML 2.0 provider that an account trusts.
type SAMLProvider struct {
	Account    string    `json:"account"`
	ID         string    `json:"id"` // random, as AWS shows it
	Name       string    `json:"name"`
	Metadata   string    `json:"metadata"` // the document as it was given
	ValidUntil time.Time `json:"until"`
	Created    time.Time `json:"created"`
	Tags       []Tag     `json:"tags,omitempty"`
}

// Place implements Resource: names count with their case.
func (p *SAMLProvider) Place() (k ResourceKind, account, name string) {
	return KindSAMLProvider, p.Account, p.Name
}

// ARN is arn:aws:iam::ACCOUNT:saml-provider/NAME.
func (p *SAMLProvider) ARN() string {
	return "arn:aws:iam::" + p.Account + ":saml-provider/" + p.Name
}

// OutboundFederation is an account's issuer of web identity tokens.
type OutboundFederation struct {
	Account string     `json:"account"`
	ID      string     `json:"id"` // random, of the issuer's URL; stays when the issuer is switched off
	Enabled bool       `json:"enabled"`
	Keys    []TokenKey `json:"keys"`
}

// TokenKey is a key that web identity tokens are signed with.
type TokenKey struct {
	ID        string `json:"id"`
	Algorithm string `json:"alg"`    // RS256 or ES384
	Public    []byte `json:"public"` // PKIX
	Sealed    []byte `json:"sealed"` // PKCS #8, sealed for TokenKeySecret and the account's id, a slash and the key's
}

// TokenKeySecret is what the sealed half of a TokenKey is.
const TokenKeySecret = "web identity token key"

// Place implements Resource.
func (f *OutboundFederation) Place() (k ResourceKind, account, name string) {
	return KindAccountSettings, f.Account, "outbound-web-identity-federation"
}
