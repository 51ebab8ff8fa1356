package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// intake reads the bytes of an object or part once, hashing them on the way. It
// ends with io.EOF only if they are what the request said they would be: of the
// length, the MD5 and the checksum. Any other error is the answer to give.
type intake struct {
	src    io.Reader
	length int64  // the bytes that must come, -1 if not said
	md5    []byte // that they must have, nil if not said
	want   declared
	// customer is the key to seal the bytes under, if there is one.
	customer customerKey

	n   int64
	tag hash.Hash // MD5
	sum hash.Hash // of want.algorithm, or the default one
	own hash.Hash // of the algorithm to store, where the request has another
	err error

	// What was found, after io.EOF.
	etag     store.ETag
	checksum store.Checksum
	kept     checksum.Algorithm // of own
}

// upload is the members of an input that bear on its body.
type upload struct {
	body            wire.Body
	length          *int64
	md5             *string
	contentEncoding *string
	sums            sums
	sdkAlgorithm    *string
}

// newIntake checks what a request says of its body before any of it is read.
// Without a checksum of its own the body gets one of the default algorithm.
func newIntake(u *upload, fallback checksum.Algorithm) (*intake, error) {
	body := u.body
	if body == nil {
		body = wire.NewBody(bytes.NewReader(nil))
	}
	in := &intake{src: body, length: -1}
	if b, ok := body.(interface{ Length() int64 }); ok {
		if in.length = b.Length(); in.length < 0 {
			return nil, api.NewError("MissingContentLength", "")
		}
	} else if u.length != nil && !strings.Contains(value(u.contentEncoding), "aws-chunked") {
		in.length = *u.length
	}
	if in.length > store.MaxPart {
		return nil, entityTooLarge(in.length, store.MaxPart)
	}
	if u.md5 != nil {
		sum, err := base64.StdEncoding.DecodeString(*u.md5)
		if err != nil || len(sum) != md5.Size {
			return nil, fail("InvalidDigest", "The Content-MD5 you specified was invalid.", "Content-MD5", *u.md5)
		}
		in.md5 = sum
	}
	want, err := declaredSum(u.sums, u.sdkAlgorithm, body)
	if err != nil {
		return nil, err
	}
	in.want = want
	in.hash(fallback)
	return in, nil
}

// newCopy reads the bytes of another object.
func newCopy(src io.Reader, length int64, algorithm checksum.Algorithm) *intake {
	in := &intake{src: src, length: length}
	in.hash(algorithm)
	return in
}

// keep has a checksum of algorithm a stored, whatever the one is that the request
// brought and that its bytes are held to.
func (in *intake) keep(a checksum.Algorithm) {
	if in.want.algorithm != checksum.None && in.want.algorithm != a {
		in.own, in.kept = checksum.New(a), a
	}
}

// stored is the checksum to store, after io.EOF.
func (in *intake) stored() store.Checksum {
	if in.own != nil {
		return store.Checksum{Algorithm: in.kept, Value: in.own.Sum(nil)}
	}
	return in.checksum
}

// declared tells whether the request said what the bytes must be.
func (in *intake) declared() bool { return in.md5 != nil || in.want.algorithm != checksum.None }

func (in *intake) hash(fallback checksum.Algorithm) {
	a := in.want.algorithm
	if a == checksum.None {
		a = fallback
	}
	in.tag = md5.New()
	in.checksum.Algorithm = a
	switch a {
	case checksum.None:
	case checksum.MD5:
		in.sum = in.tag
	default:
		in.sum = checksum.New(a)
	}
}

// Read implements io.Reader.
func (in *intake) Read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	n, err := in.src.Read(p)
	in.n += int64(n)
	in.tag.Write(p[:n])
	if in.sum != nil && in.sum != in.tag {
		in.sum.Write(p[:n])
	}
	if in.own != nil {
		in.own.Write(p[:n])
	}
	switch {
	case in.n > store.MaxPart:
		in.err = entityTooLarge(in.n, store.MaxPart)
	case errors.Is(err, io.ErrUnexpectedEOF):
		in.err = fail("IncompleteBody", "The request body terminated unexpectedly")
	case err == io.EOF:
		in.err = in.verify()
	default:
		in.err = err
	}
	if in.err != nil && in.err != io.EOF {
		return 0, in.err
	}
	return n, in.err
}

// verify is io.EOF if all is as it was said to be.
func (in *intake) verify() error {
	if in.length >= 0 && in.n != in.length {
		return fail("IncompleteBody",
			"You did not provide the number of bytes specified by the Content-Length HTTP header",
			"NumberBytesExpected", strconv.FormatInt(in.length, 10),
			"NumberBytesProvided", strconv.FormatInt(in.n, 10))
	}
	in.tag.Sum(in.etag.MD5[:0])
	if in.md5 != nil && !bytes.Equal(in.md5, in.etag.MD5[:]) {
		return badDigest("The Content-MD5 you specified did not match what we received.",
			"ExpectedDigest", checksum.Encode(in.md5), "CalculatedDigest", checksum.Encode(in.etag.MD5[:]))
	}
	if in.sum == nil {
		return io.EOF
	}
	in.checksum.Value = in.sum.Sum(nil)
	return in.verifySum()
}

func (in *intake) verifySum() error {
	a, want := in.want.algorithm, in.want.value
	if a == checksum.None {
		return io.EOF
	}
	if want == nil {
		text, _ := in.src.(wire.Body).Trailer(a.Header())
		v, ok := checksum.Decode(a, text)
		if !ok {
			return api.InvalidRequest("Value for " + a.Header() + " trailing header is invalid.")
		}
		want = v
	}
	if !bytes.Equal(want, in.checksum.Value) {
		return badDigest("The " + a.String() + " you specified did not match the calculated checksum.")
	}
	return io.EOF
}

func partsSuffix(n int) string { return "-" + strconv.Itoa(n) }
