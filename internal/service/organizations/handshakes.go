package organizations

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

// AWS's bounds of handshakes.
const (
	maxInvitations = 20 // sent by an organization within a day, those that were accepted aside
	inviteFor      = 15 * 24 * time.Hour
	featuresFor    = 90 * 24 * time.Hour
)

func handshakeNotFound() error {
	return api.NewError("HandshakeNotFoundException", "We can't find a handshake with the HandshakeId that you specified.")
}

func handshakeConstraint(reason, message string) error {
	return api.NewError("HandshakeConstraintViolationException", message, wire.Field{Name: "Reason", Value: reason})
}

// handshakes are those that are still shown and that keep lets through, by id.
func handshakes(t *directory.ReadTx, keep func(*directory.Handshake) bool) ([]*directory.Handshake, error) {
	now := t.Now()
	all, err := directory.Resources(t, &directory.Handshake{}, directory.Page{}, func(h *directory.Handshake) bool {
		return h.Shown(now) && keep(h)
	})
	return all.Items, err
}

func handshakeID(h *directory.Handshake) string { return h.ID }

// handshakeFor is the handshake with the id, for an account that is a party to it:
// others do not learn that there is one. sent tells whether the account is the
// sender's management account.
func handshakeFor(ctx context.Context, t *directory.ReadTx, id *string) (h *directory.Handshake, a *directory.Account, sent bool, err error) {
	a, err = t.Account(caller.From(ctx).Account())
	if err == nil {
		h, err = directory.FindResource(t, &directory.Handshake{ID: text(id)})
	}
	if errors.Is(err, directory.ErrNotFound) {
		return nil, nil, false, handshakeNotFound()
	}
	if err != nil {
		return nil, nil, false, err
	}
	sent = sentBy(h, a)
	if !h.Shown(t.Now()) || !sent && !h.For(a) {
		return nil, nil, false, handshakeNotFound()
	}
	return h, a, sent, nil
}

// sentBy tells whether the account manages the organization that sent the
// handshake.
func sentBy(h *directory.Handshake, a *directory.Account) bool {
	return h.Management == a.ID && h.Org == a.Org
}

// handshakeTarget names the handshake that an operation is on: what one's own
// policies say decides, and whether one is a party to it is for the operation.
func handshakeTarget(t *directory.ReadTx, target *caller.Target, in any) error {
	ids := wire.Strings(in, "HandshakeId")
	if len(ids) != 1 {
		return nil
	}
	h, err := directory.FindResource(t, &directory.Handshake{ID: ids[0]})
	if err == nil {
		target.Resource.ARN = h.ARN()
	}
	return err
}

// renderHandshake shows a handshake. To its recipient it tells of the organization
// what an invitation does.
func renderHandshake(h *directory.Handshake, now time.Time) *api.Handshake {
	out := &api.Handshake{
		Id: &h.ID, Arn: ptr(h.ARN()), State: ptr(h.At(now)), Action: &h.Action,
		RequestedTimestamp: &h.Requested, ExpirationTimestamp: &h.Expires,
		Parties: []api.HandshakeParty{{Id: &h.OrgID, Type: ptr("ORGANIZATION")}},
	}
	org := api.HandshakeResource{Type: ptr("ORGANIZATION"), Value: &h.OrgID}
	if h.Action != directory.EnableAllFeatures {
		org.Resources = []api.HandshakeResource{
			{Type: ptr("MASTER_EMAIL"), Value: &h.SenderEmail},
			{Type: ptr("MASTER_NAME"), Value: &h.SenderName},
			{Type: ptr("ORGANIZATION_FEATURE_SET"), Value: &h.FeatureSet},
		}
	}
	out.Resources = append(out.Resources, org)
	if kind, id := recipient(h); id != "" {
		out.Parties = append(out.Parties, api.HandshakeParty{Id: &id, Type: &kind})
		out.Resources = append(out.Resources, api.HandshakeResource{Type: &kind, Value: &id})
	}
	if h.Notes != "" {
		out.Resources = append(out.Resources, api.HandshakeResource{Type: ptr("NOTES"), Value: &h.Notes})
	}
	if h.Parent != "" {
		out.Resources = append(out.Resources, api.HandshakeResource{Type: ptr("PARENT_HANDSHAKE"), Value: &h.Parent})
	}
	return out
}

func recipient(h *directory.Handshake) (kind, id string) {
	if h.Email != "" {
		return "EMAIL", h.Email
	}
	return "ACCOUNT", h.Account
}

// newHandshake is an open handshake of the organization.
func newHandshake(t *directory.Tx, o *directory.Organization, action string, lasts time.Duration) (*directory.Handshake, error) {
	id, err := t.NewLowerID("h-", 32)
	if err != nil {
		return nil, err
	}
	m, err := t.Account(o.Management)
	if err != nil {
		return nil, err
	}
	return &directory.Handshake{
		ID: id, Org: o.Key, Action: action, State: directory.HandshakeOpen, Requested: t.Now(), Expires: t.Now().Add(lasts),
		OrgID: o.ID, Management: o.Management, FeatureSet: featureSet(o), SenderEmail: m.Email, SenderName: m.Name,
	}, nil
}

// InviteAccountToOrganization asks an account, by its id or its e-mail address, to
// become a member. The invitation is open for 15 days.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html.
func (s *Service) InviteAccountToOrganization(ctx context.Context, in *api.InviteAccountToOrganizationInput) (*api.InviteAccountToOrganizationOutput, error) {
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	email, id, err := invited(in.Target)
	if err != nil {
		return nil, err
	}
	out := &api.InviteAccountToOrganizationOutput{}
	err = s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if err := mayInvite(&t.ReadTx, o, email, id); err != nil {
			return err
		}
		h, err := newHandshake(t, o, directory.Invite, inviteFor)
		if err != nil {
			return err
		}
		h.Email, h.Account, h.Notes, h.Tags = email, id, text(in.Notes), tags
		out.Handshake = renderHandshake(h, t.Now())
		return errors.Join(forget(t), t.CreateResource(h))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// forget takes away the handshakes that are not shown any more.
func forget(t *directory.Tx) error {
	now := t.Now()
	old, err := directory.Resources(&t.ReadTx, &directory.Handshake{}, directory.Page{}, func(h *directory.Handshake) bool { return !h.Shown(now) })
	for _, h := range old.Items {
		err = errors.Join(err, t.DeleteResource(h))
	}
	return err
}

// invited is who an invitation is for.
func invited(target *api.HandshakeParty) (email, id string, err error) {
	if target == nil {
		return "", "", invalidInput("INPUT_REQUIRED", "You must specify a Target.")
	}
	switch value := text(target.Id); text(target.Type) {
	case "ACCOUNT":
		if !arn.ValidAccountID(value) {
			return "", "", invalidInput("INVALID_PATTERN_TARGET_ID", "You specified an invalid account ID.")
		}
		return "", value, nil
	case "EMAIL":
		if len(value) > 64 || !emailPattern.MatchString(value) {
			return "", "", invalidInput("INVALID_EMAIL_ADDRESS_TARGET", "You specified an invalid email address for the invited account owner.")
		}
		return value, "", nil
	}
	return "", "", invalidInput("INVALID_PARTY_TYPE_TARGET", "You specified the wrong type of entity (account, organization, or email) as a party.")
}

// mayInvite refuses invitations that cannot be sent. Whether an e-mail address is
// that of an account is not told: whoever has an account may invite.
func mayInvite(t *directory.ReadTx, o *directory.Organization, email, id string) error {
	a, err := t.Account(id)
	if email != "" {
		if a, err = t.AccountByEmail(email); errors.Is(err, directory.ErrNotFound) {
			a, err = &directory.Account{Email: email, Org: directory.Standalone}, nil
		}
	}
	if errors.Is(err, directory.ErrNotFound) {
		return invalidInput("INVALID_PATTERN_TARGET_ID", "You specified an account that doesn't exist.")
	}
	if err != nil {
		return err
	}
	if a.Org == o.Key {
		return handshakeConstraint("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization.")
	}
	now := t.Now()
	sent, err := handshakes(t, func(h *directory.Handshake) bool { return h.OrgID == o.ID })
	if err != nil {
		return err
	}
	today := 0
	for _, h := range sent {
		switch {
		case h.Action == directory.EnableAllFeatures && h.Pending(now):
			return handshakeConstraint("INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
				"You can't issue new invitations to join an organization while it's in the process of enabling all features.")
		case h.Action == directory.Invite && h.For(a) && h.Pending(now):
			return api.NewError("DuplicateHandshakeException", "A handshake with the same action and target already exists.")
		case h.Action == directory.Invite && h.State != directory.HandshakeAccepted && now.Sub(h.Requested) < 24*time.Hour:
			today++
		}
	}
	if today >= maxInvitations {
		return handshakeConstraint("HANDSHAKE_RATE_LIMIT_EXCEEDED", "You have exceeded the number of handshakes that you can send in one day.")
	}
	return nil
}

// DescribeHandshake shows a handshake to those who sent and who received it.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeHandshake.html.
func (s *Service) DescribeHandshake(ctx context.Context, in *api.DescribeHandshakeInput) (*api.DescribeHandshakeOutput, error) {
	out := &api.DescribeHandshakeOutput{}
	err := s.dir.View(ctx, func(t *directory.ReadTx) error {
		h, _, _, err := handshakeFor(ctx, t, in.HandshakeId)
		if err == nil {
			out.Handshake = renderHandshake(h, t.Now())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// filtered tells which handshakes a filter lets through.
func filtered(f *api.HandshakeFilter) (func(*directory.Handshake) bool, error) {
	if f == nil {
		return func(*directory.Handshake) bool { return true }, nil
	}
	if f.ActionType != nil && f.ParentHandshakeId != nil {
		return nil, invalidInput("MAX_LIMIT_EXCEEDED_FILTER", "You can specify only one filter parameter for the operation.")
	}
	return func(h *directory.Handshake) bool {
		return (f.ActionType == nil || *f.ActionType == h.Action) && (f.ParentHandshakeId == nil || *f.ParentHandshakeId == h.Parent)
	}, nil
}

func handshakePage(t *directory.ReadTx, list string, all []*directory.Handshake, token *string, limit *int32) ([]api.Handshake, *string, error) {
	some, next, err := page(list, all, handshakeID, token, limit)
	out := make([]api.Handshake, 0, len(some))
	for _, h := range some {
		out = append(out, *renderHandshake(h, t.Now()))
	}
	return out, next, err
}

// ListHandshakesForAccount lists the handshakes that the caller's account received.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForAccount.html.
func (s *Service) ListHandshakesForAccount(ctx context.Context, in *api.ListHandshakesForAccountInput) (*api.ListHandshakesForAccountOutput, error) {
	fits, err := filtered(in.Filter)
	if err != nil {
		return nil, err
	}
	out := &api.ListHandshakesForAccountOutput{}
	err = s.dir.View(ctx, func(t *directory.ReadTx) error {
		a, err := t.Account(caller.From(ctx).Account())
		if err != nil {
			return err
		}
		all, err := handshakes(t, func(h *directory.Handshake) bool { return h.For(a) && fits(h) })
		if err != nil {
			return err
		}
		out.Handshakes, out.NextToken, err = handshakePage(t, "ListHandshakesForAccount", all, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListHandshakesForOrganization lists the handshakes that the organization sent.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForOrganization.html.
func (s *Service) ListHandshakesForOrganization(ctx context.Context, in *api.ListHandshakesForOrganizationInput) (*api.ListHandshakesForOrganizationOutput, error) {
	fits, err := filtered(in.Filter)
	if err != nil {
		return nil, err
	}
	out := &api.ListHandshakesForOrganizationOutput{}
	err = s.viewManaged(ctx, func(t *directory.ReadTx, o *directory.Organization) error {
		all, err := handshakes(t, func(h *directory.Handshake) bool { return h.OrgID == o.ID && fits(h) })
		if err != nil {
			return err
		}
		out.Handshakes, out.NextToken, err = handshakePage(t, "ListHandshakesForOrganization", all, in.NextToken, in.MaxResults)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
