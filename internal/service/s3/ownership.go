package s3

import (
	"context"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// ownership is who owns a new object in a bucket, and its ACL.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (s *Service) ownership(ctx context.Context, a *aclHeaders, b *store.Bucket) (owner string, acl []byte, err error) {
	w, err := a.wanted(objectACLs)
	if err != nil {
		return "", nil, err
	}
	if b.Ownership == store.BucketOwnerEnforced {
		return b.Account, nil, s.checkEnforced(w, b)
	}
	given, err := s.resolve(ctx, w)
	if err != nil {
		return "", nil, err
	}
	owner = writer(ctx, b)
	if b.Ownership == store.BucketOwnerPreferred && given != nil && given.canned == ownerFullControl {
		owner = b.Account
	}
	return owner, given.encode(owner, b.Account), nil
}

// writer is the account that owns what the caller writes: its own, and the
// bucket's for services.
func writer(ctx context.Context, b *store.Bucket) string {
	who := caller.From(ctx)
	switch {
	case who.Account() != "":
		return who.Account()
	case who.Identity.Kind == policy.CallerAnonymous:
		return store.Anonymous
	}
	return b.Account
}

// ownerOf is who owns an object in a bucket: its owner, or the bucket's where
// that is enforced.
func ownerOf(b *store.Bucket, owner string) string {
	if b.Ownership == store.BucketOwnerEnforced || owner == "" {
		return b.Account
	}
	return owner
}
