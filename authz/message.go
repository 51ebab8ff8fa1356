package authz

import (
	"cmp"
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// plainDenied is all that S3 tells to strangers.
const plainDenied = "Access Denied"

// Message is the text that AWS sends with the decision's error; empty if the request is allowed. S3 names the reason only
// to callers of the owner's account or organization, and puts the resource in quotes.
func (d *Decision) Message(req *Request) string {
	if d.Allowed {
		return ""
	}
	p := req.principal()
	service := req.Action.Service()
	switch d.Reason {
	case ACLNotSupported:
		return "The bucket does not allow ACLs"
	case MethodNotAllowed:
		return "The specified method is not allowed against this resource."
	case CredentialsNotPermitted:
		return d.credentialsMessage(req, p, service)
	}
	switch service {
	case "s3":
		return d.s3Message(req, p)
	case "kms":
		return d.kmsMessage(req, p)
	case "sts":
		if req.Resource.Kind == ResourceRole {
			return roleMessage(req, p)
		}
	}
	return "User: " + p.ARN + " is not authorized to perform: " + req.Action.String() + " on resource: " +
		cmp.Or(req.Resource.Display, req.Resource.ARN) + " " + d.because(req.Action.String())
}

// roleMessage gives no reason, so that nobody learns from it which roles exist.
func roleMessage(req *Request, p *Principal) string {
	if p.Kind == policy.CallerProvider || p.Kind == policy.CallerAnonymous {
		return "Not authorized to perform " + req.Action.String()
	}
	if p.Kind == policy.CallerRoot {
		return "Roles may not be assumed by root accounts."
	}
	return "User: " + p.ARN + " is not authorized to perform: " + req.Action.String() + " on resource: " + req.Resource.ARN
}

func (d *Decision) credentialsMessage(req *Request, p *Principal, service string) string {
	if service == "sts" && (req.Action.Lower() == "sts:getfederationtoken" || req.Action.Lower() == "sts:getsessiontoken") {
		return "Cannot call " + strings.TrimPrefix(req.Action.String(), "sts:") + " with session credentials"
	}
	if service == "sts" && req.Resource.Kind == ResourceRole {
		return roleMessage(req, p)
	}
	return "The security token included in the request is invalid"
}

func (d *Decision) s3Message(req *Request, p *Principal) string {
	if !d.explains(req, p) {
		return plainDenied
	}
	action, resource, reason := req.Action.String(), req.Resource.ARN, d
	switch {
	case d.Reason == NotFoundHidden:
		bucket, _, _ := strings.Cut(resource, "/")
		action, resource, reason = listBucket.String(), bucket, &Decision{Reason: d.Hidden}
	case d.Stage1 && req.AccessPoint != nil:
		resource = req.AccessPoint.resource(&req.Resource)
	}
	text := reason.because(action)
	if text == "" {
		return plainDenied
	}
	return "User: " + p.ARN + " is not authorized to perform: " + action + " on resource: \"" + resource + "\" " + text
}

// explains tells whether S3 gives the caller the long form.
func (d *Decision) explains(req *Request, p *Principal) bool {
	owner, org := req.Resource.Account, req.Resource.Org
	if d.Stage1 && req.AccessPoint != nil {
		owner, org = req.AccessPoint.Account, req.AccessPoint.Org
	}
	if !p.Signed() {
		return false
	}
	if owner == "" || owner == p.Account {
		return true
	}
	if d.Reason == NoEndpointPolicy || d.Reason == ExplicitDenyEndpoint {
		return false
	}
	return org.ID != "" && org.ID == p.Org.ID
}

func (d *Decision) kmsMessage(req *Request, p *Principal) string {
	head := "User: " + p.ARN + " is not authorized to perform: " + req.Action.String()
	switch d.Reason {
	case NoKeyPolicy:
		return head + " on this resource because the resource does not exist in this Region, no resource-based policies allow" +
			" access, or a resource-based policy explicitly denies access"
	case ExplicitDenyResource:
		return head + " on resource: " + req.Resource.ARN + " with an explicit deny in a resource-based policy"
	}
	return head + " on resource: " + req.Resource.ARN + " " + d.because(req.Action.String())
}

// because is the last part of the long form, or "" for reasons that AWS does not name.
func (d *Decision) because(action string) string {
	switch d.Reason {
	case BPABlockPublicACLs:
		return "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
	case BPABlockPublicPolicy:
		return "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
	case BPARestrictPublicBuckets:
		return "with an explicit deny in a resource-based policy"
	}
	if what, ok := denied[d.Reason]; ok {
		return "with an explicit deny in " + what
	}
	if what, ok := absent[d.Reason]; ok {
		return "because no " + what + " allows the " + action + " action"
	}
	return ""
}

var denied = map[Reason]string{
	ExplicitDenySCP:      "a service control policy",
	ExplicitDenyRCP:      "a resource control policy",
	ExplicitDenyEndpoint: "a VPC endpoint policy",
	ExplicitDenyResource: "a resource-based policy",
	ExplicitDenyIdentity: "an identity-based policy",
	ExplicitDenyBoundary: "a permissions boundary",
	ExplicitDenySession:  "a session policy",
}

var absent = map[Reason]string{
	NoSCP:            "service control policy",
	NoEndpointPolicy: "VPC endpoint policy",
	NoIdentityPolicy: "identity-based policy",
	NoBoundary:       "permissions boundary",
	NoSessionPolicy:  "session policy",
	NoResourcePolicy: "resource-based policy",
	NoKeyPolicy:      "resource-based policy",
	NoTrustPolicy:    "resource-based policy",
	NoObjectACLGrant: "resource-based policy",
}

// Wire is the HTTP status and error code that go with Message. IAM and STS answer 403 AccessDenied, services that speak
// JSON 400 AccessDeniedException; status 0 if the request is allowed and there is an answer to give.
func (d *Decision) Wire(req *Request) (status int, code string) {
	switch {
	case d.Reason == NotFound:
		return 404, "NoSuchKey"
	case d.Allowed:
		return 0, ""
	case d.Reason == ACLNotSupported:
		return 400, "AccessControlListNotSupported"
	case d.Reason == MethodNotAllowed:
		return 405, "MethodNotAllowed"
	case d.Reason == CredentialsNotPermitted && req.Action.Service() == "iam":
		return 403, "InvalidClientTokenId"
	}
	switch req.Action.Service() {
	case "s3", "iam", "sts", "ec2", "s3express":
		return 403, "AccessDenied"
	}
	return 400, "AccessDeniedException"
}
