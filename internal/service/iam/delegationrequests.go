package iam

import (
	"context"
	"encoding/json"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// AssociateDelegationRequest makes the caller the owner of a request that nobody
// owns, and its account the request's.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AssociateDelegationRequest.html
func (s *Service) AssociateDelegationRequest(ctx context.Context, in *api.AssociateDelegationRequestInput) (*api.AssociateDelegationRequestOutput, error) {
	c := callerOf(ctx)
	from := []string{directory.DelegationUnassigned}
	err := s.changeDelegation(ctx, value(in.DelegationRequestId), from, func(tx *directory.Tx, d *directory.DelegationRequest) error {
		d.Account, d.Owner, d.OwnerID = c.Account, c.ARN, uniqueID(c)
		move(d, directory.DelegationAssigned, now(ctx))
		return tx.CreateResource(&directory.OwnedDelegation{Account: d.Account, ID: d.ID, Owner: d.Owner})
	})
	return &api.AssociateDelegationRequestOutput{}, err
}

// UpdateDelegationRequest adds notes to a request and forwards it for approval.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateDelegationRequest.html
func (s *Service) UpdateDelegationRequest(ctx context.Context, in *api.UpdateDelegationRequestInput) (*api.UpdateDelegationRequestOutput, error) {
	from := []string{directory.DelegationAssigned, directory.DelegationPending}
	err := s.changeDelegation(ctx, value(in.DelegationRequestId), from, func(_ *directory.Tx, d *directory.DelegationRequest) error {
		if in.Notes != nil {
			d.Notes = *in.Notes
		}
		move(d, directory.DelegationPending, now(ctx))
		return nil
	})
	return &api.UpdateDelegationRequestOutput{}, err
}

// AcceptDelegationRequest approves a request. The partner's credentials will be
// those of the caller as it is now: a root user can approve four hours at most, and
// a session that may not do all that its principal may can approve nothing.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AcceptDelegationRequest.html
func (s *Service) AcceptDelegationRequest(ctx context.Context, in *api.AcceptDelegationRequestInput) (*api.AcceptDelegationRequestOutput, error) {
	c := callerOf(ctx)
	from := []string{directory.DelegationAssigned, directory.DelegationPending}
	err := s.changeDelegation(ctx, value(in.DelegationRequestId), from, func(_ *directory.Tx, d *directory.DelegationRequest) error {
		approver := approverOf(caller.From(ctx))
		if approver == nil {
			return denied(c.ARN, "iam:AcceptDelegationRequest", d.ARN(c.Account))
		}
		if c.Kind == policy.CallerRoot && d.Duration > maxRootDelegation {
			return invalidInput("Root users can only accept delegation requests with a duration of 4 hours or less.")
		}
		d.ApproverARN, d.Approver = c.ARN, approver
		move(d, directory.DelegationAccepted, now(ctx))
		return nil
	})
	return &api.AcceptDelegationRequestOutput{}, err
}

// approverOf is the session that stands for the caller, without keys and times; nil
// if the caller cannot hand on what it may do.
func approverOf(who *caller.Info) *directory.Session {
	c := who.Identity
	s := &directory.Session{Kind: directory.DelegatedSession, Account: c.Account, Principal: uniqueID(c), Approver: directory.LongTerm}
	switch c.Kind {
	case policy.CallerUser, policy.CallerRoot:
	case policy.CallerSession:
		s.Approver = directory.RoleSession
	default:
		return nil
	}
	session := who.Session
	if session == nil {
		if c.Kind == policy.CallerSession {
			return nil
		}
		s.Since = who.Time // what is revoked from now on is, however late the token is released
		return s
	}
	if session.Restricted {
		return nil
	}
	switch c.Kind {
	case policy.CallerUser:
		s.Approver = directory.UserSession
	case policy.CallerRoot:
		s.Approver = directory.RootSession
	}
	s.Name, s.Since, s.MFA, s.SourceIdentity, s.Context = session.Name, session.Issued, session.MFA, session.SourceIdentity, session.Context
	for _, t := range session.Tags {
		s.Tags = append(s.Tags, directory.Tag(t))
	}
	for _, t := range session.Transitive {
		s.Transitive = append(s.Transitive, t.Key)
	}
	return s
}

// RejectDelegationRequest refuses a request, also one that was accepted and whose
// token was not released.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RejectDelegationRequest.html
func (s *Service) RejectDelegationRequest(ctx context.Context, in *api.RejectDelegationRequestInput) (*api.RejectDelegationRequestOutput, error) {
	from := []string{directory.DelegationAssigned, directory.DelegationPending, directory.DelegationAccepted}
	err := s.changeDelegation(ctx, value(in.DelegationRequestId), from, func(_ *directory.Tx, d *directory.DelegationRequest) error {
		d.Rejection, d.Approver = value(in.Notes), nil
		move(d, directory.DelegationRejected, now(ctx))
		return nil
	})
	return &api.RejectDelegationRequestOutput{}, err
}

// SendDelegationToken releases the token of an accepted request to the partner's
// topic; with it the time of the session begins. If the topic does not take it the
// request stays as it was, and ServiceFailure is the answer.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SendDelegationToken.html
func (s *Service) SendDelegationToken(ctx context.Context, in *api.SendDelegationTokenInput) (*api.SendDelegationTokenOutput, error) {
	id, from := value(in.DelegationRequestId), []string{directory.DelegationAccepted}
	var ready *directory.DelegationRequest
	check := func(d *directory.DelegationRequest) error {
		if d.OnlySendByOwner && !owns(callerOf(ctx), d) {
			return denied(callerOf(ctx).ARN, "iam:SendDelegationToken", d.ARN(accountOf(ctx)))
		}
		return nil
	}
	err := s.view(ctx, func(t *directory.ReadTx) (err error) {
		if ready, err = delegationRequest(ctx, t, id); err != nil {
			return err
		}
		if state := ready.At(now(ctx)); state != directory.DelegationAccepted {
			return wrongState(state)
		}
		return check(ready)
	})
	if err != nil {
		return nil, err
	}
	// The token goes first: it is worth nothing until the request is finalized.
	if err := s.sendToken(ctx, ready); err != nil {
		return nil, err
	}
	err = s.changeDelegation(ctx, id, from, func(_ *directory.Tx, d *directory.DelegationRequest) error {
		if err := check(d); err != nil {
			return err
		}
		d.Finalized = now(ctx)
		move(d, directory.DelegationFinalized, d.Finalized)
		return nil
	})
	return &api.SendDelegationTokenOutput{}, err
}

func (s *Service) sendToken(ctx context.Context, d *directory.DelegationRequest) error {
	final := *d
	move(&final, directory.DelegationFinalized, now(ctx)) // as it will be when the token is worth something
	m := messageOf("ExchangeToken", &final)
	m.ExchangeToken = s.dir.SealDelegation(d.ID)
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if !s.open(d) || s.channel.Send(ctx, d.Channel, body) != nil {
		return api.NewError("ServiceFailure", "The notification channel of the delegation request did not take the token.")
	}
	return nil
}
