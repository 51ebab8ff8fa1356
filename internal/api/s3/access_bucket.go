package s3

import "github.com/sallyport/sallyport/internal/wire"

// bucketAccess is what the operations on buckets need.
func bucketAccess(s *wire.Service) {
	onBuckets(s)
	listings(s)
	configurations(s)
	createBucket(s)
}

// bucket asks for one action on the bucket.
func bucket(s *wire.Service, operation, action string, keys ...wire.Key) {
	s.Allow(operation, wire.Access{Action: "s3:" + action, Resource: onBucket, Keys: keys})
}

func onBuckets(s *wire.Service) {
	s.Allow("ListBuckets", wire.Access{Action: "s3:ListAllMyBuckets", Resource: onAny})
	s.Allow("ListDirectoryBuckets", wire.Access{Action: "s3express:ListAllMyDirectoryBuckets", Resource: onAny})
	s.Allow("CreateSession", wire.Access{Action: "s3express:CreateSession", Resource: onBucket})
	for _, same := range []string{
		"DeleteBucket", "GetBucketLocation", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy",
		"GetBucketPolicyStatus", "GetBucketAcl", "GetBucketVersioning", "PutBucketVersioning", "GetBucketLogging",
		"PutBucketLogging", "GetBucketRequestPayment", "PutBucketRequestPayment", "GetBucketNotification",
		"PutBucketNotification", "GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite", "GetBucketTagging",
		"GetBucketOwnershipControls", "PutBucketOwnershipControls", "GetBucketAbac", "PutBucketAbac",
	} {
		bucket(s, same, same)
	}
	bucket(s, "HeadBucket", "ListBucket")
	bucket(s, "GetBucketNotificationConfiguration", "GetBucketNotification")
	bucket(s, "PutBucketNotificationConfiguration", "PutBucketNotification")
	bucket(s, "DeleteBucketOwnershipControls", "PutBucketOwnershipControls")
	bucket(s, "PutBucketAcl", "PutBucketAcl", aclKeys(true)...)
	// For a bucket with ABAC the service asks for s3:TagResource and
	// s3:UntagResource instead.
	bucket(s, "PutBucketTagging", "PutBucketTagging",
		wire.Key{Name: "aws:RequestTag", Member: "Tagging.TagSet", Form: wire.TagPairs},
		wire.Key{Name: "aws:TagKeys", Member: "Tagging.TagSet", Form: wire.TagNames})
	bucket(s, "DeleteBucketTagging", "PutBucketTagging")
}

func listings(s *wire.Service) {
	keys := []wire.Key{plain("s3:prefix", "Prefix"), plain("s3:delimiter", "Delimiter"), plain("s3:max-keys", "MaxKeys")}
	bucket(s, "ListObjects", "ListBucket", keys...)
	bucket(s, "ListObjectsV2", "ListBucket", keys...)
	bucket(s, "ListObjectVersions", "ListBucketVersions", keys...)
	bucket(s, "ListMultipartUploads", "ListBucketMultipartUploads")
}

// configurations: Delete uses the Put permission, List the Get one.
func configurations(s *wire.Service) {
	for _, c := range []struct{ operations, action string }{
		{"BucketCors", "BucketCORS"},
		{"BucketEncryption", "EncryptionConfiguration"},
		{"BucketReplication", "ReplicationConfiguration"},
		{"PublicAccessBlock", "BucketPublicAccessBlock"},
		{"BucketAnalyticsConfiguration", "AnalyticsConfiguration"},
		{"BucketInventoryConfiguration", "InventoryConfiguration"},
		{"BucketMetricsConfiguration", "MetricsConfiguration"},
		{"BucketIntelligentTieringConfiguration", "IntelligentTieringConfiguration"},
	} {
		bucket(s, "Get"+c.operations, "Get"+c.action)
		bucket(s, "Put"+c.operations, "Put"+c.action)
		bucket(s, "Delete"+c.operations, "Put"+c.action)
	}
	s.Allow("PutBucketReplication", wire.Access{
		Action: "iam:PassRole", Resource: onReplicationRole, When: wire.Has("ReplicationConfiguration.Role"),
		Keys: []wire.Key{constant("iam:PassedToService", "s3.amazonaws.com")},
	})
	for _, list := range []string{"Analytics", "Inventory", "Metrics", "IntelligentTiering"} {
		bucket(s, "ListBucket"+list+"Configurations", "Get"+list+"Configuration")
	}
	for _, lifecycle := range []string{"BucketLifecycle", "BucketLifecycleConfiguration"} {
		bucket(s, "Get"+lifecycle, "GetLifecycleConfiguration")
		bucket(s, "Put"+lifecycle, "PutLifecycleConfiguration")
	}
	bucket(s, "DeleteBucketLifecycle", "PutLifecycleConfiguration")
	bucket(s, "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration")
	bucket(s, "PutBucketAccelerateConfiguration", "PutAccelerateConfiguration")
	bucket(s, "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration")
	bucket(s, "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration")
	metadataTables(s)
}

func metadataTables(s *wire.Service) {
	bucket(s, "CreateBucketMetadataTableConfiguration", "CreateBucketMetadataTableConfiguration")
	bucket(s, "GetBucketMetadataTableConfiguration", "GetBucketMetadataTableConfiguration")
	bucket(s, "DeleteBucketMetadataTableConfiguration", "DeleteBucketMetadataTableConfiguration")
	bucket(s, "CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration")
	bucket(s, "GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration")
	bucket(s, "DeleteBucketMetadataConfiguration", "DeleteBucketMetadataTableConfiguration")
	bucket(s, "UpdateBucketMetadataInventoryTableConfiguration", "UpdateBucketMetadataInventoryTableConfiguration")
	bucket(s, "UpdateBucketMetadataJournalTableConfiguration", "UpdateBucketMetadataJournalTableConfiguration")
}

// createBucket also asks for what its headers and body set on the new bucket.
func createBucket(s *wire.Service) {
	tags := "CreateBucketConfiguration.Tags"
	bucket(s, "CreateBucket", "CreateBucket", join(aclKeys(true), []wire.Key{
		plain("s3:locationconstraint", "CreateBucketConfiguration.LocationConstraint"),
		plain("s3:x-amz-object-ownership", "ObjectOwnership"),
		{Name: "aws:RequestTag", Member: tags, Form: wire.TagPairs},
		{Name: "aws:TagKeys", Member: tags, Form: wire.TagNames},
	})...)
	lock := wire.Is("ObjectLockEnabledForBucket", "true")
	s.Allow("CreateBucket",
		wire.Access{Action: "s3:PutBucketAcl", Resource: onBucket, When: hasACL(true), Keys: aclKeys(true)},
		wire.Access{Action: "s3:PutBucketObjectLockConfiguration", Resource: onBucket, When: lock},
		wire.Access{Action: "s3:PutBucketVersioning", Resource: onBucket, When: lock},
		wire.Access{Action: "s3:PutBucketOwnershipControls", Resource: onBucket, When: wire.Has("ObjectOwnership")},
		wire.Access{
			Action: "s3:TagResource", Resource: onBucket, When: wire.Has(tags),
			Keys: []wire.Key{
				{Name: "aws:RequestTag", Member: tags, Form: wire.TagPairs},
				{Name: "aws:TagKeys", Member: tags, Form: wire.TagNames},
			},
		})
}
