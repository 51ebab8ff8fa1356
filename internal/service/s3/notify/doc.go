// Package notify carries event notifications to where they go: it knows the
// destinations that the operator has mapped to HTTP endpoints, how a message is
// put to each kind of them, and the worker that sends what is queued until it is
// taken, or too old.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
//
// notify must not know what is in a message, nor buckets and their
// configurations. It calls no URL that the operator has not given.
package notify
