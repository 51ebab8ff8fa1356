package s3

import (
	api "github.com/sallyport/sallyport/internal/api/s3"
	"strings"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// aclHeaders is a canned ACL and the x-amz-grant- headers.
type aclHeaders struct {
	canned                                      *string
	fullControl, read, readACP, write, writeACP *string
}

func (a *aclHeaders) grants() bool {
	return a.fullControl != nil || a.read != nil || a.readACP != nil || a.write != nil || a.writeACP != nil
}

const ownerFullControl = "bucket-owner-full-control"

// ownership is who owns a new object in a bucket, and its ACL.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (s *Service) ownership(a *aclHeaders, b *store.Bucket, account string) (owner string, acl []byte, err error) {
	canned := value(a.canned)
	switch canned {
	case "", "private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read",
		"bucket-owner-read", ownerFullControl:
	default:
		return "", nil, invalidArgument("", "x-amz-acl", canned)
	}
	if canned != "" && a.grants() {
		return "", nil, api.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
	}
	if b.Ownership == store.BucketOwnerEnforced {
		if canned != "" && canned != ownerFullControl || a.grants() && !s.grantsBucketOwner(a, b) {
			return "", nil, fail("AccessControlListNotSupported", "The bucket does not allow ACLs")
		}
		return b.Account, nil, nil
	}
	switch {
	case a.grants():
		return "", nil, api.NotImplemented("x-amz-grant-full-control")
	case canned != "" && canned != "private" && canned != ownerFullControl:
		return "", nil, api.NotImplemented("x-amz-acl")
	case account == "" || account == b.Account:
		return b.Account, nil, nil
	case canned == ownerFullControl && b.Ownership == store.BucketOwnerPreferred:
		return b.Account, nil, nil
	case canned == ownerFullControl:
		return account, store.ACLBucketOwnerFullControl(), nil
	}
	return account, nil, nil
}

// grantsBucketOwner tells whether the grants are the bucket owner's full control
// and nothing else.
func (s *Service) grantsBucketOwner(a *aclHeaders, b *store.Bucket) bool {
	if a.read != nil || a.readACP != nil || a.write != nil || a.writeACP != nil || a.fullControl == nil {
		return false
	}
	name, id, _ := strings.Cut(*a.fullControl, "=")
	return strings.TrimSpace(name) == "id" && strings.Trim(id, ` "`) == s.accounts.CanonicalID(b.Account)
}
