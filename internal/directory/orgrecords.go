package directory

import "time"

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

// OrganizationalUnit is one OU of the organization.
type OrganizationalUnit struct {
	ID      string    `json:"id"` // ou-…
	Name    string    `json:"name"`
	Parent  string    `json:"parent"` // the root's id or another unit's
	Created time.Time `json:"created"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// OrganizationPolicy is a service or resource control policy.
type OrganizationPolicy struct {
	ID          string    `json:"id"` // p-…
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
