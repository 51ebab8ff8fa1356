package directory

import (
	"slices"
	"time"
)

// Types of organization policies that are served, as Organizations names them.
const (
	ServiceControl  = "SERVICE_CONTROL_POLICY"
	ResourceControl = "RESOURCE_CONTROL_POLICY"
)

// Ids of the organization policies that AWS manages: what every root, unit and
// account has while the type is enabled.
const (
	FullAWSAccess    = "p-FullAWSAccess"
	RCPFullAWSAccess = "p-RCPFullAWSAccess"
)

// Standalone is what Account.Org says of an account that is in no organization.
const Standalone = "-"

// Ways in which accounts join an organization.
const (
	JoinedByInvitation = "INVITED"
	JoinedByCreation   = "CREATED"
)

// Feature sets of an organization, as Organizations names them.
const (
	AllFeatures         = "ALL"
	ConsolidatedBilling = "CONSOLIDATED_BILLING"
)

// Organization is one organization. An installation begins with one, which its
// first account manages; accounts outside of it can make others.
type Organization struct {
	// Key is what members, units and policies name it by: empty for the
	// installation's first, its id for others.
	Key        string    `json:"key,omitempty"`
	ID         string    `json:"id"`     // o-…
	RootID     string    `json:"rootId"` // r-…
	Management string    `json:"management"`
	Created    time.Time `json:"created"`
	// Billing: it has the features of consolidated billing alone, so that no policy
	// of it is in force.
	Billing bool `json:"billing,omitempty"`
	// PolicyTypes are the types of organization policies that are in force.
	PolicyTypes []string `json:"policyTypes,omitempty"`
	// RootTags are the tags of the root.
	RootTags []Tag `json:"rootTags,omitempty"`
	// Services are the services with trusted access.
	Services []TrustedService `json:"services,omitempty"`
	// Delegations say which members administer what service for the organization.
	Delegations []Delegation `json:"delegations,omitempty"`
	// Delegation is the resource-based policy that lets members manage policies;
	// nil for none.
	Delegation *DelegationPolicy `json:"delegation,omitempty"`
	// RootFeatures are IAM's features for the members' root users that are enabled.
	RootFeatures []string `json:"rootFeatures,omitempty"`
}

// TrustedService is a service that may act in all accounts of an organization.
type TrustedService struct {
	Service string    `json:"service"` // iam.amazonaws.com
	Enabled time.Time `json:"enabled"`
}

// Delegation makes a member account the administrator of one service.
type Delegation struct {
	Account string    `json:"account"`
	Service string    `json:"service"`
	Enabled time.Time `json:"enabled"`
}

// DelegationPolicy is an organization's own resource-based policy. In Content
// principals are as in a stored policy.
type DelegationPolicy struct {
	ID      string `json:"id"` // rp-…
	Content string `json:"content"`
	Tags    []Tag  `json:"tags,omitempty"`
}

// The second layout of these records says which organization they belong to.
func (a *Account) layout() byte            { return 2 }
func (o *Organization) layout() byte       { return 2 }
func (u *OrganizationalUnit) layout() byte { return 2 }
func (p *OrganizationPolicy) layout() byte { return 2 }
func (r *CreateRequest) layout() byte      { return 2 }

// Has tells whether the account is a member of the organization. An account that
// was closed is one for 90 days.
func (o *Organization) Has(a *Account, now time.Time) bool {
	return a.Org == o.Key && (a.Closed.IsZero() || now.Before(a.Closed.Add(closedFor)))
}

// closedFor is how long a closed account is still shown.
const closedFor = 90 * 24 * time.Hour

// Trusts tells whether the service has trusted access.
func (o *Organization) Trusts(service string) bool {
	return slices.ContainsFunc(o.Services, func(s TrustedService) bool { return s.Service == service })
}

// Delegated tells whether the account is a delegated administrator, of the service
// or, when that is empty, of any.
func (o *Organization) Delegated(account, service string) bool {
	return slices.ContainsFunc(o.Delegations, func(d Delegation) bool {
		return d.Account == account && (service == "" || d.Service == service)
	})
}

// OrganizationalUnit is one OU of an organization.
type OrganizationalUnit struct {
	Org     string    `json:"org,omitempty"` // key of the organization
	ID      string    `json:"id"`            // ou-…
	Name    string    `json:"name"`
	Parent  string    `json:"parent"` // the root's id or another unit's
	Created time.Time `json:"created"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// OrganizationPolicy is a service or resource control policy.
type OrganizationPolicy struct {
	Org         string    `json:"org,omitempty"` // key of the organization
	ID          string    `json:"id"`            // p-…
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Description string    `json:"description,omitempty"`
	Content     string    `json:"content"`
	Created     time.Time `json:"created"`
	Tags        []Tag     `json:"tags,omitempty"`
	// AWSManaged policies are in the program, not in the store.
	AWSManaged bool `json:"-"`
}

// Attachments is the organization policies of one root, unit or account.
type Attachments struct {
	Target   string   `json:"target"`
	Policies []string `json:"policies"` // ids
}

// PublicAccessBlock is the four settings of S3's Block Public Access for an
// account.
type PublicAccessBlock struct {
	BlockPublicAcls       bool `json:"blockPublicAcls"`
	IgnorePublicAcls      bool `json:"ignorePublicAcls"`
	BlockPublicPolicy     bool `json:"blockPublicPolicy"`
	RestrictPublicBuckets bool `json:"restrictPublicBuckets"`
}

// Enabled tells whether policies of the type are in force.
func (o *Organization) Enabled(policyType string) bool {
	for _, t := range o.PolicyTypes {
		if t == policyType {
			return true
		}
	}
	return false
}

// ParentOf is the id of the root or unit that the account is in.
func (o *Organization) ParentOf(a *Account) string {
	if a.Parent == "" {
		return o.RootID
	}
	return a.Parent
}

// AWSOrganizationPolicies are the policies that AWS manages.
//
// See https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html.
func AWSOrganizationPolicies() []*OrganizationPolicy {
	return []*OrganizationPolicy{
		{
			ID: FullAWSAccess, Name: "FullAWSAccess", Type: ServiceControl, AWSManaged: true,
			Description: "Allows access to every operation",
			Content:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		},
		{
			ID: RCPFullAWSAccess, Name: "RCPFullAWSAccess", Type: ResourceControl, AWSManaged: true,
			Description: "Allows access to every resource",
			Content:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
		},
	}
}

// fullAccess is the id of the type's policy that AWS manages.
func fullAccess(policyType string) string {
	if policyType == ResourceControl {
		return RCPFullAWSAccess
	}
	return FullAWSAccess
}

func awsOrganizationPolicy(id string) *OrganizationPolicy {
	for _, p := range AWSOrganizationPolicies() {
		if p.ID == id {
			return p
		}
	}
	return nil
}
