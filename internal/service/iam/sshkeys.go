package iam

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// UploadSSHPublicKey gives a user an RSA public key of at least 2,048 bits. The
// key is as good as AWS's is without CodeCommit: it is kept and shown.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html
func (s *Service) UploadSSHPublicKey(ctx context.Context, in *api.UploadSSHPublicKeyInput) (*api.UploadSSHPublicKeyOutput, error) {
	key, err := parseSSHKey(value(in.SSHPublicKeyBody))
	if err != nil {
		return nil, err
	}
	out := new(api.UploadSSHPublicKeyOutput)
	err = s.changeCredentials(ctx, in.UserName, func(tx *directory.Tx, o owner, c *directory.UserCredentials) error {
		for _, k := range c.SSHKeys {
			if has, err := parseSSHKey(k.Body); err == nil && has.Equal(key) {
				return api.NewError("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.")
			}
		}
		if len(c.SSHKeys) >= s.quotas.SSHKeysPerUser {
			return api.LimitExceeded("SSHPublicKeysPerUser", s.quotas.SSHKeysPerUser)
		}
		id, err := tx.NewUniqueID(arn.PrefixPublicKey)
		if err != nil {
			return err
		}
		k := directory.SSHKey{ID: id, Body: value(in.SSHPublicKeyBody), Status: directory.KeyActive, Uploaded: tx.Now()}
		c.SSHKeys = append(c.SSHKeys, k)
		out.SSHPublicKey = &api.SSHPublicKey{
			UserName: o.name(), SSHPublicKeyId: new(k.ID), Fingerprint: new(fingerprint(key)),
			SSHPublicKeyBody: new(k.Body), Status: new(k.Status), UploadDate: date(k.Uploaded),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func sshKeyID(k *directory.SSHKey) string { return k.ID }

// sshKey is the user's key with the id.
func sshKey(c *directory.UserCredentials, id *string) (*directory.SSHKey, error) {
	if k := find(c.SSHKeys, value(id), sshKeyID); k != nil {
		return k, nil
	}
	return nil, noSuchEntity("The Public Key with id %s cannot be found.", value(id))
}

// GetSSHPublicKey shows a user's key in the form of SSH or of PEM.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html
func (s *Service) GetSSHPublicKey(ctx context.Context, in *api.GetSSHPublicKeyInput) (*api.GetSSHPublicKeyOutput, error) {
	out := new(api.GetSSHPublicKeyOutput)
	err := s.viewCredentials(ctx, in.UserName, func(o owner, c *directory.UserCredentials) error {
		k, err := sshKey(c, in.SSHPublicKeyId)
		if err != nil {
			return err
		}
		key, err := parseSSHKey(k.Body)
		if err != nil {
			return err
		}
		body, err := encodeSSHKey(key, value(in.Encoding))
		out.SSHPublicKey = &api.SSHPublicKey{
			UserName: o.name(), SSHPublicKeyId: new(k.ID), Fingerprint: new(fingerprint(key)),
			SSHPublicKeyBody: &body, Status: new(k.Status), UploadDate: date(k.Uploaded),
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListSSHPublicKeys lists the keys of a user, or of the caller when no name is
// given, by id.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
func (s *Service) ListSSHPublicKeys(ctx context.Context, in *api.ListSSHPublicKeysInput) (*api.ListSSHPublicKeysOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListSSHPublicKeysOutput{SSHPublicKeys: []api.SSHPublicKeyMetadata{}}
	err = s.viewCredentials(ctx, in.UserName, func(o owner, c *directory.UserCredentials) error {
		slices.SortFunc(c.SSHKeys, func(a, b directory.SSHKey) int { return cmp.Compare(a.ID, b.ID) })
		l := window(c.SSHKeys, func(k directory.SSHKey) string { return k.ID }, p)
		for _, k := range l.Items {
			out.SSHPublicKeys = append(out.SSHPublicKeys, api.SSHPublicKeyMetadata{
				UserName: o.name(), SSHPublicKeyId: new(k.ID), Status: new(k.Status), UploadDate: date(k.Uploaded),
			})
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	return out, err
}

// UpdateSSHPublicKey makes a user's key Active or Inactive.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html
func (s *Service) UpdateSSHPublicKey(ctx context.Context, in *api.UpdateSSHPublicKeyInput) (*api.UpdateSSHPublicKeyOutput, error) {
	if err := checkStatus(in.Status); err != nil {
		return nil, err
	}
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		k, err := sshKey(c, in.SSHPublicKeyId)
		if err == nil {
			k.Status = *in.Status
		}
		return err
	})
	return &api.UpdateSSHPublicKeyOutput{}, err
}

// DeleteSSHPublicKey removes a user's key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSSHPublicKey.html
func (s *Service) DeleteSSHPublicKey(ctx context.Context, in *api.DeleteSSHPublicKeyInput) (*api.DeleteSSHPublicKeyOutput, error) {
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		_, err := sshKey(c, in.SSHPublicKeyId)
		c.SSHKeys = slices.DeleteFunc(c.SSHKeys, func(k directory.SSHKey) bool { return k.ID == value(in.SSHPublicKeyId) })
		return err
	})
	return &api.DeleteSSHPublicKeyOutput{}, err
}
