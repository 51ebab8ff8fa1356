package s3

import (
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport/internal/wire"
)

// The errors of S3 that its model does not have, in AWS's words.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

// fail makes an error; fields are names and values of further elements in turn.
func fail(status int, code, message string, fields ...string) *wire.Error {
	e := &wire.Error{Status: status, Code: code, Message: message}
	for i := 0; i+1 < len(fields); i += 2 {
		e.Fields = append(e.Fields, wire.Field{Name: fields[i], Value: fields[i+1]})
	}
	return e
}

func accessDenied() *wire.Error {
	return fail(http.StatusForbidden, "AccessDenied", "Access Denied")
}

func noSuchBucket(name string) *wire.Error {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", "BucketName", name)
}

func noSuchKey(key string) *wire.Error {
	return fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", "Key", key)
}

func noSuchVersion(key, version string) *wire.Error {
	return fail(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.",
		"Key", key, "VersionId", version)
}

func noSuchUpload(id string) *wire.Error {
	return fail(http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. "+
		"The upload ID may be invalid, or the upload may have been aborted or completed.", "UploadId", id)
}

func invalidBucketOwner(given string) *wire.Error {
	return fail(http.StatusBadRequest, "InvalidBucketOwnerAWSAccountID",
		"The value of the expected bucket owner parameter must be an AWS Account ID... ["+given+"]")
}

func invalidRequest(message string, fields ...string) *wire.Error {
	return fail(http.StatusBadRequest, "InvalidRequest", message, fields...)
}

func invalidArgument(message, name, value string) *wire.Error {
	return fail(http.StatusBadRequest, "InvalidArgument", message,
		"ArgumentName", name, "ArgumentValue", value)
}

func malformedXML() *wire.Error {
	return fail(http.StatusBadRequest, "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our published schema")
}

// notImplemented refuses a header that asks for what there is not.
func notImplemented(header string) *wire.Error {
	return fail(http.StatusNotImplemented, "NotImplemented",
		"A header you provided implies functionality that is not implemented", "Header", header)
}

func preconditionFailed(condition string) *wire.Error {
	return fail(http.StatusPreconditionFailed, "PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold", "Condition", condition)
}

func conditionalConflict() *wire.Error {
	return fail(http.StatusConflict, "ConditionalRequestConflict",
		"The conditional request cannot succeed due to a conflicting operation against this resource.")
}

func entityTooLarge(proposed, limit int64) *wire.Error {
	return fail(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
		"ProposedSize", strconv.FormatInt(proposed, 10), "MaxSizeAllowed", strconv.FormatInt(limit, 10))
}

func badDigest(message string, fields ...string) *wire.Error {
	return fail(http.StatusBadRequest, "BadDigest", message, fields...)
}
