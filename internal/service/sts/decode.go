package sts

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// DecodeAuthorizationMessage opens what EC2 says of a refusal to whoever may know.
// The message is sealed for the account of the caller that was refused; callers of
// another account have a message that is not valid.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html.
func (s *Service) DecodeAuthorizationMessage(ctx context.Context, in *api.DecodeAuthorizationMessageInput) (*api.DecodeAuthorizationMessageOutput, error) {
	message, err := s.dir.OpenMessage(text(in.EncodedMessage), caller.From(ctx).Account())
	if errors.Is(err, directory.ErrToken) {
		return nil, api.NewError("InvalidAuthorizationMessageException", "Message is not valid")
	}
	if err != nil {
		return nil, err
	}
	decoded := string(message)
	return &api.DecodeAuthorizationMessageOutput{DecodedMessage: &decoded}, nil
}
