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
	e := encryption{customerAlgorithm: in.SSECustomerAlgorithm, customerKey: in.SSECustomerKey,
		customerKeyMD5: in.SSECustomerKeyMD5, sourceAlgorithm: in.CopySourceSSECustomerAlgorithm,
		sourceCustomerKey: in.CopySourceSSECustomerKey, sourceCustomer: in.CopySourceSSECustomerKeyMD5}
	if err := e.check(); err != nil {
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
	sn, err := s.openSource(ctx, &src, in.ExpectedSourceBucketOwner, sourceConditions(in.CopySourceIfMatch,
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
	part, err := s.writePart(ctx, b, u, number, newCopy(bytes, length, partAlgorithm(u)))
	if err != nil {
		return nil, err
	}
	result := &api.CopyPartResult{ETag: set(part.ETag().String()), LastModified: &part.Modified}
	sumFields{&result.ChecksumCRC32, &result.ChecksumCRC32C, &result.ChecksumCRC64NVME, &result.ChecksumSHA1,
		&result.ChecksumSHA256, &result.ChecksumSHA512, &result.ChecksumMD5, &result.ChecksumXXHASH64,
		&result.ChecksumXXHASH3, &result.ChecksumXXHASH128}.put(&part.Checksum, sumText(&part.Checksum, 0), nil)
	return &api.UploadPartCopyOutput{CopyPartResult: result, ServerSideEncryption: set(aes256),
		CopySourceVersionId: shownVersion(sn.Bucket, sn.Object)}, nil
}
