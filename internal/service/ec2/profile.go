package ec2

import (
	"context"
	"errors"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/ec2"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// profile finds the instance profile that a request names and the role in it. A
// profile without a role is an error: there is nothing to give to an instance.
func profile(ctx context.Context, t *directory.ReadTx, spec *api.IamInstanceProfileSpecification) (*directory.InstanceProfile, *directory.Role, error) {
	account := accountOf(ctx)
	name, named, wanted := value(spec.Name), spec.Name != nil, value(spec.Arn)
	invalid := badValue(name, "iamInstanceProfile.name", "Invalid IAM Instance Profile name")
	switch {
	case named && spec.Arn != nil:
		return nil, nil, fault("InvalidParameterCombination", "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'")
	case !named && spec.Arn == nil:
		return nil, nil, fault("MissingParameter", "The request must contain the parameter iamInstanceProfile.name or iamInstanceProfile.arn")
	case !named:
		invalid = badValue(wanted, "iamInstanceProfile.arn", "Invalid IAM Instance Profile ARN")
		if !strings.HasPrefix(wanted, "arn:aws:iam::"+account+":instance-profile/") {
			return nil, nil, invalid
		}
		name = wanted[strings.LastIndexByte(wanted, '/')+1:]
	}
	if name == "" {
		return nil, nil, invalid
	}
	p, err := directory.FindResource(t, &directory.InstanceProfile{Entity: directory.Entity{Account: account, Name: name}})
	if errors.Is(err, directory.ErrNotFound) || err == nil && (!named && p.ARN() != wanted) {
		return nil, nil, invalid
	}
	if err != nil {
		return nil, nil, err
	}
	if p.Role == "" {
		return nil, nil, invalidValue(`IAM Instance Profile "%s" has no associated IAM Roles`, p.ARN())
	}
	role, err := t.RoleByID(p.Role)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, nil, invalidValue(`IAM Instance Profile "%s" has no associated IAM Roles`, p.ARN())
	}
	if err != nil {
		return nil, nil, err
	}
	// What is passed is what was asked for, even if the profile got another role
	// since.
	if !caller.From(ctx).Steady("role in "+strings.ToLower(name), role.ID) {
		return nil, nil, requestLimitExceeded()
	}
	return p, role, nil
}

// associate gives the instance a profile.
func associate(t *directory.Tx, i *directory.Instance, p *directory.InstanceProfile) error {
	id, err := newID(t, "iip-assoc")
	if err != nil {
		return err
	}
	i.Association = &directory.ProfileAssociation{ID: id, ARN: p.ARN(), Name: p.Name, ProfileID: p.ID, Since: t.Now()}
	return nil
}
