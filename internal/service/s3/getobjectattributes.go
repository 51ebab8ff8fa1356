package s3

import (
	"context"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// attributeParts is the most parts that GetObjectAttributes tells of at once.
const attributeParts = 1000

// GetObjectAttributes tells what it is asked of an object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
func (s *Service) GetObjectAttributes(ctx context.Context, in *api.GetObjectAttributesInput) (*api.GetObjectAttributesOutput, error) {
	customer, err := (&customerHeaders{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}).read(ctx, nil)
	if err != nil {
		return nil, err
	}
	wanted, err := wantedAttributes(in.ObjectAttributes)
	if err != nil {
		return nil, err
	}
	if _, err := pageLimit(in.MaxParts, "x-amz-max-parts"); err != nil {
		return nil, err
	}
	if _, err := partMarker(in.PartNumberMarker, "x-amz-part-number-marker"); err != nil {
		return nil, err
	}
	var b *store.Bucket
	var o *store.Object
	var m *store.Manifest
	err = s.store.View(ctx, func(r *store.Reader) (err error) {
		b, o, err = find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		if err == nil {
			err = customer.fits(o)
		}
		if err == nil && wanted["ObjectParts"] && o.Data.Kind == store.PartsData {
			m, err = r.Manifest(o.Data.ID)
		}
		return err
	})
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	if err := s.store.Unlock(ctx, b, o, m, customer.key); err != nil {
		return nil, unlocked(err)
	}
	out := &api.GetObjectAttributesOutput{LastModified: &o.Modified, VersionId: shownVersion(b, o)}
	if wanted["ETag"] {
		out.ETag = set(o.ETag.Bare())
	}
	if wanted["ObjectSize"] {
		out.ObjectSize = &o.Size
	}
	if wanted["StorageClass"] {
		out.StorageClass = set("STANDARD")
		if o.StorageClass != "" {
			out.StorageClass = set(o.StorageClass)
		}
	}
	if wanted["Checksum"] && o.Checksum.Algorithm != checksum.None {
		c := &api.Checksum{}
		out.Checksum = c
		sumFields{&c.ChecksumCRC32, &c.ChecksumCRC32C, &c.ChecksumCRC64NVME, &c.ChecksumSHA1, &c.ChecksumSHA256,
			&c.ChecksumSHA512, &c.ChecksumMD5, &c.ChecksumXXHASH64, &c.ChecksumXXHASH3, &c.ChecksumXXHASH128,
		}.put(&o.Checksum, sumText(&o.Checksum, 0), &c.ChecksumType)
	}
	switch total := int32(0); {
	case m == nil:
	case o.Checksum.Type == checksum.Composite:
		out.ObjectParts = attributesOfParts(in, m)
	default: // the parts have no checksums to tell of
		total = int32(len(m.Parts))
		out.ObjectParts = &api.GetObjectAttributesParts{TotalPartsCount: &total}
	}
	return out, nil
}

// wantedAttributes reads the list of attributes, whose items may be lists too.
func wantedAttributes(given []string) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, list := range given {
		for name := range strings.SplitSeq(list, ",") {
			switch name = strings.TrimSpace(name); name {
			case "ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize":
				wanted[name] = true
			default:
				return nil, invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", name)
			}
		}
	}
	if len(wanted) == 0 {
		return nil, api.InvalidRequest("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	return wanted, nil
}

func attributesOfParts(in *api.GetObjectAttributesInput, m *store.Manifest) *api.GetObjectAttributesParts {
	total, limit, marker := int32(len(m.Parts)), int32(attributeParts), value(in.PartNumberMarker)
	if in.MaxParts != nil && *in.MaxParts < limit {
		limit = *in.MaxParts
	}
	out := &api.GetObjectAttributesParts{TotalPartsCount: &total, PartNumberMarker: &marker, MaxParts: &limit}
	next, truncated := marker, false
	for i := range m.Parts {
		number, size := int32(i+1), m.Parts[i].Size
		if number <= marker {
			continue
		}
		if truncated = int32(len(out.Parts)) == limit; truncated {
			break
		}
		p := api.ObjectPart{PartNumber: &number, Size: &size}
		c := &m.Parts[i].Checksum
		sumFields{&p.ChecksumCRC32, &p.ChecksumCRC32C, &p.ChecksumCRC64NVME, &p.ChecksumSHA1, &p.ChecksumSHA256,
			&p.ChecksumSHA512, &p.ChecksumMD5, &p.ChecksumXXHASH64, &p.ChecksumXXHASH3, &p.ChecksumXXHASH128,
		}.put(c, sumText(c, 0), nil)
		out.Parts = append(out.Parts, p)
		next = number
	}
	out.NextPartNumberMarker, out.IsTruncated = &next, &truncated
	return out
}
