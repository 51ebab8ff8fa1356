package s3control

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3control"
	"github.com/sallyport/sallyport/internal/directory"
)

// PutPublicAccessBlock sets the four settings of all of the account's buckets;
// those left out are off.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html.
func (s *Service) PutPublicAccessBlock(ctx context.Context, in *api.PutPublicAccessBlockInput) (*api.PutPublicAccessBlockOutput, error) {
	c := in.PublicAccessBlockConfiguration
	if c == nil || *c == (api.PublicAccessBlockConfiguration{}) {
		return nil, api.InvalidRequest("Must specify at least one configuration.")
	}
	err := s.configure(ctx, in.AccountId, &directory.PublicAccessBlock{
		BlockPublicAcls: value(c.BlockPublicAcls), IgnorePublicAcls: value(c.IgnorePublicAcls),
		BlockPublicPolicy: value(c.BlockPublicPolicy), RestrictPublicBuckets: value(c.RestrictPublicBuckets),
	})
	if err != nil {
		return nil, err
	}
	return &api.PutPublicAccessBlockOutput{}, nil
}

// DeletePublicAccessBlock takes the settings away; there need not be any.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html.
func (s *Service) DeletePublicAccessBlock(ctx context.Context, in *api.DeletePublicAccessBlockInput) (*api.DeletePublicAccessBlockOutput, error) {
	if err := s.configure(ctx, in.AccountId, nil); err != nil {
		return nil, err
	}
	return &api.DeletePublicAccessBlockOutput{}, nil
}

func (s *Service) configure(ctx context.Context, account *string, block *directory.PublicAccessBlock) error {
	id, err := own(ctx, account)
	if err != nil {
		return err
	}
	return s.dir.Update(ctx, func(t *directory.Tx) error {
		a, err := t.Account(id)
		if err != nil {
			return refused(err)
		}
		a.PublicAccessBlock = block
		return t.PutAccount(a)
	})
}

// refused turns away the caller of an account that is not there any more.
func refused(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return api.AccessDenied("")
	}
	return err
}

// GetPublicAccessBlock shows the account's four settings.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html.
func (s *Service) GetPublicAccessBlock(ctx context.Context, in *api.GetPublicAccessBlockInput) (*api.GetPublicAccessBlockOutput, error) {
	id, err := own(ctx, in.AccountId)
	if err != nil {
		return nil, err
	}
	var a *directory.Account
	err = s.dir.View(ctx, func(t *directory.ReadTx) (err error) {
		a, err = t.Account(id)
		return err
	})
	if err != nil {
		return nil, refused(err)
	}
	p := a.PublicAccessBlock
	if p == nil {
		return nil, api.NoSuchPublicAccessBlockConfiguration(id)
	}
	return &api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{
		BlockPublicAcls: &p.BlockPublicAcls, IgnorePublicAcls: &p.IgnorePublicAcls,
		BlockPublicPolicy: &p.BlockPublicPolicy, RestrictPublicBuckets: &p.RestrictPublicBuckets,
	}}, nil
}
