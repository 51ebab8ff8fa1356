package authz

import "github.com/sallyport/sallyport/policy"

// SourceKind tells where a policy comes from.
type SourceKind uint8

// Kinds of sources.
const (
	SourceInline       SourceKind = iota + 1 // inline policy of a user, group or role
	SourceManaged                            // managed policy
	SourceBoundary                           // permissions boundary
	SourceSession                            // passed when the session was made
	SourceOrganization                       // SCP or RCP
	SourceEndpoint                           // VPC endpoint policy
	SourceResource                           // bucket, access point, key or trust policy
)

// Source describes a policy to people. It is never compared.
type Source struct {
	Kind SourceKind
	Name string // the policy's name; the bucket, key … that it is on
	ARN  string // of managed and organization policies
	On   string // what it is attached to: "user/alice", "group/devs", an OU
}

// Document is a compiled policy and where it comes from (which may be nil).
type Document struct {
	*policy.Policy
	Source *Source
}

// Level is the organization policies attached to one root, OU or account.
type Level []Document

// Documents is everything that bears on a request. The zero value holds nothing: nothing is granted or filtered.
type Documents struct {
	// Identity: the policies of the user and its groups, of the session's role, or of a federated user's issuer.
	Identity []Document
	Boundary *Document // on the caller, or on a federated user's issuer
	// Session policies; together they are one filter. A federated user without any has no identity rights.
	Session []Document
	// SCPs of the caller's account, the root's level first. Nil: no organization, or SCPs are not switched on.
	SCPs []Level
	// RCPs of the resource's account; ObjectOwnerRCPs those of a foreign object owner's; AccessPointRCPs those of the access
	// point's account, which may be another.
	RCPs            []Level
	ObjectOwnerRCPs []Level
	AccessPointRCPs []Level
	Endpoint        *Document // of the VPC endpoint that the request came through
	// Resource is the resource's own policy: bucket policy (for objects too), key policy, trust policy.
	Resource    *Document
	AccessPoint *Document // the access point's policy
	KeyGrants   []KeyGrant
	S3          *S3 // of buckets and objects
}

// Ownership is S3's Object Ownership setting.
type Ownership uint8

// Settings of Object Ownership.
const (
	BucketOwnerEnforced Ownership = iota
	BucketOwnerPreferred
	ObjectWriter
)

// BPA is Block Public Access: the settings of organization, account and bucket together.
type BPA struct {
	BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
}

// Or is what b and c block together.
func (b BPA) Or(c BPA) BPA {
	return BPA{
		BlockPublicAcls:       b.BlockPublicAcls || c.BlockPublicAcls,
		IgnorePublicAcls:      b.IgnorePublicAcls || c.IgnorePublicAcls,
		BlockPublicPolicy:     b.BlockPublicPolicy || c.BlockPublicPolicy,
		RestrictPublicBuckets: b.RestrictPublicBuckets || c.RestrictPublicBuckets,
	}
}

// S3 is what S3 knows of the bucket and the object beside the policy.
type S3 struct {
	Ownership     Ownership
	BPA           BPA
	RequesterPays bool
	ACL           []Grant // of the bucket
	Object        *Object // nil for bucket operations, and for objects of which nothing is known yet
}

// Object is the object (the version) that a request is about.
type Object struct {
	// Missing: there is no such key or version. The decision then tells whether the caller may learn that.
	Missing  bool
	Owner    string // account; empty: the bucket owner
	OwnerOrg Org
	ACL      []Grant
	Tags     *policy.Tags
}

// Grantee is the kind of a grant's grantee.
type Grantee uint8

// Kinds of grantees.
const (
	GranteeAccount Grantee = iota + 1
	GranteeAllUsers
	GranteeAuthenticatedUsers
	GranteeLogDelivery
)

// Permission is a set of ACL permissions.
type Permission uint8

// ACL permissions.
const (
	PermissionRead Permission = 1 << iota
	PermissionWrite
	PermissionReadACP
	PermissionWriteACP
	PermissionFullControl = PermissionRead | PermissionWrite | PermissionReadACP | PermissionWriteACP
)

// Grant is one grant of an ACL.
type Grant struct {
	Grantee    Grantee
	Account    string // of GranteeAccount: twelve digits
	Permission Permission
}

// KeyGrant is a KMS grant.
type KeyGrant struct {
	// Grantee is an ARN of a user, role, session or federated user, an account's root, or a service's name.
	Grantee string
	// GranteeID is the unique id of a user or role grantee as it was when the grant was made; empty: the ARN decides.
	GranteeID  string
	Operations []string // as KMS names them: "Decrypt", "GenerateDataKey"
	// ContextEquals must be the whole encryption context, ContextSubset be part of it. Nil: no constraint.
	ContextEquals, ContextSubset map[string]string
}
