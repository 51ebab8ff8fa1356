package directory

import (
	"strings"
	"time"
)

// States of a handshake, as Organizations names them.
const (
	HandshakeRequested = "REQUESTED" // to enable all features, until all members agreed
	HandshakeOpen      = "OPEN"
	HandshakeAccepted  = "ACCEPTED"
	HandshakeDeclined  = "DECLINED"
	HandshakeCanceled  = "CANCELED"
	HandshakeExpired   = "EXPIRED" // never stored: it follows from Expires
)

// Actions of handshakes, as Organizations names them.
const (
	Invite             = "INVITE"
	EnableAllFeatures  = "ENABLE_ALL_FEATURES"
	ApproveAllFeatures = "APPROVE_ALL_FEATURES"
)

// Handshake is what one account asks of another, or of an organization.
type Handshake struct {
	ID     string `json:"id"`            // h-…
	Org    string `json:"org,omitempty"` // key of the organization that sent it
	Action string `json:"action"`
	// Email or Account is who receives it; neither for the organization's own
	// management account.
	Email     string    `json:"email,omitempty"`
	Account   string    `json:"account,omitempty"`
	State     string    `json:"state"`
	Requested time.Time `json:"requested"`
	Expires   time.Time `json:"expires"`
	Ended     time.Time `json:"ended,omitzero"` // when it was accepted, declined or canceled
	Notes     string    `json:"notes,omitempty"`
	// Parent is the id of the handshake that this one belongs to.
	Parent string `json:"parent,omitempty"`
	// Tags are given to the account that accepts.
	Tags []Tag `json:"tags,omitempty"`
	// OrgID and Management are the organization's, as they were; FeatureSet and
	// Sender what the recipient is shown of it.
	OrgID       string `json:"orgId"`
	Management  string `json:"management"`
	FeatureSet  string `json:"featureSet"`
	SenderEmail string `json:"senderEmail"`
	SenderName  string `json:"senderName"`
}

// Place implements Resource. Handshakes are of neither account alone: they all lie
// under AWSAccount.
func (h *Handshake) Place() (k ResourceKind, account, name string) {
	return KindHandshake, AWSAccount, h.ID
}

// At is the state of the handshake at a time.
func (h *Handshake) At(now time.Time) string {
	if h.unanswered() && !now.Before(h.Expires) {
		return HandshakeExpired
	}
	return h.State
}

func (h *Handshake) unanswered() bool {
	return h.State == HandshakeOpen || h.State == HandshakeRequested
}

// Pending tells whether the handshake can still be answered or canceled.
func (h *Handshake) Pending(now time.Time) bool { return h.unanswered() && now.Before(h.Expires) }

// keptFor is how long a handshake is shown after its end.
const keptFor = 30 * 24 * time.Hour

// Shown tells whether the handshake is still shown.
func (h *Handshake) Shown(now time.Time) bool {
	end := h.Ended
	if h.unanswered() {
		end = h.Expires
	}
	return now.Before(end.Add(keptFor))
}

// For tells whether the account receives the handshake.
func (h *Handshake) For(a *Account) bool {
	return h.Account != "" && h.Account == a.ID || h.Email != "" && strings.EqualFold(h.Email, a.Email)
}

// ARN is arn:aws:organizations::MANAGEMENT:handshake/ORGANIZATION/ACTION/ID.
func (h *Handshake) ARN() string {
	return "arn:aws:organizations::" + h.Management + ":handshake/" + h.OrgID + "/" + strings.ToLower(h.Action) + "/" + h.ID
}
