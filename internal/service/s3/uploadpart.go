package s3

import (
	"context"
	"errors"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// UploadPart stores a part of an upload, replacing the one of that number.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
func (s *Service) UploadPart(ctx context.Context, in *api.UploadPartInput) (*api.UploadPartOutput, error) {
	number := int(value(in.PartNumber))
	if err := checkPartNumber(number); err != nil {
		return nil, err
	}
	customer, err := (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	b, u, err := s.upload(ctx, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if err := customer.fitsUpload(u); err != nil {
		return nil, err
	}
	body, err := newIntake(&upload{body: in.Body, length: in.ContentLength, md5: in.ContentMD5, sdkAlgorithm: in.ChecksumAlgorithm,
		sums: sums{in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256,
			in.ChecksumSHA512, in.ChecksumMD5, in.ChecksumXXHASH64, in.ChecksumXXHASH3, in.ChecksumXXHASH128},
	}, partAlgorithm(u))
	if err != nil {
		return nil, err
	}
	if err := checkLockedBody(&u.Lock, body, "Put Part"); err != nil {
		return nil, err
	}
	if err := checkPartAlgorithm(u, body.want.algorithm); err != nil {
		return nil, err
	}
	if u.Algorithm == checksum.None {
		body.keep(partAlgorithm(u)) // of which the whole object's is made
	}
	body.customer = customer
	part, err := s.writePart(ctx, b, u, number, body)
	if err != nil {
		return nil, err
	}
	out := &api.UploadPartOutput{ETag: set(part.ETag().String()), ServerSideEncryption: sealedBy(u.Encryption),
		SSECustomerAlgorithm: customer.algorithmOut(), SSECustomerKeyMD5: customer.digestOut()}
	sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	}.put(&body.checksum, sumText(&body.checksum, 0), nil)
	return out, nil
}

// upload finds a bucket and a multipart upload in it.
func (s *Service) upload(ctx context.Context, bucket, key, uploadID, expectedOwner *string) (b *store.Bucket, u *store.Upload, err error) {
	if err := checkKey(value(key)); err != nil {
		return nil, nil, err
	}
	err = s.store.View(ctx, func(r *store.Reader) error {
		if b, err = openBucket(r, bucket, expectedOwner); err != nil {
			return err
		}
		u, err = openUpload(r, b, value(key), value(uploadID))
		return err
	})
	return b, u, err
}

func openUpload(r *store.Reader, b *store.Bucket, key, uploadID string) (*store.Upload, error) {
	id, ok := store.ParseID(uploadID)
	if !ok {
		return nil, api.NoSuchUpload(uploadID)
	}
	u, err := r.Upload(b.ID, key, id)
	if errors.Is(err, store.ErrNoSuchUpload) {
		return nil, api.NoSuchUpload(uploadID)
	}
	return u, err
}

// partAlgorithm is what a part gets a checksum of that comes without one.
func partAlgorithm(u *store.Upload) checksum.Algorithm {
	if u.Algorithm != checksum.None {
		return u.Algorithm
	}
	return checksum.CRC64NVME
}

// checkPartAlgorithm refuses a part with another checksum than its upload was
// begun with. Where the checksum is one of the whole object, a part may come
// without. An upload that was begun without any takes parts with whatever an SDK
// adds of its own accord.
func checkPartAlgorithm(u *store.Upload, a checksum.Algorithm) error {
	if u.Algorithm == checksum.None || a == u.Algorithm || a == checksum.None && u.Type == checksum.FullObject {
		return nil
	}
	return api.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + lower(u.Algorithm) +
		", actual checksum Type: " + lower(a))
}

// lower is an algorithm's name in messages.
func lower(a checksum.Algorithm) string {
	if a == checksum.None {
		return "null"
	}
	return strings.ToLower(a.String())
}

// checkPartKey refuses a part under a customer's key once the bucket takes none,
// though its upload was begun before.
func (s *Service) checkPartKey(ctx context.Context, b *store.Bucket, customer *customerKey) error {
	if !customer.given() {
		return nil
	}
	rule, err := s.encryptionRule(ctx, b)
	if err == nil && s.blocksCustomerKeys(rule) {
		err = blockedCustomerKey(ctx, b)
	}
	return err
}

// writePart stores the bytes of body as a part.
func (s *Service) writePart(ctx context.Context, b *store.Bucket, u *store.Upload, number int, body *intake) (*store.Part, error) {
	if err := s.checkPartKey(ctx, b, &body.customer); err != nil {
		return nil, err
	}
	st, err := s.store.StagePart(ctx, b, u, body.customer.key, body)
	if err != nil {
		return nil, unlockedUpload(err)
	}
	part := &store.Part{Number: number, Size: st.Size}
	part.MD5, part.Checksum = st.Stored(body.etag.MD5, body.stored())
	err = s.store.Commit(ctx, st, func(t *store.Txn) error {
		now, err := again(&t.Reader, b)
		if err != nil {
			return err
		}
		part.Modified = t.Now()
		return t.PutPart(now, u.Key, u.ID, part, st)
	})
	if errors.Is(err, store.ErrNoSuchUpload) {
		err = api.NoSuchUpload(u.ID.String())
	}
	return part, err
}
