package sts

import (
	"context"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// rootTaskSession is the longest session of a root task, and how long one is for
// which nothing is said, in seconds.
const rootTaskSession = 900

// rootTarget is the root user of the account that AssumeRoot names. What lets the
// caller in on its side is that the caller's account manages the organization, or
// administers IAM for it, and that the task's feature is enabled there; the caller's
// own policies must let it too.
func (s *Service) rootTarget(ctx context.Context, in *api.AssumeRootInput) (*caller.Target, error) {
	account, task, err := rootTask(in)
	if err != nil {
		return nil, err
	}
	// Like a role it is nobody's to assume whom its trust does not name, in its own
	// account too.
	resource := authz.Resource{Kind: authz.ResourceRole, ARN: directory.RootARN(account), Account: account}
	if caller.From(ctx).Identity.Kind == policy.CallerRoot {
		return &caller.Target{Resource: resource}, denied("Root may not be assumed by root accounts.")
	}
	trust, org := s.dir.RootTrust(account, task)
	caller.From(ctx).Steady(resource.ARN, org)
	return &caller.Target{Resource: resource, Policy: trust}, nil
}

// rootTask is the account whose root user is to carry out a task, and the task's
// policy.
func rootTask(in *api.AssumeRootInput) (account, task string, err error) {
	account = text(in.TargetPrincipal)
	if p, err := arn.ParsePrincipal(account); err == nil && account == directory.RootARN(p.Account) {
		account = p.Account
	}
	if !arn.ValidAccountID(account) {
		return "", "", invalid(text(in.TargetPrincipal) + " is invalid")
	}
	if in.TaskPolicyArn != nil {
		task = text(in.TaskPolicyArn.Arn)
	}
	if !directory.RootTask(task) {
		return "", "", invalid(task + " is not a valid task policy")
	}
	return account, task, nil
}

// AssumeRoot makes credentials with which the root user of a member account carries
// out one task: what the task's policy does not leave open is denied to them, and
// the account's service control policies bind them as they bind its root user. The
// session ends after 15 minutes at most, or when the account leaves the
// organization.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html.
func (s *Service) AssumeRoot(ctx context.Context, in *api.AssumeRootInput) (*api.AssumeRootOutput, error) {
	account, task, err := rootTask(in)
	if err != nil {
		return nil, err
	}
	who := caller.From(ctx)
	trust, org := s.dir.RootTrust(account, task)
	if rootARN := directory.RootARN(account); trust == nil || !who.Steady(rootARN, org) {
		return nil, refused(who.Identity, "sts:AssumeRoot", rootARN)
	}
	duration := seconds(in.DurationSeconds, rootTaskSession)
	if duration < 0 || duration > rootTaskSession {
		return nil, invalid("The requested DurationSeconds must be between 0 and 900 seconds.")
	}
	session := &directory.Session{
		Kind: directory.RootTaskSession, Account: account, Principal: account, Org: org, PolicyARNs: []string{task},
	}
	out := new(api.AssumeRootOutput)
	if who.Session != nil && who.Session.SourceIdentity != "" {
		session.SourceIdentity = who.Session.SourceIdentity
		out.SourceIdentity = &session.SourceIdentity
	}
	out.Credentials, err = s.issue(ctx, session, max(duration, 1))
	if err != nil {
		return nil, err
	}
	return out, nil
}
