package s3

import (
	"context"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// ListBuckets lists the buckets of the caller's account.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func (s *Service) ListBuckets(ctx context.Context, in *api.ListBucketsInput) (*api.ListBucketsOutput, error) {
	account := caller.From(ctx).Account()
	limit := maxBuckets
	if in.MaxBuckets != nil {
		if limit = int(*in.MaxBuckets); limit < 1 || limit > maxBuckets {
			return nil, invalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets",
				strconv.Itoa(limit))
		}
	}
	if in.BucketRegion != nil && !s.knowsRegion(*in.BucketRegion) {
		return nil, fail("InvalidArgument", "Argument value "+*in.BucketRegion+" is not a valid AWS Region",
			"ArgumentName", "bucket-region")
	}
	after := ""
	if in.ContinuationToken != nil {
		var err error
		if after, err = resume("buckets "+account, *in.ContinuationToken); err != nil {
			return nil, err
		}
	}
	q := bucketQuery{prefix: value(in.Prefix), after: after, region: value(in.BucketRegion), limit: limit,
		detailed: in.MaxBuckets != nil || in.ContinuationToken != nil || in.Prefix != nil || in.BucketRegion != nil}
	var page []api.Bucket
	var more bool
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		page, more, err = q.page(r, account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if page == nil {
		page = []api.Bucket{} // the list is in the answer even when it is empty
	}
	out := &api.ListBucketsOutput{Owner: s.owner(ctx, account), Prefix: in.Prefix, Buckets: page}
	if more {
		out.ContinuationToken = continuation("buckets "+account, *page[len(page)-1].Name)
	}
	return out, nil
}

type bucketQuery struct {
	prefix, after, region string
	limit                 int
	detailed              bool // whether the answer names the region of each
}

func (q *bucketQuery) page(r *store.Reader, account string) (page []api.Bucket, more bool, err error) {
	from := max(q.prefix, q.after)
	err = r.ScanBuckets(account, from, func(b *store.Bucket) error {
		switch {
		case !strings.HasPrefix(b.Name, q.prefix):
			return kv.Stop
		case b.Name <= q.after && q.after != "", q.region != "" && b.Region != q.region:
			return nil
		case len(page) == q.limit:
			more = true
			return kv.Stop
		}
		entry := api.Bucket{Name: &b.Name, CreationDate: &b.Created}
		if q.detailed {
			entry.BucketRegion = set(b.Region)
		}
		page = append(page, entry)
		return nil
	})
	return page, more, err
}
