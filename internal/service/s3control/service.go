package s3control

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// Buckets is what the S3 service does for this one. account is the owner that
// the bucket must have.
type Buckets interface {
	// BucketTarget is what a permission on a bucket is asked on.
	BucketTarget(ctx context.Context, bucket, account string) (*caller.Target, error)
	// BucketTags are a bucket's tags.
	BucketTags(ctx context.Context, bucket, account string) ([]policy.Tag, error)
	// TagBucket sets tags, leaving others as they are, and removes those whose keys
	// are in remove.
	TagBucket(ctx context.Context, bucket, account string, tags []policy.Tag, remove []string) error
}

// Service has one method per operation that is served.
type Service struct {
	dir     *directory.Directory
	buckets Buckets
}

// New makes the service over a directory, which it does not close, and the S3
// service.
func New(dir *directory.Directory, buckets Buckets) *Service { return &Service{dir, buckets} }

// own is the account of a request, if it is the caller's.
func own(ctx context.Context, account *string) (string, error) {
	if account == nil || *account == "" || *account != caller.From(ctx).Account() {
		return "", api.AccessDenied("")
	}
	return *account, nil
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
