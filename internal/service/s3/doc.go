// Package s3 carries out the operations of Amazon S3 on the buckets and objects
// of package store.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
//
// By the time an operation runs its caller is authenticated and allowed to make
// it; permissions that only come up on the way are asked for through
// Options.Authorize. s3 must not know HTTP, XML, signatures or engines.
package s3
