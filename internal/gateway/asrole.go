package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// internalSession is how long a session lasts that a worker makes for one call.
const internalSession = time.Hour

// asRole is the context of a call that a service of AWS's makes with a role that
// it was given: the role's trust policy must let it assume the role for the bucket
// that it works for, and what it asks for afterwards is decided as for any session
// of the role.
func (g *Gateway) asRole(ctx context.Context, who s3.ServiceCaller, roleARN, sessionName string) (context.Context, error) {
	role, err := g.directory.LookupRole(ctx, roleARN)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, &wire.Error{Code: "AccessDenied", Message: "Access Denied", Status: 403}
	}
	if err != nil {
		return nil, err
	}
	now := g.clock()
	if err := g.mayAssume(who, role, now); err != nil {
		return nil, err
	}
	cred, err := g.directory.Assumed(&directory.Session{
		Kind: directory.RoleSession, Account: role.Account, Principal: role.ID, Name: sessionName, Issued: now, Expires: now.Add(internalSession),
	})
	if errors.Is(err, directory.ErrGone) {
		return nil, &wire.Error{Code: "AccessDenied", Message: "Access Denied", Status: 403}
	}
	if err != nil {
		return nil, err
	}
	info := &caller.Info{Identity: cred.Caller, Session: callerSession(cred.Session), Time: now, Region: g.regions[0], RequestID: newRequestIDs().s3}
	info.Decide = func(_ context.Context, action string, t *caller.Target) error {
		return g.decideAs(cred, info, action, t)
	}
	return caller.With(ctx, info), nil
}

// mayAssume asks the role's trust policy for a service.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func (g *Gateway) mayAssume(who s3.ServiceCaller, role *directory.RoleView, now time.Time) error {
	return refused(g.trustQuestion(who, role, now))
}

// trustQuestion is whether a service may assume a role.
func (g *Gateway) trustQuestion(who s3.ServiceCaller, role *directory.RoleView, now time.Time) (*authz.Request, *authz.Documents) {
	values := new(policy.Values)
	values.SetTime(policy.KeyCurrentTime, now)
	values.SetInt(policy.KeyEpochTime, now.Unix())
	g.sourceKeys(values, who)
	req := &authz.Request{
		Principal: &authz.Principal{Caller: policy.Caller{Kind: policy.CallerService, ARN: who.Principal}},
		Action:    policy.MakeAction("sts:AssumeRole"), Context: values,
		Resource: authz.Resource{Kind: authz.ResourceRole, ARN: role.ARN, Account: role.Account, Tags: role.Tags},
	}
	docs := &authz.Documents{Resource: role.Trust}
	g.resourceSide(req, docs)
	return req, docs
}

// decideAs decides for a worker's caller. There is no connection that the keys of
// one could be of: of calls that a service makes S3 withholds them.
func (g *Gateway) decideAs(cred *directory.Credential, info *caller.Info, action string, t *caller.Target) error {
	values := new(policy.Values)
	values.SetTime(policy.KeyCurrentTime, info.Time)
	values.SetInt(policy.KeyEpochTime, info.Time.Unix())
	values.Set(policy.KeyRequestedRegion, info.Region)
	cred.AddKeys(values, info.Time)
	if t.Context != nil {
		t.Context(values)
	}
	req := authz.Request{Principal: cred.Principal, Action: policy.MakeAction(action), Resource: t.Resource, Context: values,
		ExpectedBucketOwner: t.ExpectedBucketOwner}
	docs := authz.Documents{Resource: t.Policy, S3: t.S3}
	g.directory.Documents(cred, &docs)
	if req.Resource.Account == "" {
		req.Resource.Account = info.Account()
	}
	g.resourceSide(&req, &docs)
	return refused(&req, &docs)
}

// refused is nil for what is allowed.
func refused(req *authz.Request, docs *authz.Documents) error {
	d := authz.Decide(req, docs)
	if d.Allowed {
		return nil
	}
	e := &wire.Error{Message: d.Message(req)}
	e.Status, e.Code = d.Wire(req)
	return e
}
