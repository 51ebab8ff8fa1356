package iam

import (
	"context"
	"errors"
	"net/url"

	"rsc.io/qr"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// maxSerial is how long the serial number of a device may be: path and name have
// together 226 letters.
const maxSerial = 256

// CreateVirtualMFADevice makes a virtual MFA device that is nobody's yet. Its
// seed is in the answer, as text and as a picture, and nowhere afterwards.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
func (s *Service) CreateVirtualMFADevice(ctx context.Context, in *api.CreateVirtualMFADeviceInput) (*api.CreateVirtualMFADeviceOutput, error) {
	account := accountOf(ctx)
	at := directory.Entity{Account: account, Name: value(in.VirtualMFADeviceName), Path: or(in.Path, "/")}
	if len((&directory.MFADevice{Entity: at}).ARN()) > maxSerial {
		return nil, api.ValidationError("1 validation error detected: Value at 'virtualMFADeviceName' failed to satisfy constraint: " +
			"Member must have length less than or equal to 226")
	}
	tags, err := s.withTags("TagsPerMFADevice", nil, in.Tags)
	if err != nil {
		return nil, err
	}
	at.Tags = tags
	if err := s.mayTag(ctx, "iam:TagMFADevice", "mfa", in, tags); err != nil {
		return nil, err
	}
	var m *directory.MFADevice
	var seed []byte
	var holder string
	err = s.update(ctx, func(tx *directory.Tx) error {
		a, err := tx.Account(account)
		if err != nil {
			return err
		}
		if holder = a.Alias; holder == "" {
			holder = account
		}
		n, err := tx.CountResources(directory.KindMFADevice, account)
		if err != nil {
			return err
		}
		if n >= s.quotas.VirtualMFADevices {
			return api.LimitExceeded("VirtualMFADevicesPerAccount", s.quotas.VirtualMFADevices)
		}
		m = &directory.MFADevice{Entity: at}
		seed, err = tx.CreateMFADevice(m)
		if errors.Is(err, directory.ErrExists) {
			return api.NewError("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	picture, err := qrCode(m.Name+"@"+holder, base32Seed(seed))
	if err != nil {
		return nil, err
	}
	return &api.CreateVirtualMFADeviceOutput{VirtualMFADevice: &api.VirtualMFADevice{
		SerialNumber: new(m.ARN()), Base32StringSeed: []byte(base32Seed(seed)), QRCodePNG: picture, Tags: showTags(tags),
	}}, nil
}

// qrCode is a PNG of what authenticator apps read.
//
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func qrCode(label, seed string) ([]byte, error) {
	code, err := qr.Encode(otpauth(label, seed), qr.M)
	if err != nil {
		return nil, err
	}
	return code.PNG(), nil
}

func otpauth(label, seed string) string {
	issuer := url.PathEscape("Amazon Web Services")
	return "otpauth://totp/" + issuer + ":" + url.PathEscape(label) + "?secret=" + seed + "&issuer=" + issuer
}

// DeleteVirtualMFADevice removes a device that is nobody's.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html
func (s *Service) DeleteVirtualMFADevice(ctx context.Context, in *api.DeleteVirtualMFADeviceInput) (*api.DeleteVirtualMFADeviceOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		m, err := mfaDevice(&tx.ReadTx, accountOf(ctx), value(in.SerialNumber))
		if err != nil {
			return err
		}
		if m.Owner != "" {
			return deleteConflict("MFA VirtualDevice in use. Must deactivate first.")
		}
		return tx.DeleteResource(m)
	})
	return &api.DeleteVirtualMFADeviceOutput{}, err
}

// ListVirtualMFADevices lists the account's virtual devices by path and name:
// all, or those that are somebody's or nobody's.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html
func (s *Service) ListVirtualMFADevices(ctx context.Context, in *api.ListVirtualMFADevicesInput) (*api.ListVirtualMFADevicesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	keep := func(m *directory.MFADevice) bool {
		switch value(in.AssignmentStatus) {
		case "Assigned":
			return m.Owner != ""
		case "Unassigned":
			return m.Owner == ""
		}
		return true
	}
	out := &api.ListVirtualMFADevicesOutput{VirtualMFADevices: []api.VirtualMFADevice{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		of := &directory.MFADevice{Entity: directory.Entity{Account: accountOf(ctx)}}
		l, err := directory.Resources(t, of, p, keep)
		if err != nil {
			return err
		}
		for _, m := range l.Items {
			shown, err := listedDevice(t, m)
			if err != nil {
				return err
			}
			out.VirtualMFADevices = append(out.VirtualMFADevices, shown)
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	return out, err
}

// listedDevice is a device as listings show it, with whose it is.
func listedDevice(t *directory.ReadTx, m *directory.MFADevice) (api.VirtualMFADevice, error) {
	out := api.VirtualMFADevice{SerialNumber: new(m.ARN())}
	switch m.Owner {
	case "":
		return out, nil
	case m.Account:
		a, err := t.Account(m.Account)
		if err != nil {
			return out, err
		}
		out.User = showRoot(a)
	default:
		u, err := t.UserByID(m.Owner)
		if err != nil {
			return out, err
		}
		out.User = new(listedUser(u))
	}
	out.EnableDate = date(m.Enabled)
	return out, nil
}

// TagMFADevice adds tags to a virtual device, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagMFADevice.html
func (s *Service) TagMFADevice(ctx context.Context, in *api.TagMFADeviceInput) (*api.TagMFADeviceOutput, error) {
	return &api.TagMFADeviceOutput{}, s.changeDevice(ctx, in.SerialNumber, func(m *directory.MFADevice) (err error) {
		m.Tags, err = s.withTags("TagsPerMFADevice", m.Tags, in.Tags)
		return err
	})
}

// UntagMFADevice takes tags off a virtual device.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagMFADevice.html
func (s *Service) UntagMFADevice(ctx context.Context, in *api.UntagMFADeviceInput) (*api.UntagMFADeviceOutput, error) {
	return &api.UntagMFADeviceOutput{}, s.changeDevice(ctx, in.SerialNumber, func(m *directory.MFADevice) error {
		m.Tags = tagRuleOf(directory.KindPolicy).without(m.Tags, in.TagKeys)
		return nil
	})
}

func (s *Service) changeDevice(ctx context.Context, serial *string, fn func(*directory.MFADevice) error) error {
	return s.update(ctx, func(tx *directory.Tx) error {
		m, err := mfaDevice(&tx.ReadTx, accountOf(ctx), value(serial))
		if err != nil {
			return err
		}
		if err := fn(m); err != nil {
			return err
		}
		return tx.PutResource(m)
	})
}

// ListMFADeviceTags lists the tags of a virtual device by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADeviceTags.html
func (s *Service) ListMFADeviceTags(ctx context.Context, in *api.ListMFADeviceTagsInput) (*api.ListMFADeviceTagsOutput, error) {
	out := new(api.ListMFADeviceTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		m, err := mfaDevice(t, accountOf(ctx), value(in.SerialNumber))
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(m.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// device is the virtual MFA device that an operation is asked on.
func (r *target) device(t *directory.ReadTx) error {
	if in, ok := r.in.(*api.CreateVirtualMFADeviceInput); ok {
		r.arn = (&directory.MFADevice{Entity: directory.Entity{
			Account: r.account, Path: or(in.Path, "/"), Name: value(in.VirtualMFADeviceName),
		}}).ARN()
		return nil
	}
	r.arn = r.text("SerialNumber")
	m, err := t.MFADevice(r.account, r.arn)
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	if err == nil {
		r.tags = m.Tags
	}
	return err
}
