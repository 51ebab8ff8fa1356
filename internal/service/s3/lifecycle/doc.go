// Package lifecycle is the rules of S3 Lifecycle: which configurations there can
// be, and what a configuration has done to an object at a time. It reads no clock,
// does no I/O and knows nothing of where objects are; who applies its decisions
// does.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
package lifecycle
