package s3

import "github.com/sallyport/sallyport/internal/wire"

// objectAccess is what the operations on objects need.
func objectAccess(s *wire.Service) {
	reads(s)
	writes(s)
	copies(s)
	deletes(s)
	attributes(s)
}

func object(s *wire.Service, operation, action string, keys ...wire.Key) {
	s.Allow(operation, wire.Access{Action: "s3:" + action, Resource: onObject, Keys: keys})
}

func reads(s *wire.Service) {
	for _, op := range []string{"GetObject", "HeadObject"} {
		s.Allow(op, versioned("GetObject", "GetObjectVersion")...)
	}
	object(s, "SelectObjectContent", "GetObject")
	object(s, "GetObjectTorrent", "GetObject")
	s.Allow("GetObjectAttributes", versioned("GetObject", "GetObjectVersion")...)
	s.Allow("GetObjectAttributes", versioned("GetObjectAttributes", "GetObjectVersionAttributes")...)
	object(s, "ListParts", "ListMultipartUploadParts")
	s.Allow("WriteGetObjectResponse", wire.Access{Action: "s3-object-lambda:WriteGetObjectResponse", Resource: onAny})
}

// stored are the keys of what a write stores beside the bytes.
func stored() []wire.Key {
	return join(aclKeys(false), tagging(), lockKeys(), []wire.Key{
		plain("s3:x-amz-storage-class", "StorageClass"),
		plain("s3:x-amz-server-side-encryption", "ServerSideEncryption"),
		plain("s3:x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"),
		plain("s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"),
		plain("s3:x-amz-website-redirect-location", "WebsiteRedirectLocation"),
	})
}

// lockKeys come from headers; object-lock-remaining-retention-days follows from
// the date and the clock, so the service adds it.
func lockKeys() []wire.Key {
	return []wire.Key{
		plain("s3:object-lock-mode", "ObjectLockMode"),
		plain("s3:object-lock-retain-until-date", "ObjectLockRetainUntilDate"),
		plain("s3:object-lock-legal-hold", "ObjectLockLegalHoldStatus"),
	}
}

// extras are the further permissions of a write that sets more than bytes.
func extras(target string) []wire.Access {
	return []wire.Access{
		{Action: "s3:PutObjectAcl", Resource: target, When: hasACL(false), Keys: aclKeys(false)},
		{Action: "s3:PutObjectTagging", Resource: target, When: wire.Has("Tagging"), Keys: tagging()},
		{
			Action: "s3:PutObjectRetention", Resource: target, Keys: lockKeys(),
			When: wire.Any(wire.Has("ObjectLockMode"), wire.Has("ObjectLockRetainUntilDate")),
		},
		{Action: "s3:PutObjectLegalHold", Resource: target, Keys: lockKeys(), When: wire.Has("ObjectLockLegalHoldStatus")},
	}
}

func conditional() []wire.Key {
	return []wire.Key{plain("s3:if-match", "IfMatch"), plain("s3:if-none-match", "IfNoneMatch")}
}

func creation(v string) wire.Key { return constant("s3:ObjectCreationOperation", v) }

func writes(s *wire.Service) {
	for _, op := range []string{"PutObject", "PostObject"} {
		object(s, op, "PutObject", join(stored(), conditional(), []wire.Key{creation("true")})...)
		s.Allow(op, extras(onObject)...)
		s.Allow(op, wire.Access{Action: "s3:GetObject", Resource: onObject, When: wire.Has("IfMatch")})
	}
	object(s, "CreateMultipartUpload", "PutObject", join(stored(), []wire.Key{creation("false")})...)
	s.Allow("CreateMultipartUpload", extras(onObject)...)
	object(s, "UploadPart", "PutObject",
		plain("s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"), creation("false"))
	object(s, "CompleteMultipartUpload", "PutObject", join(conditional(), []wire.Key{creation("true")})...)
	s.Allow("CompleteMultipartUpload", wire.Access{Action: "s3:GetObject", Resource: onObject, When: wire.Has("IfMatch")})
	object(s, "AbortMultipartUpload", "AbortMultipartUpload")
	object(s, "RenameObject", "PutObject")
	s.Allow("UpdateObjectEncryption", wire.Access{Action: "s3:UpdateObjectEncryption", Resource: onObject, Keys: []wire.Key{version()}})
	s.Allow("RestoreObject", wire.Access{Action: "s3:RestoreObject", Resource: onObject, Keys: []wire.Key{version()}})
}

func readSource() []wire.Access {
	return []wire.Access{
		{Action: "s3:GetObject", Resource: onSource, When: sourceCurrent},
		{Action: "s3:GetObjectVersion", Resource: onSource, When: sourceVersioned, Keys: []wire.Key{sourceVersion()}},
	}
}

func copies(s *wire.Service) {
	replacesTags := wire.Is("TaggingDirective", "REPLACE")
	keepsTags := func(in any) bool { return !replacesTags(in) }
	s.Allow("CopyObject", readSource()...)
	s.Allow("CopyObject",
		wire.Access{Action: "s3:GetObjectTagging", Resource: onSourceTags, When: wire.All(keepsTags, sourceCurrent)},
		wire.Access{
			Action: "s3:GetObjectVersionTagging", Resource: onSourceTags, When: wire.All(keepsTags, sourceVersioned),
			Keys: []wire.Key{sourceVersion()},
		})
	object(s, "CopyObject", "PutObject", join(stored(), conditional(), []wire.Key{
		sourceKey(), plain("s3:x-amz-metadata-directive", "MetadataDirective"), creation("true"),
	})...)
	s.Allow("CopyObject", extras(onObject)...)
	s.Allow("CopyObject",
		wire.Access{Action: "s3:PutObjectTagging", Resource: onCopyTags, When: keepsTags},
		wire.Access{Action: "s3:GetObject", Resource: onObject, When: wire.Has("IfMatch")})
	s.Allow("UploadPartCopy", readSource()...)
	object(s, "UploadPartCopy", "PutObject", sourceKey(),
		plain("s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"), creation("false"))
}

func deletes(s *wire.Service) {
	bypass := wire.Is("BypassGovernanceRetention", "true")
	ifMatch := plain("s3:if-match", "IfMatch")
	s.Allow("DeleteObject", versioned("DeleteObject", "DeleteObjectVersion", ifMatch)...)
	anyETag := wire.Is("IfMatch", "*")
	s.Allow("DeleteObject",
		wire.Access{Action: "s3:BypassGovernanceRetention", Resource: onObject, When: bypass},
		wire.Access{Action: "s3:GetObject", Resource: onObject, When: func(in any) bool {
			return wire.Present(in, "IfMatch") && !anyETag(in)
		}})
	s.Allow("DeleteObjects",
		wire.Access{Action: "s3:DeleteObject", Resource: onObjects},
		wire.Access{Action: "s3:BypassGovernanceRetention", Resource: onObjects, When: bypass})
}

// attributes are ACLs, tags, retention and legal hold of stored objects.
func attributes(s *wire.Service) {
	s.Allow("GetObjectAcl", versioned("GetObjectAcl", "GetObjectVersionAcl")...)
	s.Allow("PutObjectAcl", versioned("PutObjectAcl", "PutObjectVersionAcl", aclKeys(true)...)...)
	s.Allow("GetObjectTagging", versioned("GetObjectTagging", "GetObjectVersionTagging")...)
	s.Allow("PutObjectTagging", versioned("PutObjectTagging", "PutObjectVersionTagging", bodyTagging()...)...)
	s.Allow("DeleteObjectTagging", versioned("DeleteObjectTagging", "DeleteObjectVersionTagging")...)
	object(s, "GetObjectRetention", "GetObjectRetention", version())
	object(s, "PutObjectRetention", "PutObjectRetention", version(),
		plain("s3:object-lock-mode", "Retention.Mode"),
		plain("s3:object-lock-retain-until-date", "Retention.RetainUntilDate"))
	s.Allow("PutObjectRetention", wire.Access{
		Action: "s3:BypassGovernanceRetention", Resource: onObject, When: wire.Is("BypassGovernanceRetention", "true"),
	})
	object(s, "GetObjectLegalHold", "GetObjectLegalHold", version())
	object(s, "PutObjectLegalHold", "PutObjectLegalHold", version(),
		plain("s3:object-lock-legal-hold", "LegalHold.Status"))
}
