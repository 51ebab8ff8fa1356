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

// Target names what a permission is asked on. It is the caller's own as far as
// the decision goes: that the organization is run from its management account
// alone is for the operations to say.
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	target := &caller.Target{Resource: authz.Resource{ARN: "*", Account: caller.From(ctx).Account()}}
	member, ok := members[access.Resource]
	if !ok {
		return target, nil
	}
	ids := wire.Strings(in, member)
	if len(ids) != 1 {
		return target, nil
	}
	err := s.dir.View(ctx, func(t *directory.ReadTx) error {
		o, err := t.Organization()
		if err != nil {
			return err
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
	case strings.HasPrefix(id, "ou-"):
		return "arn:aws:organizations::" + o.Management + ":ou/" + o.ID + "/" + id
	}
	return "*"
}
