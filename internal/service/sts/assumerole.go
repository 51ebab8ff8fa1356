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

// Bounds of sessions, in seconds.
const (
	minSession     = 900
	defaultSession = 3600
	chainedSession = 3600 // longest session of a role assumed by a role's session
)

var namePattern = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// AssumeRole makes credentials for a session of a role. That the trust policy
// and the caller's own policies allow it was decided before; what the caller's
// session hands on (transitive tags, source identity) is asked for here.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
func (s *Service) AssumeRole(ctx context.Context, in *api.AssumeRoleInput) (*api.AssumeRoleOutput, error) {
	role, err := s.role(ctx, "sts:AssumeRole", text(in.RoleArn))
	if err != nil {
		return nil, err
	}
	session := &directory.Session{
		Kind: directory.RoleSession, Account: role.Account, Principal: role.ID, Name: text(in.RoleSessionName),
	}
	duration, err := checkAssume(ctx, role, in)
	if err != nil {
		return nil, err
	}
	if err := setTags(ctx, session, in.Tags, in.TransitiveTagKeys); err != nil {
		return nil, err
	}
	if err := s.setSourceIdentity(ctx, session, role, in); err != nil {
		return nil, err
	}
	if len(inheritedTags(ctx)) > 0 && len(in.Tags) == 0 && len(in.TransitiveTagKeys) == 0 {
		if err := caller.Authorize(ctx, "sts:TagSession", target(ctx, role, in)); err != nil {
			return nil, err
		}
	}
	packed, err := s.setPolicies(session, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	if err := s.useMFA(ctx, in.SerialNumber, in.TokenCode); err != nil {
		return nil, err
	}
	out := &api.AssumeRoleOutput{PackedPolicySize: packed}
	if out.Credentials, err = s.issue(ctx, session, duration); err != nil {
		return nil, err
	}
	id, sessionARN := role.ID+":"+session.Name, arn.Session(arn.PartitionAWS, role.Account, role.Name, session.Name)
	out.AssumedRoleUser = &api.AssumedRoleUser{AssumedRoleId: &id, Arn: &sessionARN}
	if session.SourceIdentity != "" {
		out.SourceIdentity = &session.SourceIdentity
	}
	return out, nil
}

// checkAssume checks what the request says beside tags and policies, and is how
// long the session lasts in seconds.
func checkAssume(ctx context.Context, role *directory.RoleView, in *api.AssumeRoleInput) (int32, error) {
	if name := text(in.RoleSessionName); !namePattern.MatchString(name) {
		return 0, badSessionName(name)
	}
	if len(in.ProvidedContexts) > 0 {
		return 0, invalid("ProvidedContexts is invalid: there are no context providers")
	}
	duration := seconds(in.DurationSeconds, defaultSession)
	switch {
	case duration < minSession:
		return 0, invalid("The requested DurationSeconds is less than the minimum of 900 seconds.")
	case caller.From(ctx).Identity.Kind == policy.CallerSession && duration > chainedSession:
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case int(duration) > role.MaxSession:
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return duration, nil
}

func badSessionName(name string) error {
	return invalid("1 validation error detected: Value '" + name + "' at 'roleSessionName' failed to satisfy constraint: " +
		`Member must satisfy regular expression pattern: [\w+=,.@-]*`)
}

// setSourceIdentity sets the source identity that the request names or the
// calling session has. Once set it stays along the whole chain, and every role
// of it must let it be set.
func (s *Service) setSourceIdentity(ctx context.Context, session *directory.Session, role *directory.RoleView, in *api.AssumeRoleInput) error {
	session.SourceIdentity = text(in.SourceIdentity)
	who := caller.From(ctx)
	if who.Session == nil || who.Session.SourceIdentity == "" {
		return nil
	}
	switch session.SourceIdentity {
	case who.Session.SourceIdentity:
		return nil // asked for and decided
	case "":
		session.SourceIdentity = who.Session.SourceIdentity
		return caller.Authorize(ctx, "sts:SetSourceIdentity", target(ctx, role, in))
	}
	return refused(who.Identity, "sts:SetSourceIdentity", role.ARN)
}
