package awsexport

import "time"

// Export is one account as files tell of it.
type Export struct {
	Account string // 12 digits, empty if no file names it

	Users       []*User
	Groups      []*Group
	Roles       []*Role
	Policies    []*Policy // the account's own
	AWSPolicies []*Policy // that AWS manages and the account uses
	Profiles    []*Profile
	Buckets     []*Bucket
	// Block is Block Public Access of the whole account, nil if no file tells.
	Block *Setting[Block]
	// Owner is the canonical user id of the account, empty if no file tells.
	Owner string

	// Details tells whether there is a listing of the account's entities, so that
	// what it leaves out is not in the account.
	Details bool
	// Incomplete tells that a listing breaks off before its end.
	Incomplete bool
	Left       []Left
}

// Left is something in the files that cannot be carried.
type Left struct {
	File string `json:"file"`
	What string `json:"what"`
	Why  string `json:"why"`
}

// Problem is something in a file that is wrong.
type Problem struct{ File, What, Message string }

func (p Problem) String() string {
	if p.What == "" {
		return p.File + ": " + p.Message
	}
	return p.File + ": " + p.What + ": " + p.Message
}

// Tag is one tag.
type Tag struct{ Key, Value string }

// Document is a named policy document, as JSON.
type Document struct{ Name, Text string }

// Entity is what users, groups, roles and policies have in common.
type Entity struct {
	ID, Name, Path, ARN string
	Created             time.Time
	Tags                []Tag
	// File is where it stands.
	File string
}

// UniqueID is the entity's.
func (e *Entity) UniqueID() string { return e.ID }

// Holder is what can hold policies.
type Holder struct {
	Entity
	Inline   []Document
	Attached []string // ARNs
	Boundary string   // ARN
}

// User is an IAM user.
type User struct {
	Holder
	Groups []string // names
}

// Group is an IAM group.
type Group struct{ Holder }

// Role is an IAM role. Description and MaxSession are nil where no file tells:
// aws iam get-account-authorization-details does not.
type Role struct {
	Holder
	Trust       string
	Description *string
	MaxSession  *int // seconds
	LastUsed    time.Time
	LastRegion  string
}

// Policy is a managed policy. Tags are known only where Tagged is set.
type Policy struct {
	Entity
	Description *string
	Tagged      bool
	Updated     time.Time
	Default     string
	Versions    []Version
}

// Version is one version of a managed policy.
type Version struct {
	ID, Text string
	Created  time.Time
}

// Profile is an instance profile.
type Profile struct {
	Entity
	Role string // name, empty for none
}

// Setting is a setting that a file tells of: nil in Value is that there is none.
type Setting[T any] struct{ Value *T }

// Block is Block Public Access.
type Block struct{ BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool }

// Grant is one grant of an ACL; one of ID, URI and Email is set.
type Grant struct{ Type, ID, URI, Email, Permission string }

// ACL is the ACL of a bucket.
type ACL struct {
	Owner  string // canonical user id
	Grants []Grant
}

// Bucket is a bucket as files tell of it; nil is what none tells.
type Bucket struct {
	Name       string
	Policy     *Setting[string]
	ACL        *ACL
	Ownership  *Setting[string]
	Block      *Setting[Block]
	Tags       *Setting[[]Tag]
	ABAC       *bool
	Versioning *string // Enabled or Suspended; empty for neither
	// File is the file that tells of the policy, for messages.
	File string
}
