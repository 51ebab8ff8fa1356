package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/checksum"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListMultipartUploads lists the uploads in progress.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
func (s *Service) ListMultipartUploads(ctx context.Context, in *api.ListMultipartUploadsInput) (*api.ListMultipartUploadsOutput, error) {
	var out *api.ListMultipartUploadsOutput
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		out, err = s.listUploads(ctx, r, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) listUploads(ctx context.Context, r *store.Reader, in *api.ListMultipartUploadsInput) (*api.ListMultipartUploadsOutput, error) {
	b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	l, err := newListing(in.Prefix, in.Delimiter, in.EncodingType, in.MaxUploads, "max-uploads")
	if err != nil {
		return nil, err
	}
	after := store.AllUploads
	if l.After = value(in.KeyMarker); l.After != "" && value(in.UploadIdMarker) != "" {
		var ok bool
		if after, ok = store.ParseID(*in.UploadIdMarker); !ok {
			return nil, invalidArgument("Invalid uploadId marker", "upload-id-marker", *in.UploadIdMarker)
		}
	}
	marker := "" // says nothing without a key
	if l.After != "" {
		marker = value(in.UploadIdMarker)
	}
	out := &api.ListMultipartUploadsOutput{Bucket: in.Bucket, KeyMarker: l.always(in.KeyMarker),
		UploadIdMarker: &marker, Prefix: l.always(in.Prefix), Delimiter: l.given(in.Delimiter),
		MaxUploads: l.max(), EncodingType: l.encoding()}
	last := ""
	if l.limit > 0 {
		err = r.ListUploads(b.ID, l.Listing, after, func(u *store.Upload) error {
			if err := l.take(u.Key); err != nil {
				return err
			}
			last = u.ID.String()
			out.Uploads = append(out.Uploads, s.listedUpload(ctx, b, l, u))
			return nil
		}, func(prefix string) error {
			err := l.group(prefix)
			if err == nil {
				last = ""
			}
			return err
		})
	}
	out.IsTruncated, out.CommonPrefixes = &l.truncated, l.prefixes
	if l.truncated {
		out.NextKeyMarker, out.NextUploadIdMarker = l.text(l.last), &last
	}
	return out, err
}

func (s *Service) listedUpload(ctx context.Context, b *store.Bucket, l *listing, u *store.Upload) api.MultipartUpload {
	m := api.MultipartUpload{UploadId: set(u.ID.String()), Key: l.text(u.Key), Initiated: &u.Initiated,
		StorageClass: classOf(u.StorageClass), Owner: s.owner(ctx, ownerOf(b, u.Owner)), Initiator: s.initiatorOf(ctx, u)}
	if u.Algorithm != checksum.None {
		m.ChecksumAlgorithm, m.ChecksumType = set(u.Algorithm.String()), set(u.Type.String())
	}
	return m
}

func (s *Service) initiatorOf(ctx context.Context, u *store.Upload) *api.Initiator {
	i := &api.Initiator{ID: set(u.Initiator.ID), DisplayName: set(u.Initiator.Name)}
	if i.DisplayName == nil {
		i.DisplayName = s.displayName(ctx, u.Initiator.Account)
	}
	return i
}

// classOf is a storage class as answers that always name it do.
func classOf(class string) *string {
	if class == "" {
		class = standardClass
	}
	return &class
}
