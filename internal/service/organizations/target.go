package organizations

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// members are the members of inputs that hold the id of a kind of resource.
var members = map[string]string{
	"account": "AccountId", "parent": "ParentId", "child": "ChildId", "resource": "ResourceId",
	"ou": "OrganizationalUnitId", "root": "RootId", "target": "TargetId",
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
		target.Resource.ARN = resourceARN(o, ids[0])
		if !arn.ValidAccountID(ids[0]) {
			return nil
		}
		a, err := t.Account(ids[0])
		if err != nil {
			return err
		}
		tags := map[string]string{}
		for _, tag := range a.Tags {
			tags[tag.Key] = tag.Value
		}
		target.Resource.Tags = policy.MakeTags(tags)
		return nil
	})
	if errors.Is(err, directory.ErrNotFound) { // which the operation words
		err = nil
	}
	return target, err
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
