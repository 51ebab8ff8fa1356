package sts

import (
	"context"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
)

// GetCallerIdentity says who calls. It needs no permission and cannot be denied.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
func (s *Service) GetCallerIdentity(ctx context.Context, _ *api.GetCallerIdentityInput) (*api.GetCallerIdentityOutput, error) {
	who := caller.From(ctx).Identity
	return &api.GetCallerIdentityOutput{UserId: &who.UserID, Account: &who.Account, Arn: &who.ARN}, nil
}

// GetAccessKeyInfo says which account an access key belongs to, as the key's id
// tells; the key need not exist.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html.
func (s *Service) GetAccessKeyInfo(_ context.Context, in *api.GetAccessKeyInfoInput) (*api.GetAccessKeyInfoOutput, error) {
	account, ok := arn.AccountOfKey(text(in.AccessKeyId))
	if !ok {
		return nil, invalid(text(in.AccessKeyId) + " is invalid")
	}
	return &api.GetAccessKeyInfoOutput{Account: &account}, nil
}
