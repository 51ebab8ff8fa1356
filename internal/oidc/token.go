package oidc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejson "github.com/go-jose/go-jose/v4/json"
)

// What a token is refused for.
var (
	// ErrMalformed: it is no signed token of an algorithm that is taken.
	ErrMalformed = errors.New("oidc: not a signed token")
	// ErrClaim: a claim is missing or of a wrong form.
	ErrClaim = errors.New("oidc: a claim is missing or wrong")
	// ErrIssuer: it is another provider's.
	ErrIssuer = errors.New("oidc: wrong issuer")
	// ErrAudience: it is meant for somebody else.
	ErrAudience = errors.New("oidc: wrong audience")
	// ErrEarly: it is not valid yet.
	ErrEarly = errors.New("oidc: not valid yet")
	// ErrSignature: no key of the provider made the signature.
	ErrSignature = errors.New("oidc: wrong signature")
	// ErrCertificate: the provider's certificate is not to be trusted.
	ErrCertificate = errCertificate
	// ErrKeys: the provider's keys cannot be had, and will not be a moment later.
	ErrKeys = errors.New("oidc: no keys")
	// ErrUnreachable: the provider did not answer.
	ErrUnreachable = errTransient
)

// ExpiredError says since when a token has been over.
type ExpiredError struct{ Now, Expired time.Time }

func (e *ExpiredError) Error() string { return "oidc: expired at " + e.Expired.String() }

// MissingError says which claim a token lacks.
type MissingError struct{ Claim string }

func (e *MissingError) Error() string { return "oidc: the claim " + e.Claim + " is missing" }

// Unwrap makes it an ErrClaim.
func (e *MissingError) Unwrap() error { return ErrClaim }

// algorithms are those that AWS takes. None of them is symmetric, so a public key
// never stands for a secret.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// skew is how far a provider's clock may be ahead.
const skew = time.Minute

// maxToken is the longest token worth reading, in bytes.
const maxToken = 20_000

// Token is a token that has been read and not verified.
type Token struct {
	signed *jose.JSONWebSignature
	alg    jose.SignatureAlgorithm
	kid    string
	// Issuer is what the token says; it is to be believed once it is verified.
	Issuer string
}

// Parse reads a token of three parts.
func Parse(text string) (*Token, error) {
	if len(text) > maxToken {
		return nil, ErrMalformed
	}
	signed, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, ErrMalformed
	}
	header := signed.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"crit", "b64"} { // nothing critical is understood
		if _, ok := header.ExtraHeaders[name]; ok {
			return nil, ErrMalformed
		}
	}
	claims, err := decodeClaims(signed.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, err
	}
	t := &Token{signed: signed, alg: jose.SignatureAlgorithm(header.Algorithm), kid: header.KeyID}
	t.Issuer, err = claims.text("iss")
	return t, err
}

// Claims are what a verified token says.
type Claims struct {
	Subject string
	// Audience are those of the provider's client ids that the token is meant for.
	// If it names an authorized party it is that one alone.
	Audience []string
	// Intended is what the token has as aud.
	Intended []string
	Party    string   // azp, "" for none
	Methods  []string // amr
	Expires  time.Time
	raw      claims
}

// Verify tells whether the token is the provider's, meant for one of its clients,
// and valid now; and what it says. What can be told without the provider's keys
// is told first, so that these are not fetched in vain.
func (c *Client) Verify(ctx context.Context, p *Provider, t *Token) (*Claims, error) {
	if t.Issuer != p.URL {
		return nil, ErrIssuer
	}
	if _, err := readClaims(p, t.signed.UnsafePayloadWithoutVerification(), c.now()); err != nil {
		return nil, err
	}
	keys, err := c.find(ctx, p, t.kid, t.alg)
	switch {
	case errors.Is(err, errTransient), errors.Is(err, errCertificate):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	for _, k := range keys {
		if payload, err := t.signed.Verify(k.public); err == nil {
			return readClaims(p, payload, c.now())
		}
	}
	return nil, ErrSignature
}

// readClaims checks what a payload says by itself.
//
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
func readClaims(p *Provider, payload []byte, now time.Time) (*Claims, error) {
	raw, err := decodeClaims(payload)
	if err != nil {
		return nil, err
	}
	out := &Claims{raw: raw}
	issuer, err := raw.text("iss")
	if err != nil || issuer != p.URL {
		return nil, errors.Join(ErrIssuer, err)
	}
	if out.Subject, err = raw.text("sub"); err != nil {
		return nil, err
	}
	if out.Intended, err = raw.list("aud"); err != nil {
		return nil, err
	}
	if out.Methods, err = raw.list("amr"); err != nil && raw["amr"] != nil {
		return nil, err
	}
	if err := out.times(now); err != nil {
		return nil, err
	}
	return out, out.audience(p.ClientIDs)
}

// audience finds for whom of the clients the token is. An authorized party (azp)
// counts in place of the audience, as it does on AWS.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
func (c *Claims) audience(clients []string) (err error) {
	named := c.Intended
	if _, ok := c.raw["azp"]; ok {
		if c.Party, err = c.raw.text("azp"); err != nil {
			return err
		}
		named = []string{c.Party}
	}
	for _, a := range named {
		if slices.Contains(clients, a) {
			c.Audience = append(c.Audience, a)
		}
	}
	if len(c.Audience) == 0 {
		return ErrAudience
	}
	return nil
}

func (c *Claims) times(now time.Time) (err error) {
	if c.Expires, err = c.raw.time("exp"); err != nil {
		return err
	}
	if !now.Before(c.Expires) {
		return &ExpiredError{Now: now, Expired: c.Expires}
	}
	for _, name := range []string{"iat", "nbf"} {
		if _, ok := c.raw[name]; !ok {
			continue
		}
		from, err := c.raw.time(name)
		if err != nil {
			return err
		}
		if from.After(now.Add(skew)) {
			return ErrEarly
		}
	}
	return nil
}

// Raw is a claim as JSON decodes it, nil if there is none.
func (c *Claims) Raw(name string) any { return c.raw[name] }

// Each calls yield with every claim.
func (c *Claims) Each(yield func(name string, value any)) {
	for name, value := range c.raw {
		yield(name, value)
	}
}

type claims map[string]any

// decodeClaims reads a payload. Names count with their case, and one that comes
// twice spoils the token.
func decodeClaims(payload []byte) (claims, error) {
	var out claims
	if err := josejson.Unmarshal(payload, &out); err != nil || out == nil {
		return nil, ErrMalformed
	}
	return out, nil
}

func (c claims) text(name string) (string, error) {
	v, ok := c[name]
	if !ok {
		return "", &MissingError{name}
	}
	s, ok := v.(string)
	if !ok || s == "" {
		return "", ErrClaim
	}
	return s, nil
}

// list is a claim that is a string or a list of them.
func (c claims) list(name string) ([]string, error) {
	switch v := c[name].(type) {
	case nil:
		return nil, &MissingError{name}
	case string:
		return []string{v}, nil
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, ErrClaim
			}
			out = append(out, s)
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, ErrClaim
}

func (c claims) time(name string) (time.Time, error) {
	v, ok := c[name]
	if !ok {
		return time.Time{}, &MissingError{name}
	}
	seconds, ok := v.(float64)
	if !ok || seconds < 0 || seconds > 1<<40 || math.IsNaN(seconds) {
		return time.Time{}, ErrClaim
	}
	whole := math.Floor(seconds)
	return time.Unix(int64(whole), int64((seconds-whole)*1e9)).UTC(), nil
}
