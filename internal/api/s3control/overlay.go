package s3control

import (
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/wire"
)

// API is the service with its operation rows. What it returns is shared and
// never changes.
var API = sync.OnceValue(func() *wire.Service { return wire.NewService(model(), operations(), overlay) })

// overlay: most actions are s3: and the operation's name, asked on "*" or on
// the access point, job or other thing that the path names.
func overlay(s *wire.Service) {
	s.XMLNamespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"
	// The model's pattern has no place for the ARN of a bucket, which names no Region.
	s.Shape("S3ResourceArn").Pattern = "arn:[^:]+:s3(express)?:.*"
	for _, op := range s.Operations {
		s.Allow(op.Name, wire.Access{Action: action(op.Name), Resource: resource(op.Name), Keys: keys(s, op)})
	}
}

func action(operation string) string {
	switch operation {
	case "GetPublicAccessBlock":
		return "s3:GetAccountPublicAccessBlock"
	case "PutPublicAccessBlock", "DeletePublicAccessBlock":
		return "s3:PutAccountPublicAccessBlock"
	case "CreateBucket", "DeleteBucket", "GetBucket", "ListRegionalBuckets", "GetBucketPolicy", "PutBucketPolicy",
		"DeleteBucketPolicy", "GetBucketTagging", "PutBucketTagging", "GetBucketVersioning", "PutBucketVersioning":
		return "s3-outposts:" + operation
	case "DeleteBucketTagging":
		return "s3-outposts:PutBucketTagging"
	case "GetBucketLifecycleConfiguration":
		return "s3-outposts:GetLifecycleConfiguration"
	case "PutBucketLifecycleConfiguration", "DeleteBucketLifecycleConfiguration":
		return "s3-outposts:PutLifecycleConfiguration"
	case "GetBucketReplication":
		return "s3-outposts:GetReplicationConfiguration"
	case "PutBucketReplication", "DeleteBucketReplication":
		return "s3-outposts:PutReplicationConfiguration"
	}
	return "s3:" + operation
}

func resource(operation string) string {
	switch operation {
	case "CreateAccessPoint", "DeleteAccessPoint", "GetAccessPointPolicy", "PutAccessPointPolicy",
		"DeleteAccessPointPolicy", "GetAccessPointPolicyStatus", "GetAccessPointScope", "PutAccessPointScope",
		"DeleteAccessPointScope":
		return "access-point"
	case "TagResource", "UntagResource", "ListTagsForResource":
		return "resource"
	}
	switch {
	case strings.HasSuffix(operation, "ForObjectLambda") && !strings.HasPrefix(operation, "List"):
		return "object-lambda-access-point"
	case strings.Contains(operation, "MultiRegionAccessPoint") && !strings.HasPrefix(operation, "List"):
		return "multi-region-access-point"
	case strings.Contains(operation, "AccessGrant"):
		return "access-grants"
	case strings.Contains(operation, "StorageLens") && !strings.HasPrefix(operation, "List"):
		return "storage-lens"
	case operation == "DescribeJob", strings.HasPrefix(operation, "UpdateJob"), strings.HasSuffix(operation, "JobTagging"):
		return "job"
	case strings.HasPrefix(action(operation), "s3-outposts:"):
		return "bucket"
	}
	return "*"
}

func keys(s *wire.Service, op *wire.Operation) (keys []wire.Key) {
	for _, m := range s.Shape(op.Input).Members {
		switch m.Name {
		case "Tags":
			keys = append(keys,
				wire.Key{Name: "aws:RequestTag", Member: "Tags", Form: wire.TagPairs},
				wire.Key{Name: "aws:TagKeys", Member: "Tags", Form: wire.TagNames})
		case "TagKeys":
			keys = append(keys, wire.Key{Name: "aws:TagKeys", Member: "TagKeys"})
		case "VpcConfiguration":
			if op.Name == "CreateAccessPoint" {
				keys = append(keys, networkOrigin())
			}
		}
	}
	return keys
}

func networkOrigin() wire.Key {
	return wire.Key{Name: "s3:AccessPointNetworkOrigin", Value: func(in any) []string {
		if wire.Present(in, "VpcConfiguration") {
			return []string{"VPC"}
		}
		return []string{"Internet"}
	}}
}
