package s3

import (
	"context"
	"net/http"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// GetObject sends an object or a range of it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (s *Service) GetObject(ctx context.Context, in *api.GetObjectInput) (*api.GetObjectOutput, error) {
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
	sn, err := s.store.Snapshot(ctx, func(r *store.Reader) (*store.Bucket, *store.Object, error) {
		b, o, err := find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		if err != nil {
			return nil, nil, err
		}
		if err := customer.fits(o); err != nil {
			return nil, nil, err
		}
		if err := conditions.check(o); err != nil {
			return nil, nil, err
		}
		return b, o, s.checkRestored(o, "")
	})
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	if err := sn.Unlock(ctx, customer.key); err != nil {
		sn.Close()
		return nil, unlocked(err)
	}
	sel := selection{in.Range, in.PartNumber, caller.From(ctx).IfRange}
	sp, err := sel.of(sn)
	if err != nil {
		sn.Close()
		return nil, err
	}
	d := s.describe(ctx, sn, &sp, in.VersionId)
	out := getOutput(d)
	out.Expiration = unless0(&d.expiration)
	out.SSECustomerAlgorithm, out.SSECustomerKeyMD5 = customer.algorithmOut(), customer.digestOut()
	putSum(sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1,
		&out.ChecksumSHA256, &out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3,
		&out.ChecksumXXHASH128}, in.ChecksumMode, sn, &sp, &out.ChecksumType)
	out.Restore = s.restoreHeader(sn.Object)
	given.put(&out.CacheControl, &out.ContentDisposition, &out.ContentEncoding, &out.ContentLanguage, &out.ContentType, &out.Expires)
	out.Body, err = sn.Open(ctx, sp.start, sp.length)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func getOutput(d *described) *api.GetObjectOutput {
	h := &d.o.Headers
	return &api.GetObjectOutput{
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

// overrides are the response- parameters, which stand for headers of the answer.
type overrides struct {
	cacheControl, disposition, encoding, language, contentType *string
	expires                                                    *time.Time
}

// check refuses them of callers who did not sign.
func (o *overrides) check(ctx context.Context) error {
	if *o == (overrides{}) || caller.From(ctx).Identity.Signed() {
		return nil
	}
	return api.InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
}

// put sets the headers of an answer.
func (o *overrides) put(cacheControl, disposition, encoding, language, contentType, expires **string) {
	for _, h := range []struct{ from, to **string }{
		{&o.cacheControl, cacheControl}, {&o.disposition, disposition}, {&o.encoding, encoding},
		{&o.language, language}, {&o.contentType, contentType},
	} {
		if *h.from != nil {
			*h.to = *h.from
		}
	}
	if o.expires != nil {
		*expires = set(o.expires.UTC().Format(http.TimeFormat))
	}
}
