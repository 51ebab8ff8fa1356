package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// ListPoliciesGrantingServiceAccess lists, for each of some services, the
// policies of a user, group or role that allow anything of it; of a user also
// those of its groups. Nothing but identity policies counts, and no denial does.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
func (s *Service) ListPoliciesGrantingServiceAccess(ctx context.Context, in *api.ListPoliciesGrantingServiceAccessInput) (*api.ListPoliciesGrantingServiceAccessOutput, error) {
	page, err := pageOf(in.Marker, nil)
	if err != nil {
		return nil, err
	}
	if err := knownNamespaces(in.ServiceNamespaces...); err != nil {
		return nil, err
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(in.ServiceNamespaces)))
	out := &api.ListPoliciesGrantingServiceAccessOutput{PoliciesGrantingServiceAccess: []api.ListPoliciesGrantingServiceAccessEntry{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		of, err := byARN(t, accountOf(ctx), value(in.Arn))
		if err != nil {
			return err
		}
		if of.kind == directory.KindPolicy {
			return invalidInput("ARN %s is not valid.", value(in.Arn))
		}
		sources, err := of.sources(t)
		if err != nil {
			return err
		}
		l := window(wanted, func(namespace string) string { return namespace }, page)
		for _, namespace := range l.Items {
			out.PoliciesGrantingServiceAccess = append(out.PoliciesGrantingServiceAccess, granting(namespace, sources))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// granting shows the policies that allow anything of a service. A managed policy
// is shown once.
func granting(namespace string, sources []source) api.ListPoliciesGrantingServiceAccessEntry {
	entry := api.ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &namespace, Policies: []api.PolicyGrantingServiceAccess{}}
	shown := map[string]bool{}
	for _, p := range sources {
		var g grants
		g.add(p.document)
		g.deny = nil
		if !g.service(namespace) || p.arn != "" && shown[p.arn] {
			continue
		}
		granted := api.PolicyGrantingServiceAccess{PolicyName: new(p.name)}
		if p.arn != "" {
			shown[p.arn] = true
			granted.PolicyType, granted.PolicyArn = new("MANAGED"), new(p.arn)
		} else {
			granted.PolicyType, granted.EntityType, granted.EntityName = new("INLINE"), new(strings.ToUpper(p.kind.String())), new(p.holder)
		}
		entry.Policies = append(entry.Policies, granted)
	}
	return entry
}
