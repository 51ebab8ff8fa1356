package s3

import (
	"context"
	"errors"
	"math"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListObjectVersions lists all versions and delete markers in a bucket, by key and
// then from the newest to the oldest.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
func (s *Service) ListObjectVersions(ctx context.Context, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	var out *api.ListObjectVersionsOutput
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		out, err = s.listVersions(ctx, r, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) listVersions(ctx context.Context, r *store.Reader, in *api.ListObjectVersionsInput) (*api.ListObjectVersionsOutput, error) {
	b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	l, err := newListing(in.Prefix, in.Delimiter, in.EncodingType, in.MaxKeys, "maxKeys")
	if err != nil {
		return nil, err
	}
	if err := checkVersionMarker(in); err != nil {
		return nil, err
	}
	l.After = value(in.KeyMarker)
	before, err := beforeMarker(r, b, l.After, in.VersionIdMarker)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectVersionsOutput{Name: in.Bucket, Prefix: l.always(in.Prefix), KeyMarker: l.always(in.KeyMarker),
		VersionIdMarker: set(value(in.VersionIdMarker)), Delimiter: l.given(in.Delimiter), MaxKeys: l.max(),
		EncodingType: l.encoding()}
	if out.VersionIdMarker == nil {
		out.VersionIdMarker = new(string)
	}
	if err := s.versions(ctx, r, b, l, before, in.OptionalObjectAttributes, out); err != nil {
		return nil, err
	}
	out.IsTruncated, out.CommonPrefixes = &l.truncated, l.prefixes
	if l.truncated {
		out.NextKeyMarker = l.text(l.last)
	} else {
		out.NextVersionIdMarker = nil
	}
	return out, nil
}

// versions fills a page with versions and delete markers.
func (s *Service) versions(ctx context.Context, r *store.Reader, b *store.Bucket, l *listing, before uint64, optional []string,
	out *api.ListObjectVersionsOutput) error {
	if l.limit == 0 {
		return nil
	}
	es, restores, gaps := s.newEntries(ctx, b, l, true), newRestoreStatuses(optional), 0
	err := r.ListVersions(b.ID, l.Listing, before, func(e *store.VersionEntry) error {
		if err := l.take(e.Key); err != nil {
			return err
		}
		if e.DeleteMarker {
			// The answer has markers where they belong among the versions: a marker of
			// nothing stands for the version before it.
			for ; gaps < len(out.Versions); gaps++ {
				out.DeleteMarkers = append(out.DeleteMarkers, api.DeleteMarkerEntry{})
			}
			out.DeleteMarkers = append(out.DeleteMarkers, es.marker(e))
		} else {
			version := e.Version
			restores.note(&e.Entry, &version, len(out.Versions))
			out.Versions = append(out.Versions, es.version(e))
		}
		out.NextVersionIdMarker = shownListed(e.Version)
		return nil
	}, func(prefix string) error {
		if err := l.group(prefix); err != nil {
			return err
		}
		out.NextVersionIdMarker = nil
		return nil
	})
	if err != nil {
		return err
	}
	return restores.fill(s, r, b, func(i int, status *api.RestoreStatus) { out.Versions[i].RestoreStatus = status })
}

// shownListed is a version id in a listing, which says null even where there was
// never versioning.
func shownListed(id store.ID) *string {
	if id.IsZero() {
		return set(nullVersion)
	}
	return set(id.String())
}

// beforeMarker is the sequence that the versions to list of the marker's key are
// below: 0 for none of them. Where the null version was that the last page ended
// with is not known any more once it is gone; then the key is listed again.
func beforeMarker(r *store.Reader, b *store.Bucket, key string, version *string) (uint64, error) {
	if version == nil {
		return 0, nil
	}
	id, err := parseVersion(*version)
	if err != nil {
		return 0, err
	}
	if !id.IsZero() {
		return id.Sequence(), nil
	}
	o, err := r.ObjectVersion(b.ID, key, id)
	if errors.Is(err, store.ErrNoSuchObject) {
		return math.MaxUint64, nil
	}
	if err != nil {
		return 0, err
	}
	return o.Sequence, nil
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
