package organizations

import (
	"context"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// kind tells who may be let call an operation.
type kind byte

const (
	// manages: the management account alone.
	manages kind = iota
	// delegable: also members that the organization's resource policy names.
	delegable
	// reads: also members that are delegated administrators of any service.
	reads
	// everybody's: every account, for what concerns itself.
	everybody
)

// kinds are the operations that are not the management account's alone.
//
// See https://docs.aws.amazon.com/organizations/latest/userguide/orgs-policy-delegate.html.
var kinds = sync.OnceValue(func() map[string]kind {
	out := map[string]kind{}
	for k, names := range map[kind]string{
		delegable: `AttachPolicy CreatePolicy DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType TagResource UntagResource
			UpdatePolicy`,
		reads: `DescribeAccount DescribeCreateAccountStatus DescribeEffectivePolicy DescribeOrganizationalUnit DescribePolicy
			DescribeResourcePolicy ListAWSServiceAccessForOrganization ListAccounts ListAccountsForParent
			ListAccountsWithInvalidEffectivePolicy ListChildren ListCreateAccountStatus ListDelegatedAdministrators
			ListDelegatedServicesForAccount ListEffectivePolicyValidationErrors ListHandshakesForOrganization
			ListOrganizationalUnitsForParent ListParents ListPolicies ListPoliciesForTarget ListRoots ListTagsForResource
			ListTargetsForPolicy`,
		everybody: `AcceptHandshake CancelHandshake CreateOrganization DeclineHandshake DescribeHandshake DescribeOrganization
			LeaveOrganization ListHandshakesForAccount`,
	} {
		for name := range strings.FieldsSeq(names) {
			out[name] = k
		}
	}
	return out
})

// kindOf is the kind of the operation that an action is of.
func kindOf(action string) kind {
	return kinds()[strings.TrimPrefix(action, "organizations:")]
}

// Ways in which an account stands to an organization for an operation.
const (
	manager  = "manager"  // its own, whose policies decide alone
	delegate = "delegate" // a delegated administrator, to whom it is as its own
	granted  = "granted"  // a member: both its policies and the organization's decide
	stranger = "stranger" // a member that is not let call the operation
)

// standing is how an account stands to an organization. The resource policy is
// part of it where it decides.
type standing struct {
	as     string
	policy string
}

// standingOf is how the account, which is a member, stands to the organization for
// an operation of the kind.
func standingOf(o *directory.Organization, account string, k kind) standing {
	switch {
	case account == o.Management || k == everybody:
		return standing{as: manager}
	case k == reads && o.Delegated(account, ""):
		return standing{as: delegate}
	case k != manages && o.Delegation != nil:
		return standing{as: granted, policy: o.Delegation.Content}
	}
	return standing{as: stranger}
}

// steady tells whether the caller stood so when its permission was asked for, so
// that nothing is done on a permission that another question gave.
func (s standing) steady(ctx context.Context) bool {
	return caller.From(ctx).Steady("organizations:standing", s.as+"\n"+s.policy)
}
