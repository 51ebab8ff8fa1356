package s3

import (
	"iter"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/wire"
)

// needsDigest are the operations that S3 refuses without Content-MD5 or a checksum.
// The model marks many more, for which SDKs send one and S3 does not insist.
var needsDigest = map[string]bool{
	"DeleteObjects": true, "PutBucketCors": true, "PutBucketLifecycleConfiguration": true, "PutBucketReplication": true,
	"PutBucketTagging": true, "PutObjectLegalHold": true, "PutObjectLockConfiguration": true, "PutObjectRetention": true,
}

// Digested is the body of an operation that reads it whole, such as a policy or a
// list of keys to delete: it ends with an error if it does not have the
// Content-MD5 or the checksum that the request says it has. header reads a header,
// length is the body's length or -1. An operation that must not come without a
// digest is refused at once if it has none.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
func Digested(op *wire.Operation, header func(name string) string, body wire.Body, length int64) (wire.Body, error) {
	u := upload{body: body, md5: set(header("Content-MD5")), sdkAlgorithm: set(header("x-amz-sdk-checksum-algorithm"))}
	if length >= 0 {
		u.length = &length
	}
	for i := range u.sums {
		if op.Name != "CompleteMultipartUpload" { // there they are the object's
			u.sums[i] = set(header("x-amz-checksum-" + sumNames[i]))
		}
	}
	in, err := newIntake(&u, checksum.None)
	if err != nil {
		return nil, err
	}
	if needsDigest[op.Name] && in.md5 == nil && in.want.algorithm == checksum.None {
		return nil, api.InvalidRequest("Missing required header for this request: Content-MD5")
	}
	return digested{in, body}, nil
}

// CheckSumHeaders refuses an x-amz-checksum- header of no algorithm that there is.
// names are those of a request's headers, as net/http spells them.
func CheckSumHeaders(names iter.Seq[string]) error {
	for name := range names {
		after, ok := strings.CutPrefix(name, "X-Amz-Checksum-")
		if !ok {
			continue
		}
		switch after = strings.ToLower(after); {
		case slices.Contains(sumNames[:], after), after == "algorithm", after == "type", after == "mode":
		default:
			return api.InvalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
		}
	}
	return nil
}

// sumNames are the headers of sums, in its order, after x-amz-checksum-.
var sumNames = [...]string{"crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5", "xxhash64", "xxhash3", "xxhash128"}

// digested reads through an intake and has the trailers of the body behind it.
type digested struct {
	*intake
	body wire.Body
}

// Trailer implements wire.Body.
func (d digested) Trailer(name string) (string, bool) { return d.body.Trailer(name) }
