package iam

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// PutUserPermissionsBoundary makes a managed policy the boundary of a user.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, in *api.PutUserPermissionsBoundaryInput) (*api.PutUserPermissionsBoundaryOutput, error) {
	return &api.PutUserPermissionsBoundaryOutput{}, s.bound(ctx, directory.KindUser, in.UserName, in.PermissionsBoundary)
}

// PutRolePermissionsBoundary makes a managed policy the boundary of a role.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, in *api.PutRolePermissionsBoundaryInput) (*api.PutRolePermissionsBoundaryOutput, error) {
	return &api.PutRolePermissionsBoundaryOutput{}, s.bound(ctx, directory.KindRole, in.RoleName, in.PermissionsBoundary)
}

// DeleteUserPermissionsBoundary takes the boundary off a user; it need not have
// one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, in *api.DeleteUserPermissionsBoundaryInput) (*api.DeleteUserPermissionsBoundaryOutput, error) {
	return &api.DeleteUserPermissionsBoundaryOutput{}, s.bound(ctx, directory.KindUser, in.UserName, nil)
}

// DeleteRolePermissionsBoundary takes the boundary off a role; it need not have
// one.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, in *api.DeleteRolePermissionsBoundaryInput) (*api.DeleteRolePermissionsBoundaryOutput, error) {
	return &api.DeleteRolePermissionsBoundaryOutput{}, s.bound(ctx, directory.KindRole, in.RoleName, nil)
}

// bound sets the boundary of a user or role, or takes it off when policyARN is
// nil.
func (s *Service) bound(ctx context.Context, k directory.Kind, name, policyARN *string) error {
	return s.changeHolder(ctx, k, name, func(tx *directory.Tx, h *directory.Holder) (bool, error) {
		if err := modifiable(&h.Entity); err != nil {
			return false, err
		}
		wanted, err := checkBoundary(&tx.ReadTx, h.Account, policyARN)
		if err != nil || wanted == h.Boundary {
			return false, err
		}
		h.Boundary = wanted
		return true, nil
	})
}

// checkBoundary checks that a policy can be a boundary in the account. Without
// one it is empty.
func checkBoundary(t *directory.ReadTx, account string, policyARN *string) (string, error) {
	if policyARN == nil {
		return "", nil
	}
	if _, ok := policyOwner(*policyARN); !ok {
		return "", invalidInput("ARN %s is not valid.", *policyARN)
	}
	_, err := policyFor(t, account, *policyARN)
	if errors.Is(err, directory.ErrNotFound) {
		return "", noSuchEntity("Scope ARN: %s does not exist or is not attachable.", *policyARN)
	}
	return *policyARN, err
}
