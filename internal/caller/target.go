package caller

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// Target is one resource that a request asks a permission on, with what its own
// side says. Services make it: they alone know what their operations' resources
// are and whose they are. The gateway adds the caller's side and the request's
// condition keys, and decides.
type Target struct {
	Resource authz.Resource
	// Principal is who asks, where a request without a signature proves in another
	// way who sends it: the provider of a token. It is nil for the caller, and not
	// looked at if the caller has signed.
	Principal *authz.Principal
	// Policy is the resource's own policy: bucket policy or trust policy.
	Policy *authz.Document
	S3     *authz.S3

	// What S3 requests say of themselves; see the fields of authz.Request.
	ExpectedBucketOwner string
	RequestPayer        bool
	ACL                 authz.RequestACL
	NewPolicy           *policy.Document

	// Context sets further condition keys that only the service knows, such as
	// iam:PolicyARN or tags of the resource's; nil for none. It is called once
	// per decision.
	Context func(*policy.Values)
	// SkipDecision says that the operation asks no permission for this access:
	// sts:GetCallerIdentity, or an access that does not apply after all.
	SkipDecision bool
}

// ErrNoDecision is what Authorize returns in a context that no gateway made:
// what nobody can allow is refused.
var ErrNoDecision = errors.New("caller: nobody to decide")

// Authorize asks, in the middle of an operation, whether the caller may do one
// more thing, such as s3:ListBucket to learn that a key is missing or
// s3:DeleteObject for one of many keys. It returns nil, or the error with which
// the whole operation would be refused for want of this permission.
func Authorize(ctx context.Context, action string, target *Target) error {
	info := From(ctx)
	if info.Decide == nil {
		return ErrNoDecision
	}
	return info.Decide(ctx, action, target)
}
