package iam

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay gives every operation the action of its own name, asked on the
// resource that the Service Authorization Reference names. Keys that speak of
// a stored entity (iam:ResourceTag, iam:PermissionsBoundary of an existing
// user or role) are the service's to add.
func overlay(s *wire.Service) {
	on := kinds()
	for _, op := range s.Operations {
		resource := on[op.Name]
		if resource == "" {
			resource = "*"
		}
		s.Allow(op.Name, wire.Access{Action: "iam:" + op.Name, Resource: resource, Keys: keys(s, op)})
	}
	s.Allow("AddRoleToInstanceProfile", wire.Access{
		Action: "iam:PassRole", Resource: "role",
		Keys: []wire.Key{{Name: "iam:PassedToService", Value: func(any) []string { return []string{"ec2.amazonaws.com"} }}},
	})
	s.Each(func(op *wire.Operation) { op.Event.ReadOnly = true }, "GenerateCredentialReport",
		"GenerateServiceLastAccessedDetails", "GenerateOrganizationsAccessReport")
}

// keys are the condition keys that follow from the input's members.
func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	attach := strings.HasPrefix(op.Name, "Attach") || strings.HasPrefix(op.Name, "Detach")
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "Tags":
			keys = append(keys,
				wire.Key{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
				wire.Key{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames})
		case "TagKeys":
			keys = append(keys, wire.Key{Name: "aws:TagKeys", Member: "TagKeys"})
		case "PermissionsBoundary":
			keys = append(keys, wire.Key{Name: "iam:PermissionsBoundary", Member: "PermissionsBoundary"})
		case "AWSServiceName":
			keys = append(keys, wire.Key{Name: "iam:AWSServiceName", Member: "AWSServiceName"})
		case "OrganizationsPolicyId":
			keys = append(keys, wire.Key{Name: "iam:OrganizationsPolicyId", Member: "OrganizationsPolicyId"})
		case "NotificationChannel":
			keys = append(keys,
				wire.Key{Name: "iam:NotificationChannel", Member: "NotificationChannel"},
				wire.Key{Name: "iam:DelegationDuration", Member: "SessionDuration"},
				wire.Key{Name: "iam:TemplateArn", Member: "Permissions.PolicyTemplateArn"})
		case "OwnerId":
			keys = append(keys, wire.Key{Name: "iam:DelegationRequestOwner", Member: "OwnerId"})
		case "PolicyArn":
			if attach {
				keys = append(keys, wire.Key{Name: "iam:PolicyARN", Member: "PolicyArn"})
			}
		}
	}
	return keys
}

// kinds tells on which resource an operation is asked: "*" for those left out.
func kinds() map[string]string {
	on := map[string]string{}
	for kind, names := range map[string]string{
		"user": `AttachUserPolicy ChangePassword CreateAccessKey CreateLoginProfile CreateServiceSpecificCredential
			CreateUser DeactivateMFADevice DeleteAccessKey DeleteLoginProfile DeleteSSHPublicKey
			DeleteServiceSpecificCredential DeleteSigningCertificate DeleteUser DeleteUserPermissionsBoundary
			DeleteUserPolicy DetachUserPolicy EnableMFADevice GetAccessKeyLastUsed GetLoginProfile GetMFADevice
			GetSSHPublicKey GetUser GetUserPolicy ListAccessKeys ListAttachedUserPolicies ListGroupsForUser
			ListMFADevices ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates
			ListUserPolicies ListUserTags PutUserPermissionsBoundary PutUserPolicy
			ResetServiceSpecificCredential ResyncMFADevice TagUser UntagUser UpdateAccessKey UpdateLoginProfile
			UpdateSSHPublicKey UpdateServiceSpecificCredential UpdateSigningCertificate UpdateUser
			UploadSSHPublicKey UploadSigningCertificate`,
		"group": `AddUserToGroup AttachGroupPolicy CreateGroup DeleteGroup DeleteGroupPolicy DetachGroupPolicy GetGroup
			GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy RemoveUserFromGroup UpdateGroup`,
		"role": `AttachRolePolicy CreateRole CreateServiceLinkedRole DeleteRole DeleteRolePermissionsBoundary
			DeleteRolePolicy DeleteServiceLinkedRole DetachRolePolicy GetRole GetRolePolicy
			GetServiceLinkedRoleDeletionStatus ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies
			ListRoleTags PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole
			UpdateRoleDescription`,
		"policy": `CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion
			ListEntitiesForPolicy ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy`,
		"instance-profile": `AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile
			ListInstanceProfileTags RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile`,
		"mfa": `CreateVirtualMFADevice DeleteVirtualMFADevice ListMFADeviceTags TagMFADevice UntagMFADevice`,
		"server-certificate": `DeleteServerCertificate GetServerCertificate ListServerCertificateTags
			TagServerCertificate UntagServerCertificate UpdateServerCertificate UploadServerCertificate`,
		"saml-provider": `CreateSAMLProvider DeleteSAMLProvider GetSAMLProvider ListSAMLProviderTags TagSAMLProvider
			UntagSAMLProvider UpdateSAMLProvider`,
		"oidc-provider": `AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider
			GetOpenIDConnectProvider ListOpenIDConnectProviderTags RemoveClientIDFromOpenIDConnectProvider
			TagOpenIDConnectProvider UntagOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint`,
		"access-report": `GenerateOrganizationsAccessReport`,
		// The entity that an ARN of the input names.
		"arn":       `GenerateServiceLastAccessedDetails ListPoliciesGrantingServiceAccess`,
		"principal": `GetContextKeysForPrincipalPolicy SimulatePrincipalPolicy`,
		"delegation-request": `AcceptDelegationRequest AssociateDelegationRequest CreateDelegationRequest GetDelegationRequest
			RejectDelegationRequest SendDelegationToken UpdateDelegationRequest`,
	} {
		for name := range strings.FieldsSeq(names) {
			on[name] = kind
		}
	}
	return on
}
