package s3

import (
	"context"
	"errors"
	"strconv"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListParts lists the parts of an upload in progress.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
func (s *Service) ListParts(ctx context.Context, in *api.ListPartsInput) (*api.ListPartsOutput, error) {
	limit, err := pageLimit(in.MaxParts, "max-parts")
	if err != nil {
		return nil, err
	}
	after, err := partMarker(in.PartNumberMarker, "part-number-marker")
	if err != nil {
		return nil, err
	}
	if err := checkKey(value(in.Key)); err != nil {
		return nil, err
	}
	secret, err := s.partsSecret(ctx, in)
	if err != nil {
		return nil, err
	}
	var out *api.ListPartsOutput
	err = s.store.View(ctx, func(r *store.Reader) (err error) {
		out, err = s.listParts(ctx, r, in, secret, after, limit)
		return err
	})
	if errors.Is(err, store.ErrNoSuchUpload) {
		return nil, api.NoSuchUpload(value(in.UploadId))
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) listParts(ctx context.Context, r *store.Reader, in *api.ListPartsInput, secret *store.UploadSecret, after, limit int) (*api.ListPartsOutput, error) {
	b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	id, ok := store.ParseID(value(in.UploadId))
	if !ok {
		return nil, store.ErrNoSuchUpload
	}
	u, err := r.Upload(b.ID, value(in.Key), id)
	if err != nil {
		return nil, err
	}
	marker, most, truncated := int32(after), int32(limit), false
	out := &api.ListPartsOutput{Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId, PartNumberMarker: &marker,
		MaxParts: &most, IsTruncated: &truncated, Initiator: s.initiatorOf(ctx, u), Owner: s.owner(ctx, ownerOf(b, u.Owner)),
		StorageClass: classOf(u.StorageClass), NextPartNumberMarker: new(int32)}
	rules, err := configured[lifecycle.Configuration](s, r, b, store.Lifecycle)
	if err != nil {
		return nil, err
	}
	out.AbortDate, out.AbortRuleId = s.abortion(rules, u.Key, u.Initiated)
	if u.Algorithm != checksum.None {
		out.ChecksumAlgorithm, out.ChecksumType = set(u.Algorithm.String()), set(u.Type.String())
	}
	if limit == 0 || after >= store.MaxParts {
		return out, nil
	}
	err = r.ScanParts(id, after, func(p *store.Part) error {
		if len(out.Parts) == limit {
			truncated = true
			return kv.Stop
		}
		*out.NextPartNumberMarker = int32(p.Number)
		switch {
		case u.Encryption != store.SSEC:
		case secret == nil:
			p.Checksum = store.Checksum{} // it is hidden under the customer's key
		default:
			p.Checksum = secret.Part(p)
		}
		out.Parts = append(out.Parts, listedPart(u, p))
		return nil
	})
	return out, err
}

// partsSecret is what shows the checksums of the parts of an SSE-C upload, if the
// request brings the key.
func (s *Service) partsSecret(ctx context.Context, in *api.ListPartsInput) (*store.UploadSecret, error) {
	customer, err := (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil || !customer.given() {
		return nil, err
	}
	b, u, err := s.upload(ctx, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if err := customer.fitsUpload(u); err != nil {
		return nil, err
	}
	secret, err := s.store.UnlockUpload(ctx, b, u, customer.key)
	return secret, unlockedUpload(err)
}

// listedPart shows a part's checksum only if the upload was begun with one.
func listedPart(u *store.Upload, p *store.Part) api.Part {
	number := int32(p.Number)
	out := api.Part{PartNumber: &number, LastModified: &p.Modified, ETag: set(p.ETag().String()), Size: &p.Size}
	if u.Algorithm == checksum.None {
		return out
	}
	sumFields{&out.ChecksumCRC32, &out.ChecksumCRC32C, &out.ChecksumCRC64NVME, &out.ChecksumSHA1, &out.ChecksumSHA256,
		&out.ChecksumSHA512, &out.ChecksumMD5, &out.ChecksumXXHASH64, &out.ChecksumXXHASH3, &out.ChecksumXXHASH128,
	}.put(&p.Checksum, sumText(&p.Checksum, 0), nil)
	return out
}

// partMarker is the number of the part after which a list of parts goes on.
func partMarker(marker *int32, name string) (int, error) {
	n := int(value(marker))
	if n < 0 {
		return 0, invalidArgument("Argument "+name+" must be an integer between 0 and 2147483647", name, strconv.Itoa(n))
	}
	return n, nil
}
