// Package authz decides, as AWS does, whether a request is allowed. Decide is one pure function of a Request and the
// Documents that bear on it; its Decision names the reason, the statements that decided, and AWS's message.
//
// Files follow the stages of a decision: request.go and documents.go are what comes in, derive.go the condition keys that
// follow from caller and resource, stage.go the policies in their order, grant.go the crossing rules of accounts, acl.go
// S3's access control lists, s3.go S3's further rules, accesspoint.go the two stages of an access point, kms.go key grants,
// message.go AWS's texts.
//
// The package does no I/O, reads no clock and knows neither where documents are stored nor how they came to bear on the
// request; gathering them is the caller's work. Pages followed:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html.
package authz
