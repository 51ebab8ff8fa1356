package s3

import (
	"context"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// Bounds of the two bodies that may be long: a thousand keys of a kilobyte, each
// byte escaped, and ten thousand parts with every checksum.
const (
	maxDeleteBody   = 8 << 20
	maxCompleteBody = 8 << 20
)

// Bounds that AWS gives for configurations.
const (
	maxCORSBody    = 64 << 10
	maxWebsiteBody = 128 << 10
)

func overlay(s *wire.Service) {
	s.XMLNamespace = "http://s3.amazonaws.com/doc/2006-03-01/"
	s.Operations = append(s.Operations, postObject())
	for _, op := range s.Operations {
		op.OutputRoot = roots[op.Name]
	}
	s.Each(func(op *wire.Operation) { op.Unwrapped = true }, "GetBucketLocation")
	s.Each(func(op *wire.Operation) { op.Status = 204 }, "PutBucketPolicy", "PutBucketTagging") // which the model leaves out
	s.Each(restoreObject, "RestoreObject")
	s.Each(func(op *wire.Operation) { op.MaxBody = maxDeleteBody }, "DeleteObjects")
	s.Each(func(op *wire.Operation) { op.MaxBody = maxCompleteBody }, "CompleteMultipartUpload")
	s.Each(func(op *wire.Operation) { op.MaxBody = maxCORSBody }, "PutBucketCors")
	s.Each(func(op *wire.Operation) { op.MaxBody = maxWebsiteBody }, "PutBucketWebsite")
	mixVersions(s)
	// Preflight and browser uploads aside, what needs no signature still may
	// come without one in S3: anonymous is a caller like any other.
	events(s)
	bucketAccess(s)
	objectAccess(s)
}

// postObject is the browser upload of an HTML form, which AWS documents but
// does not model. Its fields become a PutObjectInput.
func postObject() *wire.Operation {
	type handler interface {
		PostObject(context.Context, *PutObjectInput) (*PutObjectOutput, error)
	}
	return &wire.Operation{
		Name: "PostObject", Method: "POST", URI: "/{Bucket}", Status: 204,
		Input: "PutObjectInput", Output: "PutObjectOutput", HasOutput: true,
		StreamingInput: true,
		NewInput:       func() any { return new(PutObjectInput) },
		NewOutput:      func() any { return new(PutObjectOutput) },
		Implemented:    func(s any) bool { _, ok := s.(handler); return ok },
		Call: func(ctx context.Context, s, in any) (any, error) {
			h, ok := s.(handler)
			if !ok {
				return nil, wire.NotImplemented("PostObject")
			}
			out, err := h.PostObject(ctx, in.(*PutObjectInput))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// roots are the root elements that the model does not name.
var roots = map[string]string{
	"CompleteMultipartUpload":                    "CompleteMultipartUploadResult",
	"CreateMultipartUpload":                      "InitiateMultipartUploadResult",
	"CreateSession":                              "CreateSessionResult",
	"DeleteObjects":                              "DeleteResult",
	"GetBucketAccelerateConfiguration":           "AccelerateConfiguration",
	"GetBucketAcl":                               "AccessControlPolicy",
	"GetBucketCors":                              "CORSConfiguration",
	"GetBucketLifecycle":                         "LifecycleConfiguration",
	"GetBucketLifecycleConfiguration":            "LifecycleConfiguration",
	"GetBucketLocation":                          "LocationConstraint",
	"GetBucketLogging":                           "BucketLoggingStatus",
	"GetBucketNotification":                      "NotificationConfiguration",
	"GetBucketNotificationConfiguration":         "NotificationConfiguration",
	"GetBucketRequestPayment":                    "RequestPaymentConfiguration",
	"GetBucketTagging":                           "Tagging",
	"GetBucketVersioning":                        "VersioningConfiguration",
	"GetBucketWebsite":                           "WebsiteConfiguration",
	"GetObjectAcl":                               "AccessControlPolicy",
	"GetObjectAttributes":                        "GetObjectAttributesResponse",
	"GetObjectTagging":                           "Tagging",
	"ListBucketAnalyticsConfigurations":          "ListBucketAnalyticsConfigurationResult",
	"ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
	"ListBucketInventoryConfigurations":          "ListInventoryConfigurationsResult",
	"ListBucketMetricsConfigurations":            "ListMetricsConfigurationsResult",
	"ListBuckets":                                "ListAllMyBucketsResult",
	"ListDirectoryBuckets":                       "ListAllMyDirectoryBucketsResult",
	"ListMultipartUploads":                       "ListMultipartUploadsResult",
	"ListObjects":                                "ListBucketResult",
	"ListObjectsV2":                              "ListBucketResult",
	"ListObjectVersions":                         "ListVersionsResult",
	"ListParts":                                  "ListPartsResult",
}

// events is CloudTrail's class of S3's operations: those on objects are data
// events, and so are the listings of a bucket's objects.
func events(s *wire.Service) {
	s.Each(func(op *wire.Operation) {
		op.Event.Category = wire.Data
		op.Event.Resource = "AWS::S3::Object"
	},
		"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
		"DeleteObjects", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes",
		"GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "HeadBucket", "HeadObject",
		"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts", "PostObject",
		"PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging",
		"RenameObject", "RestoreObject", "SelectObjectContent", "UpdateObjectEncryption", "UploadPart",
		"UploadPartCopy", "WriteGetObjectResponse")
	s.Each(func(op *wire.Operation) { op.Event.ReadOnly = true }, "SelectObjectContent")
	rename := map[string]string{
		// CloudTrail calls these by the names of the first API.
		"ListObjectsV2":                      "ListObjects",
		"GetBucketLifecycleConfiguration":    "GetBucketLifecycle",
		"PutBucketLifecycleConfiguration":    "PutBucketLifecycle",
		"GetBucketNotificationConfiguration": "GetBucketNotification",
		"PutBucketNotificationConfiguration": "PutBucketNotification",
		"GetBucketAccelerateConfiguration":   "GetAccelerateConfiguration",
		"PutBucketAccelerateConfiguration":   "PutAccelerateConfiguration",
		"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
		"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
		"DeletePublicAccessBlock":            "DeleteBucketPublicAccessBlock",
		"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
		"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	}
	for _, op := range s.Operations {
		op.Event.Name = rename[op.Name]
	}
}

// mixVersions: a listing of versions has delete markers among them, as they come.
func mixVersions(s *wire.Service) {
	members := s.Shape("ListObjectVersionsOutput").Members
	for i := range members {
		members[i].Mixed = members[i].Name == "DeleteMarkers"
	}
}
