package organizations

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/organizations"
	"github.com/sallyport/sallyport/internal/directory"
)

// EnableAllFeatures begins to turn an organization with consolidated billing alone
// into one with all features. Members that joined by invitation are asked to agree;
// when all of them did, the management account accepts the handshake that this
// returns. Members that the organization created are not asked.
//
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAllFeatures.html.
func (s *Service) EnableAllFeatures(ctx context.Context, _ *api.EnableAllFeaturesInput) (*api.EnableAllFeaturesOutput, error) {
	out := &api.EnableAllFeaturesOutput{}
	err := s.updateManaged(ctx, func(t *directory.Tx, o *directory.Organization) error {
		if !o.Billing {
			return handshakeConstraint("ORGANIZATION_ALREADY_HAS_ALL_FEATURES", "The organization has already enabled all features.")
		}
		pending, err := enabling(&t.ReadTx, o)
		if err != nil {
			return err
		}
		if pending != nil {
			return handshakeConstraint("ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
				"The organization has already started the process to enable all features.")
		}
		h, err := newHandshake(t, o, directory.EnableAllFeatures, featuresFor)
		if err != nil {
			return err
		}
		h.State = directory.HandshakeRequested
		if err := t.CreateResource(h); err != nil {
			return err
		}
		if err := askMembers(t, o, h); err != nil {
			return err
		}
		if err := settle(t, o); err != nil {
			return err
		}
		if h, err = directory.FindResource(&t.ReadTx, h); err != nil {
			return err
		}
		out.Handshake = renderHandshake(h, t.Now())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// askMembers sends those that were invited a handshake to agree to.
func askMembers(t *directory.Tx, o *directory.Organization, parent *directory.Handshake) error {
	accounts, err := t.MembersOf(o)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.ID == o.Management || a.JoinedMethod != directory.JoinedByInvitation || a.Status != directory.AccountActive {
			continue
		}
		h, err := newHandshake(t, o, directory.ApproveAllFeatures, featuresFor)
		if err != nil {
			return err
		}
		h.Account, h.Parent, h.FeatureSet = a.ID, parent.ID, directory.AllFeatures
		if err := t.CreateResource(h); err != nil {
			return err
		}
	}
	return nil
}

// enabling is the handshake with which the organization is enabling all features,
// nil if it is not.
func enabling(t *directory.ReadTx, o *directory.Organization) (*directory.Handshake, error) {
	found, err := handshakes(t, func(h *directory.Handshake) bool {
		return h.OrgID == o.ID && h.Action == directory.EnableAllFeatures && h.Pending(t.Now())
	})
	if len(found) == 0 {
		return nil, err
	}
	return found[0], err
}

// settle opens that handshake once nobody is left who has not agreed: accounts that
// left are not asked any more.
func settle(t *directory.Tx, o *directory.Organization) error {
	parent, err := enabling(&t.ReadTx, o)
	if err != nil || parent == nil || parent.State == directory.HandshakeOpen {
		return err
	}
	asked, err := handshakes(&t.ReadTx, func(h *directory.Handshake) bool { return h.Parent == parent.ID })
	if err != nil {
		return err
	}
	for _, h := range asked {
		if h.State != directory.HandshakeAccepted && h.State != directory.HandshakeCanceled {
			return nil
		}
	}
	parent.State = directory.HandshakeOpen
	return t.PutResource(parent)
}
