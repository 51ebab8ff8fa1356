package s3

import (
	"reflect"
	"sync"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// asking is what of an input bears on whether the request is allowed.
type asking struct {
	bucket, key, version *string
	owner, payer         *string // expected owner, and who pays
	acl                  aclHeaders
	aclBody              *api.AccessControlPolicy
	writes               bool // it makes an object
	source, sourceOwner  *string
	until                *time.Time // to which a lock is asked for
}

// askingOf reads an input. The operations that come often are spelt out, the
// others are found by the names of their fields.
func askingOf(in any) asking {
	switch in := in.(type) {
	case *api.GetObjectInput:
		return asking{bucket: in.Bucket, key: in.Key, version: in.VersionId, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.HeadObjectInput:
		return asking{bucket: in.Bucket, key: in.Key, version: in.VersionId, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.DeleteObjectInput:
		return asking{bucket: in.Bucket, key: in.Key, version: in.VersionId, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.DeleteObjectsInput:
		return asking{bucket: in.Bucket, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.ListObjectsV2Input:
		return asking{bucket: in.Bucket, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.ListObjectsInput:
		return asking{bucket: in.Bucket, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	case *api.HeadBucketInput:
		return asking{bucket: in.Bucket, owner: in.ExpectedBucketOwner}
	case *api.PutObjectInput:
		return asking{bucket: in.Bucket, key: in.Key, owner: in.ExpectedBucketOwner, payer: in.RequestPayer, writes: true,
			until: in.ObjectLockRetainUntilDate,
			acl: aclHeaders{canned: in.ACL, fullControl: in.GrantFullControl, read: in.GrantRead,
				readACP: in.GrantReadACP, writeACP: in.GrantWriteACP}}
	case *api.UploadPartInput:
		return asking{bucket: in.Bucket, key: in.Key, owner: in.ExpectedBucketOwner, payer: in.RequestPayer}
	}
	return askingByName(in)
}

// inputFields are the names of the fields that asking has, in its order.
var inputFields = [...]string{"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "RequestPayer",
	"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP",
	"CopySource", "ExpectedSourceBucketOwner"}

// inputIndexes remembers where the fields are in each input type, -1 for nowhere.
// It only saves looking again.
var inputIndexes sync.Map // reflect.Type → *[len(inputFields)]int

func indexesOf(t reflect.Type) *[len(inputFields)]int {
	if v, ok := inputIndexes.Load(t); ok {
		return v.(*[len(inputFields)]int)
	}
	indexes := new([len(inputFields)]int)
	for i, name := range inputFields {
		indexes[i] = -1
		if f, ok := t.FieldByName(name); ok && f.Type == reflect.TypeFor[*string]() {
			indexes[i] = f.Index[0]
		}
	}
	inputIndexes.Store(t, indexes)
	return indexes
}

func askingByName(in any) (a asking) {
	v := reflect.ValueOf(in)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return a
	}
	v = v.Elem()
	for i, at := range indexesOf(v.Type()) {
		if at >= 0 {
			*a.field(i) = v.Field(at).Interface().(*string)
		}
	}
	switch in := in.(type) {
	case *api.PutObjectInput:
		a.writes, a.until = true, in.ObjectLockRetainUntilDate
	case *api.CopyObjectInput:
		a.writes, a.until = true, in.ObjectLockRetainUntilDate
	case *api.CreateMultipartUploadInput:
		a.writes, a.until = true, in.ObjectLockRetainUntilDate
	case *api.PutObjectRetentionInput:
		if in.Retention != nil {
			a.until = in.Retention.RetainUntilDate
		}
	case *api.PutBucketAclInput:
		a.aclBody = in.AccessControlPolicy
	case *api.PutObjectAclInput:
		a.aclBody = in.AccessControlPolicy
	}
	return a
}

// field is the field for inputFields[i].
func (a *asking) field(i int) **string {
	return [...]**string{&a.bucket, &a.key, &a.version, &a.owner, &a.payer,
		&a.acl.canned, &a.acl.fullControl, &a.acl.read, &a.acl.readACP, &a.acl.write, &a.acl.writeACP,
		&a.source, &a.sourceOwner}[i]
}
