// Package replication says what a bucket's replication configuration makes of an
// object: to which buckets it goes, and how. It does no I/O and reads no clock;
// it must not know how objects are stored or who may replicate them.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
package replication
