// Package e2e drives the built binary from outside with the clients that people
// use: the AWS CLI, boto3, the AWS SDKs for Go and JavaScript, rclone, s3cmd,
// restic, s3fs and mc, with the settings of docs/clients.md. It knows nothing of
// the server's inside.
//
// SALLYPORT_BINARY names the binary; without it the tests build one. The clients
// are those of Debian 12 and newer ones: scripts for boto3 work with 1.26, those
// for Node.js with 18.
package e2e
