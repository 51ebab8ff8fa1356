package directory

import "time"

// Kind tells the four kinds of named entities apart.
type Kind byte

// The kinds are also the tags of the entities' keys in the store.
const (
	KindUser   Kind = 'u'
	KindGroup  Kind = 'g'
	KindRole   Kind = 'r'
	KindPolicy Kind = 'p'
)

// String is the kind's word in an ARN: user, group, role or policy.
func (k Kind) String() string {
	switch k {
	case KindUser:
		return "user"
	case KindGroup:
		return "group"
	case KindRole:
		return "role"
	case KindPolicy:
		return "policy"
	}
	return "unknown"
}

// States of an account, as Organizations names them.
const (
	AccountActive    = "ACTIVE"
	AccountSuspended = "SUSPENDED"
)

// States of an access key, as IAM names them.
const (
	KeyActive   = "Active"
	KeyInactive = "Inactive"
)

// Account is one account. Its root user has no record of its own: it is the
// account's id, and RootKeys sign for it.
type Account struct {
	ID          string    `json:"id"`          // 12 digits
	Name        string    `json:"name"`        //
	Email       string    `json:"email"`       // unique in the installation without regard to case
	CanonicalID string    `json:"canonicalId"` // 64 hex digits
	Status      string    `json:"status"`
	Joined      time.Time `json:"joined"`
	// JoinedMethod is CREATED or INVITED; the management account has INVITED.
	JoinedMethod string `json:"joinedMethod"`
	// RequestID is the id (car-…) of the CreateAccount request that made the
	// account, empty for one made otherwise.
	RequestID string `json:"requestId,omitempty"`
	// WrappedKey is the account's default data-encryption key under the master
	// key, with the account's id as additional data.
	WrappedKey []byte `json:"wrappedKey,omitempty"`
	// RootKeys are the ids of the root user's access keys.
	RootKeys []string `json:"rootKeys,omitempty"`
	// Alias is the account alias of IAM, empty for none.
	Alias string `json:"alias,omitempty"`
	Tags  []Tag  `json:"tags,omitempty"`
	// Org is the key of the organization that the account is a member of, Standalone
	// for an account that is in none.
	Org string `json:"org,omitempty"`
	// Closed is when the account was closed; zero while it is not.
	Closed time.Time `json:"closed,omitzero"`
	// Parent is the id of the organizational unit that the account is in, empty
	// for the root.
	Parent string `json:"parent,omitempty"`
	// PublicAccessBlock blocks public access to all of the account's buckets; nil
	// when there is no such configuration.
	PublicAccessBlock *PublicAccessBlock `json:"publicAccessBlock,omitempty"`
}

// States of a CreateAccount request.
const (
	RequestInProgress = "IN_PROGRESS"
	RequestSucceeded  = "SUCCEEDED"
	RequestFailed     = "FAILED"
)

// CreateRequest is the lasting status of one CreateAccount request.
type CreateRequest struct {
	ID          string    `json:"id"`            // car-…
	Org         string    `json:"org,omitempty"` // key of the organization
	AccountName string    `json:"accountName"`
	State       string    `json:"state"`
	Account     string    `json:"account,omitempty"`
	Failure     string    `json:"failure,omitempty"`
	Requested   time.Time `json:"requested"`
	Completed   time.Time `json:"completed,omitzero"`
}

// Tag is one tag of an entity or an account.
type Tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Entity is what users, groups, roles and managed policies have in common.
type Entity struct {
	ID      string    `json:"id"` // AIDA…, AGPA…, AROA…, ANPA…
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Path    string    `json:"path"` // begins and ends with a slash
	Created time.Time `json:"created"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// InlinePolicy is a policy embedded in a user, group or role. Names are unique
// in it, with regard to case.
type InlinePolicy struct {
	Name     string `json:"name"`
	Document string `json:"document"`
}

// Holder is what can hold identity policies: a user, group or role.
type Holder struct {
	Entity
	Inline   []InlinePolicy `json:"inline,omitempty"`
	Attached []string       `json:"attached,omitempty"` // ARNs of managed policies
	Boundary string         `json:"boundary,omitempty"` // ARN of a managed policy; never on a group
}

// User is an IAM user.
type User struct {
	Holder
	Groups     []string `json:"groups,omitempty"`     // unique ids of groups
	AccessKeys []string `json:"accessKeys,omitempty"` // ids; written by CreateAccessKey and DeleteAccessKey
}

// Group is an IAM group.
type Group struct {
	Holder
}

// Role is an IAM role.
type Role struct {
	Holder
	Description string `json:"description,omitempty"`
	// Trust is the trust policy as it is stored: principals that are users or
	// roles are unique ids. See [Directory.StorePolicy].
	Trust string `json:"trust"`
	// MaxSession is the longest session AssumeRole gives, in seconds.
	MaxSession int `json:"maxSession"`
}

// ManagedPolicy is a customer managed policy with its versions, or one of the
// policies that AWS manages; those belong to the account "aws".
type ManagedPolicy struct {
	Entity
	Description string          `json:"description,omitempty"`
	Updated     time.Time       `json:"updated"`
	Default     string          `json:"default"` // id of the version in force
	Versions    []PolicyVersion `json:"versions"`
	// NextVersion numbers the next version; numbers are never used again.
	NextVersion int `json:"nextVersion"`
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	ID       string    `json:"id"` // v1, v2 …
	Document string    `json:"document"`
	Created  time.Time `json:"created"`
}

// Version is the version with the id, or nil.
func (p *ManagedPolicy) Version(id string) *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// Document is the text of the version in force.
func (p *ManagedPolicy) Document() string {
	if v := p.Version(p.Default); v != nil {
		return v.Document
	}
	return ""
}

// AccessKey is a long-term access key. The secret is never in clear in it.
type AccessKey struct {
	ID      string    `json:"id"` // AKIA…
	Account string    `json:"account"`
	Owner   string    `json:"owner"` // the user's unique id; the account's id for its root user
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
	Sealed  []byte    `json:"sealed"` // the secret under the master key, with ID as additional data
}

// LastUsed says when an access key or a role was last used, where and for what.
type LastUsed struct {
	Time    time.Time `json:"time"`
	Region  string    `json:"region"`
	Service string    `json:"service,omitempty"` // as in the credential scope: s3, iam; empty for roles
}

// ARN is the role's, user's, group's or policy's ARN.
func (e *Entity) arn(k Kind) string {
	return "arn:aws:iam::" + e.Account + ":" + k.String() + e.Path + e.Name
}

// ARN is arn:aws:iam::ACCOUNT:user/PATH/NAME.
func (u *User) ARN() string { return u.arn(KindUser) }

// ARN is arn:aws:iam::ACCOUNT:group/PATH/NAME.
func (g *Group) ARN() string { return g.arn(KindGroup) }

// ARN is arn:aws:iam::ACCOUNT:role/PATH/NAME.
func (r *Role) ARN() string { return r.arn(KindRole) }

// ARN is arn:aws:iam::ACCOUNT:policy/PATH/NAME.
func (p *ManagedPolicy) ARN() string { return p.arn(KindPolicy) }

// RootARN is the ARN of an account's root user.
func RootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

func (u *User) kind() Kind          { return KindUser }
func (g *Group) kind() Kind         { return KindGroup }
func (r *Role) kind() Kind          { return KindRole }
func (p *ManagedPolicy) kind() Kind { return KindPolicy }

func (e *Entity) entity() *Entity { return e }

func (h *Holder) holder() *Holder        { return h }
func (p *ManagedPolicy) holder() *Holder { return nil }

func (h *Holder) groupIDs() []string        { return nil }
func (u *User) groupIDs() []string          { return u.Groups }
func (p *ManagedPolicy) groupIDs() []string { return nil }
