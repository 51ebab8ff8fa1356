package sts

import (
	"context"
	"regexp"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// Bounds of GetSessionToken's and GetFederationToken's sessions, in seconds.
const (
	defaultTokenSession = 43_200
	maxTokenSession     = 129_600
	rootSession         = 3600
)

var federatedPattern = regexp.MustCompile(`^[\w+=,.@-]{2,32}$`)

// longTerm is the kind of session and the principal's id for a caller that
// signs with a long-term key; any other is refused.
func longTerm(ctx context.Context, operation string) (directory.SessionKind, string, error) {
	who := caller.From(ctx)
	if who.Session == nil {
		switch who.Identity.Kind {
		case policy.CallerUser:
			return directory.UserSession, who.Identity.UniqueID, nil
		case policy.CallerRoot:
			return directory.RootSession, who.Account(), nil
		}
	}
	return 0, "", denied("Cannot call " + operation + " with session credentials")
}

// tokenDuration is how long the session lasts, in seconds.
func tokenDuration(kind directory.SessionKind, asked *int32) (int32, error) {
	n := seconds(asked, defaultTokenSession)
	if n < minSession || n > maxTokenSession {
		return 0, invalid("The requested DurationSeconds must be between 900 and 129600 seconds.")
	}
	if kind == directory.RootSession {
		n = min(n, rootSession)
	}
	return n, nil
}

// GetSessionToken makes temporary credentials of a user or root user for
// itself. It needs no permission.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
func (s *Service) GetSessionToken(ctx context.Context, in *api.GetSessionTokenInput) (*api.GetSessionTokenOutput, error) {
	kind, id, err := longTerm(ctx, "GetSessionToken")
	if err != nil {
		return nil, err
	}
	duration, err := tokenDuration(kind, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	session := &directory.Session{Kind: kind, Account: caller.From(ctx).Account(), Principal: id}
	if bringsMFA(in.SerialNumber, in.TokenCode) {
		if err := s.useMFA(ctx, in.SerialNumber, in.TokenCode); err != nil {
			return nil, err
		}
		session.MFA = caller.From(ctx).Time
	}
	credentials, err := s.issue(ctx, session, duration)
	if err != nil {
		return nil, err
	}
	return &api.GetSessionTokenOutput{Credentials: credentials}, nil
}

// GetFederationToken makes temporary credentials of a user for somebody else,
// with no more than both the user's and the session's policies allow.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html.
func (s *Service) GetFederationToken(ctx context.Context, in *api.GetFederationTokenInput) (*api.GetFederationTokenOutput, error) {
	kind, id, err := longTerm(ctx, "GetFederationToken")
	if err != nil {
		return nil, err
	}
	name, account := text(in.Name), caller.From(ctx).Account()
	if !federatedPattern.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '" + name + "' at 'name' failed to satisfy constraint: " +
			`Member must satisfy regular expression pattern: [\w+=,.@-]*`)
	}
	duration, err := tokenDuration(kind, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	session := &directory.Session{Kind: directory.FederatedSession, Account: account, Principal: id, Name: name}
	if err := setTags(ctx, session, in.Tags, nil); err != nil {
		return nil, err
	}
	packed, err := s.setPolicies(session, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	credentials, err := s.issue(ctx, session, duration)
	if err != nil {
		return nil, err
	}
	userID, userARN := account+":"+name, arn.FederatedUser(arn.PartitionAWS, account, name)
	return &api.GetFederationTokenOutput{
		Credentials: credentials, PackedPolicySize: packed,
		FederatedUser: &api.FederatedUser{FederatedUserId: &userID, Arn: &userARN},
	}, nil
}
