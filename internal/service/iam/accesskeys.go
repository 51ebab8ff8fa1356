package iam

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// CreateAccessKey makes an access key of a user, or of the caller when no name
// is given. The secret is in the answer and nowhere afterwards.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
func (s *Service) CreateAccessKey(ctx context.Context, in *api.CreateAccessKeyInput) (*api.CreateAccessKeyOutput, error) {
	out := new(api.CreateAccessKeyOutput)
	err := s.update(ctx, func(tx *directory.Tx) error {
		owner, err := ownerOf(ctx, &tx.ReadTx, in.UserName)
		if err != nil {
			return err
		}
		if len(owner.keys()) >= s.quotas.AccessKeysPerUser {
			return api.LimitExceeded("AccessKeysPerUser", s.quotas.AccessKeysPerUser)
		}
		k, secret, err := tx.CreateAccessKey(accountOf(ctx), owner.user)
		if err != nil {
			return err
		}
		out.AccessKey = &api.AccessKey{
			UserName: owner.name(), AccessKeyId: new(k.ID), Status: new(k.Status),
			SecretAccessKey: new(secret), CreateDate: date(k.Created),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteAccessKey removes an access key of a user, or of the caller when no
// name is given.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
func (s *Service) DeleteAccessKey(ctx context.Context, in *api.DeleteAccessKeyInput) (*api.DeleteAccessKeyOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		k, err := keyOf(ctx, &tx.ReadTx, in.UserName, value(in.AccessKeyId))
		if err != nil {
			return err
		}
		return tx.DeleteAccessKey(k.ID)
	})
	return &api.DeleteAccessKeyOutput{}, err
}

// UpdateAccessKey makes an access key Active or Inactive.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
func (s *Service) UpdateAccessKey(ctx context.Context, in *api.UpdateAccessKeyInput) (*api.UpdateAccessKeyOutput, error) {
	status := value(in.Status)
	if status != directory.KeyActive && status != directory.KeyInactive {
		return nil, api.ValidationError("1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set")
	}
	err := s.update(ctx, func(tx *directory.Tx) error {
		k, err := keyOf(ctx, &tx.ReadTx, in.UserName, value(in.AccessKeyId))
		if err != nil {
			return err
		}
		k.Status = status
		return tx.PutAccessKey(k)
	})
	return &api.UpdateAccessKeyOutput{}, err
}

// keyOf is the owner's access key with the id.
func keyOf(ctx context.Context, t *directory.ReadTx, userName *string, id string) (*directory.AccessKey, error) {
	owner, err := ownerOf(ctx, t, userName)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(owner.keys(), id) {
		return nil, api.NoSuchAccessKey(id)
	}
	return t.AccessKey(id)
}

// ListAccessKeys lists the access keys of a user, or of the caller when no name
// is given.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
func (s *Service) ListAccessKeys(ctx context.Context, in *api.ListAccessKeysInput) (*api.ListAccessKeysOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListAccessKeysOutput{AccessKeyMetadata: []api.AccessKeyMetadata{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		owner, err := ownerOf(ctx, t, in.UserName)
		if err != nil {
			return err
		}
		ids := slices.Sorted(slices.Values(owner.keys()))
		l := window(ids, func(id string) string { return id }, p)
		for _, id := range l.Items {
			k, err := t.AccessKey(id)
			if err != nil {
				return err
			}
			out.AccessKeyMetadata = append(out.AccessKeyMetadata, api.AccessKeyMetadata{
				UserName: owner.name(), AccessKeyId: new(k.ID), Status: new(k.Status), CreateDate: date(k.Created),
			})
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	return out, err
}

// GetAccessKeyLastUsed says when an access key of the account was last used.
// Like AWS it does not tell a key of another account from one that does not
// exist.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, in *api.GetAccessKeyLastUsedInput) (*api.GetAccessKeyLastUsedOutput, error) {
	id := value(in.AccessKeyId)
	out := new(api.GetAccessKeyLastUsedOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		k, err := t.AccessKey(id)
		if errors.Is(err, directory.ErrNotFound) || err == nil && k.Account != accountOf(ctx) {
			return api.AccessDenied("User: " + callerOf(ctx).ARN +
				" is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key " + id)
		}
		if err != nil {
			return err
		}
		if k.Owner != k.Account {
			u, err := t.UserByID(k.Owner)
			if err != nil {
				return err
			}
			out.UserName = new(u.Name)
		}
		use, err := t.LastUsed(id)
		if err != nil {
			return err
		}
		out.AccessKeyLastUsed = &api.AccessKeyLastUsed{ServiceName: new("N/A"), Region: new("N/A")}
		if !use.Time.IsZero() {
			out.AccessKeyLastUsed = &api.AccessKeyLastUsed{
				LastUsedDate: date(use.Time), ServiceName: new(use.Service), Region: new(use.Region),
			}
		}
		return nil
	})
	return out, err
}
