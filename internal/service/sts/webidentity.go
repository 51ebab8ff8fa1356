package sts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/oidc"
)

const (
	assumeWithWebIdentity = "sts:AssumeRoleWithWebIdentity"
	maxIssuer             = 255 // characters of a provider's URL
)

// AssumeRoleWithWebIdentity makes credentials for a session of a role to whoever
// brings a token of an OpenID Connect provider that the role's account has and its
// trust policy names. The request needs no signature.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html.
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, in *api.AssumeRoleWithWebIdentityInput) (*api.AssumeRoleWithWebIdentityOutput, error) {
	id, err := s.webIdentity(ctx, in)
	if err != nil {
		return nil, err
	}
	role, _, err := s.federatedRole(ctx, assumeWithWebIdentity, text(in.RoleArn), &id.proven)
	if err != nil {
		return nil, err
	}
	made, err := s.assume(ctx, role, &id.proven, seconds(in.DurationSeconds, defaultSession), in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	return &api.AssumeRoleWithWebIdentityOutput{
		Credentials: made.credentials, AssumedRoleUser: made.user, PackedPolicySize: made.packed, SourceIdentity: made.sourceIdentity,
		SubjectFromWebIdentityToken: &id.claims.Subject, Audience: &id.claims.Audience[0], Provider: &id.provider,
	}, nil
}

func (s *Service) webIdentityTarget(ctx context.Context, in *api.AssumeRoleWithWebIdentityInput) (*caller.Target, error) {
	id, err := s.webIdentity(ctx, in)
	if err != nil {
		return nil, err
	}
	_, target, err := s.federatedRole(ctx, assumeWithWebIdentity, text(in.RoleArn), &id.proven)
	return target, err
}

// webIdentity is what a verified token says.
type webIdentity struct {
	proven
	claims *oidc.Claims
}

// webIdentity verifies the token of a request, once.
func (s *Service) webIdentity(ctx context.Context, in *api.AssumeRoleWithWebIdentityInput) (*webIdentity, error) {
	return caller.Once(ctx, in, func() (*webIdentity, error) { return s.verifyWebIdentity(ctx, in) })
}

func (s *Service) verifyWebIdentity(ctx context.Context, in *api.AssumeRoleWithWebIdentityInput) (*webIdentity, error) {
	account, err := roleAccount(in.RoleArn)
	if err != nil {
		return nil, err
	}
	if name := text(in.RoleSessionName); !namePattern.MatchString(name) {
		return nil, badSessionName(name)
	}
	if err := legacy(text(in.ProviderId)); err != nil {
		return nil, err
	}
	token, err := oidc.Parse(text(in.WebIdentityToken))
	if err != nil {
		return nil, tokenError(err)
	}
	provider, err := s.oidcProvider(ctx, account, token.Issuer)
	if err != nil {
		return nil, err
	}
	claims, err := s.providers.Verify(ctx, &oidc.Provider{
		ID: provider.Account + "/" + provider.ID, URL: provider.URL, ClientIDs: provider.ClientIDs, Thumbprints: provider.Thumbprints,
	}, token)
	if err != nil {
		return nil, tokenError(err)
	}
	out := &webIdentity{claims: claims}
	out.account, out.provider, out.name = account, provider.ARN(), text(in.RoleSessionName)
	out.keys = claimKeys(provider.Name(), claims)
	out.lasting = out.keys
	if err := readTags(claims, &out.proven); err != nil {
		return nil, err
	}
	return out, checkProven(&out.proven)
}

// legacy refuses a ProviderId. It names providers of OAuth access tokens, which
// nobody but these providers could verify; OpenID Connect tokens come without it.
func legacy(provider string) error {
	switch provider {
	case "":
		return nil
	case "www.amazon.com":
		return invalidToken("Provided Token is not a Login With Amazon token")
	case "graph.facebook.com":
		return invalidToken("Provided Token is not a Facebook token")
	}
	return invalidParameter("ProviderId must not be given with an OpenID Connect token")
}

// oidcProvider is the account's provider with exactly this URL.
func (s *Service) oidcProvider(ctx context.Context, account, issuer string) (*directory.OIDCProvider, error) {
	var found *directory.OIDCProvider
	err := directory.ErrNotFound
	own := strings.TrimRight(s.issuer("", ""), "/") + "/" // tokens of this server's issuers are for others
	if len(issuer) <= maxIssuer && !strings.HasPrefix(issuer, own) {
		err = s.dir.View(ctx, func(t *directory.ReadTx) (err error) {
			found, err = directory.FindResource(t, &directory.OIDCProvider{Account: account, URL: issuer})
			return err
		})
	}
	if errors.Is(err, directory.ErrNotFound) || err == nil && found.URL != issuer {
		return nil, invalidToken(fmt.Sprintf("No OpenIDConnect provider found in your account for %s", issuer))
	}
	return found, err
}

// claimKeys are the condition keys ISSUER:aud, ISSUER:sub and so on of a token.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
func claimKeys(issuer string, c *oidc.Claims) map[string][]string {
	keys := map[string][]string{issuer + ":sub": {c.Subject}, issuer + ":aud": c.Audience}
	if c.Party != "" {
		keys[issuer+":azp"] = []string{c.Party}
		keys[issuer+":oaud"] = c.Intended
	}
	if len(c.Methods) > 0 {
		keys[issuer+":amr"] = c.Methods
	}
	if email, ok := c.Raw("email").(string); ok && email != "" {
		keys[issuer+":email"] = []string{email}
	}
	return keys
}

// tokenError words what package oidc found wrong with a token.
func tokenError(err error) error {
	var missing *oidc.MissingError
	var expired *oidc.ExpiredError
	switch {
	case errors.As(err, &missing):
		return invalidToken("Missing a required claim: " + missing.Claim)
	case errors.As(err, &expired):
		return api.NewError("ExpiredTokenException", fmt.Sprintf(
			"Token expired: current date/time %d must be before the expiration date/time %d", expired.Now.Unix(), expired.Expired.Unix()))
	case errors.Is(err, oidc.ErrMalformed):
		return invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	case errors.Is(err, oidc.ErrAudience):
		return invalidToken("Incorrect token audience")
	case errors.Is(err, oidc.ErrCertificate):
		return invalidToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
	case errors.Is(err, oidc.ErrUnreachable):
		return api.NewError("IDPCommunicationError", "The identity provider could not be reached to verify the token")
	case errors.Is(err, oidc.ErrKeys):
		return invalidToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	case errors.Is(err, oidc.ErrEarly):
		return invalidToken("The token is not valid yet")
	case errors.Is(err, oidc.ErrSignature):
		return invalidToken("The token's signature could not be verified")
	case errors.Is(err, oidc.ErrClaim), errors.Is(err, oidc.ErrIssuer):
		return invalidToken("A claim of the token is invalid")
	}
	return err
}

// Claims with what AssumeRole's request says in members of its own.
const (
	tagsClaim           = "https://aws.amazon.com/tags"
	sourceIdentityClaim = "https://aws.amazon.com/source_identity"
)

// readTags reads session tags and the source identity. Tags are a structure or,
// as some providers can only send them, claims of their own below its name.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
func readTags(c *oidc.Claims, p *proven) error {
	if v := c.Raw(sourceIdentityClaim); v != nil {
		name, ok := v.(string)
		if !ok || name == "" {
			return invalidToken("The source identity in the token is invalid")
		}
		p.sourceIdentity = name
	}
	ok := true
	if v := c.Raw(tagsClaim); v != nil {
		tags, is := v.(map[string]any)
		ok = is && p.addTags(tags["principal_tags"]) && p.addTransitive(tags["transitive_tag_keys"])
	}
	c.Each(func(name string, value any) {
		if key, is := strings.CutPrefix(name, tagsClaim+"/principal_tags/"); is {
			ok = ok && p.addTag(key, value)
		}
		if name == tagsClaim+"/transitive_tag_keys" {
			ok = ok && p.addTransitive(value)
		}
	})
	if !ok {
		return invalidToken("The session tags in the token are invalid")
	}
	sortTags(p.tags)
	return nil
}

func (p *proven) addTags(v any) bool {
	if v == nil {
		return true
	}
	tags, ok := v.(map[string]any)
	for key, value := range tags {
		ok = ok && p.addTag(key, value)
	}
	return ok
}

// addTag adds a tag whose value is a string or a list of just one.
func (p *proven) addTag(key string, value any) bool {
	if list, is := value.([]any); is && len(list) == 1 {
		value = list[0]
	}
	s, ok := value.(string)
	if ok {
		p.tags = append(p.tags, api.Tag{Key: &key, Value: &s})
	}
	return ok
}

func (p *proven) addTransitive(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		p.transitive = append(p.transitive, v)
		return true
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return false
			}
			p.transitive = append(p.transitive, s)
		}
		return true
	}
	return false
}
