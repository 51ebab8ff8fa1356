package s3

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// ec2CanonicalID is the account of Amazon EC2's that aws-exec-read grants to.
const ec2CanonicalID = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"

// canonicalID is how an owner is shown.
func (s *Service) canonicalID(owner string) string {
	if owner == store.Anonymous {
		return arn.AnonymousCanonicalID
	}
	return s.accounts.CanonicalID(owner)
}

// givenACL is the ACL of a request with the accounts that it names: a canned one
// or grants. nil is none.
type givenACL struct {
	canned string
	grants []store.Grant
	owner  string // that a body names, else empty
}

// resolve finds the accounts that a request's ACL names. It is not for use in a
// transaction.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
func (s *Service) resolve(ctx context.Context, w *wantedACL) (*givenACL, error) {
	if w == nil {
		return nil, nil
	}
	given := &givenACL{canned: w.canned, grants: make([]store.Grant, len(w.grants))}
	if w.owner != "" {
		owner, err := s.resolveID(ctx, &wantedGrant{id: w.owner, argument: argumentID})
		if err != nil {
			return nil, err
		}
		if given.owner = owner.Account; owner.Grantee == store.GranteeAnonymous {
			given.owner = store.Anonymous
		}
	}
	for i := range w.grants {
		g, err := s.resolveGrant(ctx, &w.grants[i])
		if err != nil {
			return nil, err
		}
		given.grants[i] = g
	}
	return given, nil
}

func (s *Service) resolveGrant(ctx context.Context, w *wantedGrant) (store.Grant, error) {
	if w.Grantee != store.GranteeAccount {
		return w.Grant, nil
	}
	if w.argument != "" {
		return s.resolveID(ctx, w)
	}
	account, err := s.accounts.AccountByEmail(ctx, w.email)
	if err == nil && account == "" {
		err = fail("UnresolvableGrantByEmailAddress", "")
	}
	return grantTo(account, w.Permission), err
}

func (s *Service) resolveID(ctx context.Context, w *wantedGrant) (store.Grant, error) {
	switch w.id {
	case arn.AnonymousCanonicalID:
		return store.Grant{Grantee: store.GranteeAnonymous, Permission: w.Permission}, nil
	case ec2CanonicalID:
		return store.Grant{Grantee: store.GranteeEC2, Permission: w.Permission}, nil
	}
	account, err := s.accounts.AccountByCanonicalID(ctx, w.id)
	if err == nil && account == "" {
		err = invalidArgument("Invalid id", w.argument, w.id)
	}
	return store.Grant{Grantee: store.GranteeAccount, Permission: w.Permission, Account: account}, err
}

// grantTo is a grant to an owner.
func grantTo(owner string, p store.Permission) store.Grant {
	if owner == store.Anonymous {
		return store.Grant{Grantee: store.GranteeAnonymous, Permission: p}
	}
	return store.Grant{Grantee: store.GranteeAccount, Permission: p, Account: owner}
}

// defaultACL is the grants where none are stored.
func defaultACL(owner string) []store.Grant {
	return []store.Grant{grantTo(owner, store.PermissionFullControl)}
}

// cannedACL is the grants of a canned ACL. bucketOwner is the owner of an
// object's bucket and empty for buckets themselves.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
func cannedACL(name, owner, bucketOwner string) []store.Grant {
	grants := defaultACL(owner)
	to := func(who store.Grantee, p store.Permission) {
		grants = append(grants, store.Grant{Grantee: who, Permission: p})
	}
	toBucketOwner := func(p store.Permission) {
		if bucketOwner != "" && bucketOwner != owner {
			grants = append(grants, grantTo(bucketOwner, p))
		}
	}
	switch name {
	case "public-read":
		to(store.GranteeAllUsers, store.PermissionRead)
	case "public-read-write":
		to(store.GranteeAllUsers, store.PermissionRead)
		to(store.GranteeAllUsers, store.PermissionWrite)
	case "aws-exec-read":
		to(store.GranteeEC2, store.PermissionRead)
	case "authenticated-read":
		to(store.GranteeAuthenticatedUsers, store.PermissionRead)
	case "bucket-owner-read":
		toBucketOwner(store.PermissionRead)
	case ownerFullControl:
		toBucketOwner(store.PermissionFullControl)
	case "log-delivery-write":
		to(store.GranteeLogDelivery, store.PermissionWrite)
		to(store.GranteeLogDelivery, store.PermissionReadACP)
	}
	return grants
}

// encode is how an ACL is stored, nil for the owner's full control alone.
// bucketOwner is empty for buckets.
func (g *givenACL) encode(owner, bucketOwner string) []byte {
	if g == nil {
		return nil
	}
	grants := g.grants
	if g.canned != "" {
		grants = cannedACL(g.canned, owner, bucketOwner)
	}
	if slices.Equal(grants, defaultACL(owner)) {
		return nil
	}
	return store.EncodeACL(grants)
}

// checkEnforced refuses an ACL in a bucket that has none: all but the bucket
// owner's full control.
func (s *Service) checkEnforced(w *wantedACL, b *store.Bucket) error {
	if w == nil || w.request(s.accounts.CanonicalID(b.Account)).OwnerFullControl {
		return nil
	}
	return fail("AccessControlListNotSupported", "")
}

// checkOwner refuses a body that names another owner: an ACL cannot give away
// what it is on.
func (g *givenACL) checkOwner(owner string) error {
	if g != nil && g.owner != "" && g.owner != owner {
		return api.AccessDenied("")
	}
	return nil
}

// grantsOthers tells whether anybody but the owner is granted anything.
func grantsOthers(grants []store.Grant, owner string) bool {
	return slices.ContainsFunc(grants, func(g store.Grant) bool {
		return g.Grantee != store.GranteeAccount || g.Account != owner
	})
}

// storedACL is the grants of a stored ACL.
func storedACL(row []byte, owner string) ([]store.Grant, error) {
	if row == nil {
		return defaultACL(owner), nil
	}
	return store.DecodeACL(row)
}

// shown is grants as answers show them.
func (s *Service) shown(ctx context.Context, grants []store.Grant) []api.Grant {
	out := make([]api.Grant, len(grants))
	for i := range grants {
		g := &grants[i]
		to := &api.Grantee{Type: set("CanonicalUser")}
		switch g.Grantee {
		case store.GranteeAccount:
			to.ID, to.DisplayName = set(s.accounts.CanonicalID(g.Account)), s.displayName(ctx, g.Account)
		case store.GranteeAnonymous:
			to.ID = set(arn.AnonymousCanonicalID)
		case store.GranteeEC2:
			to.ID = set(ec2CanonicalID)
		default:
			to.Type, to.URI = set("Group"), set(groupURI(g.Grantee))
		}
		out[i] = api.Grant{Grantee: to, Permission: set(permissionNames[g.Permission])}
	}
	return out
}

func groupURI(g store.Grantee) string {
	for _, uri := range []string{allUsers, authenticatedUsers, logDelivery} {
		if groupOf(uri) == g {
			return uri
		}
	}
	return ""
}

// decided is grants as authorization takes them. What is granted to those who do
// not sign as owners of what they wrote counts for no other callers.
func decided(ctx context.Context, grants []store.Grant) []authz.Grant {
	out := make([]authz.Grant, 0, len(grants))
	for i := range grants {
		g := authz.Grant{Account: grants[i].Account}
		switch grants[i].Grantee {
		case store.GranteeAccount:
			g.Grantee = authz.GranteeAccount
		case store.GranteeAllUsers:
			g.Grantee = authz.GranteeAllUsers
		case store.GranteeAuthenticatedUsers:
			g.Grantee = authz.GranteeAuthenticatedUsers
		case store.GranteeLogDelivery:
			g.Grantee = authz.GranteeLogDelivery
		case store.GranteeAnonymous:
			if caller.From(ctx).Identity.Kind != policy.CallerAnonymous {
				continue
			}
			g.Grantee = authz.GranteeAllUsers
		default:
			continue
		}
		g.Permission = decidedPermission(grants[i].Permission)
		out = append(out, g)
	}
	return out
}

func decidedPermission(p store.Permission) authz.Permission {
	switch p {
	case store.PermissionRead:
		return authz.PermissionRead
	case store.PermissionWrite:
		return authz.PermissionWrite
	case store.PermissionReadACP:
		return authz.PermissionReadACP
	case store.PermissionWriteACP:
		return authz.PermissionWriteACP
	case store.PermissionFullControl:
		return authz.PermissionFullControl
	}
	return 0
}
