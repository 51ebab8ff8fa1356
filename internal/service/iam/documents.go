package iam

import (
	"context"
	"errors"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// malformed makes IAM's error of the policy language's.
func malformed(err error) error {
	var p *policy.Error
	if errors.As(err, &p) {
		return api.NewError(string(p.Code), p.Message)
	}
	return err
}

// checkIdentity checks a document that is to grant permissions to an entity.
func checkIdentity(document string) error {
	_, err := policy.Validate([]byte(document), policy.Identity, policy.Options{})
	return malformed(err)
}

// checkManaged checks the document of a managed policy and its size.
func (s *Service) checkManaged(document string) error {
	if err := checkIdentity(document); err != nil {
		return err
	}
	if size(document) > s.quotas.PolicySize {
		return api.LimitExceeded("PolicySize", s.quotas.PolicySize)
	}
	return nil
}

// storeTrust checks a trust policy and puts it into the form in which it is
// stored: users and roles that it names become unique ids, so that it means them
// and not whoever bears their names later.
func (s *Service) storeTrust(ctx context.Context, document string) (string, error) {
	if _, err := policy.Validate([]byte(document), policy.Trust, policy.Options{}); err != nil {
		return "", malformed(err)
	}
	if size(document) > s.quotas.AssumeRolePolicySize {
		return "", api.LimitExceeded("ACLSizePerRole", s.quotas.AssumeRolePolicySize)
	}
	stored, err := s.dir.StorePolicy(ctx, document)
	var bad *directory.PrincipalError
	if errors.As(err, &bad) {
		return "", api.MalformedPolicyDocument(`Invalid principal in policy: "` + strings.ToUpper(bad.Type) + `":"` + bad.Value + `"`)
	}
	return stored, err
}

// renderTrust is a stored trust policy as it is shown: unique ids of living
// users and roles are ARNs again, those of dead ones stay.
func (s *Service) renderTrust(stored string) string {
	shown, err := s.dir.RenderPolicy(stored)
	if err != nil {
		return stored
	}
	return shown
}

// encodeDocument percent-encodes a policy document as RFC 3986 has it, the form
// in which IAM's answers carry documents: all but letters, digits and "-._~".
func encodeDocument(document string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(document) * 3 / 2)
	for i := range len(document) {
		c := document[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
