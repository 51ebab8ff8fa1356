package s3

import (
	"context"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// wanted reads the ACL that a request brings, nil if it brings none.
func (a *asking) wanted() (*wantedACL, error) {
	if a.aclBody != nil {
		return a.putACL(cannedACLs)
	}
	return a.acl.wanted(cannedACLs)
}

// requestACL is what the ACL of a request means to authorization. One that
// cannot be read means nothing: the operation refuses it in its own words. Where
// there are no ACLs it does not matter whether one would be public.
func (s *Service) requestACL(a *asking, b *store.Bucket) (acl authz.RequestACL) {
	if w, err := a.wanted(); err == nil && w != nil {
		acl = w.request(s.accounts.CanonicalID(b.Account))
		acl.Public = acl.Public && b.Ownership != store.BucketOwnerEnforced
	}
	return acl
}

// bucketACL fills in the ACL of the bucket where ACLs count.
func (t *asked) bucketACL(ctx context.Context, b *store.Bucket) error {
	if b.Ownership == store.BucketOwnerEnforced {
		return nil
	}
	grants, err := storedACL(b.ACL, b.Account)
	t.s3.ACL = decided(ctx, grants)
	return err
}

// asOnBucket fills in an object that is not there: whom the bucket's ACL gives a
// permission is given others on the object. Whoever may list the bucket may ask
// for what it lacks, and whoever may write to it may say who can use what is
// written.
func (t *asked) asOnBucket(b *store.Bucket, has, gives authz.Permission) {
	if b.Ownership == store.BucketOwnerEnforced {
		return
	}
	t.object.ACL = nil
	for _, g := range t.s3.ACL {
		if g.Permission&has != 0 {
			g.Permission = gives
			t.object.ACL = append(t.object.ACL, g)
		}
	}
	t.s3.Object = &t.object
}

// ofObject fills in an object that is there.
func (t *asked) ofObject(ctx context.Context, b *store.Bucket, o *store.ObjectAccess) error {
	t.object.Owner = ownerOf(b, o.Owner)
	t.object.Tags = tagsOf(o.Tags)
	seeTags(ctx, t.object.Tags)
	t.s3.Object = &t.object
	if b.Ownership == store.BucketOwnerEnforced {
		return nil
	}
	grants, err := storedACL(o.ACL, t.object.Owner)
	t.object.ACL = decided(ctx, grants)
	return err
}

// accessIn is what of an object bears on who may use it in a bucket: without
// ACLs neither its owner nor its own does.
func accessIn(b *store.Bucket, o *store.ObjectAccess) store.ObjectAccess {
	a := store.ObjectAccess{Tags: o.Tags}
	if b.Ownership != store.BucketOwnerEnforced {
		a.Owner, a.ACL = o.Owner, o.ACL
	}
	return a
}

// ofStored fills in the object that a request names, and notes what of it was
// asked on.
func (t *asked) ofStored(ctx context.Context, r *store.Reader, b *store.Bucket, a *asking) error {
	key := value(a.key)
	o, ok, err := stored(r, b, key, a.version)
	if err != nil {
		return err
	}
	if !ok || o.DeleteMarker && a.version == nil {
		r.Ask(b.ID, key, value(a.version), store.ObjectAccess{})
		t.asOnBucket(b, authz.PermissionRead, authz.PermissionRead|authz.PermissionReadACP|authz.PermissionWriteACP)
		return nil
	}
	r.Ask(b.ID, key, value(a.version), accessIn(b, &o))
	return t.ofObject(ctx, b, &o)
}
