package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// HeadObject answers as GetObject does, without the object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (s *Service) HeadObject(ctx context.Context, in *api.HeadObjectInput) (*api.HeadObjectOutput, error) {
	customer, err := (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	given := overrides{in.ResponseCacheControl, in.ResponseContentDisposition, in.ResponseContentEncoding,
		in.ResponseContentLanguage, in.ResponseContentType, in.ResponseExpires}
	if err := given.check(ctx); err != nil {
		return nil, err
	}
	conditions := readConditions{in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince}
	sn := &store.Snapshot{}
	err = s.store.View(ctx, func(r *store.Reader) (err error) {
		sn.Bucket, sn.Object, err = find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		if err != nil {
			return err
		}
		if err := customer.fits(sn.Object); err != nil {
			return err
		}
		if err := conditions.check(sn.Object); err != nil {
			return err
		}
		// Only a question for a part needs to know where the parts lie.
		if in.PartNumber != nil && sn.Object.Data.Kind == store.PartsData {
			sn.Manifest, err = r.Manifest(sn.Object.Data.ID)
		}
		return err
	})
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	if err := s.store.Unlock(ctx, sn.Bucket, sn.Object, sn.Manifest, customer.key); err != nil {
		return nil, unlocked(err)
	}
	sel := selection{in.Range, in.PartNumber, caller.From(ctx).IfRange}
	sp, err := sel.of(sn)
	if err != nil {
		return nil, err
	}
	d := s.describe(ctx, sn, &sp, in.VersionId)
	out := headOutput(d)
	out.Expiration = unless0(&d.expiration)
	out.SSECustomerAlgorithm, out.SSECustomerKeyMD5 = customer.algorithmOut(), customer.digestOut()
	putSum(sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1,
		&out.ChecksumSHA256, &out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3,
		&out.ChecksumXXHASH128}, in.ChecksumMode, sn, &sp, &out.ChecksumType)
	out.Restore = s.restoreHeader(sn.Object)
	given.put(&out.CacheControl, &out.ContentDisposition, &out.ContentEncoding, &out.ContentLanguage, &out.ContentType, &out.Expires)
	return out, nil
}

func headOutput(d *described) *api.HeadObjectOutput {
	h := &d.o.Headers
	return &api.HeadObjectOutput{
		AcceptRanges: &d.acceptRanges, LastModified: &d.o.Modified, ContentLength: &d.length, ETag: &d.etag,
		ContentRange: unless0(&d.contentRange), ContentType: &d.contentType, ContentEncoding: unless0(&h.ContentEncoding),
		ContentLanguage: unless0(&h.ContentLanguage), ContentDisposition: unless0(&h.ContentDisposition),
		CacheControl: unless0(&h.CacheControl), Expires: unless0(&h.Expires),
		WebsiteRedirectLocation: unless0(&h.WebsiteRedirect), Metadata: d.o.Metadata, ServerSideEncryption: unless0(&d.encryption),
		StorageClass: unless0(&d.o.StorageClass), VersionId: unless0(&d.version), PartsCount: unless0(&d.parts),
		TagCount:          unless0(&d.tags),
		ReplicationStatus: unless0(&d.replication),
		ObjectLockMode:    d.lock.mode, ObjectLockRetainUntilDate: d.lock.until, ObjectLockLegalHoldStatus: d.lock.hold,
	}
}
