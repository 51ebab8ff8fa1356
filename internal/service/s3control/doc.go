// Package s3control carries out the operations of S3 Control that are served:
// Block Public Access for a whole account, and tags of buckets.
//
// It must not know HTTP, nor how buckets are stored: it asks the S3 service for
// them. Every request names the account that it is about, which must be the
// caller's own.
package s3control
