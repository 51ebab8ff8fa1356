package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// CopyObject makes an object of another one of up to 5 GiB. The copy's bytes
// are sealed anew under a key of their own.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func (s *Service) CopyObject(ctx context.Context, in *api.CopyObjectInput) (*api.CopyObjectOutput, error) {
	key := value(in.Key)
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if !caller.From(ctx).Identity.Signed() {
		return nil, api.AccessDenied("Anonymous users cannot copy objects.  Please authenticate.")
	}
	src, err := ParseCopySource(value(in.CopySource))
	if err != nil {
		return nil, err
	}
	conditions := writeConditions{in.IfMatch, in.IfNoneMatch}
	if err := conditions.supported(); err != nil {
		return nil, err
	}
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	sourceKey, err := (&customerHeaders{in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey,
		in.CopySourceSSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	sn, err := s.openSource(ctx, &src, &sourceKey, in.ExpectedSourceBucketOwner, sourceConditions(in.CopySourceIfMatch,
		in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince))
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	d := copyDescription(in)
	o, err := s.copyAttributes(ctx, in, &d, b, sn, src.Version != nil)
	if err != nil {
		return nil, err
	}
	algorithm, err := copyAlgorithm(in.ChecksumAlgorithm, sn.Object)
	if err != nil {
		return nil, err
	}
	bytes, err := openCopy(ctx, sn, 0, sn.Object.Size)
	if err != nil {
		return nil, err
	}
	defer bytes.Close()
	body := newCopy(bytes, sn.Object.Size, algorithm)
	body.customer = d.key
	version, err := s.write(ctx, b, &o, body, &conditions, createdCopy)
	if err != nil {
		return nil, err
	}
	out := copyOutput(&o)
	out.Expiration = s.expiration(ctx, b, &o)
	out.VersionId, out.CopySourceVersionId = version, shownVersion(sn.Bucket, sn.Object)
	out.SSECustomerAlgorithm, out.SSECustomerKeyMD5 = d.key.algorithmOut(), d.key.digestOut()
	return out, nil
}

func copyOutput(o *store.Object) *api.CopyObjectOutput {
	result := &api.CopyObjectResult{ETag: set(o.ETag.String()), LastModified: &o.Modified}
	sumFields{&result.ChecksumCRC32, &result.ChecksumCRC32C, &result.ChecksumCRC64NVME, &result.ChecksumSHA1,
		&result.ChecksumSHA256, &result.ChecksumSHA512, &result.ChecksumMD5, &result.ChecksumXXHASH64,
		&result.ChecksumXXHASH3, &result.ChecksumXXHASH128,
	}.put(&o.Checksum, sumText(&o.Checksum, 0), &result.ChecksumType)
	return &api.CopyObjectOutput{CopyObjectResult: result, ServerSideEncryption: sealedBy(o.Encryption)}
}

// copyAlgorithm is the checksum algorithm of a copy: what is asked for, or that
// of the source.
func copyAlgorithm(asked *string, from *store.Object) (checksum.Algorithm, error) {
	a, err := algorithmOf(asked)
	if err != nil || a != checksum.None {
		return a, err
	}
	if from.Checksum.Algorithm != checksum.None {
		return from.Checksum.Algorithm, nil
	}
	return checksum.CRC64NVME, nil
}

// copyAttributes is what is stored with a copy: what the source has, and what
// the request replaces of it.
func (s *Service) copyAttributes(ctx context.Context, in *api.CopyObjectInput, d *description, b *store.Bucket, sn *store.Snapshot, named bool) (o store.Object, err error) {
	replace, err := directive("x-amz-metadata-directive", "metadata", in.MetadataDirective)
	if err != nil {
		return o, err
	}
	replaceTags, err := directive("x-amz-tagging-directive", "tagging", in.TaggingDirective)
	if err != nil {
		return o, err
	}
	if !replace {
		d.metadata = sn.Object.Metadata
		redirect := d.headers.WebsiteRedirect
		d.headers = sn.Object.Headers
		d.headers.WebsiteRedirect = redirect
	}
	if !replaceTags {
		d.tagging = nil
	}
	if o, err = s.attributes(ctx, d, b); err != nil {
		return o, err
	}
	if !replaceTags {
		o.Tags = sn.Object.Tags
	}
	o.Key = value(in.Key)
	// A version that the request names is brought back by copying it to where it is.
	same := sn.Bucket.ID == b.ID && sn.Object.Key == o.Key && (!named || b.Versioning == store.Unversioned)
	if same && !replace && in.ServerSideEncryption == nil && !d.key.given() && o.Encryption == sn.Object.Encryption && in.WebsiteRedirectLocation == nil &&
		(in.StorageClass == nil || o.StorageClass == sn.Object.StorageClass) {
		return o, api.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without " +
			"changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return o, nil
}

// directive tells whether a directive says REPLACE instead of COPY.
func directive(header, what string, given *string) (bool, error) {
	switch value(given) {
	case "", "COPY":
		return false, nil
	case "REPLACE":
		return true, nil
	}
	return false, invalidArgument("Unknown "+what+" directive.", header, *given)
}

func copyDescription(in *api.CopyObjectInput) description {
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
