package authz

import "github.com/sallyport/sallyport/policy"

// objectContext tells whether an S3 action works on an existing object under its owner's rules (the object context of
// authorization): reading it, its ACL, its tags. Deleting, overwriting, locking and restoring stay the bucket owner's.
func objectContext(a policy.Action) bool {
	switch a.Lower() {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectattributes", "s3:getobjectversionattributes",
		"s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl",
		"s3:getobjecttagging", "s3:getobjectversiontagging", "s3:putobjecttagging", "s3:putobjectversiontagging",
		"s3:deleteobjecttagging", "s3:deleteobjectversiontagging", "s3:getobjecttorrent", "s3:getobjectversiontorrent":
		return true
	}
	return false
}

// replicates tells whether an action hands out an object's bytes without s3:ExistingObjectTag: that of replication, for which
// the owner of an object must grant READ as for any other reader.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
func replicates(a policy.Action) bool { return a.Lower() == "s3:getobjectversionforreplication" }

// needsObject tells whether an S3 action answers 404 for a key that does not exist.
func needsObject(a policy.Action) bool {
	switch a.Lower() {
	case "s3:getobjectretention", "s3:putobjectretention", "s3:getobjectlegalhold", "s3:putobjectlegalhold",
		"s3:restoreobject":
		return true
	}
	return objectContext(a)
}

// aclPermission is the ACL permission that grants an S3 action, on the bucket's ACL or on the object's; 0 if none does.
func aclPermission(a policy.Action) (onBucket, onObject Permission) {
	switch a.Lower() {
	case "s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads":
		return PermissionRead, 0
	case "s3:putobject":
		return PermissionWrite, 0
	case "s3:getbucketacl":
		return PermissionReadACP, 0
	case "s3:putbucketacl":
		return PermissionWriteACP, 0
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectversionforreplication":
		return 0, PermissionRead
	case "s3:getobjectacl", "s3:getobjectversionacl":
		return 0, PermissionReadACP
	case "s3:putobjectacl", "s3:putobjectversionacl":
		return 0, PermissionWriteACP
	}
	return 0, 0
}

// ownsPolicy tells whether an action is one of those that a bucket policy cannot take from the owner's root user.
func ownsPolicy(a policy.Action) bool {
	switch a.Lower() {
	case "s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy":
		return true
	}
	return false
}

// ownerAccountOnly tells whether an action answers 405 to callers of other accounts even if they are permitted.
func ownerAccountOnly(a policy.Action) bool {
	return ownsPolicy(a) || a.Lower() == "s3:getbucketpolicystatus"
}

// free tells whether an action needs no permission and cannot be denied.
func free(a policy.Action) bool {
	switch a.Lower() {
	case "sts:getcalleridentity", "sts:getsessiontoken":
		return true
	}
	return false
}
