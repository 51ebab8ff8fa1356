package gateway

import (
	s3api "github.com/sallyport/sallyport/internal/api/s3"
)

// accelerated refuses a request to a host of Transfer Acceleration unless its
// bucket is served there, and the operations that are for no bucket's host.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
func (c *call) accelerated() error {
	if c.op.Name == "CreateBucket" || c.op.Name == "DeleteBucket" {
		return s3api.MethodNotAllowed(c.r.Method, "BUCKET")
	}
	return c.g.buckets.Accelerated(c.r.Context(), c.addr.bucket)
}
