package explain

import (
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// summary says in a sentence or two why it was decided so, as far as the viewer
// may know.
func (x *explainer) summary(code string) string {
	switch code {
	case CallerSide:
		return "The caller's account did not allow it. Why is that account's to see."
	case ResourceSide:
		return "The account that owns the resource did not allow it. Why is that account's to see."
	}
	text := reasons[x.Decision.Reason]
	if x.Decision.Reason == authz.NotFoundHidden {
		text += " " + reasons[x.reason]
	}
	if x.Decision.Stage1 {
		text = "At the access point: " + text
	}
	switch {
	case x.reason == authz.NoTrustPolicy && x.caller.Kind == policy.CallerRoot:
		text = "Root users cannot assume roles."
	case x.reason == authz.NoIdentityPolicy && !x.own() && x.doors().resource == authz.DoorOpen:
		text += " Across accounts both must, and the resource's account does."
	case x.reason == authz.NoIdentityPolicy && !x.own():
		text += " Across accounts both the caller's account and the resource's must."
	case x.reason == authz.NoResourcePolicy && !x.own() && x.doors().caller == authz.DoorOpen:
		text += " Across accounts both must, and the caller's account does."
	}
	return text
}

// reasons words every reason of a decision.
var reasons = map[authz.Reason]string{
	authz.IdentityPolicy:            "An identity-based policy of the caller allows it, and the resource is of the same account.",
	authz.ResourcePolicy:            "The resource's policy allows it to this caller, which is enough by itself here.",
	authz.IdentityAndResourcePolicy: "Both the caller's account and the resource's allow it.",
	authz.OwnerRoot:                 "The root user of the account that owns the resource needs no policy.",
	authz.ACL:                       "An access control list grants it.",
	authz.KMSGrant:                  "A grant of the key allows it.",
	authz.NoPermissionRequired:      "It needs no permission.",
	authz.NotFound:                  "It was allowed, but there is no such object; the caller may list the bucket and so is told.",

	authz.ExplicitDenySCP:      "A service control policy denies it explicitly.",
	authz.ExplicitDenyRCP:      "A resource control policy denies it explicitly.",
	authz.ExplicitDenyEndpoint: "The policy of the VPC endpoint denies it explicitly.",
	authz.ExplicitDenyResource: "The resource's policy denies it explicitly.",
	authz.ExplicitDenyIdentity: "An identity-based policy of the caller denies it explicitly.",
	authz.ExplicitDenyBoundary: "The caller's permissions boundary denies it explicitly.",
	authz.ExplicitDenySession:  "A session policy of the caller denies it explicitly.",

	authz.NoSCP:            "The service control policies of some level of the organization do not allow it.",
	authz.NoEndpointPolicy: "The policy of the VPC endpoint does not allow it.",
	authz.NoIdentityPolicy: "No identity-based policy of the caller allows it.",
	authz.NoBoundary:       "The caller's permissions boundary does not allow it.",
	authz.NoSessionPolicy:  "The session policies of the caller's session do not allow it.",
	authz.NoResourcePolicy: "No policy of the resource's side allows it to this caller.",
	authz.NoKeyPolicy:      "The key's policy does not allow it, and without that nothing else counts.",
	authz.NoTrustPolicy:    "The role's trust policy does not allow it to this caller, and without that nothing else counts.",
	authz.NoObjectACLGrant: "The object is of another account than its bucket. The bucket policy cannot allow it; only the object's own ACL can, and it does not.",

	authz.AccessPointVPCOrigin:        "The access point takes requests from its own VPC alone.",
	authz.AccessPointAnonymous:        "Access points take no anonymous requests.",
	authz.BPARestrictPublicBuckets:    "The policy is public and RestrictPublicBuckets is on: only AWS services and the owner's own account get in, whoever else the policy names.",
	authz.BPABlockPublicPolicy:        "The new policy is public, and BlockPublicPolicy is on.",
	authz.BPABlockPublicACLs:          "The ACL that the request brings is public, and BlockPublicAcls is on.",
	authz.ACLNotSupported:             "The bucket's Object Ownership is BucketOwnerEnforced: ACLs are off.",
	authz.ExpectedBucketOwnerMismatch: "The request expected another account to own the bucket (x-amz-expected-bucket-owner).",
	authz.RequesterPays:               "The bucket is Requester Pays, and the request did not say that its sender pays.",
	authz.MethodNotAllowed:            "It was permitted, but only callers of the account that owns the bucket may do this.",
	authz.NotFoundHidden:              "There is no such object. That is told (404) only to callers who may list the bucket, and this one may not.",
	authz.CredentialsNotPermitted:     "This kind of temporary credentials cannot call the operation, whatever policies say.",
}
