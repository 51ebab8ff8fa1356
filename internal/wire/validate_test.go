package wire_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/api/kms"
	"github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/wire"
)

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 65)
	for name, c := range map[string]struct {
		service *wire.Service
		op      string
		in      any
		want    string
	}{
		"fine": {iam.API(), "GetRole", &iam.GetRoleInput{RoleName: ptr("r")}, ""},
		"IAM enum": {
			iam.API(), "UpdateAccessKey", &iam.UpdateAccessKeyInput{AccessKeyId: ptr("AKIAIOSFODNN7EXAMPLE"), Status: ptr("on")},
			"ValidationError: 1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
		},
		"IAM pattern": {
			iam.API(), "ResetServiceSpecificCredential", &iam.ResetServiceSpecificCredentialInput{ServiceSpecificCredentialId: ptr("not valid at all, no")},
			`ValidationError: 1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`,
		},
		"IAM name": {
			iam.API(), "CreateUser", &iam.CreateUserInput{UserName: ptr("a b"), Path: ptr("x")},
			"ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
		},
		"IAM role's name": {
			iam.API(), "GetRole", &iam.GetRoleInput{RoleName: ptr("path/role")},
			"ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
		},
		"IAM name and what is missing": {
			iam.API(), "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: ptr("path/role"), PolicyName: ptr("")},
			"ValidationError: 2 validation errors detected: Value at 'policyName' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value at 'policyDocument' failed to satisfy constraint: Member must not be null",
		},
		"IAM missing": {
			iam.API(), "GetRole", &iam.GetRoleInput{},
			"ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null",
		},
		"two": {
			iam.API(), "PutRolePolicy", &iam.PutRolePolicyInput{RoleName: ptr(long), PolicyName: ptr("p")},
			"ValidationError: 2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; " +
				"Value at 'policyDocument' failed to satisfy constraint: Member must not be null",
		},
		"nested": {
			iam.API(), "TagUser", &iam.TagUserInput{UserName: ptr("u"), Tags: []iam.Tag{{Key: ptr("k"), Value: ptr("v")}, {Key: ptr(""), Value: ptr("v")}}},
			`ValidationError: 2 validation errors detected: Value at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; ` +
				"Value at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		"STS pattern": {
			sts.API(), "AssumeRole", &sts.AssumeRoleInput{RoleArn: ptr("arn:aws:iam::111111111111:role/r"), RoleSessionName: ptr("Session1:2")},
			`ValidationError: 1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
		},
		"STS missing": {
			sts.API(), "AssumeRole", &sts.AssumeRoleInput{RoleArn: ptr("arn:aws:iam::111111111111:role/r")},
			"ValidationError: 1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
		},
		"KMS range": {
			kms.API(), "GenerateRandom", &kms.GenerateRandomInput{NumberOfBytes: ptr(int32(0))},
			"ValidationException: 1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
		},
		"list element": {
			kms.API(), "UntagResource", &kms.UntagResourceInput{KeyId: ptr("k"), TagKeys: []string{"a", ""}},
			"ValidationException: 1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]",
		},
		"sensitive": {
			iam.API(), "ChangePassword", &iam.ChangePasswordInput{OldPassword: ptr("secret"), NewPassword: ptr("")},
			`ValidationError: 2 validation errors detected: Value at 'newPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+; ` +
				"Value at 'newPassword' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		"alias with two hyphens": {
			iam.API(), "CreateAccountAlias", &iam.CreateAccountAliasInput{AccountAlias: ptr("a--b")},
			`ValidationError: 1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`,
		},
		"alias": {iam.API(), "CreateAccountAlias", &iam.CreateAccountAliasInput{AccountAlias: ptr("my-alias-1")}, ""},
		"length counts characters": {
			iam.API(), "TagUser", &iam.TagUserInput{UserName: ptr("u"), Tags: []iam.Tag{{Key: ptr(strings.Repeat("é", 128)), Value: ptr("")}}}, "",
		},
		"Organizations pattern": {
			organizations.API(), "DescribePolicy", &organizations.DescribePolicyInput{PolicyId: ptr("nonsense")},
			"InvalidInputException: You provided a value that does not match the required pattern.",
		},
		"EC2": {
			ec2.API(), "TerminateInstances", &ec2.TerminateInstancesInput{},
			"MissingParameter: The request must contain the parameter InstanceId",
		},
		"S3 body missing": {
			s3.API(), "PutBucketVersioning", &s3.PutBucketVersioningInput{Bucket: ptr("b")},
			"MissingRequestBodyError: Request Body is empty",
		},
		"S3 parts missing": {
			s3.API(), "CompleteMultipartUpload", &s3.CompleteMultipartUploadInput{Bucket: ptr("b"), Key: ptr("k"), UploadId: ptr("u")},
			"InvalidRequest: You must specify at least one part",
		},
		"S3 enum": {
			s3.API(), "PutBucketOwnershipControls", &s3.PutBucketOwnershipControlsInput{
				Bucket:            ptr("b"),
				OwnershipControls: &s3.OwnershipControls{Rules: []s3.OwnershipControlsRule{{ObjectOwnership: ptr("Mine")}}},
			},
			"MalformedXML: " + wire.MalformedXMLMessage,
		},
		"S3 required element": {
			s3.API(), "DeleteObjects", &s3.DeleteObjectsInput{Bucket: ptr("b"), Delete: &s3.Delete{Quiet: ptr(true)}},
			"MalformedXML: " + wire.MalformedXMLMessage,
		},
		"S3 required parameter": {
			s3.API(), "UploadPart", &s3.UploadPartInput{Bucket: ptr("b"), Key: ptr("k"), UploadId: ptr("u")},
			"InvalidArgument: Missing required query parameter: partNumber",
		},
		"S3 takes any length": {s3.API(), "GetObject", &s3.GetObjectInput{Bucket: ptr("b"), Key: ptr("k")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := c.service.Operation(c.op).Validate(c.in); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%s\n want %s", got, c.want)
			}
		})
	}
}
