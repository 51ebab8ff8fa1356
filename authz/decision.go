package authz

import "github.com/sallyport/sallyport/policy"

// Reason is why a request was allowed or denied.
type Reason uint8

// Reasons. String gives each its code.
const (
	reasonNone Reason = iota
	// Allowed.
	IdentityPolicy
	ResourcePolicy
	IdentityAndResourcePolicy
	OwnerRoot
	ACL
	KMSGrant
	NoPermissionRequired
	NotFound // authorized; the answer is 404
	// A matching Deny.
	ExplicitDenySCP
	ExplicitDenyRCP
	ExplicitDenyEndpoint
	ExplicitDenyResource
	ExplicitDenyIdentity
	ExplicitDenyBoundary
	ExplicitDenySession
	// No Allow where one is needed.
	NoSCP
	NoEndpointPolicy
	NoIdentityPolicy
	NoBoundary
	NoSessionPolicy
	NoResourcePolicy
	NoKeyPolicy
	NoTrustPolicy
	NoObjectACLGrant
	// S3's further rules.
	AccessPointVPCOrigin
	AccessPointAnonymous
	BPARestrictPublicBuckets
	BPABlockPublicPolicy
	BPABlockPublicACLs
	ACLNotSupported
	ExpectedBucketOwnerMismatch
	RequesterPays
	MethodNotAllowed
	NotFoundHidden
	// CredentialsNotPermitted: this kind of temporary credentials may not call the operation at all.
	CredentialsNotPermitted
	numReasons
)

var reasonCodes = [numReasons]string{
	IdentityPolicy: "identity_policy", ResourcePolicy: "resource_policy",
	IdentityAndResourcePolicy: "identity_and_resource_policy", OwnerRoot: "owner_root", ACL: "acl", KMSGrant: "kms_grant",
	NoPermissionRequired: "no_permission_required", NotFound: "not_found",
	ExplicitDenySCP: "explicit_deny_scp", ExplicitDenyRCP: "explicit_deny_rcp",
	ExplicitDenyEndpoint: "explicit_deny_vpc_endpoint_policy", ExplicitDenyResource: "explicit_deny_resource_policy",
	ExplicitDenyIdentity: "explicit_deny_identity_policy", ExplicitDenyBoundary: "explicit_deny_permissions_boundary",
	ExplicitDenySession: "explicit_deny_session_policy",
	NoSCP:               "no_scp", NoEndpointPolicy: "no_vpc_endpoint_policy", NoIdentityPolicy: "no_identity_policy",
	NoBoundary: "no_permissions_boundary", NoSessionPolicy: "no_session_policy", NoResourcePolicy: "no_resource_policy",
	NoKeyPolicy: "no_key_policy", NoTrustPolicy: "no_trust_policy", NoObjectACLGrant: "no_object_acl_grant",
	AccessPointVPCOrigin: "access_point_vpc_origin", AccessPointAnonymous: "access_point_anonymous",
	BPARestrictPublicBuckets: "bpa_restrict_public_buckets", BPABlockPublicPolicy: "bpa_block_public_policy",
	BPABlockPublicACLs: "bpa_block_public_acls", ACLNotSupported: "acl_not_supported",
	ExpectedBucketOwnerMismatch: "expected_bucket_owner_mismatch", RequesterPays: "requester_pays",
	MethodNotAllowed: "method_not_allowed_non_owner_account", NotFoundHidden: "not_found_hidden",
	CredentialsNotPermitted: "credentials_not_permitted",
}

func (r Reason) String() string {
	if r < numReasons {
		return reasonCodes[r]
	}
	return ""
}

// Door is what one account's side says: the caller's by its identity policies, boundary, session policies and SCPs, the
// resource owner's by its resource policy, ACL and RCPs.
type Door uint8

// States of a door.
const (
	DoorNotNeeded Door = iota // its consent is not needed, or it was not asked
	DoorOpen                  // it allows
	DoorShut                  // it does not allow
	DoorDenied                // it denies
)

func (d Door) String() string { return [...]string{"not_needed", "open", "shut", "denied"}[d] }

// Hit is a statement that decided.
type Hit struct {
	Statement *policy.Statement // nil: none
	Source    *Source
}

// Decision is the answer to a Request.
type Decision struct {
	Allowed bool
	Reason  Reason
	// Stage1: it fell at the access point, before the bucket was asked.
	Stage1 bool
	// CallerDoor and ResourceDoor tell the two sides apart. They are the states at the time the decision fell.
	CallerDoor, ResourceDoor Door
	// Deny is the statement that denied; Identity and Resource those that allowed, where there were.
	Deny, Identity, Resource Hit
	// Hidden is, for NotFoundHidden, why the caller may not list the bucket.
	Hidden Reason
	Trace  *Trace // if the request asked for it
}

// Code is the reason's code, with "access_point:" before it if the decision fell at the access point.
func (d *Decision) Code() string {
	if d.Stage1 {
		return "access_point:" + d.Reason.String()
	}
	return d.Reason.String()
}
