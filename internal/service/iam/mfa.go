package iam

import (
	"context"
	"encoding/base32"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// EnableMFADevice makes a virtual device one of a user's, who shows with two
// codes in a row that it has it. A root user names itself by its account's id.
// Errors: InvalidAuthenticationCode for wrong codes, EntityTemporarilyUnmodifiable
// after too many of them, EntityAlreadyExists if the device is somebody's.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
func (s *Service) EnableMFADevice(ctx context.Context, in *api.EnableMFADeviceInput) (*api.EnableMFADeviceOutput, error) {
	err := s.synchronize(ctx, in.UserName, in.SerialNumber, in.AuthenticationCode1, in.AuthenticationCode2, enabling{
		check: func(t *directory.ReadTx, o owner, m *directory.MFADevice) error {
			if m.Owner != "" {
				return api.NewError("EntityAlreadyExists", "MFA Device already in use.")
			}
			c, err := t.UserCredentials(m.Account, o.id())
			if err == nil && len(c.MFA) >= s.quotas.MFADevicesPerUser {
				err = api.LimitExceeded("MFADevicesPerUser", s.quotas.MFADevicesPerUser)
			}
			return err
		},
		save: func(tx *directory.Tx, o owner, m *directory.MFADevice) error { return tx.EnableMFA(m, o.id()) },
	})
	return &api.EnableMFADeviceOutput{}, err
}

// ResyncMFADevice learns from two codes in a row by how much the clock of a
// user's device is wrong, up to ten minutes.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
func (s *Service) ResyncMFADevice(ctx context.Context, in *api.ResyncMFADeviceInput) (*api.ResyncMFADeviceOutput, error) {
	err := s.synchronize(ctx, in.UserName, in.SerialNumber, in.AuthenticationCode1, in.AuthenticationCode2, enabling{
		check: func(_ *directory.ReadTx, o owner, m *directory.MFADevice) error { return belongs(m, o) },
		save:  func(tx *directory.Tx, _ owner, m *directory.MFADevice) error { return tx.PutResource(m) },
	})
	return &api.ResyncMFADeviceOutput{}, err
}

// enabling is what the two operations that take a pair of codes differ in.
type enabling struct {
	check func(*directory.ReadTx, owner, *directory.MFADevice) error
	save  func(*directory.Tx, owner, *directory.MFADevice) error
}

// synchronize takes a pair of codes. Wrong ones are counted, which takes a
// transaction that is committed.
func (s *Service) synchronize(ctx context.Context, userName, serial, code1, code2 *string, do enabling) error {
	wrong := false
	err := s.update(ctx, func(tx *directory.Tx) error {
		wrong = false
		o, err := mfaOwner(ctx, &tx.ReadTx, userName)
		if err != nil {
			return err
		}
		m, err := mfaDevice(&tx.ReadTx, accountOf(ctx), value(serial))
		if err != nil {
			return err
		}
		if err := do.check(&tx.ReadTx, o, m); err != nil {
			return err
		}
		if m.Waits(now(ctx)) {
			return api.NewError("EntityTemporarilyUnmodifiable",
				"MFA device "+m.ARN()+" got too many wrong authentication codes. Wait before you try again.")
		}
		right, err := tx.SynchronizeMFA(m, value(code1), value(code2), now(ctx))
		if err != nil {
			return err
		}
		if !right {
			wrong = true
			return tx.PutResource(m)
		}
		return do.save(tx, o, m)
	})
	if err == nil && wrong {
		return api.NewError("InvalidAuthenticationCode", "Authentication code for device is not valid.")
	}
	return err
}

// DeactivateMFADevice takes a device from a user, or from the caller when no
// name is given.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html
func (s *Service) DeactivateMFADevice(ctx context.Context, in *api.DeactivateMFADeviceInput) (*api.DeactivateMFADeviceOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		m, _, err := mfaDeviceOf(ctx, &tx.ReadTx, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		return tx.DeactivateMFA(m)
	})
	return &api.DeactivateMFADeviceOutput{}, err
}

// GetMFADevice tells of a device of a user's, or of the caller's when no name is
// given.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html
func (s *Service) GetMFADevice(ctx context.Context, in *api.GetMFADeviceInput) (out *api.GetMFADeviceOutput, err error) {
	err = s.view(ctx, func(t *directory.ReadTx) error {
		m, o, err := mfaDeviceOf(ctx, t, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		out = &api.GetMFADeviceOutput{UserName: o.name(), SerialNumber: new(m.ARN()), EnableDate: date(m.Enabled)}
		return nil
	})
	return out, err
}

// ListMFADevices lists the devices of a user, or of the caller when no name is
// given, by serial number.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
func (s *Service) ListMFADevices(ctx context.Context, in *api.ListMFADevicesInput) (*api.ListMFADevicesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListMFADevicesOutput{MFADevices: []api.MFADevice{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		o, err := mfaOwner(ctx, t, in.UserName)
		if err != nil {
			return err
		}
		c, err := t.UserCredentials(accountOf(ctx), o.id())
		if err != nil {
			return err
		}
		// A serial number may be longer than a marker may be, so the marker counts.
		l := window(numbered(c.MFA), func(r row[string]) string { return r.place }, p)
		for _, r := range l.Items {
			m, err := t.MFADevice(accountOf(ctx), r.item)
			if err != nil {
				return err
			}
			out.MFADevices = append(out.MFADevices, api.MFADevice{
				UserName: o.name(), SerialNumber: new(m.ARN()), EnableDate: date(m.Enabled),
			})
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	return out, err
}

// mfaOwner is whose devices an operation is about: ownerOf's but that a root
// user may name itself by its account's id, for some operations need a name.
func mfaOwner(ctx context.Context, t *directory.ReadTx, userName *string) (owner, error) {
	o, err := ownerOf(ctx, t, userName)
	if err != nil && userName != nil && rootByName(callerOf(ctx), *userName) {
		if _, missing := t.User(accountOf(ctx), *userName); errors.Is(missing, directory.ErrNotFound) {
			return ownerOf(ctx, t, nil)
		}
	}
	return o, err
}

// rootByName tells whether the name is one by which a root user may name itself,
// unless there is a user of the name.
func rootByName(c *policy.Caller, userName string) bool {
	return c.Kind == policy.CallerRoot && userName == c.Account
}

// belongs refuses a device that is not the owner's.
func belongs(m *directory.MFADevice, o owner) error {
	if m.Owner != o.id() {
		return noSuchEntity("MFA Device invalid for user.")
	}
	return nil
}

// mfaDeviceOf is the owner's device with the serial number.
func mfaDeviceOf(ctx context.Context, t *directory.ReadTx, userName, serial *string) (*directory.MFADevice, owner, error) {
	o, err := mfaOwner(ctx, t, userName)
	if err != nil {
		return nil, o, err
	}
	m, err := t.MFADevice(accountOf(ctx), value(serial))
	if errors.Is(err, directory.ErrNotFound) {
		return nil, o, noSuchEntity("MFA Device invalid for user.")
	}
	if err != nil {
		return nil, o, err
	}
	return m, o, belongs(m, o)
}

// mfaDevice is the account's virtual device with the serial number.
func mfaDevice(t *directory.ReadTx, account, serial string) (*directory.MFADevice, error) {
	m, err := t.MFADevice(account, serial)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, noSuchEntity("VirtualMFADevice with serial number %s doesn't exist.", serial)
	}
	return m, err
}

// base32Seed is a seed as authenticator apps take it.
func base32Seed(seed []byte) string { return base32.StdEncoding.EncodeToString(seed) }

// countCredentials counts the account's devices and certificates for its summary.
func countCredentials(t *directory.ReadTx, account string, sum map[string]int) error {
	sum["MFADevices"], sum["MFADevicesInUse"], sum["AccountMFAEnabled"] = 0, 0, 0
	of := &directory.MFADevice{Entity: directory.Entity{Account: account}}
	_, err := directory.Resources(t, of, directory.Page{}, func(m *directory.MFADevice) bool {
		sum["MFADevices"]++
		if m.Owner != "" {
			sum["MFADevicesInUse"]++
		}
		if m.Owner == account {
			sum["AccountMFAEnabled"] = 1
		}
		return false // counted, and not kept
	})
	if err != nil {
		return err
	}
	if sum["ServerCertificates"], err = t.CountResources(directory.KindServerCertificate, account); err != nil {
		return err
	}
	root, err := t.UserCredentials(account, account)
	if err == nil {
		sum["AccountSigningCertificatesPresent"] = min(1, len(root.Signing))
	}
	return err
}

// withTags is the tags of a device or certificate with those added, by AWS's
// rules for them: keys are equal with regard to case.
func (s *Service) withTags(quota string, have []directory.Tag, add []api.Tag) ([]directory.Tag, error) {
	r := tagRuleOf(directory.KindPolicy)
	r.quota = quota
	tags, err := r.merge(have, add, s.quotas.TagsPerEntity)
	return slices.Clip(tags), err
}
