package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

// UploadPartCopy makes a part of an object or a range of it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
func (s *Service) UploadPartCopy(ctx context.Context, in *api.UploadPartCopyInput) (*api.UploadPartCopyOutput, error) {
	number := int(value(in.PartNumber))
	if err := checkPartNumber(number); err != nil {
		return nil, err
	}
	customer, err := (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	sourceKey, err := (&customerHeaders{in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey,
		in.CopySourceSSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	src, err := ParseCopySource(value(in.CopySource))
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
	sn, err := s.openSource(ctx, &src, &sourceKey, in.ExpectedSourceBucketOwner, sourceConditions(in.CopySourceIfMatch,
		in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince))
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	start, length, err := copyRange(in.CopySourceRange, sn.Object.Size)
	if err != nil {
		return nil, err
	}
	bytes, err := openCopy(ctx, sn, start, length)
	if err != nil {
		return nil, err
	}
	defer bytes.Close()
	body := newCopy(bytes, length, partAlgorithm(u))
	body.customer = customer
	part, err := s.writePart(ctx, b, u, number, body)
	if err != nil {
		return nil, err
	}
	result := &api.CopyPartResult{ETag: set(part.ETag().String()), LastModified: &part.Modified}
	sumFields{&result.ChecksumCRC32, &result.ChecksumCRC32C, &result.ChecksumCRC64NVME, &result.ChecksumSHA1,
		&result.ChecksumSHA256, &result.ChecksumSHA512, &result.ChecksumMD5, &result.ChecksumXXHASH64,
		&result.ChecksumXXHASH3, &result.ChecksumXXHASH128}.put(&body.checksum, sumText(&body.checksum, 0), nil)
	return &api.UploadPartCopyOutput{CopyPartResult: result, ServerSideEncryption: sealedBy(u.Encryption),
		SSECustomerAlgorithm: customer.algorithmOut(), SSECustomerKeyMD5: customer.digestOut(),
		CopySourceVersionId: shownVersion(sn.Bucket, sn.Object)}, nil
}
