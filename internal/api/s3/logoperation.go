package s3

// LogOperation is how the server access log calls an operation, by its name in
// the model; a method stands for one that was not told, and a key tells whether it
// was on an object.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
func LogOperation(operation, method string, key bool) string {
	if name := logOperations[operation]; name != "" {
		return "REST." + name
	}
	if key {
		return "REST." + method + ".OBJECT"
	}
	return "REST." + method + ".BUCKET"
}

// The operations of log lines that stand for a part of a request.
const (
	LogBatchDelete = "BATCH.DELETE.OBJECT"
	LogCopySource  = "REST.COPY.OBJECT_GET"
	LogPartSource  = "REST.COPY.PART_GET"
)

var logOperations = map[string]string{
	"AbortMultipartUpload": "DELETE.UPLOAD", "CompleteMultipartUpload": "POST.UPLOAD", "CopyObject": "COPY.OBJECT",
	"CreateMultipartUpload": "POST.UPLOADS", "ListMultipartUploads": "GET.UPLOADS", "ListParts": "GET.UPLOAD",
	"UploadPart": "PUT.PART", "UploadPartCopy": "COPY.PART",

	"CreateBucket": "PUT.BUCKET", "DeleteBucket": "DELETE.BUCKET", "HeadBucket": "HEAD.BUCKET",
	"ListObjects": "GET.BUCKET", "ListObjectsV2": "GET.BUCKET", "ListObjectVersions": "GET.BUCKETVERSIONS",
	"GetBucketLocation": "GET.LOCATION",

	"DeleteObject": "DELETE.OBJECT", "DeleteObjects": "POST.MULTI_OBJECT_DELETE", "GetObject": "GET.OBJECT",
	"GetObjectAttributes": "GET.OBJECT_ATTRIBUTES", "GetObjectTorrent": "GET.OBJECT_TORRENT", "HeadObject": "HEAD.OBJECT",
	"PostObject": "POST.OBJECT", "PutObject": "PUT.OBJECT", "RestoreObject": "POST.RESTORE",
	"SelectObjectContent": "SELECT.OBJECT", "GetObjectAcl": "GET.ACL", "PutObjectAcl": "PUT.ACL",
	"GetObjectLegalHold": "GET.LEGAL_HOLD", "PutObjectLegalHold": "PUT.LEGAL_HOLD",
	"GetObjectRetention": "GET.RETENTION", "PutObjectRetention": "PUT.RETENTION",
	"GetObjectTagging": "GET.OBJECT_TAGGING", "PutObjectTagging": "PUT.OBJECT_TAGGING",
	"DeleteObjectTagging": "DELETE.OBJECT_TAGGING",

	"GetBucketAccelerateConfiguration": "GET.ACCELERATE", "PutBucketAccelerateConfiguration": "PUT.ACCELERATE",
	"GetBucketAcl": "GET.ACL", "PutBucketAcl": "PUT.ACL",
	"GetBucketAnalyticsConfiguration": "GET.ANALYTICS", "PutBucketAnalyticsConfiguration": "PUT.ANALYTICS",
	"DeleteBucketAnalyticsConfiguration": "DELETE.ANALYTICS", "ListBucketAnalyticsConfigurations": "GET.ANALYTICS",
	"GetBucketCors": "GET.CORS", "PutBucketCors": "PUT.CORS", "DeleteBucketCors": "DELETE.CORS",
	"GetBucketEncryption": "GET.ENCRYPTION", "PutBucketEncryption": "PUT.ENCRYPTION", "DeleteBucketEncryption": "DELETE.ENCRYPTION",
	"GetBucketIntelligentTieringConfiguration": "GET.INTELLIGENT_TIERING", "PutBucketIntelligentTieringConfiguration": "PUT.INTELLIGENT_TIERING",
	"DeleteBucketIntelligentTieringConfiguration": "DELETE.INTELLIGENT_TIERING",
	"ListBucketIntelligentTieringConfigurations":  "GET.INTELLIGENT_TIERING",
	"GetBucketInventoryConfiguration":             "GET.INVENTORY", "PutBucketInventoryConfiguration": "PUT.INVENTORY",
	"DeleteBucketInventoryConfiguration": "DELETE.INVENTORY", "ListBucketInventoryConfigurations": "GET.INVENTORY",
	"GetBucketLifecycle": "GET.LIFECYCLE", "PutBucketLifecycle": "PUT.LIFECYCLE", "DeleteBucketLifecycle": "DELETE.LIFECYCLE",
	"GetBucketLifecycleConfiguration": "GET.LIFECYCLE", "PutBucketLifecycleConfiguration": "PUT.LIFECYCLE",
	"GetBucketLogging": "GET.LOGGING_STATUS", "PutBucketLogging": "PUT.LOGGING_STATUS",
	"GetBucketMetricsConfiguration": "GET.METRICS", "PutBucketMetricsConfiguration": "PUT.METRICS",
	"DeleteBucketMetricsConfiguration": "DELETE.METRICS", "ListBucketMetricsConfigurations": "GET.METRICS",
	"GetBucketNotification": "GET.NOTIFICATION", "PutBucketNotification": "PUT.NOTIFICATION",
	"GetBucketNotificationConfiguration": "GET.NOTIFICATION", "PutBucketNotificationConfiguration": "PUT.NOTIFICATION",
	"GetBucketOwnershipControls": "GET.OWNERSHIP_CONTROLS", "PutBucketOwnershipControls": "PUT.OWNERSHIP_CONTROLS",
	"DeleteBucketOwnershipControls": "DELETE.OWNERSHIP_CONTROLS",
	"GetBucketPolicy":               "GET.BUCKETPOLICY", "PutBucketPolicy": "PUT.BUCKETPOLICY", "DeleteBucketPolicy": "DELETE.BUCKETPOLICY",
	"GetBucketPolicyStatus": "GET.POLICY_STATUS",
	"GetPublicAccessBlock":  "GET.PUBLIC_ACCESS_BLOCK", "PutPublicAccessBlock": "PUT.PUBLIC_ACCESS_BLOCK",
	"DeletePublicAccessBlock": "DELETE.PUBLIC_ACCESS_BLOCK",
	"GetBucketReplication":    "GET.REPLICATION", "PutBucketReplication": "PUT.REPLICATION", "DeleteBucketReplication": "DELETE.REPLICATION",
	"GetBucketRequestPayment": "GET.REQUEST_PAYMENT", "PutBucketRequestPayment": "PUT.REQUEST_PAYMENT",
	"GetBucketTagging": "GET.TAGGING", "PutBucketTagging": "PUT.TAGGING", "DeleteBucketTagging": "DELETE.TAGGING",
	"GetBucketVersioning": "GET.VERSIONING", "PutBucketVersioning": "PUT.VERSIONING",
	"GetBucketWebsite": "GET.WEBSITE", "PutBucketWebsite": "PUT.WEBSITE", "DeleteBucketWebsite": "DELETE.WEBSITE",
	"GetObjectLockConfiguration": "GET.OBJECT_LOCK_CONFIGURATION", "PutObjectLockConfiguration": "PUT.OBJECT_LOCK_CONFIGURATION",
}
