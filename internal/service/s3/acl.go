package s3

import (
	"bytes"
	"context"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// GetBucketAcl shows the ACL of a bucket, which gives its owner full control.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
func (s *Service) GetBucketAcl(ctx context.Context, in *api.GetBucketAclInput) (*api.GetBucketAclOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	return &api.GetBucketAclOutput{Owner: s.owner(b.Account), Grants: []api.Grant{s.fullControl(b.Account)}}, nil
}

// GetObjectAcl shows the ACL of an object. In a bucket whose owner is enforced
// that is the bucket owner's full control, whatever is stored.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
func (s *Service) GetObjectAcl(ctx context.Context, in *api.GetObjectAclInput) (*api.GetObjectAclOutput, error) {
	var b *store.Bucket
	var o *store.Object
	err := s.store.View(ctx, func(r *store.Reader) (err error) {
		b, o, err = find(r, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		return err
	})
	if err != nil {
		return nil, s.reveal(ctx, err)
	}
	owner, acl := o.Owner, o.ACL
	if b.Ownership == store.BucketOwnerEnforced {
		owner, acl = b.Account, nil
	}
	out := &api.GetObjectAclOutput{Owner: s.owner(owner)}
	for _, g := range grantsOf(owner, b.Account, acl) {
		out.Grants = append(out.Grants, s.fullControl(g.Account))
	}
	return out, nil
}

// grantsOf is the grants of a stored ACL: its owner's full control and, if the
// owner gave it, the bucket owner's.
func grantsOf(owner, bucketOwner string, acl []byte) []authz.Grant {
	if owner == "" {
		owner = bucketOwner
	}
	grants := []authz.Grant{{Grantee: authz.GranteeAccount, Account: owner, Permission: authz.PermissionFullControl}}
	if bytes.Equal(acl, store.ACLBucketOwnerFullControl()) && owner != bucketOwner {
		grants = append(grants, authz.Grant{Grantee: authz.GranteeAccount, Account: bucketOwner,
			Permission: authz.PermissionFullControl})
	}
	return grants
}

func (s *Service) fullControl(account string) api.Grant {
	return api.Grant{Permission: set("FULL_CONTROL"),
		Grantee: &api.Grantee{Type: set("CanonicalUser"), ID: set(s.accounts.CanonicalID(account))}}
}
