package s3

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// newBucketACL sets the ACL that the headers ask for on a bucket to be made. New
// buckets are closed to the public, so a public ACL is refused.
func (s *Service) newBucketACL(ctx context.Context, a *aclHeaders, b *store.Bucket) error {
	w, err := a.wanted(cannedACLs)
	switch {
	case err != nil || w == nil:
		return err
	case b.Ownership == store.BucketOwnerEnforced && !w.private(s.accounts.CanonicalID(b.Account)):
		return fail("InvalidBucketAclWithObjectOwnership", "")
	case w.request("").Public:
		return fail("InvalidBucketAclWithBlockPublicAccessError", "")
	}
	acl, err := s.resolve(ctx, w)
	if err == nil {
		b.ACL = acl.encode(b.Account, "")
	}
	return err
}

// private tells whether the ACL of a bucket grants nothing but to the owner with
// the canonical id.
func (w *wantedACL) private(owner string) bool {
	switch w.canned {
	case "private", "bucket-owner-read", ownerFullControl:
		return true
	case "":
		return !slices.ContainsFunc(w.grants, func(g wantedGrant) bool { return g.id != owner || g.Grantee != store.GranteeAccount })
	}
	return false
}

// resetACL gives a bucket that its owner made again, which succeeds in us-east-1
// alone, the ACL that was asked for this time. Without the permission for that it
// stays as it is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
func (s *Service) resetACL(ctx context.Context, fresh *store.Bucket) error {
	old, err := s.bucket(ctx, &fresh.Name, nil)
	if err != nil {
		return err
	}
	if old.Account != fresh.Account || old.Ownership == store.BucketOwnerEnforced || slices.Equal(old.ACL, fresh.ACL) {
		return nil
	}
	if err := s.authorize(ctx, "s3:PutBucketAcl", old, ""); err != nil {
		if fresh.ACL == nil {
			return nil
		}
		return err
	}
	return s.configure(ctx, &fresh.Name, nil, func(b *store.Bucket) error {
		if b.ID == old.ID && b.Ownership != store.BucketOwnerEnforced {
			b.ACL = fresh.ACL
		}
		return nil
	})
}
