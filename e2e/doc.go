// Package e2e drives the built binary from outside with the clients that people
// use: the AWS CLI, boto3 and the AWS SDK for Go. It knows nothing of the
// server's inside.
//
// SALLYPORT_BINARY names the binary; without it the tests build one.
package e2e
