package sts

import (
	"context"
	"errors"
	"time"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// GetDelegatedAccessToken exchanges the token of a delegation request that was
// approved for credentials of who approved it, kept within the request's policy. Only
// the account that made the request can do so, until the time of the session is over
// that began when the token was released; each time for what is left of it.
//
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html.
func (s *Service) GetDelegatedAccessToken(ctx context.Context, in *api.GetDelegatedAccessTokenInput) (*api.GetDelegatedAccessTokenOutput, error) {
	d, err := s.delegation(ctx, text(in.TradeInToken))
	if err != nil {
		return nil, err
	}
	at := caller.From(ctx).Time
	if d.State != directory.DelegationFinalized || d.Approver == nil || d.Approver.Kind != directory.DelegatedSession || d.Approver.Account != d.Account || d.Approver.Since.IsZero() {
		return nil, invalidTradeIn()
	}
	left := int32(d.Ends().Sub(at) / time.Second)
	if left <= 0 || d.At(at) == directory.DelegationExpired {
		return nil, api.NewError("ExpiredTradeInTokenException", "The trade-in token has expired.")
	}
	session := *d.Approver
	session.Partner = d.Requestor
	out := new(api.GetDelegatedAccessTokenOutput)
	if out.PackedPolicySize, err = s.setPolicies(&session, &d.Policy, nil); err != nil {
		return nil, err
	}
	if out.Credentials, err = s.issue(ctx, &session, left); err != nil {
		return nil, err
	}
	who, err := s.dir.Assumed(&session)
	if errors.Is(err, directory.ErrGone) {
		return nil, denied("The principal that approved the delegation request does not exist any more.")
	}
	if err != nil {
		return nil, err
	}
	out.AssumedPrincipal = &who.Caller.ARN
	return out, nil
}

// delegation is the request that a token of the calling account is for.
func (s *Service) delegation(ctx context.Context, token string) (d *directory.DelegationRequest, err error) {
	id, err := s.dir.OpenDelegation(token)
	if err != nil {
		return nil, invalidTradeIn()
	}
	err = s.dir.View(ctx, func(t *directory.ReadTx) error {
		d, err = directory.FindResource(t, &directory.DelegationRequest{ID: id})
		return err
	})
	if errors.Is(err, directory.ErrNotFound) {
		return nil, invalidTradeIn()
	}
	if err != nil {
		return nil, err
	}
	if who := caller.From(ctx).Identity; d.Requestor != who.Account {
		return nil, denied("User: " + who.ARN + " is not authorized to perform: sts:GetDelegatedAccessToken")
	}
	return d, nil
}

func invalidTradeIn() error { return invalid("The trade-in token is invalid.") }
