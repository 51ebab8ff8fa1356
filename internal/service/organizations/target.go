package organizations

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// members are the members of inputs that hold the id of a kind of resource.
var members = map[string]string{
	"account": "AccountId", "parent": "ParentId", "child": "ChildId", "resource": "ResourceId",
	"ou": "OrganizationalUnitId", "root": "RootId", "target": "TargetId", "policy": "PolicyId",
	"source-parent": "SourceParentId", "destination-parent": "DestinationParentId",
}

// Target names what a permission is asked on. To the management account, and to a
// delegated administrator that reads, the organization is the caller's own; to
// other members it is the management account's, and the organization's resource
// policy must let them in as well. Where there is none the operation refuses them.
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	account := caller.From(ctx).Account()
	target := &caller.Target{Resource: authz.Resource{ARN: "*", Account: account}}
	err := s.dir.View(ctx, func(t *directory.ReadTx) error {
		if access.Resource == "handshake" {
			return handshakeTarget(t, target, in)
		}
		o, err := t.OrganizationOf(account)
		if err != nil {
			return err
		}
		at := standingOf(o, account, targetKind(ctx, access, in))
		at.steady(ctx)
		if at.as == granted {
			target.Resource.Account, target.Policy = o.Management, s.dir.DelegationPolicy(o)
		}
		member, ok := members[access.Resource]
		if !ok {
			return nil
		}
		ids := wire.Strings(in, member)
		if len(ids) != 1 {
			return nil
		}
		if err := typeOfAttached(t, target, in); err != nil {
			return err
		}
		return describe(t, o, target, ids[0])
	})
	var worded *wire.Error
	if errors.Is(err, directory.ErrNotFound) || errors.As(err, &worded) { // which the operation words
		err = nil
	}
	return target, err
}

// targetKind is the kind of the operation; to ask for one's own effective policy is
// everybody's.
func targetKind(ctx context.Context, access *wire.Access, in any) kind {
	if in, ok := in.(*api.DescribeEffectivePolicyInput); ok && ownPolicy(ctx, in) {
		return everybody
	}
	return kindOf(access.Action)
}

// typeOfAttached tells the type of the policy that goes on or off a target.
func typeOfAttached(t *directory.ReadTx, target *caller.Target, in any) error {
	var id *string
	switch in := in.(type) {
	case *api.AttachPolicyInput:
		id = in.PolicyId
	case *api.DetachPolicyInput:
		id = in.PolicyId
	default:
		return nil
	}
	p, err := t.OrganizationPolicy(text(id))
	if err == nil {
		target.Context = policyTypeKey(p)
	}
	return err
}

func policyTypeKey(p *directory.OrganizationPolicy) func(*policy.Values) {
	return func(v *policy.Values) { v.SetNamed("organizations:PolicyType", p.Type) }
}

// describe fills in the ARN and tags of what has the id, and the type of a
// policy.
func describe(t *directory.ReadTx, o *directory.Organization, target *caller.Target, id string) error {
	target.Resource.ARN = resourceARN(o, id)
	if strings.HasPrefix(id, "p-") {
		p, err := t.OrganizationPolicy(id)
		if err != nil {
			return err
		}
		if !belongs(o, p) {
			return directory.ErrNotFound
		}
		target.Resource.ARN = directory.OrganizationPolicyARN(o, p)
		target.Context = policyTypeKey(p)
	}
	tags, _, err := tagsOf(t, o, id)
	if err != nil {
		return err
	}
	byKey := map[string]string{}
	for _, tag := range *tags {
		byKey[tag.Key] = tag.Value
	}
	target.Resource.Tags = policy.MakeTags(byKey)
	return nil
}

// resourceARN is the ARN of the account, root or organizational unit with the
// id.
func resourceARN(o *directory.Organization, id string) string {
	switch {
	case arn.ValidAccountID(id):
		return AccountARN(o, id)
	case strings.HasPrefix(id, "r-"):
		return "arn:aws:organizations::" + o.Management + ":root/" + o.ID + "/" + id
	case strings.HasPrefix(id, "rp-"):
		return ResourcePolicyARN(o, id)
	case strings.HasPrefix(id, "ou-"):
		return "arn:aws:organizations::" + o.Management + ":ou/" + o.ID + "/" + id
	}
	return "*"
}
