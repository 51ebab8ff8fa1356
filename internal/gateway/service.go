package gateway

import (
	"context"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// asService is the context of a call that a service of AWS's makes by itself, such
// as the delivery of a log. It is decided as the calls of others are, on what the
// resource's side says: a service has no policies of its own.
func (g *Gateway) asService(ctx context.Context, who s3.ServiceCaller) context.Context {
	p := &authz.Principal{Caller: policy.Caller{Kind: policy.CallerService, ARN: who.Principal}}
	info := &caller.Info{Identity: &p.Caller, Time: g.clock(), Region: g.regions[0], RequestID: newRequestIDs().s3}
	info.Decide = func(_ context.Context, action string, t *caller.Target) error {
		return g.decideForService(p, who, info, action, t)
	}
	return store.Steady(caller.With(ctx, info))
}

func (g *Gateway) decideForService(p *authz.Principal, who s3.ServiceCaller, info *caller.Info, action string, t *caller.Target) error {
	values := new(policy.Values)
	values.SetTime(policy.KeyCurrentTime, info.Time)
	values.SetInt(policy.KeyEpochTime, info.Time.Unix())
	values.Set(policy.KeyRequestedRegion, info.Region)
	g.sourceKeys(values, who)
	if t.Context != nil {
		t.Context(values)
	}
	req := authz.Request{
		Principal: p, Action: policy.MakeAction(action), Resource: t.Resource, Context: values,
		ExpectedBucketOwner: t.ExpectedBucketOwner, ACL: t.ACL, NewPolicy: t.NewPolicy,
	}
	docs := authz.Documents{Resource: t.Policy, S3: t.S3}
	g.resourceSide(&req, &docs)
	d := authz.Decide(&req, &docs)
	if d.Allowed {
		return nil
	}
	g.logger.Info("a service was refused", "service", who.Principal, "for", who.SourceARN, "action", action,
		"resource", t.Resource.ARN, "reason", d.Code())
	e := &wire.Error{Message: d.Message(&req)}
	e.Status, e.Code = d.Wire(&req)
	return e
}

// sourceKeys say for which resource of whom a service calls.
func (g *Gateway) sourceKeys(values *policy.Values, who s3.ServiceCaller) {
	values.Set(policy.KeySourceArn, who.SourceARN)
	values.Set(policy.KeySourceAccount, who.SourceAccount)
	if org := g.directory.Org(who.SourceAccount); org.ID != "" {
		values.Set(policy.KeySourceOrgID, org.ID)
		values.SetList(policy.KeySourceOrgPaths, org.Paths)
	}
}
