// Package store is the layout of buckets and objects on the kv and blob
// waists: which rows there are, what is in them, and how they change together.
//
// A typed transaction (Reader, Txn) reads and writes the rows; Stage makes
// object bytes durable before any row refers to them; Snapshot and Content read
// them back, by range, while others overwrite or delete the object. What is
// replaced or deleted is noted as garbage in the same transaction and taken
// away by Collect when nobody reads it any more.
//
// The rows (docs/format.md has their encodings):
//
//	s b <name>                        a bucket
//	s i <bucket id>                   its name, by id
//	s a <account> <name>              its place in the account's list
//	s o <bucket id> <key>             the current version of an object
//	s v <bucket id> <key> <sequence>  an older version or delete marker, newest first
//	s d <data id>                     small sealed bytes, or the manifest of a multipart object
//	s u <bucket id> <key> <upload id> a multipart upload in progress
//	s c <bucket id> <key> <upload id> one that was completed, for repeated requests
//	s p <upload id> <part number>     a part of an upload
//	s r <blob id>                     who refers to a blob
//	s g <time> <data id> <kind>       what to take away, from when on
//	s x <kind> <bucket id> <id>       a configuration of a bucket
//	s q <queue> <time> <task id>      work that follows from a change
//	s l <name>                        who holds a lease
//	s w <name>                        how far a background worker has come
//
// No row is written by every write to a bucket or account. store must not know
// AWS's errors or wire formats, authorization, or what a policy says.
package store
