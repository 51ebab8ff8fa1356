package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// CompleteMultipartUpload makes an object of the parts of an upload. Repeated
// within a day it succeeds again.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
func (s *Service) CompleteMultipartUpload(ctx context.Context, in *api.CompleteMultipartUploadInput) (*api.CompleteMultipartUploadOutput, error) {
	c, err := newCompletion(in)
	if err != nil {
		return nil, err
	}
	if err := s.unlockCompletion(ctx, in, c); err != nil {
		return nil, err
	}
	var done store.Completed
	var version *string
	var b *store.Bucket
	err = s.store.Update(ctx, func(t *store.Txn) (err error) {
		b, err = openBucket(&t.Reader, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		done, err = c.run(ctx, s, t, b)
		version = shownID(b, done.Version)
		return err
	})
	if err != nil {
		return nil, c.conditions.outcome(locked(err))
	}
	out := &api.CompleteMultipartUploadOutput{Bucket: in.Bucket, Key: in.Key, ETag: set(done.ETag.String()),
		Location: set(location(caller.From(ctx), value(in.Bucket), c.key)), ServerSideEncryption: sealedBy(c.encryption),
		VersionId: version}
	if c.made != nil {
		out.Expiration = s.expiration(ctx, b, c.made)
	}
	sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	}.put(&done.Checksum, sumText(&done.Checksum, done.ETag.Parts), &out.ChecksumType)
	return out, nil
}

// location is the URL of an object, under the host that the client used.
func location(who *caller.Info, bucket, key string) string {
	u := url.URL{Scheme: "http", Host: who.Host, Path: "/" + bucket + "/" + key}
	if who.SecureTransport {
		u.Scheme = "https"
	}
	if who.VirtualHost {
		u.Path = "/" + key
	}
	return u.String()
}

// completion is a request to complete an upload.
type completion struct {
	made          *store.Object // nil where it had been made before
	key, uploadID string
	parts         []api.CompletedPart
	size          *int64
	typ           *string
	sum           givenSum
	conditions    writeConditions

	// customer and secret are of an upload under a customer's key, if the request
	// brings it: without one the object has no checksum.
	customer   customerKey
	secret     *store.UploadSecret
	encryption store.Encryption // of the object
}

// givenSum is the checksum that a request says the object will have.
type givenSum struct {
	algorithm checksum.Algorithm // None if it says none
	value     []byte
	parts     int // the number after the dash, 0 for none
}

// newCompletion checks what can be checked without the upload.
func newCompletion(in *api.CompleteMultipartUploadInput) (*completion, error) {
	c := &completion{key: value(in.Key), uploadID: value(in.UploadId), size: in.MpuObjectSize, typ: in.ChecksumType,
		conditions: writeConditions{in.IfMatch, in.IfNoneMatch}}
	if err := checkKey(c.key); err != nil {
		return nil, err
	}
	if err := c.conditions.supported(); err != nil {
		return nil, err
	}
	given := sums{in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256,
		in.ChecksumSHA512, in.ChecksumMD5, in.ChecksumXXHASH64, in.ChecksumXXHASH3, in.ChecksumXXHASH128}
	if err := c.readHeaders(&given); err != nil {
		return nil, err
	}
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 || len(in.MultipartUpload.Parts) > store.MaxParts {
		return nil, api.MalformedXML()
	}
	c.parts = in.MultipartUpload.Parts
	last := 0
	for i := range c.parts {
		p := &c.parts[i]
		if p.PartNumber == nil || p.ETag == nil {
			return nil, api.MalformedXML()
		}
		n := int(*p.PartNumber)
		if n < 1 {
			return nil, invalidArgument("PartNumber must be >= 1", "PartNumber", strconv.Itoa(n))
		}
		if err := checkPartNumber(n); err != nil {
			return nil, err
		}
		if n <= last {
			return nil, fail("InvalidPartOrder", "The list of parts was not in ascending order. "+
				"Parts must be ordered by part number.", "UploadId", c.uploadID)
		}
		last = n
	}
	return c, nil
}

// readHeaders checks what the headers say of the object to come.
func (c *completion) readHeaders(given *sums) error {
	if c.size != nil && *c.size < 0 {
		return api.InvalidRequest("Value for x-amz-mp-object-size header is less than zero: '" + strconv.FormatInt(*c.size, 10) + "'")
	}
	if c.typ != nil {
		if _, ok := checksum.ParseType(*c.typ); !ok {
			return api.InvalidRequest("Value for x-amz-checksum-type header is invalid.")
		}
	}
	a, text, err := given.one()
	if err != nil || a == checksum.None {
		return err
	}
	bare, count, dash := strings.Cut(text, "-")
	v, ok := checksum.Decode(a, bare)
	if dash && ok {
		c.sum.parts, err = strconv.Atoi(count)
		ok = err == nil && digits(count) && c.sum.parts > 0
	}
	if !ok {
		return api.InvalidRequest("Value for " + a.Header() + " header is invalid.")
	}
	c.sum.algorithm, c.sum.value = a, v
	return nil
}

func (c *completion) run(ctx context.Context, s *Service, t *store.Txn, b *store.Bucket) (store.Completed, error) {
	u, err := openUpload(&t.Reader, b, c.key, c.uploadID)
	if err != nil {
		return c.repeated(&t.Reader, b, err)
	}
	if err := c.fits(u); err != nil {
		return store.Completed{}, err
	}
	uploaded := make(map[int]*store.Part, len(c.parts))
	err = t.ScanParts(u.ID, 0, func(p *store.Part) error {
		uploaded[p.Number] = p
		c.show(u, p)
		return nil
	})
	if err != nil {
		return store.Completed{}, err
	}
	o := &store.Object{Attributes: u.Attributes}
	o.Key, o.Owner, o.StorageClass = u.Key, u.Owner, u.StorageClass
	parts, err := c.join(u, uploaded, o)
	if err != nil {
		return store.Completed{}, err
	}
	if err := c.conditions.checkIn(&t.Reader, b, c.key); err != nil {
		return store.Completed{}, err
	}
	sum := o.Checksum
	c.hide(u, o, parts)
	if err := t.CompleteUpload(b, u, o, parts, len(uploaded) > len(parts)); err != nil {
		return store.Completed{}, err
	}
	done := store.Completed{ETag: o.ETag, Checksum: sum, Version: o.Version}
	c.made = o
	return done, s.changed(ctx, t, b, o, createdMultipart)
}

// repeated is the answer to an upload that is not in progress: what it was
// before if this request completed it.
func (c *completion) repeated(r *store.Reader, b *store.Bucket, missing error) (store.Completed, error) {
	id, ok := store.ParseID(c.uploadID)
	if !ok {
		return store.Completed{}, missing
	}
	done, err := r.Completed(b.ID, c.key, id)
	if errors.Is(err, store.ErrNoSuchUpload) {
		return store.Completed{}, missing
	}
	if err != nil {
		return store.Completed{}, err
	}
	h := md5.New()
	for i := range c.parts {
		sum, err := hex.DecodeString(bareTag(&c.parts[i]))
		if err != nil {
			return store.Completed{}, missing
		}
		h.Write(sum)
	}
	if done.ETag.Parts != len(c.parts) || !bytes.Equal(h.Sum(nil), done.ETag.MD5[:]) {
		return store.Completed{}, missing
	}
	return *done, nil
}

func bareTag(p *api.CompletedPart) string { return strings.Trim(*p.ETag, `"`) }

// join finds the parts of the request among those that were uploaded, and makes
// the object's size, entity tag and checksum of them.
func (c *completion) join(u *store.Upload, uploaded map[int]*store.Part, o *store.Object) ([]*store.Part, error) {
	parts := make([]*store.Part, len(c.parts))
	h := md5.New()
	for i := range c.parts {
		asked := &c.parts[i]
		p := uploaded[int(*asked.PartNumber)]
		if p == nil || p.ETag().Bare() != bareTag(asked) {
			return nil, c.invalidPart(asked)
		}
		if err := c.checkPart(u, asked, p); err != nil {
			return nil, err
		}
		if i < len(c.parts)-1 && p.Size < store.MinPart {
			return nil, fail("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
				"ProposedSize", strconv.FormatInt(p.Size, 10), "MinSizeAllowed", strconv.Itoa(store.MinPart),
				"PartNumber", strconv.Itoa(p.Number), "ETag", bareTag(asked))
		}
		if o.Size += p.Size; o.Size > store.MaxObject {
			return nil, entityTooLarge(o.Size, store.MaxObject)
		}
		h.Write(p.MD5[:])
		parts[i] = p
	}
	o.ETag.Parts = len(parts)
	h.Sum(o.ETag.MD5[:0])
	if c.size != nil && *c.size != o.Size {
		return nil, api.InvalidRequest("The provided 'x-amz-mp-object-size' header value " + strconv.FormatInt(*c.size, 10) +
			" does not match what was computed: " + strconv.FormatInt(o.Size, 10))
	}
	if u.Encryption == store.SSEC && c.secret == nil {
		return parts, nil // what the parts' checksums are is not known
	}
	o.Checksum = joinSums(u, parts)
	return parts, c.checkSum(u, &o.Checksum)
}

func (c *completion) invalidPart(asked *api.CompletedPart) error {
	return fail("InvalidPart", "One or more of the specified parts could not be found.  "+
		"The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
		"UploadId", c.uploadID, "PartNumber", strconv.Itoa(int(*asked.PartNumber)), "ETag", bareTag(asked))
}

// checkPart compares the checksum that the request gives for a part with the
// part's.
func (c *completion) checkPart(u *store.Upload, asked *api.CompletedPart, p *store.Part) error {
	given := sums{asked.ChecksumCRC32, asked.ChecksumCRC32C, asked.ChecksumCRC64NVME, asked.ChecksumSHA1, asked.ChecksumSHA256,
		asked.ChecksumSHA512, asked.ChecksumMD5, asked.ChecksumXXHASH64, asked.ChecksumXXHASH3, asked.ChecksumXXHASH128}
	a, text, err := given.one()
	_, decodes := checksum.Decode(a, text)
	switch number := strconv.Itoa(p.Number); {
	case err != nil, a != checksum.None && !decodes:
		return invalidArgument("Invalid Base64 or multiple checksums present in request", "Checksum", text)
	case a == checksum.None && u.Algorithm != checksum.None && u.Type == checksum.Composite:
		return api.InvalidRequest("The upload was created using a " + lower(u.Algorithm) + " checksum. " +
			"The complete request must include the checksum for each part. It was missing for part " + number + " in the request.")
	case a == checksum.None:
		return nil
	case u.Algorithm == checksum.None && a != p.Checksum.Algorithm:
		return nil // the part was held to it when it came, and the entity tag tells that it is this part
	case u.Algorithm != checksum.None && a != u.Algorithm:
		return badDigest("The " + lower(a) + " you specified for part " + number + " did not match what we received.")
	case a != p.Checksum.Algorithm || text != checksum.Encode(p.Checksum.Value):
		return c.invalidPart(asked)
	}
	return nil
}

// joinSums is the object's checksum: of the parts' checksums or, where those
// are CRCs of a whole-object upload, of all the bytes.
func joinSums(u *store.Upload, parts []*store.Part) store.Checksum {
	a, typ := u.Algorithm, u.Type
	if a == checksum.None {
		a, typ = checksum.CRC64NVME, checksum.FullObject
	}
	c := store.Checksum{Algorithm: a, Type: typ}
	if typ == checksum.Composite {
		c.Value = checksum.OfParts(a, func(yield func([]byte) bool) {
			for _, p := range parts {
				if !yield(p.Checksum.Value) {
					return
				}
			}
		})
		return c
	}
	for i, p := range parts {
		if i == 0 {
			c.Value = p.Checksum.Value
		} else {
			c.Value = checksum.Combine(a, c.Value, p.Checksum.Value, p.Size)
		}
	}
	return c
}

// checkSum compares the object's checksum with what the request says it is.
func (c *completion) checkSum(u *store.Upload, sum *store.Checksum) error {
	if c.typ != nil && !strings.EqualFold(*c.typ, sum.Type.String()) {
		return api.InvalidRequest("The upload was created using the " + sum.Type.String() +
			" checksum mode. The complete request must use the same checksum mode.")
	}
	switch a := c.sum.algorithm; {
	case a == checksum.None:
		return nil
	case a != sum.Algorithm:
		return api.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + lower(u.Algorithm) +
			", actual checksum Type: " + lower(a))
	case c.sum.parts > 0 && sum.Type != checksum.Composite:
		return api.InvalidRequest("Value for " + a.Header() + " header is invalid.")
	case !bytes.Equal(c.sum.value, sum.Value), c.sum.parts > 0 && c.sum.parts != len(c.parts):
		return badDigest("The " + lower(a) + " you specified did not match the calculated checksum.")
	}
	return nil
}
