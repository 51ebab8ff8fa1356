// Package sigv2 is Amazon S3's Signature Version 2 seen from the server, which
// AWS still takes in its older regions and some clients still use where they are
// not told otherwise, boto3's presigned URLs and forms among them.
//
// It covers less than Version 4: the method, the resource with those query
// parameters that choose what is done, Content-Type, Content-MD5, the date, and
// every x-amz- header. Neither the host, the body nor parameters such as prefix
// are signed. A bucket policy can refuse it with the key s3:signatureversion.
//
// The package must not know accounts, secrets' whereabouts or how an error is
// written, and reads no clock. Errors are *sigv4.Error values.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
package sigv2
