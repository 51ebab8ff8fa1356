package s3

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// see notes a bucket for the record of the request.
func see(ctx context.Context, b *store.Bucket) {
	if seen := caller.From(ctx).Seen; seen != nil {
		seen.Bucket(seenBucket(b))
	}
}

func seenBucket(b *store.Bucket) caller.SeenBucket {
	return caller.SeenBucket{Name: b.Name, ID: uint64(b.ID), Account: b.Account, Generation: b.Generation,
		Logged: b.Has(store.Logging), Metered: b.Has(store.Metrics)}
}

// seeTags notes the tags of the object that a request names.
func seeTags(ctx context.Context, tags *policy.Tags) {
	if seen := caller.From(ctx).Seen; seen != nil && tags != nil {
		seen.Tags = tags
	}
}

// See looks up a bucket for the record of a request that ended before its bucket
// was looked at; ok is false if there is none.
func (s *Service) See(ctx context.Context, name string) (b caller.SeenBucket, ok bool) {
	err := s.store.View(ctx, func(r *store.Reader) error {
		found, err := r.Bucket(name)
		if errors.Is(err, store.ErrNoSuchBucket) {
			return nil
		}
		if err == nil {
			b, ok = seenBucket(found), true
		}
		return err
	})
	return b, ok && err == nil
}
