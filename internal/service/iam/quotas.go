package iam

import (
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// Quotas are the limits on an account and its entities. Sizes are in
// characters, white space not counted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
type Quotas struct {
	Users, Groups, Roles, Policies, InstanceProfiles int // per account

	AccessKeysPerUser int // the root user included
	GroupsPerUser     int
	MFADevicesPerUser int // the root user included
	VirtualMFADevices int // per account

	SSHKeysPerUser, SigningCertificatesPerUser int
	ServiceCredentials                         int // of one user for one service
	ServerCertificates                         int // per account
	VersionsPerPolicy                          int
	TagsPerEntity                              int

	PoliciesPerUser, PoliciesPerGroup, PoliciesPerRole int // attached managed policies

	PolicySize                                      int // of a managed policy
	UserPolicySize, GroupPolicySize, RolePolicySize int // of all inline policies of one entity
	AssumeRolePolicySize                            int

	OIDCProviders, SAMLProviders      int // per account
	ClientIDsPerProvider, Thumbprints int // per OpenID Connect provider
}

// DefaultQuotas are those of a new AWS account.
func DefaultQuotas() Quotas {
	return Quotas{
		Users: 5000, Groups: 300, Roles: 1000, Policies: 1500, InstanceProfiles: 1000,
		AccessKeysPerUser: 2, GroupsPerUser: 10, MFADevicesPerUser: 8, VirtualMFADevices: 40_000,
		SSHKeysPerUser: 5, SigningCertificatesPerUser: 2, ServiceCredentials: 2, ServerCertificates: 20,
		VersionsPerPolicy: 5, TagsPerEntity: 50,
		PoliciesPerUser: 10, PoliciesPerGroup: 10, PoliciesPerRole: 10,
		PolicySize: 6144, UserPolicySize: 2048, GroupPolicySize: 5120, RolePolicySize: 10240,
		AssumeRolePolicySize: 2048,
		OIDCProviders:        100, SAMLProviders: 100, ClientIDsPerProvider: 100, Thumbprints: 5,
	}
}

// room checks that the account may have one more entity of the kind.
func (s *Service) room(t *directory.ReadTx, account string, k directory.Kind) error {
	n, err := t.Count(account, k)
	if err != nil {
		return err
	}
	quota, limit := "PoliciesPerAccount", s.quotas.Policies
	switch k {
	case directory.KindUser:
		quota, limit = "UsersPerAccount", s.quotas.Users
	case directory.KindGroup:
		quota, limit = "GroupsPerAccount", s.quotas.Groups
	case directory.KindRole:
		quota, limit = "RolesPerAccount", s.quotas.Roles
	}
	if n >= limit {
		return api.LimitExceeded(quota, limit)
	}
	return nil
}

// attachmentQuota is how many managed policies an entity of the kind may have.
func (s *Service) attachmentQuota(k directory.Kind) (quota string, limit int) {
	switch k {
	case directory.KindUser:
		return "PoliciesPerUser", s.quotas.PoliciesPerUser
	case directory.KindGroup:
		return "PoliciesPerGroup", s.quotas.PoliciesPerGroup
	}
	return "PoliciesPerRole", s.quotas.PoliciesPerRole
}

// inlineQuota is how large the inline policies of an entity of the kind may be
// together.
func (s *Service) inlineQuota(k directory.Kind) int {
	switch k {
	case directory.KindUser:
		return s.quotas.UserPolicySize
	case directory.KindGroup:
		return s.quotas.GroupPolicySize
	}
	return s.quotas.RolePolicySize
}

// size is a document's length in characters without white space, as quotas
// count it.
func size(document string) int {
	n := 0
	for _, r := range document {
		if !strings.ContainsRune(" \t\r\n", r) {
			n++
		}
	}
	return n
}
