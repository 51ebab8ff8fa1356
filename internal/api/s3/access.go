package s3

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/wire"
)

// Kinds of resource that S3's rows ask on.
const (
	onAny    = "*"
	onBucket = "bucket"
	onObject = "object"
	// onObjects is every object that DeleteObjects names. The service asks for
	// each by itself, for a refusal is an <Error> inside a 200.
	onObjects = "objects"
	// onSource is the object that x-amz-copy-source names.
	onSource = "copy-source"
	// The two below are asked only where the source of a copy has tags, which
	// the request does not tell: the service resolves them to no resource
	// where it has none.
	onSourceTags      = "copy-source-tags"
	onCopyTags        = "copied-tags"
	onReplicationRole = "replication-role"
)

func plain(name, member string) wire.Key { return wire.Key{Name: name, Member: member} }

// aclKeys are the condition keys of a canned ACL and of explicit grants.
func aclKeys(all bool) []wire.Key {
	keys := []wire.Key{
		plain("s3:x-amz-acl", "ACL"),
		plain("s3:x-amz-grant-read", "GrantRead"),
		plain("s3:x-amz-grant-read-acp", "GrantReadACP"),
		plain("s3:x-amz-grant-write-acp", "GrantWriteACP"),
		plain("s3:x-amz-grant-full-control", "GrantFullControl"),
	}
	if all {
		keys = append(keys, plain("s3:x-amz-grant-write", "GrantWrite"))
	}
	return keys
}

// hasACL holds where a request sets an ACL by headers.
func hasACL(all bool) func(any) bool {
	when := []func(any) bool{
		wire.Has("ACL"), wire.Has("GrantRead"), wire.Has("GrantReadACP"), wire.Has("GrantWriteACP"),
		wire.Has("GrantFullControl"),
	}
	if all {
		when = append(when, wire.Has("GrantWrite"))
	}
	return wire.Any(when...)
}

// tagging are the keys of the x-amz-tagging header.
func tagging() []wire.Key {
	return []wire.Key{
		{Name: "s3:RequestObjectTag", Member: "Tagging", Form: wire.URLTagPairs},
		{Name: "s3:RequestObjectTagKeys", Member: "Tagging", Form: wire.URLTagNames},
	}
}

// bodyTagging are the keys of a Tagging body.
func bodyTagging() []wire.Key {
	return []wire.Key{
		{Name: "s3:RequestObjectTag", Member: "Tagging.TagSet", Form: wire.TagPairs},
		{Name: "s3:RequestObjectTagKeys", Member: "Tagging.TagSet", Form: wire.TagNames},
	}
}

func version() wire.Key { return plain("s3:versionid", "VersionId") }

// source takes apart "bucket/key?versionId=id", with or without a leading slash.
func source(in any) (path, versionID string) {
	s := strings.TrimPrefix(wire.Text(in, "CopySource"), "/")
	path, versionID, _ = strings.Cut(s, "?versionId=")
	return path, versionID
}

func sourceVersioned(in any) bool {
	_, v := source(in)
	return v != ""
}

func sourceCurrent(in any) bool { return !sourceVersioned(in) }

func sourceKey() wire.Key {
	return wire.Key{Name: "s3:x-amz-copy-source", Value: func(in any) []string {
		path, _ := source(in)
		return []string{path}
	}}
}

func sourceVersion() wire.Key {
	return wire.Key{Name: "s3:versionid", Value: func(in any) []string {
		if _, v := source(in); v != "" {
			return []string{v}
		}
		return nil
	}}
}

func constant(name, value string) wire.Key {
	return wire.Key{Name: name, Value: func(any) []string { return []string{value} }}
}

func join(lists ...[]wire.Key) []wire.Key { return slices.Concat(lists...) }

// versioned asks for one action on the current version and another on a version
// that the request names.
func versioned(current, named string, keys ...wire.Key) []wire.Access {
	return []wire.Access{
		{Action: "s3:" + current, Resource: onObject, When: wire.HasNot("VersionId"), Keys: keys},
		{Action: "s3:" + named, Resource: onObject, When: wire.Has("VersionId"), Keys: append([]wire.Key{version()}, keys...)},
	}
}
