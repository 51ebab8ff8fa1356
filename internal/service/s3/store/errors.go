package store

import "errors"

var (
	// ErrNoSuchBucket is returned for a bucket that is not there.
	ErrNoSuchBucket = errors.New("store: no such bucket")
	// ErrBucketExists is returned when a bucket of that name, of whatever account,
	// is there already.
	ErrBucketExists = errors.New("store: bucket exists")
	// ErrBucketNotEmpty is returned for deleting a bucket that holds an object or
	// an older version.
	ErrBucketNotEmpty = errors.New("store: bucket not empty")
	// ErrNoSuchObject is returned for a key or version that is not there. A current
	// version that is a delete marker is returned as an object, not as this error.
	ErrNoSuchObject = errors.New("store: no such object")
	// ErrVersionExists is returned by PutReplica for a version that is there.
	ErrVersionExists = errors.New("store: version exists")
	// ErrVersionTaken is returned by PutReplica for a version that would lie where
	// another one of its key does, which was made in the same nanosecond.
	ErrVersionTaken = errors.New("store: another version lies there")
	// ErrLocked is returned for removing a version that is under retention or legal
	// hold.
	ErrLocked = errors.New("store: locked")
	// ErrNoSuchUpload is returned for a multipart upload that is not in progress.
	ErrNoSuchUpload = errors.New("store: no such upload")
	// ErrNoSuchPart is returned for a part that was not uploaded.
	ErrNoSuchPart = errors.New("store: no such part")
	// ErrCorrupt is returned for a row that does not decode, or sealed bytes that do
	// not open. It wraps what is known of the cause.
	ErrCorrupt = errors.New("store: corrupt")
)
