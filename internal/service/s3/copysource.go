package s3

import (
	"context"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// CopySource is what an x-amz-copy-source header names.
type CopySource struct {
	Bucket, Key string
	Version     *string // nil for the current one
}

// ParseCopySource reads an x-amz-copy-source header: BUCKET/KEY, URL-encoded, with
// or without a slash before it and ?versionId=ID after it. The errors are AWS's
// answers; a source behind an access point is NotImplemented.
func ParseCopySource(header string) (CopySource, error) {
	invalid := func(what string) (CopySource, error) {
		return CopySource{}, invalidArgument("Invalid copy source "+what, "x-amz-copy-source", header)
	}
	path, query, hasVersion := strings.Cut(header, "?versionId=")
	decoded, err := url.QueryUnescape(path) // a bare plus sign is a space here, unlike in paths
	if err != nil {
		return invalid("encoding")
	}
	decoded = strings.TrimPrefix(decoded, "/")
	if strings.HasPrefix(decoded, "arn:") {
		return CopySource{}, api.NotImplemented("x-amz-copy-source")
	}
	bucket, key, _ := strings.Cut(decoded, "/")
	switch {
	case !possibleName(bucket) || likeIP(bucket):
		return invalid("bucket name")
	case key == "":
		return invalid("object key")
	}
	src := CopySource{Bucket: bucket, Key: key}
	if hasVersion {
		version, err := url.QueryUnescape(query)
		if err != nil || version == "" {
			return CopySource{}, emptyVersion()
		}
		src.Version = &version
	}
	return src, nil
}

// sourceConditions is the x-amz-copy-source-if- members of an input.
func sourceConditions(match, noneMatch *string, modified, unmodified *time.Time) readConditions {
	return readConditions{match, noneMatch, modified, unmodified}
}

// openSource holds on to the object that is to be copied.
func (s *Service) openSource(ctx context.Context, src *CopySource, key *customerKey, expectedOwner *string, c readConditions) (*store.Snapshot, error) {
	sn, err := s.store.Snapshot(ctx, func(r *store.Reader) (*store.Bucket, *store.Object, error) {
		b, o, err := find(r, &target{&src.Bucket, &src.Key, src.Version, expectedOwner})
		if err != nil {
			return nil, nil, err
		}
		if err := key.fits(o); err != nil {
			return nil, nil, err
		}
		if err := c.checkSource(o); err != nil {
			return nil, nil, err
		}
		return b, o, s.checkRestored(o, "Operation is not valid for the source object's storage class")
	})
	if e, ok := wire.AsError(err); ok && e.Code == "MethodNotAllowed" {
		return nil, api.InvalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	if err := sn.Unlock(ctx, key.key); err != nil {
		sn.Close()
		return nil, unlocked(err)
	}
	return sn, nil
}

// copyRange is the bytes that an x-amz-copy-source-range selects, all without
// one. It must lie within the object.
func copyRange(header *string, size int64) (start, length int64, err error) {
	if header == nil {
		return 0, size, nil
	}
	const name = "x-amz-copy-source-range"
	from, to, dash := strings.Cut(strings.TrimPrefix(*header, "bytes="), "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if !strings.HasPrefix(*header, "bytes=") || !dash || err1 != nil || err2 != nil ||
		!digits(from) || !digits(to) || first > last {
		return 0, 0, invalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last "+
			"where first and last are the zero-based offsets of the first and last bytes to copy", name, *header)
	}
	if last >= size {
		return 0, 0, invalidArgument("Range specified is not valid for source object of size: "+
			strconv.FormatInt(size, 10), name, *header)
	}
	return first, last - first + 1, nil
}

// openCopy reads the bytes to copy.
func openCopy(ctx context.Context, sn *store.Snapshot, start, length int64) (io.ReadCloser, error) {
	if length > store.MaxPart {
		return nil, api.InvalidRequest("The specified copy source is larger than the maximum allowable size " +
			"for a copy source: " + strconv.FormatInt(store.MaxPart, 10))
	}
	return sn.Open(ctx, start, length)
}
