package ec2

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/internal/directory"
)

// Facts are what the metadata service of an instance is made of.
type Facts struct {
	*directory.Instance
	Architecture string
	DNSName      string
	VPC          string
	UserData     []byte
	// Profile is the instance profile that the instance has, nil if it has none or
	// if it has one that was deleted.
	Profile *directory.InstanceProfile
	// Role is the role in Profile, nil if there is none.
	Role *directory.Role
}

// Facts finds an instance. ErrNotFound: the account has none of that id.
func (s *Service) Facts(ctx context.Context, account, id string) (*Facts, error) {
	if checkID(id, "i", "") != nil {
		return nil, directory.ErrNotFound
	}
	f := &Facts{VPC: s.network(account).vpc}
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		f.Instance, err = directory.FindResource(t, &directory.Instance{Account: account, ID: id})
		if err != nil {
			return err
		}
		if f.Region != s.region || gone(f.Instance, now(ctx)) {
			return directory.ErrNotFound
		}
		if f.HasUserData {
			data, err := directory.FindResource(t, &directory.UserData{Account: account, Instance: id})
			if err != nil {
				return err
			}
			f.UserData = data.Data
		}
		return f.findRole(t)
	})
	if err != nil {
		return nil, err
	}
	img, _ := s.image(f.Image)
	f.Architecture, f.DNSName = img.architecture, s.dnsName(f.IP)
	return f, nil
}

// findRole finds the profile, which must be the one that was given to the
// instance, and its role.
func (f *Facts) findRole(t *directory.ReadTx) error {
	a := f.Association
	if a == nil {
		return nil
	}
	p, err := directory.FindResource(t, &directory.InstanceProfile{Entity: directory.Entity{Account: f.Account, Name: a.Name}})
	if errors.Is(err, directory.ErrNotFound) || err == nil && p.ID != a.ProfileID {
		return nil
	}
	if err != nil {
		return err
	}
	f.Profile = p
	if p.Role == "" {
		return nil
	}
	f.Role, err = t.RoleByID(p.Role)
	if errors.Is(err, directory.ErrNotFound) {
		f.Role = nil
		return nil
	}
	return err
}
