package s3

import (
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport/internal/wire"
)

// NewError makes an error of S3's list, found by its code. An empty message means
// the usual one. A code that the list lacks is a mistake of the program and
// answers InternalError.
func NewError(code, message string, fields ...wire.Field) *wire.Error {
	known, ok := catalog[code]
	if !ok {
		return wire.InternalError()
	}
	if message == "" {
		message = known.message
	}
	return &wire.Error{Code: code, Message: message, Status: known.status, Fields: fields}
}

func field(name, value string) wire.Field { return wire.Field{Name: name, Value: value} }

// AccessDenied is the refusal of a request; "" means the plain text.
func AccessDenied(message string) *wire.Error { return NewError("AccessDenied", message) }

// NoSuchBucket is the answer to a bucket that does not exist.
func NoSuchBucket(bucket string) *wire.Error {
	return NewError("NoSuchBucket", "", field("BucketName", bucket))
}

// NoSuchKey is the answer to a key that does not exist.
func NoSuchKey(key string) *wire.Error { return NewError("NoSuchKey", "", field("Key", key)) }

// NoSuchVersion is the answer to a version that does not exist.
func NoSuchVersion(key, version string) *wire.Error {
	return NewError("NoSuchVersion", "", field("Key", key), field("VersionId", version))
}

// NoSuchUpload is the answer to a multipart upload that does not exist.
func NoSuchUpload(upload string) *wire.Error {
	return NewError("NoSuchUpload", "", field("UploadId", upload))
}

// BucketAlreadyExists is the answer to the name of somebody else's bucket.
func BucketAlreadyExists(bucket string) *wire.Error {
	return NewError("BucketAlreadyExists", "", field("BucketName", bucket))
}

// BucketAlreadyOwnedByYou is the answer to making one's own bucket again.
func BucketAlreadyOwnedByYou(bucket string) *wire.Error {
	return NewError("BucketAlreadyOwnedByYou", "", field("BucketName", bucket))
}

// BucketNotEmpty is the answer to deleting a bucket that holds something.
func BucketNotEmpty(bucket string, versioned bool) *wire.Error {
	message := ""
	if versioned {
		message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
	}
	return NewError("BucketNotEmpty", message, field("BucketName", bucket))
}

// InvalidBucketName is the answer to a name that no bucket can have.
func InvalidBucketName(bucket string) *wire.Error {
	return NewError("InvalidBucketName", "", field("BucketName", bucket))
}

// InvalidArgument is the answer to a parameter's value.
func InvalidArgument(name, value, message string) *wire.Error {
	return &wire.Error{
		Code: "InvalidArgument", Message: message, Status: http.StatusBadRequest,
		Fields: []wire.Field{field("ArgumentName", name), field("ArgumentValue", value)},
	}
}

// InvalidRequest is the answer to a request that contradicts itself or the state.
func InvalidRequest(message string) *wire.Error { return NewError("InvalidRequest", message) }

// MalformedXML is the answer to a body that does not keep to the schema.
func MalformedXML() *wire.Error { return NewError("MalformedXML", "") }

// MalformedPolicy is the answer to a policy; detail is the value at fault or "".
func MalformedPolicy(message, detail string) *wire.Error {
	e := NewError("MalformedPolicy", message)
	if detail != "" {
		e.Fields = []wire.Field{field("Detail", detail)}
	}
	return e
}

// PreconditionFailed is the answer to a conditional header such as If-Match.
func PreconditionFailed(condition string) *wire.Error {
	return NewError("PreconditionFailed", "", field("Condition", condition))
}

// NotModified is the answer to a conditional read of what has not changed. It
// has no body; the caller adds ETag and Last-Modified as headers.
func NotModified() *wire.Error {
	return &wire.Error{Code: "NotModified", Message: "Not Modified", Status: http.StatusNotModified}
}

// InvalidRange is the answer to a range that an object of that size lacks.
func InvalidRange(requested string, size int64) *wire.Error {
	e := NewError("InvalidRange", "", field("RangeRequested", requested), field("ActualObjectSize", strconv.FormatInt(size, 10)))
	return e.WithHeader("Content-Range", "bytes */"+strconv.FormatInt(size, 10))
}

// MethodNotAllowed is the 405; resource is such as DeleteMarker.
func MethodNotAllowed(method, resource string) *wire.Error {
	e := NewError("MethodNotAllowed", "", field("Method", method))
	if resource != "" {
		e.Fields = append(e.Fields, field("ResourceType", resource))
	}
	return e
}

// NotImplemented is the answer to a header or parameter that is not served.
func NotImplemented(header string) *wire.Error {
	e := NewError("NotImplemented", "")
	if header != "" {
		e.Fields = []wire.Field{field("Header", header)}
	}
	return e
}

// BadDigest is the answer to a body that does not match its checksum: for the
// algorithm "Content-MD5" with both digests, for the others without.
func BadDigest(algorithm, expected, calculated string) *wire.Error {
	if algorithm != "Content-MD5" {
		return NewError("BadDigest", "The "+algorithm+" you specified did not match the calculated checksum.")
	}
	return NewError("BadDigest", "", field("ExpectedDigest", expected), field("CalculatedDigest", calculated))
}

// MissingSecurityHeader is the answer to a header that must be there.
func MissingSecurityHeader(header string) *wire.Error {
	return NewError("MissingSecurityHeader", "", field("MissingHeaderName", header))
}

// InvalidBucketOwner is the answer to an expected owner that is no account id.
func InvalidBucketOwner(value string) *wire.Error {
	return NewError("InvalidBucketOwnerAWSAccountID",
		"The value of the expected bucket owner parameter must be an AWS Account ID... ["+value+"]")
}

// InvalidTag is the answer to a tag; key may be "".
func InvalidTag(message, key string) *wire.Error {
	e := NewError("InvalidTag", message)
	if key != "" {
		e.Fields = []wire.Field{field("TagKey", key)}
	}
	return e
}

// NoSuchConfiguration is the answer where a bucket lacks a configuration, by
// its code, such as NoSuchLifecycleConfiguration.
func NoSuchConfiguration(code, bucket string) *wire.Error {
	return NewError(code, "", field("BucketName", bucket))
}
