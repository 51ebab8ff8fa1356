package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListObjectVersions lists the versions in a bucket: without versioning, that is
// the null version of each object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
func (s *Service) ListObjectVersions(ctx context.Context, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	var out *api.ListObjectVersionsOutput
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		out, err = s.listVersions(r, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) listVersions(r *store.Reader, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if b.Versioning != store.Unversioned {
		return nil, api.NotImplemented("")
	}
	l, err := newListing(in.Prefix, in.Delimiter, in.EncodingType, in.MaxKeys, "maxKeys")
	if err != nil {
		return nil, err
	}
	if err := checkVersionMarker(in); err != nil {
		return nil, err
	}
	// The null version is the only one of its key: after any version of a key comes
	// the next key.
	l.After = value(in.KeyMarker)
	out := &api.ListObjectVersionsOutput{Name: in.Bucket, Prefix: l.always(in.Prefix), KeyMarker: l.always(in.KeyMarker),
		VersionIdMarker: set(value(in.VersionIdMarker)), Delimiter: l.given(in.Delimiter), MaxKeys: l.max(),
		EncodingType: l.encoding()}
	if out.VersionIdMarker == nil {
		out.VersionIdMarker = new(string)
	}
	es := s.newEntries(b, l, true)
	key := false
	err = s.objects(r, b, l, func(e *store.Entry) {
		out.Versions = append(out.Versions, es.version(e))
		key = true
	})
	if err != nil {
		return nil, err
	}
	out.IsTruncated, out.CommonPrefixes = &l.truncated, l.prefixes
	if l.truncated {
		out.NextKeyMarker = l.text(l.last)
		if key && *out.Versions[len(out.Versions)-1].Key == *out.NextKeyMarker {
			out.NextVersionIdMarker = set(nullVersion)
		}
	}
	return out, nil
}

func checkVersionMarker(in *api.ListObjectVersionsInput) error {
	const name = "version-id-marker"
	switch marker := in.VersionIdMarker; {
	case marker == nil:
		return nil
	case *marker == "":
		return invalidArgument("A version-id marker cannot be empty.", name, "")
	case in.KeyMarker == nil:
		return invalidArgument("A version-id marker cannot be specified without a key marker.", name, *marker)
	case *marker != nullVersion:
		if _, ok := store.ParseID(*marker); !ok {
			return invalidArgument("Invalid version id specified", name, *marker)
		}
	}
	return nil
}
