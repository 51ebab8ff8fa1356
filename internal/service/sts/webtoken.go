package sts

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

const (
	defaultTokenSeconds = 300
	maxPayload          = 16 << 10 // bytes of a token's claims
)

// stsClaims are the claims of AWS's own, under the name of this URL.
const stsClaimsName = "https://sts.amazonaws.com/"

type stsClaims struct {
	Account       string            `json:"aws_account"`
	Region        string            `json:"source_region"`
	Principal     string            `json:"principal_id"`
	Org           string            `json:"org_id,omitempty"`
	Path          string            `json:"ou_path,omitempty"`
	PrincipalTags map[string]string `json:"principal_tags,omitempty"`
	RequestTags   map[string]string `json:"request_tags,omitempty"`
}

// GetWebIdentityToken makes a signed token that tells others who calls. The
// caller's account must have outbound web identity federation switched on.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html.
func (s *Service) GetWebIdentityToken(ctx context.Context, in *api.GetWebIdentityTokenInput) (*api.GetWebIdentityTokenOutput, error) {
	who := caller.From(ctx)
	duration := time.Duration(seconds(in.DurationSeconds, defaultTokenSeconds)) * time.Second
	now := who.Time.UTC().Truncate(time.Second)
	expires := now.Add(duration)
	if who.Session != nil && expires.After(who.Session.Expires) {
		return nil, api.NewError("SessionDurationEscalationException",
			"The requested token duration would extend the session beyond its original expiration time.")
	}
	if err := setTags(context.Background(), new(directory.Session), in.Tags, nil); err != nil {
		return nil, err
	}
	issuer, key, err := s.tokenKey(ctx, who.Account(), text(in.SigningAlgorithm))
	if err != nil {
		return nil, err
	}
	payload, err := s.tokenClaims(who, in, issuer, now, expires)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPayload {
		return nil, api.NewError("JWTPayloadSizeExceededException", "The token's payload is larger than 16384 bytes. Send fewer tags or audiences.")
	}
	signer, err := jose.NewSigner(*key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return nil, err
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		return nil, err
	}
	return &api.GetWebIdentityTokenOutput{WebIdentityToken: &token, Expiration: &expires}, nil
}

// tokenKey is the account's issuer with its key for the algorithm.
func (s *Service) tokenKey(ctx context.Context, account, alg string) (issuer string, key *jose.SigningKey, err error) {
	if alg != string(jose.RS256) && alg != string(jose.ES384) {
		return "", nil, invalid("The signing algorithm must be RS256 or ES384.")
	}
	err = s.dir.View(ctx, func(t *directory.ReadTx) error {
		f, err := directory.FindResource(t, &directory.OutboundFederation{Account: account})
		if errors.Is(err, directory.ErrNotFound) || err == nil && !f.Enabled {
			return api.NewError("OutboundWebIdentityFederationDisabledException",
				"Outbound web identity federation is not enabled for the account.")
		}
		if err != nil {
			return err
		}
		at := slices.IndexFunc(f.Keys, func(k directory.TokenKey) bool { return k.Algorithm == alg })
		if at < 0 {
			return errors.New("sts: the issuer has no key for " + alg)
		}
		k := f.Keys[at]
		der, err := t.Unseal(k.Sealed, directory.TokenKeySecret, account+"/"+k.ID)
		if err != nil {
			return err
		}
		private, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return err
		}
		issuer = s.issuer(account, f.ID)
		key = &jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: private, KeyID: k.ID}}
		return nil
	})
	return issuer, key, err
}

// tokenClaims says who calls. The subject of a role's session is the role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html
func (s *Service) tokenClaims(who *caller.Info, in *api.GetWebIdentityTokenInput, issuer string, now, expires time.Time) ([]byte, error) {
	own := stsClaims{
		Account: who.Account(), Region: who.Region, Principal: who.Identity.PrincipalARN,
		PrincipalTags: tagMap(who.Tags.All()), RequestTags: map[string]string{},
	}
	if org := s.dir.Org(own.Account); org.ID != "" {
		own.Org = org.ID
		if len(org.Paths) > 0 {
			own.Path = org.Paths[0]
		}
	}
	for _, t := range in.Tags {
		own.RequestTags[text(t.Key)] = text(t.Value)
	}
	var audience any = in.Audience
	if len(in.Audience) == 1 {
		audience = in.Audience[0]
	}
	return json.Marshal(map[string]any{
		"iss": issuer, "aud": audience, "sub": who.Identity.PrincipalARN, "iat": now.Unix(), "exp": expires.Unix(), "jti": rand.Text(),
		stsClaimsName: own,
	})
}

func tagMap(tags []policy.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}
