package s3

import (
	api "github.com/sallyport/sallyport/internal/api/s3"
	"strings"

	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// sums is the x-amz-checksum- members of an input in this order: CRC32, CRC32C,
// CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128.
type sums [10]*string

// sumFields is the same members of an output.
type sumFields [10]**string

// declared is the checksum that a request says its bytes have.
type declared struct {
	algorithm checksum.Algorithm // None if it says none
	value     []byte             // nil if it comes in a trailer
}

// one is the only member that is there, None for none.
func (s *sums) one() (checksum.Algorithm, string, error) {
	found, given := checksum.None, ""
	n := 0
	for i, v := range s {
		if v == nil {
			continue
		}
		if n++; n > 1 {
			return checksum.None, "", api.InvalidRequest(
				"Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		found, given = checksum.Algorithm(i+1), *v
	}
	return found, given, nil
}

// declaredSum reads what a request says of the checksum of its body: a value in
// the header, or a trailer that the body announces, or nothing.
func declaredSum(s sums, sdkAlgorithm *string, body wire.Body) (d declared, err error) {
	a, given, err := s.one()
	if err != nil {
		return d, err
	}
	trailing, err := announcedSum(body)
	if err != nil {
		return d, err
	}
	switch {
	case a != checksum.None && trailing != checksum.None:
		return d, api.InvalidRequest("Expecting a single x-amz-checksum- header")
	case a != checksum.None:
		v, ok := checksum.Decode(a, given)
		if !ok {
			return d, api.InvalidRequest("Value for " + a.Header() + " header is invalid.")
		}
		d = declared{a, v}
	default:
		d = declared{algorithm: trailing}
	}
	return d, checkSDKAlgorithm(sdkAlgorithm, d.algorithm)
}

func checkSDKAlgorithm(name *string, a checksum.Algorithm) error {
	if name == nil {
		return nil
	}
	named, ok := checksum.Parse(*name)
	switch {
	case !ok || a != checksum.None && a != named:
		return api.InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case a == checksum.None:
		return api.InvalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding " +
			"x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}

// announcedSum is the checksum that comes after the body.
func announcedSum(body wire.Body) (found checksum.Algorithm, err error) {
	b, ok := body.(interface{ Announced() []string })
	if !ok {
		return checksum.None, nil
	}
	for _, name := range b.Announced() {
		suffix, ok := strings.CutPrefix(name, "x-amz-checksum-")
		if !ok {
			return checksum.None, unsupportedTrailer()
		}
		a, ok := checksum.Parse(suffix)
		if !ok {
			return checksum.None, unsupportedTrailer()
		}
		if found != checksum.None {
			return checksum.None, api.InvalidRequest("Expecting a single x-amz-checksum- header")
		}
		found = a
	}
	return found, nil
}

func unsupportedTrailer() error {
	return api.InvalidRequest("The value specified in the x-amz-trailer header is not supported")
}

// algorithmOf reads an x-amz-checksum-algorithm, None when there is none.
func algorithmOf(name *string) (checksum.Algorithm, error) {
	if name == nil {
		return checksum.None, nil
	}
	if a, ok := checksum.Parse(*name); ok {
		return a, nil
	}
	return checksum.None, api.InvalidRequest("Checksum algorithm provided is unsupported. " +
		"Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128]")
}

// sumText is a checksum as answers carry it: with the number of parts if it is
// one of parts.
func sumText(c *store.Checksum, parts int) string {
	text := checksum.Encode(c.Value)
	if c.Type == checksum.Composite && parts > 0 {
		return text + partsSuffix(parts)
	}
	return text
}

// put sets the member of c's algorithm to text, and typ to c's type unless typ
// is nil.
func (f sumFields) put(c *store.Checksum, text string, typ **string) {
	if c.Algorithm == checksum.None {
		return
	}
	*f[c.Algorithm-1] = &text
	if typ != nil {
		*typ = set(c.Type.String())
	}
}
