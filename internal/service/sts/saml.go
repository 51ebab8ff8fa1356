package sts

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/saml"
)

const (
	assumeWithSAML = "sts:AssumeRoleWithSAML"
	samlAttributes = "https://aws.amazon.com/SAML/Attributes/"
	maxDuration    = 43_200 // seconds of a session
)

// AssumeRoleWithSAML makes credentials for a session of a role to whoever brings
// a response of a SAML provider that lists the role and that the role's trust
// policy names. The request needs no signature.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html.
func (s *Service) AssumeRoleWithSAML(ctx context.Context, in *api.AssumeRoleWithSAMLInput) (*api.AssumeRoleWithSAMLOutput, error) {
	id, err := s.samlIdentity(ctx, in)
	if err != nil {
		return nil, err
	}
	role, _, err := s.federatedRole(ctx, assumeWithSAML, text(in.RoleArn), &id.proven)
	if err != nil {
		return nil, err
	}
	duration := seconds(in.DurationSeconds, id.duration)
	if end := id.said.SessionEnd; !end.IsZero() {
		left := int32(min(end.Sub(caller.From(ctx).Time).Seconds(), maxDuration))
		if left < minSession {
			return nil, invalidToken("SessionNotOnOrAfter leaves less than the minimum of 900 seconds")
		}
		duration = min(duration, left)
	}
	made, err := s.assume(ctx, role, &id.proven, duration, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	return &api.AssumeRoleWithSAMLOutput{
		Credentials: made.credentials, AssumedRoleUser: made.user, PackedPolicySize: made.packed, SourceIdentity: made.sourceIdentity,
		Subject: &id.said.Subject, SubjectType: &id.said.SubjectType, Issuer: &id.said.Issuer, Audience: &id.said.Recipient,
		NameQualifier: &id.qualifier,
	}, nil
}

func (s *Service) samlTarget(ctx context.Context, in *api.AssumeRoleWithSAMLInput) (*caller.Target, error) {
	id, err := s.samlIdentity(ctx, in)
	if err != nil {
		return nil, err
	}
	_, target, err := s.federatedRole(ctx, assumeWithSAML, text(in.RoleArn), &id.proven)
	return target, err
}

// samlIdentity is what a verified response says.
type samlIdentity struct {
	proven
	said      *saml.Assertion
	qualifier string
	duration  int32 // seconds, where the request says none
}

// samlIdentity verifies the response of a request, once.
func (s *Service) samlIdentity(ctx context.Context, in *api.AssumeRoleWithSAMLInput) (*samlIdentity, error) {
	return caller.Once(ctx, in, func() (*samlIdentity, error) { return s.verifySAML(ctx, in) })
}

func (s *Service) verifySAML(ctx context.Context, in *api.AssumeRoleWithSAMLInput) (*samlIdentity, error) {
	account, err := roleAccount(in.RoleArn)
	if err != nil {
		return nil, err
	}
	provider, err := s.samlProvider(ctx, account, text(in.PrincipalArn))
	if err != nil {
		return nil, err
	}
	now := caller.From(ctx).Time
	metadata, err := s.metadata.of(provider)
	if err != nil {
		return nil, err // it was checked when it was stored
	}
	if !now.Before(provider.ValidUntil) {
		return nil, invalidToken("The metadata of the SAML provider has expired")
	}
	said, err := saml.Verify(metadata, text(in.SAMLAssertion), now)
	if err != nil {
		return nil, samlError(err)
	}
	out := &samlIdentity{said: said, duration: defaultSession}
	out.account, out.provider = account, provider.ARN()
	if !listsRole(said.Attributes[samlAttributes+"Role"], text(in.RoleArn), out.provider) {
		return nil, denied("Not authorized to perform " + assumeWithSAML)
	}
	if err := out.readAttributes(); err != nil {
		return nil, err
	}
	out.qualifier = nameQualifier(said.Issuer, account, provider.Name)
	out.setKeys(provider)
	return out, checkProven(&out.proven)
}

// samlProvider is the provider with the ARN, which must be of the role's account.
func (s *Service) samlProvider(ctx context.Context, account, providerARN string) (*directory.SAMLProvider, error) {
	none := invalidToken("Specified provider doesn't exist")
	name, ok := strings.CutPrefix(providerARN, "arn:aws:iam::"+account+":saml-provider/")
	if !ok || name == "" {
		return nil, none
	}
	var found *directory.SAMLProvider
	err := s.dir.View(ctx, func(t *directory.ReadTx) (err error) {
		found, err = directory.FindResource(t, &directory.SAMLProvider{Account: account, Name: name})
		return err
	})
	if errors.Is(err, directory.ErrNotFound) || err == nil && found.Name != name {
		return nil, none
	}
	return found, err
}

// listsRole tells whether one of the pairs is the role and the provider, in
// either order.
func listsRole(pairs []string, role, provider string) bool {
	for _, pair := range pairs {
		a, b, ok := strings.Cut(pair, ",")
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		if ok && (a == role && b == provider || a == provider && b == role) {
			return true
		}
	}
	return false
}

// nameQualifier tells the subjects of one provider from those of all others.
func nameQualifier(issuer, account, provider string) string {
	sum := sha1.Sum([]byte(issuer + account + "/" + provider))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// readAttributes reads what AWS's own attributes say.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
func (p *samlIdentity) readAttributes() error {
	for name, values := range p.said.Attributes {
		own, ok := strings.CutPrefix(name, samlAttributes)
		if !ok {
			continue
		}
		one := ""
		if len(values) == 1 {
			one = values[0]
		}
		key, tag := strings.CutPrefix(own, "PrincipalTag:")
		switch {
		case tag && len(values) != 1:
			return invalidToken("The session tags in the token are invalid")
		case tag:
			p.tags = append(p.tags, api.Tag{Key: &key, Value: &one})
		case own == "TransitiveTagKeys":
			p.transitive = values
		case own == "RoleSessionName":
			p.name = one
		case own == "SourceIdentity":
			if p.sourceIdentity = one; one == "" {
				return badSourceIdentity()
			}
		case own == "SessionDuration":
			n, err := strconv.ParseInt(one, 10, 32)
			if err != nil || n < minSession || n > maxDuration {
				return invalidToken("SessionDuration in AuthnResponse must be a number from 900 to 43200")
			}
			p.duration = int32(n)
		}
	}
	sortTags(p.tags)
	switch {
	case p.name == "":
		return invalidToken("RoleSessionName is required in AuthnResponse")
	case !namePattern.MatchString(p.name):
		return invalidToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	case p.sourceIdentity != "" && checkProven(&proven{sourceIdentity: p.sourceIdentity}) != nil:
		return badSourceIdentity()
	}
	return nil
}

func badSourceIdentity() error {
	return invalidToken(`Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
}

// setKeys are the condition keys saml:….
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
func (p *samlIdentity) setKeys(provider *directory.SAMLProvider) {
	p.lasting = map[string][]string{
		"saml:namequalifier": {p.qualifier}, "saml:sub": {p.said.Subject}, "saml:sub_type": {p.said.SubjectType},
	}
	p.keys = map[string][]string{
		"saml:aud": {p.said.Recipient}, "saml:iss": {p.said.Issuer}, "saml:doc": {provider.Account + "/" + provider.Name},
	}
	for attribute, key := range samlKeys {
		if values := p.said.Attributes[attribute]; len(values) > 0 {
			p.keys["saml:"+key] = append(p.keys["saml:"+key], values...)
		}
	}
	for name, values := range p.lasting {
		p.keys[name] = values
	}
}

// samlKeys are the attributes that have condition keys: eduPerson's and eduOrg's,
// X.500's and Active Directory's.
var samlKeys = map[string]string{
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.1":                                        "edupersonaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.2":                                        "edupersonnickname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.3":                                        "edupersonorgdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.4":                                        "edupersonorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.5":                                        "edupersonprimaryaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.6":                                        "edupersonprincipalname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.7":                                        "edupersonentitlement",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.8":                                        "edupersonprimaryorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.9":                                        "edupersonscopedaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.10":                                       "edupersontargetedid",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.11":                                       "edupersonassurance",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.2":                                        "eduorghomepageuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.3":                                        "eduorgidentityauthnpolicyuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.4":                                        "eduorglegalname",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.5":                                        "eduorgsuperioruri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.6":                                        "eduorgwhitepagesuri",
	"urn:oid:2.5.4.3":                                                         "cn",
	"urn:oid:2.5.4.4":                                                         "surname",
	"urn:oid:2.5.4.42":                                                        "givenName",
	"urn:oid:2.5.4.45":                                                        "x500UniqueIdentifier",
	"urn:oid:0.9.2342.19200300.100.1.1":                                       "uid",
	"urn:oid:0.9.2342.19200300.100.1.3":                                       "mail",
	"urn:oid:0.9.2342.19200300.100.1.45":                                      "organizationStatus",
	"http://schemas.xmlsoap.org/claims/CommonName":                            "commonName",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":              "name",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":         "givenName",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":           "surname",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":      "mail",
	"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "primaryGroupSID",
}

// samlError words what package saml found wrong with a response.
func samlError(err error) error {
	switch {
	case errors.Is(err, saml.ErrMalformed):
		return invalidToken("Invalid base64 or XML in the SAML response, or it is not of the form that is accepted")
	case errors.Is(err, saml.ErrSignature):
		return invalidToken("Response signature invalid")
	case errors.Is(err, saml.ErrRejected):
		return api.NewError("IDPRejectedClaim", "The identity provider reported that authentication failed")
	case errors.Is(err, saml.ErrIssuer):
		return invalidToken("Issuer not present in specified provider")
	case errors.Is(err, saml.ErrAudience):
		return invalidToken("Response does not contain the required audience.")
	case errors.Is(err, saml.ErrRecipient):
		return invalidToken("Response does not contain the required recipient")
	case errors.Is(err, saml.ErrExpired):
		return api.NewError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
	case errors.Is(err, saml.ErrEarly):
		return invalidToken("The SAML response is not valid yet")
	}
	return err
}
