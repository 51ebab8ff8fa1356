package explain

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Input is a decision to explain.
type Input struct {
	Request   *authz.Request
	Documents *authz.Documents // nil for an allowed request of which no more than the decision is known
	Decision  *authz.Decision  // of a refused request with its trace
	// Viewer is the account that asks; empty: all may be shown.
	Viewer string
	// Principal is the ARN of the user or role with a unique id, if it lives. Nil:
	// ids stay as they are.
	Principal func(id string) (arn string, ok bool)
}

// explainer is one explanation on its way.
type explainer struct {
	Input
	caller   *authz.Principal
	resource *authz.Resource
	// action, arn and reason are of what is explained: the question asked, or, for
	// a missing key, whether the bucket may be listed.
	action string
	arn    string
	reason authz.Reason

	callerAccount   string
	resourceAccount string
	entries         []authz.TraceEntry // those that bear on the question
}

var nobody = &authz.Principal{}

func newExplainer(in Input) *explainer {
	x := &explainer{Input: in, caller: in.Request.Principal, resource: &in.Request.Resource, reason: in.Decision.Reason}
	if x.caller == nil {
		x.caller = nobody
	}
	x.action, x.arn = in.Request.Action.String(), in.Request.Resource.ARN
	x.callerAccount, x.resourceAccount = x.caller.Account, in.Request.Resource.Account
	if ap := in.Request.AccessPoint; ap != nil && in.Decision.Stage1 {
		x.arn, x.resourceAccount = ap.ARN, ap.Account
	}
	if x.resourceAccount == "" {
		x.resourceAccount = x.callerAccount
	}
	if x.reason == authz.NotFoundHidden {
		x.reason = in.Decision.Hidden
		x.action = "s3:ListBucket"
		x.arn, _, _ = strings.Cut(in.Request.Resource.ARN, "/")
	}
	if x.foreignObject() && (x.shows(x.resourceAccount) || x.shows(in.Documents.S3.Object.Owner)) {
		x.resourceAccount = in.Documents.S3.Object.Owner
	}
	if t := in.Decision.Trace; t != nil {
		x.entries = slices.DeleteFunc(slices.Clone(t.Entries), func(e authz.TraceEntry) bool {
			return e.Action != x.action || e.Stage1 != in.Decision.Stage1 && in.Decision.Reason != authz.NotFoundHidden
		})
	}
	return x
}

// foreignObject tells whether another account than the bucket's answers for the
// object.
func (x *explainer) foreignObject() bool {
	if x.Documents == nil || x.Documents.S3 == nil || x.Documents.S3.Object == nil || x.resource.Kind != authz.ResourceObject {
		return false
	}
	s3 := x.Documents.S3
	owned := slices.ContainsFunc(x.entriesOf(authz.RoleACL), func(e authz.TraceEntry) bool { return e.Account == s3.Object.Owner })
	return s3.Ownership != authz.BucketOwnerEnforced && !s3.Object.Missing && s3.Object.Owner != "" &&
		s3.Object.Owner != x.resource.Account && (owned || x.reason == authz.NoObjectACLGrant)
}

func (x *explainer) entriesOf(role authz.DocumentRole) (out []authz.TraceEntry) {
	if x.Decision.Trace == nil {
		return nil
	}
	for _, e := range x.Decision.Trace.Entries {
		if e.Role == role {
			out = append(out, e)
		}
	}
	return out
}

// Explain explains one decision to the viewer.
func Explain(in Input) Question {
	x := newExplainer(in)
	q := Question{Action: in.Request.Action.String(), Resource: in.Request.Resource.ARN, Allowed: in.Decision.Allowed}
	if in.Decision.Stage1 && in.Request.AccessPoint != nil {
		q.Resource = x.arn
	}
	q.CallerDoor, q.ResourceDoor = x.callerDoor(), x.resourceDoor()
	q.Reason = x.code(&q)
	q.Summary = x.summary(q.Reason)
	if !in.Decision.Allowed {
		q.Changes = x.changes(&q)
	}
	return q
}

// code is the reason's code, unless it would tell of the other side.
func (x *explainer) code(q *Question) string {
	side := sideOf(x.reason)
	switch {
	case side == DoorCaller && !q.CallerDoor.Shown:
		return CallerSide
	case side == DoorResource && !q.ResourceDoor.Shown:
		return ResourceSide
	}
	return x.Decision.Code()
}

// sideOf is the door at which a refusal for the reason fell; empty for what is
// nobody's secret.
func sideOf(r authz.Reason) string {
	switch r {
	case authz.ExplicitDenySCP, authz.ExplicitDenyEndpoint, authz.ExplicitDenyIdentity, authz.ExplicitDenyBoundary,
		authz.ExplicitDenySession, authz.NoSCP, authz.NoEndpointPolicy, authz.NoIdentityPolicy, authz.NoBoundary,
		authz.NoSessionPolicy:
		return DoorCaller
	case authz.ExplicitDenyRCP, authz.ExplicitDenyResource, authz.NoResourcePolicy, authz.NoKeyPolicy, authz.NoTrustPolicy,
		authz.NoObjectACLGrant, authz.AccessPointVPCOrigin, authz.AccessPointAnonymous, authz.BPARestrictPublicBuckets,
		authz.BPABlockPublicPolicy, authz.BPABlockPublicACLs, authz.RequesterPays:
		return DoorResource
	}
	return ""
}

// CallerOf describes who made a request, for the viewer. Another account sees
// of who wanted to assume its role the account and the unique id, as CloudTrail
// shows them; a service's name is no secret.
func CallerOf(p *authz.Principal, service, viewer string) Caller {
	if p == nil {
		return Caller{Type: "Anonymous"}
	}
	c := Caller{Type: callerTypes[p.Kind], ARN: p.ARN, Account: p.Account, UserID: p.UserID}
	if service == "sts" && viewer != "" && viewer != p.Account && p.Kind != policy.CallerService {
		c.ARN = ""
	}
	return c
}

var callerTypes = [...]string{
	policy.CallerAnonymous: "Anonymous", policy.CallerRoot: "Account", policy.CallerUser: "User",
	policy.CallerSession: "AssumedRole", policy.CallerFederated: "FederatedUser", policy.CallerService: "Service",
	policy.CallerProvider: "IdentityProvider",
}
