package organizations

import (
	"context"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
)

// finish ends a handshake.
func finish(t *directory.Tx, h *directory.Handshake, state string) error {
	h.State, h.Ended = state, t.Now()
	return t.PutResource(h)
}

// answerable refuses a handshake that is over, or not open yet, in the words for
// who wants it to be in the state.
func answerable(t *directory.ReadTx, h *directory.Handshake, state string) error {
	switch now := h.At(t.Now()); {
	case now == state:
		return api.NewError("HandshakeAlreadyInStateException", "The specified handshake is already in the requested state.")
	case now == directory.HandshakeOpen, now == directory.HandshakeRequested && state == directory.HandshakeCanceled:
		return nil
	}
	return api.NewError("InvalidHandshakeTransitionException", "You can't perform the operation on the handshake in its current state.")
}

func noAccess() error {
	return api.AccessDenied("You don't have permissions to access this resource.")
}

// AcceptHandshake accepts an invitation, which makes the caller's account a member
// of the organization at once; or agrees, as a member, that all features be
// enabled; or, as the management account, enables them when all members agreed. An
// account that is a member of another organization moves, if it may leave that one.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html.
func (s *Service) AcceptHandshake(ctx context.Context, in *api.AcceptHandshakeInput) (*api.AcceptHandshakeOutput, error) {
	from, err := s.leaving(ctx, in.HandshakeId)
	if err != nil {
		return nil, err
	}
	out := &api.AcceptHandshakeOutput{}
	err = s.dir.Update(ctx, func(t *directory.Tx) error {
		h, a, sent, err := handshakeFor(ctx, &t.ReadTx, in.HandshakeId)
		if err != nil {
			return err
		}
		if sent != (h.Action == directory.EnableAllFeatures) {
			return noAccess()
		}
		if err := answerable(&t.ReadTx, h, directory.HandshakeAccepted); err != nil {
			return err
		}
		o, err := t.OrganizationWithKey(h.Org)
		if err != nil { // an organization that goes cancels its handshakes
			return err
		}
		if err := finish(t, h, directory.HandshakeAccepted); err != nil {
			return err
		}
		switch h.Action {
		case directory.Invite:
			err = accept(t, o, a, h, from)
		case directory.ApproveAllFeatures:
			err = settle(t, o)
		case directory.EnableAllFeatures:
			o.Billing = false
			err = t.PutOrganization(o)
		}
		out.Handshake = renderHandshake(h, t.Now())
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// leaving is the key of the organization that the caller's account leaves when it
// accepts an invitation, which is asked for as if it left by itself: what keeps an
// account from leaving keeps it from moving.
func (s *Service) leaving(ctx context.Context, id *string) (from string, err error) {
	asks := false
	err = s.dir.View(ctx, func(t *directory.ReadTx) error {
		h, a, sent, err := handshakeFor(ctx, t, id)
		if err != nil {
			return err
		}
		from = a.Org
		asks = a.Org != directory.Standalone && h.Action == directory.Invite && !sent
		return nil
	})
	if err != nil || !asks {
		return from, err
	}
	return from, caller.Authorize(ctx, "organizations:LeaveOrganization",
		&caller.Target{Resource: authz.Resource{ARN: "*", Account: caller.From(ctx).Account()}})
}

// accept makes the account a member. from is the organization that it was found
// in, and asked to leave, before.
func accept(t *directory.Tx, o *directory.Organization, a *directory.Account, h *directory.Handshake, from string) error {
	switch {
	case a.Org == o.Key:
		return handshakeConstraint("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization.")
	case a.Org != from:
		return api.NewError("ConcurrentModificationException", "The target of the operation is currently being modified by a different request. Try again later.")
	case a.Org != directory.Standalone:
		old, err := t.OrganizationWithKey(a.Org)
		if err != nil {
			return err
		}
		if err := leave(t, old, a); err != nil {
			return err
		}
	}
	a.JoinedMethod, a.Tags = directory.JoinedByInvitation, h.Tags
	return t.Join(o, a)
}

// DeclineHandshake refuses an invitation, or that all features be enabled.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeclineHandshake.html.
func (s *Service) DeclineHandshake(ctx context.Context, in *api.DeclineHandshakeInput) (*api.DeclineHandshakeOutput, error) {
	h, err := s.end(ctx, in.HandshakeId, directory.HandshakeDeclined, false)
	if err != nil {
		return nil, err
	}
	return &api.DeclineHandshakeOutput{Handshake: h}, nil
}

// CancelHandshake takes back what the caller's organization sent.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_CancelHandshake.html.
func (s *Service) CancelHandshake(ctx context.Context, in *api.CancelHandshakeInput) (*api.CancelHandshakeOutput, error) {
	h, err := s.end(ctx, in.HandshakeId, directory.HandshakeCanceled, true)
	if err != nil {
		return nil, err
	}
	return &api.CancelHandshakeOutput{Handshake: h}, nil
}

// end ends a handshake without effect, for its sender or for its recipient. What
// belongs to one that was canceled is canceled with it.
func (s *Service) end(ctx context.Context, id *string, state string, bySender bool) (out *api.Handshake, err error) {
	err = s.dir.Update(ctx, func(t *directory.Tx) error {
		h, _, sent, err := handshakeFor(ctx, &t.ReadTx, id)
		if err != nil {
			return err
		}
		if sent != bySender {
			return noAccess()
		}
		if err := answerable(&t.ReadTx, h, state); err != nil {
			return err
		}
		if bySender {
			if err := cancel(t, func(other *directory.Handshake) bool { return other.Parent == h.ID }); err != nil {
				return err
			}
		}
		if err := finish(t, h, state); err != nil {
			return err
		}
		out = renderHandshake(h, t.Now())
		return nil
	})
	return out, err
}

// cancel ends the open handshakes that match lets through.
func cancel(t *directory.Tx, match func(*directory.Handshake) bool) error {
	open, err := handshakes(&t.ReadTx, func(h *directory.Handshake) bool { return h.Pending(t.Now()) && match(h) })
	if err != nil {
		return err
	}
	for _, h := range open {
		if err := finish(t, h, directory.HandshakeCanceled); err != nil {
			return err
		}
	}
	return nil
}
