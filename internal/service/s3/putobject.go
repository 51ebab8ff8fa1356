package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutObject stores an object of up to 5 GiB, replacing the one of that key.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
func (s *Service) PutObject(ctx context.Context, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	key := value(in.Key)
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if in.WriteOffsetBytes != nil {
		return nil, api.NotImplemented("x-amz-write-offset-bytes")
	}
	conditions := writeConditions{in.IfMatch, in.IfNoneMatch}
	if err := conditions.supported(); err != nil {
		return nil, err
	}
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	d := putDescription(in)
	o, err := s.attributes(ctx, &d, b)
	if err != nil {
		return nil, err
	}
	o.Key = key
	body, err := newIntake(&upload{body: in.Body, length: in.ContentLength, md5: in.ContentMD5,
		contentEncoding: in.ContentEncoding, sdkAlgorithm: in.ChecksumAlgorithm,
		sums: sums{in.ChecksumCRC32, in.ChecksumCRC32C, in.ChecksumCRC64NVME, in.ChecksumSHA1, in.ChecksumSHA256,
			in.ChecksumSHA512, in.ChecksumMD5, in.ChecksumXXHASH64, in.ChecksumXXHASH3, in.ChecksumXXHASH128},
	}, checksum.CRC64NVME)
	if err != nil {
		return nil, err
	}
	body.customer = d.key
	if err := checkLockedBody(&o.Lock, body, "Put Object"); err != nil {
		return nil, err
	}
	version, err := s.write(ctx, b, &o, body, &conditions, createdPut)
	if err != nil {
		return nil, err
	}
	out := &api.PutObjectOutput{ETag: set(o.ETag.String()), ServerSideEncryption: sealedBy(o.Encryption), VersionId: version,
		SSECustomerAlgorithm: d.key.algorithmOut(), SSECustomerKeyMD5: d.key.digestOut()}
	out.Expiration = s.expiration(ctx, b, &o)
	sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	}.put(&o.Checksum, sumText(&o.Checksum, 0), &out.ChecksumType)
	return out, nil
}

func putDescription(in *api.PutObjectInput) description {
	return description{
		headers: store.Headers{
			ContentType: value(in.ContentType), ContentEncoding: value(in.ContentEncoding),
			ContentLanguage: value(in.ContentLanguage), ContentDisposition: value(in.ContentDisposition),
			CacheControl: value(in.CacheControl), Expires: value(in.Expires),
			WebsiteRedirect: value(in.WebsiteRedirectLocation),
		},
		metadata: in.Metadata, tagging: in.Tagging, storageClass: in.StorageClass,
		encryption: encryption{algorithm: in.ServerSideEncryption, kmsKey: in.SSEKMSKeyId,
			kmsContext: in.SSEKMSEncryptionContext, bucketKey: in.BucketKeyEnabled,
			customer: customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}},
		acl: aclHeaders{canned: in.ACL, fullControl: in.GrantFullControl, read: in.GrantRead,
			readACP: in.GrantReadACP, writeACP: in.GrantWriteACP},
		lock: objectLock{in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus},
	}
}

// write stores the bytes of body as the object o, if the conditions hold when it
// comes to that, and returns the id of the version that it is. Afterwards o is as
// it was stored, but for a checksum that a customer's key hides.
func (s *Service) write(ctx context.Context, b *store.Bucket, o *store.Object, body *intake, c *writeConditions, e event) (version *string, err error) {
	st, err := s.store.StageUnder(ctx, b, o.Key, body.customer.key, body)
	if err != nil {
		return nil, err
	}
	o.Size, o.ETag = st.Size, body.etag
	o.ETag.MD5, o.Checksum = st.Stored(body.etag.MD5, body.checksum)
	err = s.store.Commit(ctx, st, func(t *store.Txn) error {
		now, err := again(&t.Reader, b)
		if err != nil {
			return err
		}
		if err := c.checkIn(&t.Reader, now, o.Key); err != nil {
			return err
		}
		if err := t.PutObject(now, o, st); err != nil {
			return err
		}
		version = shownVersion(now, o)
		return s.changed(ctx, t, now, o, e)
	})
	o.Checksum = body.checksum // for the answer
	return version, c.outcome(locked(err))
}
