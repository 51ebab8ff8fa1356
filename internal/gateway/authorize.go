package gateway

import (
	"context"
	"net/http"
	"sync"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/sigv4"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// identity is the caller with its own side's documents.
type identity struct {
	cred *directory.Credential // nil: anonymous
}

// valuesPool spares each request the kilobytes of an empty condition context.
var valuesPool = sync.Pool{New: func() any { return new(policy.Values) }}

// authorize asks for every permission that the operation's row lists and that
// the input calls for. An operation whose row asks for nothing is refused unless
// it is one of those that AWS lets every caller have: what was forgotten must
// not be open.
func (c *call) authorize(ctx context.Context) (context.Context, error) {
	c.info.Decide = func(ctx context.Context, action string, t *caller.Target) error {
		return c.decide(ctx, &wire.Access{Action: action}, t)
	}
	if c.g.permissionless[c.op] {
		return ctx, nil
	}
	asked := false
	for i := range c.op.Access {
		access := &c.op.Access[i]
		if access.When != nil && !access.When(c.in) {
			continue
		}
		target, err := c.mount.impl.Target(ctx, access, c.in)
		if err != nil {
			c.noteUnknown(ctx, access, target)
			return ctx, err
		}
		asked = true
		if target.SkipDecision {
			continue
		}
		if err := c.decide(ctx, access, target); err != nil {
			return ctx, err
		}
	}
	if !asked {
		c.g.logger.Error("an operation's row asks for no permission", "operation", c.op.Name)
		return ctx, c.denied("Access Denied")
	}
	return ctx, nil
}

// decide puts one question to authz.Decide, the only place where it is answered.
func (c *call) decide(_ context.Context, access *wire.Access, t *caller.Target) error {
	values := valuesPool.Get().(*policy.Values)
	kept := false
	defer func() {
		if !kept {
			*values = policy.Values{}
			valuesPool.Put(values)
		}
	}()
	c.requestKeys(values)
	access.Collect(c.in, func(name string, v []string) { values.SetNamed(name, v...) })
	if t.Context != nil {
		t.Context(values)
	}
	if c.g.trial != nil {
		c.g.trial.keys(values)
	}
	req := authz.Request{
		Action: policy.MakeAction(access.Action), Resource: t.Resource, Context: values,
		ExpectedBucketOwner: t.ExpectedBucketOwner, RequestPayer: t.RequestPayer, ACL: t.ACL, NewPolicy: t.NewPolicy,
	}
	docs := authz.Documents{Resource: t.Policy, S3: t.S3}
	if c.who.cred != nil {
		req.Principal = c.who.cred.Principal
		c.g.directory.Documents(c.who.cred, &docs)
	} else if t.Principal != nil {
		req.Principal = t.Principal
	}
	if req.Resource.Account == "" {
		req.Resource.Account = c.info.Account()
	}
	c.g.resourceSide(&req, &docs)
	if c.resource == "" {
		c.resource = req.Resource.ARN
	}
	decision := authz.Decide(&req, &docs)
	if c.g.trial != nil {
		r, d := req, decision // copies: only a trial's leave the stack
		c.g.trial.decided(&r, &d)
	}
	kept = c.note(&req, &docs, &decision)
	if decision.Allowed {
		c.aclAllowed = c.aclAllowed || decision.Reason == authz.ACL
		c.charged = c.charged || t.S3 != nil && t.S3.RequesterPays && t.RequestPayer && c.info.Account() != req.Resource.Account
		return nil
	}
	c.reason = decision.Code()
	return c.refusal(&decision, &req, &docs)
}

// resourceSide adds what the organization says of the resource's account, which
// shuts everybody out when it is closed, and of the owner of an object whose account is another than its bucket's.
func (g *Gateway) resourceSide(req *authz.Request, docs *authz.Documents) {
	req.Resource.Org = g.directory.Org(req.Resource.Account)
	docs.RCPs = g.directory.RCPs(req.Resource.Account)
	if closed := g.directory.Closed(req.Resource.Account); closed != nil {
		docs.Resource = closed
	}
	if docs.S3 == nil {
		return
	}
	o := docs.S3.Object
	if o == nil || o.Owner == "" || o.Owner == req.Resource.Account {
		return
	}
	o.OwnerOrg = g.directory.Org(o.Owner)
	docs.ObjectOwnerRCPs = g.directory.RCPs(o.Owner)
}

// refusal words a refusal as the service does.
func (c *call) refusal(d *authz.Decision, req *authz.Request, docs *authz.Documents) error {
	if c.mount.api.Protocol == wire.EC2 {
		return c.unauthorized(d, req, docs)
	}
	e := &wire.Error{Message: d.Message(req)}
	e.Status, e.Code = d.Wire(req)
	if c.opName() == "HeadBucket" { // tells the region even to whom it tells nothing else
		return e.WithHeader("x-amz-bucket-region", c.g.regions[0])
	}
	return e
}

// denied is AccessDenied in the service's protocol.
func (c *call) denied(message string) *wire.Error {
	switch c.mount.api.Protocol {
	case wire.JSON, wire.RESTJSON:
		return &wire.Error{Code: "AccessDeniedException", Message: message, Status: http.StatusBadRequest}
	}
	return &wire.Error{Code: "AccessDenied", Message: message, Status: http.StatusForbidden}
}

// requestKeys are the condition keys that the request itself carries, whatever
// the operation; those of the principal and the resource authz derives.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (c *call) requestKeys(v *policy.Values) {
	v.SetTime(policy.KeyCurrentTime, c.now)
	v.SetInt(policy.KeyEpochTime, c.now.Unix())
	v.SetBool(policy.KeySecureTransport, c.info.SecureTransport)
	if c.info.SourceIP.IsValid() {
		v.Set(policy.KeySourceIP, c.info.SourceIP.String())
	}
	if ua := c.info.UserAgent; ua != "" {
		v.Set(policy.KeyUserAgent, ua)
	}
	if ref := c.r.Referer(); ref != "" {
		v.Set(policy.KeyReferer, ref)
	}
	region := c.g.regions[0]
	if c.mount.global {
		region = globalRegion
	}
	v.Set(policy.KeyRequestedRegion, region)
	if c.who.cred != nil {
		c.who.cred.AddKeys(v, c.now)
	}
	if c.mount.s3Like {
		c.s3Keys(v)
	}
}

// s3Keys are the keys that say how an S3 request was signed and sent.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
func (c *call) s3Keys(v *policy.Values) {
	if c.r.TLS != nil {
		v.Set(policy.KeyS3TLSVersion, tlsVersion(c.r.TLS.Version))
	}
	if c.proof.authType == "" {
		return
	}
	v.Set(policy.KeyS3AuthType, c.proof.authType)
	v.Set(policy.KeyS3SignatureVersion, c.proof.version)
	if c.proof.version != signatureV4 {
		return
	}
	v.SetInt(policy.KeyS3SignatureAge, max(c.now.Sub(c.sig.Time).Milliseconds(), 0))
	if c.proof.authType == authPOST {
		return
	}
	if h := c.r.Header.Get("X-Amz-Content-Sha256"); h != "" {
		v.Set(policy.KeyS3ContentSha256, h)
	} else if c.sig.Auth == sigv4.Query {
		v.Set(policy.KeyS3ContentSha256, c.sig.PayloadHash)
	}
}

// tlsVersion is a version as s3:TlsVersion compares it.
func tlsVersion(v uint16) string {
	return map[uint16]string{0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}[v]
}
