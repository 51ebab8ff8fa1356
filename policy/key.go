package policy

import "strings"

// KeyID is a condition key that the engine knows by number, so that a request's values sit in an array. Keys it does not
// know are looked up by name.
type KeyID uint8

// Known condition keys. The comments of knownKeys are their names.
const (
	keyNone KeyID = iota
	KeyCurrentTime
	KeyEpochTime
	KeySecureTransport
	KeySourceIP
	KeyVpcSourceIP
	KeySourceVpc
	KeySourceVpce
	KeySourceVpcArn
	KeyUserAgent
	KeyReferer
	KeyRequestedRegion
	KeyPrincipalAccount
	KeyPrincipalArn
	KeyPrincipalType
	KeyPrincipalOrgID
	KeyPrincipalOrgPaths
	KeyPrincipalIsAWSService
	KeyPrincipalServiceName
	KeyPrincipalServiceNamesList
	KeyResourceAccount
	KeyResourceOrgID
	KeyResourceOrgPaths
	KeyTagKeys
	KeySourceArn
	KeySourceAccount
	KeySourceOrgID
	KeySourceOrgPaths
	KeySourceOwner
	KeyViaAWSService
	KeyCalledVia
	KeyCalledViaFirst
	KeyCalledViaLast
	KeyMultiFactorAuthPresent
	KeyMultiFactorAuthAge
	KeyTokenIssueTime
	KeyFederatedProvider
	KeySourceIdentity
	KeyUserID
	KeyUserName
	KeyAssumedRoot
	KeySourceInstanceARN
	KeyRoleDelivery
	KeyS3Prefix
	KeyS3Delimiter
	KeyS3MaxKeys
	KeyS3Acl
	KeyS3GrantRead
	KeyS3GrantWrite
	KeyS3GrantReadAcp
	KeyS3GrantWriteAcp
	KeyS3GrantFullControl
	KeyS3CopySource
	KeyS3MetadataDirective
	KeyS3StorageClass
	KeyS3Encryption
	KeyS3EncryptionKeyID
	KeyS3EncryptionCustomerAlgorithm
	KeyS3WebsiteRedirectLocation
	KeyS3ObjectLockMode
	KeyS3ObjectLockRetainUntilDate
	KeyS3ObjectLockRemainingDays
	KeyS3ObjectLockLegalHold
	KeyS3IfMatch
	KeyS3IfNoneMatch
	KeyS3ObjectCreationOperation
	KeyS3RequestObjectTagKeys
	KeyS3VersionID
	KeyS3LocationConstraint
	KeyS3ObjectOwnership
	KeyS3AuthType
	KeyS3SignatureVersion
	KeyS3SignatureAge
	KeyS3ContentSha256
	KeyS3TLSVersion
	KeyS3ResourceAccount
	KeyS3DataAccessPointArn
	KeyS3DataAccessPointAccount
	KeyS3AccessPointNetworkOrigin
	KeyIAMPassedToService
	KeyIAMAssociatedResourceArn
	KeyIAMPermissionsBoundary
	KeyIAMPolicyARN
	KeySTSExternalID
	KeySTSRoleSessionName
	KeySTSSourceIdentity
	KeySTSDurationSeconds
	KeySTSTransitiveTagKeys
	KeyKMSViaService
	KeyKMSCallerAccount
	KeyKMSEncryptionContextKeys
	KeyKMSGrantIsForAWSResource
	numKeys
)

// knownKeys are the names, as AWS spells them, by id.
var knownKeys = [numKeys]string{
	KeyCurrentTime: "aws:CurrentTime", KeyEpochTime: "aws:EpochTime", KeySecureTransport: "aws:SecureTransport",
	KeySourceIP: "aws:SourceIp", KeyVpcSourceIP: "aws:VpcSourceIp", KeySourceVpc: "aws:SourceVpc",
	KeySourceVpce: "aws:SourceVpce", KeySourceVpcArn: "aws:SourceVpcArn", KeyUserAgent: "aws:UserAgent",
	KeyReferer: "aws:Referer", KeyRequestedRegion: "aws:RequestedRegion", KeyPrincipalAccount: "aws:PrincipalAccount",
	KeyPrincipalArn: "aws:PrincipalArn", KeyPrincipalType: "aws:PrincipalType", KeyPrincipalOrgID: "aws:PrincipalOrgID",
	KeyPrincipalOrgPaths: "aws:PrincipalOrgPaths", KeyPrincipalIsAWSService: "aws:PrincipalIsAWSService",
	KeyPrincipalServiceName:      "aws:PrincipalServiceName",
	KeyPrincipalServiceNamesList: "aws:PrincipalServiceNamesList", KeyResourceAccount: "aws:ResourceAccount",
	KeyResourceOrgID: "aws:ResourceOrgID", KeyResourceOrgPaths: "aws:ResourceOrgPaths", KeyTagKeys: "aws:TagKeys",
	KeySourceArn: "aws:SourceArn", KeySourceAccount: "aws:SourceAccount", KeySourceOrgID: "aws:SourceOrgID",
	KeySourceOrgPaths: "aws:SourceOrgPaths", KeySourceOwner: "aws:SourceOwner", KeyViaAWSService: "aws:ViaAWSService",
	KeyCalledVia: "aws:CalledVia", KeyCalledViaFirst: "aws:CalledViaFirst", KeyCalledViaLast: "aws:CalledViaLast",
	KeyMultiFactorAuthPresent: "aws:MultiFactorAuthPresent", KeyMultiFactorAuthAge: "aws:MultiFactorAuthAge",
	KeyTokenIssueTime: "aws:TokenIssueTime", KeyFederatedProvider: "aws:FederatedProvider",
	KeySourceIdentity: "aws:SourceIdentity", KeyUserID: "aws:userid", KeyUserName: "aws:username",
	KeyAssumedRoot: "aws:AssumedRoot", KeySourceInstanceARN: "ec2:SourceInstanceARN", KeyRoleDelivery: "ec2:RoleDelivery",
	KeyS3Prefix: "s3:prefix", KeyS3Delimiter: "s3:delimiter", KeyS3MaxKeys: "s3:max-keys", KeyS3Acl: "s3:x-amz-acl",
	KeyS3GrantRead: "s3:x-amz-grant-read", KeyS3GrantWrite: "s3:x-amz-grant-write",
	KeyS3GrantReadAcp: "s3:x-amz-grant-read-acp", KeyS3GrantWriteAcp: "s3:x-amz-grant-write-acp",
	KeyS3GrantFullControl: "s3:x-amz-grant-full-control", KeyS3CopySource: "s3:x-amz-copy-source",
	KeyS3MetadataDirective: "s3:x-amz-metadata-directive", KeyS3StorageClass: "s3:x-amz-storage-class",
	KeyS3Encryption:                  "s3:x-amz-server-side-encryption",
	KeyS3EncryptionKeyID:             "s3:x-amz-server-side-encryption-aws-kms-key-id",
	KeyS3EncryptionCustomerAlgorithm: "s3:x-amz-server-side-encryption-customer-algorithm",
	KeyS3WebsiteRedirectLocation:     "s3:x-amz-website-redirect-location", KeyS3ObjectLockMode: "s3:object-lock-mode",
	KeyS3ObjectLockRetainUntilDate: "s3:object-lock-retain-until-date",
	KeyS3ObjectLockRemainingDays:   "s3:object-lock-remaining-retention-days",
	KeyS3ObjectLockLegalHold:       "s3:object-lock-legal-hold", KeyS3IfMatch: "s3:if-match", KeyS3IfNoneMatch: "s3:if-none-match",
	KeyS3ObjectCreationOperation: "s3:ObjectCreationOperation", KeyS3RequestObjectTagKeys: "s3:RequestObjectTagKeys",
	KeyS3VersionID: "s3:versionid", KeyS3LocationConstraint: "s3:locationconstraint",
	KeyS3ObjectOwnership: "s3:x-amz-object-ownership", KeyS3AuthType: "s3:authType",
	KeyS3SignatureVersion: "s3:signatureversion", KeyS3SignatureAge: "s3:signatureAge",
	KeyS3ContentSha256: "s3:x-amz-content-sha256", KeyS3TLSVersion: "s3:TlsVersion",
	KeyS3ResourceAccount: "s3:ResourceAccount", KeyS3DataAccessPointArn: "s3:DataAccessPointArn",
	KeyS3DataAccessPointAccount:   "s3:DataAccessPointAccount",
	KeyS3AccessPointNetworkOrigin: "s3:AccessPointNetworkOrigin", KeyIAMPassedToService: "iam:PassedToService",
	KeyIAMAssociatedResourceArn: "iam:AssociatedResourceArn", KeyIAMPermissionsBoundary: "iam:PermissionsBoundary",
	KeyIAMPolicyARN: "iam:PolicyARN", KeySTSExternalID: "sts:ExternalId", KeySTSRoleSessionName: "sts:RoleSessionName",
	KeySTSSourceIdentity: "sts:SourceIdentity", KeySTSDurationSeconds: "sts:DurationSeconds",
	KeySTSTransitiveTagKeys: "sts:TransitiveTagKeys", KeyKMSViaService: "kms:ViaService",
	KeyKMSCallerAccount: "kms:CallerAccount", KeyKMSEncryptionContextKeys: "kms:EncryptionContextKeys",
	KeyKMSGrantIsForAWSResource: "kms:GrantIsForAWSResource",
}

// keyIDs is knownKeys the other way round, in lower case. Both are read only.
var keyIDs = func() map[string]KeyID {
	m := make(map[string]KeyID, numKeys)
	for id := keyNone + 1; id < numKeys; id++ {
		m[strings.ToLower(knownKeys[id])] = id
	}
	return m
}()

// String is the key's name in AWS's spelling.
func (id KeyID) String() string {
	if id < numKeys {
		return knownKeys[id]
	}
	return ""
}

// Family is a group of condition keys that end in a name of the user's choosing, such as aws:PrincipalTag/NAME.
type Family uint8

// Families of keys.
const (
	familyNone Family = iota
	FamilyPrincipalTag
	FamilyResourceTag
	FamilyRequestTag
	FamilyExistingObjectTag
	FamilyRequestObjectTag
	FamilyBucketTag
	FamilyAccessPointTag
	FamilyEncryptionContext
	numFamilies
)

var families = [...]struct {
	prefix string // in lower case
	family Family
}{
	{"aws:principaltag/", FamilyPrincipalTag},
	{"aws:resourcetag/", FamilyResourceTag},
	{"iam:resourcetag/", FamilyResourceTag},
	{"aws:requesttag/", FamilyRequestTag},
	{"s3:existingobjecttag/", FamilyExistingObjectTag},
	{"s3:requestobjecttag/", FamilyRequestObjectTag},
	{"s3:buckettag/", FamilyBucketTag},
	{"s3:accesspointtag/", FamilyAccessPointTag},
	{"kms:encryptioncontext:", FamilyEncryptionContext},
}

// ConditionKey is the name of a condition key, ready to be looked up. Names are case-insensitive.
type ConditionKey struct {
	Name   string // as written
	lower  string
	id     KeyID
	family Family
	member string // of a family: the name after the prefix, as written
}

// MakeKey reads a key's name.
func MakeKey(name string) ConditionKey {
	k := ConditionKey{Name: name, lower: asciiLower(name)}
	if k.id = keyIDs[k.lower]; k.id != keyNone {
		return k
	}
	for _, f := range families {
		if strings.HasPrefix(k.lower, f.prefix) {
			k.family, k.member = f.family, name[len(f.prefix):]
			break
		}
	}
	return k
}

// asciiLower lowers A–Z alone, so that lengths stay and no other letter turns into one of AWS's.
func asciiLower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
