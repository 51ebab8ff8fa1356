package ec2

import (
	"context"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/directory"
)

func renderAssociation(i *directory.Instance, a *directory.ProfileAssociation, state string) *api.IamInstanceProfileAssociation {
	return &api.IamInstanceProfileAssociation{
		AssociationId: &a.ID, InstanceId: &i.ID, State: &state, IamInstanceProfile: &api.IamInstanceProfile{Arn: &a.ARN, Id: &a.ProfileID},
	}
}

// AssociateIamInstanceProfile gives an instance that has no profile one.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html
func (s *Service) AssociateIamInstanceProfile(ctx context.Context, in *api.AssociateIamInstanceProfileInput) (*api.AssociateIamInstanceProfileOutput, error) {
	var i *directory.Instance
	err := s.update(ctx, func(t *directory.Tx) (err error) {
		if i, err = s.instance(&t.ReadTx, accountOf(ctx), *in.InstanceId, now(ctx)); err != nil {
			return err
		}
		if i.State == terminated {
			return fault("IncorrectInstanceState", "The instance '%s' is not in the 'running' or 'stopped' states.", i.ID)
		}
		if i.Association != nil {
			return fault("IncorrectState", "There is an existing association for instance %s", i.ID)
		}
		p, _, err := profile(ctx, &t.ReadTx, in.IamInstanceProfile)
		if err != nil {
			return err
		}
		if err := associate(t, i, p); err != nil {
			return err
		}
		return t.PutResource(i)
	})
	if err != nil {
		return nil, err
	}
	return &api.AssociateIamInstanceProfileOutput{IamInstanceProfileAssociation: renderAssociation(i, i.Association, "associating")}, nil
}

// ReplaceIamInstanceProfileAssociation gives an instance another profile in place
// of the one it has, under a new association.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
func (s *Service) ReplaceIamInstanceProfileAssociation(ctx context.Context, in *api.ReplaceIamInstanceProfileAssociationInput) (*api.ReplaceIamInstanceProfileAssociationOutput, error) {
	var i *directory.Instance
	err := s.update(ctx, func(t *directory.Tx) (err error) {
		if i, err = s.associated(&t.ReadTx, accountOf(ctx), *in.AssociationId, now(ctx)); err != nil {
			return err
		}
		if i.State != running {
			return fault("IncorrectInstanceState", "The instance '%s' is not in the 'running' state.", i.ID)
		}
		p, _, err := profile(ctx, &t.ReadTx, in.IamInstanceProfile)
		if err != nil {
			return err
		}
		if err := associate(t, i, p); err != nil {
			return err
		}
		return t.PutResource(i)
	})
	if err != nil {
		return nil, err
	}
	return &api.ReplaceIamInstanceProfileAssociationOutput{IamInstanceProfileAssociation: renderAssociation(i, i.Association, "associating")}, nil
}

// DisassociateIamInstanceProfile takes its profile from an instance.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateIamInstanceProfile.html
func (s *Service) DisassociateIamInstanceProfile(ctx context.Context, in *api.DisassociateIamInstanceProfileInput) (*api.DisassociateIamInstanceProfileOutput, error) {
	var out *api.IamInstanceProfileAssociation
	err := s.update(ctx, func(t *directory.Tx) error {
		i, err := s.associated(&t.ReadTx, accountOf(ctx), *in.AssociationId, now(ctx))
		if err != nil {
			return err
		}
		out = renderAssociation(i, i.Association, "disassociating")
		i.Association = nil
		return t.PutResource(i)
	})
	if err != nil {
		return nil, err
	}
	return &api.DisassociateIamInstanceProfileOutput{IamInstanceProfileAssociation: out}, nil
}

// DescribeIamInstanceProfileAssociations shows which instances have which profile.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeIamInstanceProfileAssociations.html
func (s *Service) DescribeIamInstanceProfileAssociations(ctx context.Context, in *api.DescribeIamInstanceProfileAssociationsInput) (*api.DescribeIamInstanceProfileAssociationsOutput, error) {
	type inst = *directory.Instance
	keep, err := filtered(in.Filters, fields[inst]{
		"instance-id": one(func(i inst) string { return i.ID }), "state": constant[inst]("associated"),
	}, nil)
	if err != nil {
		return nil, err
	}
	if in.MaxResults != nil && len(in.AssociationIds) > 0 {
		return nil, notTogether("associationIds", "maxResults")
	}
	var found []inst
	err = s.view(ctx, func(t *directory.ReadTx) error {
		all, err := s.instances(t, accountOf(ctx), now(ctx))
		if err != nil {
			return err
		}
		have := map[string]inst{}
		for _, i := range all {
			if i.Association != nil {
				have[i.Association.ID] = i
			}
		}
		found, err = chosen(have, in.AssociationIds, keep)
		return err
	})
	if err != nil {
		return nil, err
	}
	id := func(i inst) string { return i.Association.ID }
	slices.SortFunc(found, func(a, b inst) int { return strings.Compare(id(a), id(b)) })
	found, next, err := page(found, id, in.MaxResults, in.NextToken, 5, 1000)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeIamInstanceProfileAssociationsOutput{IamInstanceProfileAssociations: []api.IamInstanceProfileAssociation{}, NextToken: next}
	for _, i := range found {
		out.IamInstanceProfileAssociations = append(out.IamInstanceProfileAssociations, *renderAssociation(i, i.Association, "associated"))
	}
	return out, nil
}

// chosen are the instances whose associations have the ids, or all, that keep
// keeps.
func chosen(have map[string]*directory.Instance, ids []string, keep func(*directory.Instance) bool) (found []*directory.Instance, err error) {
	wanted := map[string]bool{}
	for _, id := range ids {
		if checkID(id, "iip-assoc", "") != nil {
			return nil, invalidValue("Invalid value for associationId.")
		}
		if have[id] == nil {
			return nil, notFound("InvalidAssociationID.NotFound", "association ID", []string{id})
		}
		wanted[id] = true
	}
	for id, i := range have {
		if keep(i) && (len(ids) == 0 || wanted[id]) {
			found = append(found, i)
		}
	}
	return found, nil
}
