package authz

import (
	"time"

	"github.com/sallyport/sallyport/policy"
)

// Principal is the caller with everything that a decision may ask of it. It can be made once per user, role session … and
// shared between requests. The zero value is the anonymous caller.
type Principal struct {
	policy.Caller
	Tags *policy.Tags // aws:PrincipalTag: of a session, the role's with the session's on top
	Org  Org          // of the caller's account
	// ServiceLinked: a session of a service-linked role, which neither SCPs nor RCPs bind.
	ServiceLinked bool
	// IssuerIsRoot: a federated user whose credentials the root user asked for.
	IssuerIsRoot bool
	// SessionToken: the credentials come from GetSessionToken; such callers reach IAM only with MFA, and of STS only
	// AssumeRole and GetCallerIdentity.
	SessionToken bool
	// Delegated: temporary delegation, which is kept within its session policy whatever names the caller, and has nothing
	// without one.
	Delegated bool
	// TokenIssued is when temporary credentials were issued; zero for long-term keys.
	TokenIssued       time.Time
	SourceIdentity    string // aws:SourceIdentity
	FederatedProvider string // aws:FederatedProvider
}

// Org is an account's place in its organization. The zero value: the account is in none.
type Org struct {
	ID string
	// Paths is the account's path as the one element that aws:PrincipalOrgPaths holds ("o-x/r-y/ou-z/"); keep the slice,
	// it is handed on as it is.
	Paths      []string
	Management bool // the organization's management account
}

// ResourceKind says which rules a resource follows.
type ResourceKind uint8

// Kinds of resources.
const (
	// ResourceOther: no policy of its own crosses accounts (IAM entities, lists, S3's account-wide and access point
	// operations, CreateBucket). Identity policies of the owning account decide.
	ResourceOther  ResourceKind = iota
	ResourceBucket              // an S3 bucket
	ResourceObject              // an S3 object or a key that may become one
	ResourceKey                 // a KMS key: its key policy must allow
	ResourceRole                // a role being assumed: its trust policy must allow
)

// Resource is what is asked for.
type Resource struct {
	Kind ResourceKind
	ARN  string // "*" where the action knows no resource
	// Display is what messages call the resource where AWS does not print its ARN ("user bob"); empty: ARN.
	Display string
	// Account owns the resource: the bucket owner for buckets and objects. It may be empty for ResourceOther alone, where it
	// then means the caller's own account.
	Account string
	Org     Org // of Account
	Tags    *policy.Tags
	// PublicOf is whose the resource is where everybody may use it, as a public machine image: aws:ResourceAccount names it.
	// Account is the caller's then, whose policies alone decide. Empty for all else.
	PublicOf string
	// AWSManaged: a KMS key of AWS's own, which RCPs do not bind.
	AWSManaged bool
}

// RequestACL is the ACL that a request wants written, in its canned form, its grant headers or its body.
type RequestACL struct {
	Given bool
	// Public: it has a grant to AllUsers or AuthenticatedUsers.
	Public bool
	// OwnerFullControl: it is the canned bucket-owner-full-control or gives the bucket owner FULL_CONTROL and nobody else
	// anything, the one ACL that BucketOwnerEnforced takes.
	OwnerFullControl bool
}

// CannedACL is the RequestACL of an x-amz-acl header.
func CannedACL(name string) RequestACL {
	switch name {
	case "":
		return RequestACL{}
	case "public-read", "public-read-write", "authenticated-read":
		return RequestACL{Given: true, Public: true}
	}
	return RequestACL{Given: true, OwnerFullControl: name == "bucket-owner-full-control"}
}

// AccessPoint is the access point through which a request comes.
type AccessPoint struct {
	ARN     string
	Account string
	Org     Org // of Account
	// ResourceARN is the resource in the access point's terms: ARN itself for bucket operations, ARN/object/KEY for object
	// operations. Empty: Decide puts it together.
	ResourceARN string
	VPC         string // the only VPC that requests may come from; empty: the Internet origin
	BPA         BPA    // the access point's own settings
}

// EncryptionContext is a KMS request's encryption context.
type EncryptionContext struct {
	Pairs *policy.Tags
	Keys  []string // of Pairs; kms:EncryptionContextKeys
}

// Request is one question. Everything in it stays as it is; it may be decided again, and by several goroutines at once.
type Request struct {
	Principal *Principal // nil: anonymous
	Action    policy.Action
	Resource  Resource
	// Context holds the condition keys that come from the request itself (aws:SourceIp, aws:SecureTransport, aws:CurrentTime,
	// s3:prefix, aws:RequestTag/… …). Keys that follow from caller, resource and access point are derived by Decide and
	// win over it, unless ContextFirst is set, which the simulator does.
	Context      *policy.Values
	ContextFirst bool
	AccessPoint  *AccessPoint
	// Encryption is the encryption context of a KMS request.
	Encryption *EncryptionContext

	// ExpectedBucketOwner is x-amz-expected-bucket-owner, twelve digits; empty: not sent.
	ExpectedBucketOwner string
	// RequestPayer: x-amz-request-payer: requester was sent.
	RequestPayer bool
	// ACL is what PutObject, Put…Acl or CreateBucket want written.
	ACL RequestACL
	// NewPolicy is the document that PutBucketPolicy or PutAccessPointPolicy brings, for BlockPublicPolicy.
	NewPolicy *policy.Document

	// Trace asks for a Decision.Trace, which costs allocations.
	Trace bool

	prefix string // s3:prefix of the question whether a missing key may be told
}
