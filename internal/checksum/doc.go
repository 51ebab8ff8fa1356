// Package checksum has the checksums of S3's x-amz-checksum headers: streaming
// hashers, the join of two CRCs, and the composite values of multipart objects.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
//
// checksum must not know requests, headers' places or errors.
package checksum
