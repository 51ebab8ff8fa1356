package authz

import (
	"strings"

	"github.com/sallyport/sallyport/policy"
)

// outsider tells whether RestrictPublicBuckets shuts the caller out: neither a service nor of the owner's account.
func (s *stage) outsider(account string) bool {
	return s.principal.Kind != policy.CallerService && !s.sameAccount(account)
}

// s3Rules are what S3 asks of a request that policies and ACLs allow; reasonNone passes.
func (e *evaluation) s3Rules(s *stage) Reason {
	req := e.req
	x, bpa := e.docs.S3, s.bpa()
	switch {
	case bpa.RestrictPublicBuckets && s.document != nil && s.document.Public() && s.outsider(s.account):
		return BPARestrictPublicBuckets
	case bpa.BlockPublicPolicy && req.NewPolicy != nil && policy.IsPublic(req.NewPolicy):
		return BPABlockPublicPolicy
	case bpa.BlockPublicAcls && req.ACL.Public:
		return BPABlockPublicACLs
	case x != nil && x.Ownership == BucketOwnerEnforced && req.ACL.Given && !req.ACL.OwnerFullControl && writesACL(req.Action):
		return ACLNotSupported
	}
	if req.Resource.Kind != ResourceBucket && req.Resource.Kind != ResourceObject {
		return reasonNone
	}
	own := s.sameAccount(s.account)
	switch {
	case req.ExpectedBucketOwner != "" && req.ExpectedBucketOwner != s.account:
		return ExpectedBucketOwnerMismatch
	case x != nil && x.RequesterPays && !own && e.principal.Kind != policy.CallerService &&
		(!req.RequestPayer || e.principal.Kind == policy.CallerAnonymous):
		return RequesterPays
	case !own && ownerAccountOnly(req.Action):
		return MethodNotAllowed
	}
	return reasonNone
}

// bpa is what is blocked for the request: by bucket and account, and by the access point that it comes through.
func (s *stage) bpa() (b BPA) {
	if s.docs.S3 != nil {
		b = s.docs.S3.BPA
	}
	if s.req.AccessPoint != nil {
		b = b.Or(s.req.AccessPoint.BPA)
	}
	return b
}

// writesACL leaves out CreateBucket, which has its own error for an ACL under BucketOwnerEnforced.
func writesACL(a policy.Action) bool { return a.Lower() != "s3:createbucket" }

// missingObject decides what a permitted caller learns of a key that does not exist: 404 if it may list the bucket (asked
// with the key as s3:prefix), else 403.
func (e *evaluation) missingObject(d *Decision) {
	bucketARN, key, _ := strings.Cut(e.req.Resource.ARN, "/")
	list := *e.req
	list.Action = listBucket
	list.Resource.Kind, list.Resource.ARN = ResourceBucket, bucketARN
	list.prefix = key
	if list.AccessPoint != nil {
		ap := *list.AccessPoint
		ap.ResourceARN = ap.ARN
		list.AccessPoint = &ap
	}
	may := Decide(&list, e.docs)
	if e.trace != nil {
		e.trace.Entries = append(e.trace.Entries, may.Trace.Entries...)
		e.trace.CallerDoor, e.trace.ResourceDoor = may.Trace.CallerDoor, may.Trace.ResourceDoor
	}
	if may.Allowed {
		d.Reason = NotFound
		return
	}
	d.refuse(NotFoundHidden)
	d.Hidden = may.Reason
	d.Deny = may.Deny
	d.CallerDoor, d.ResourceDoor = may.CallerDoor, may.ResourceDoor
}

var listBucket = policy.MakeAction("s3:ListBucket")
