package directory

import (
	"time"

	"github.com/sallyport/sallyport/internal/seal"
)

// States of a delegation request, as IAM names them.
const (
	DelegationUnassigned = "UNASSIGNED"
	DelegationAssigned   = "ASSIGNED"
	DelegationPending    = "PENDING_APPROVAL"
	DelegationAccepted   = "ACCEPTED"
	DelegationFinalized  = "FINALIZED"
	DelegationRejected   = "REJECTED"
	DelegationExpired    = "EXPIRED" // never stored: it follows from Expires
)

// DelegationRequest is what a partner asks of another account: temporary
// credentials of whoever approves it there, within one policy.
type DelegationRequest struct {
	ID            string `json:"id"`
	Requestor     string `json:"requestor"` // the partner's account
	RequestorName string `json:"requestorName,omitempty"`
	Workflow      string `json:"workflow"` // the partner's own id of the request
	Description   string `json:"description"`
	Message       string `json:"message,omitempty"`
	RedirectURL   string `json:"redirect,omitempty"`
	Channel       string `json:"channel"`  // ARN of the topic that is told
	Duration      int    `json:"duration"` // seconds
	// OnlySendByOwner: nobody but the owner releases the token.
	OnlySendByOwner bool `json:"onlySendByOwner,omitempty"`

	Template   string                `json:"template"` // its ARN
	Parameters []DelegationParameter `json:"parameters,omitempty"`
	// Policy is what came of the template; Boundaries the permissions boundaries that
	// it names for roles.
	Policy     string   `json:"policy"`
	Boundaries []string `json:"boundaries,omitempty"`

	// Account is whose request it is to answer, empty while that is open. Owner is the
	// ARN of who took it on there, OwnerID the unique id (the account's for root).
	Account string `json:"account,omitempty"`
	Owner   string `json:"owner,omitempty"`
	OwnerID string `json:"ownerId,omitempty"`
	// ApproverARN approved it, and Approver are the credentials that the partner gets
	// for it, without keys and times.
	ApproverARN string   `json:"approverArn,omitempty"`
	Approver    *Session `json:"approver,omitempty"`

	State     string    `json:"state"`
	Notes     string    `json:"notes,omitempty"`
	Rejection string    `json:"rejection,omitempty"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Expires   time.Time `json:"expires"`
	// Finalized is when the token was released, with which the session's time begins.
	Finalized time.Time `json:"finalized,omitzero"`
}

// DelegationParameter is a value for a template.
type DelegationParameter struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"` // string or stringList
	Values []string `json:"values"`
}

// Place implements Resource. Requests are of neither account alone: they all lie
// under AWSAccount.
func (d *DelegationRequest) Place() (k ResourceKind, account, name string) {
	return KindDelegationRequest, AWSAccount, d.ID
}

// ARN is arn:aws:iam::ACCOUNT:delegation-request/ID, with the account that has it,
// or that of who asks while it is nobody's.
func (d *DelegationRequest) ARN(asks string) string {
	if d.Account != "" {
		asks = d.Account
	}
	return "arn:aws:iam::" + asks + ":delegation-request/" + d.ID
}

// At is the state of the request at a time.
func (d *DelegationRequest) At(now time.Time) string {
	if !now.Before(d.Expires) {
		return DelegationExpired
	}
	return d.State
}

// Ends is when the session that a finalized request gives is over.
func (d *DelegationRequest) Ends() time.Time {
	return d.Finalized.Add(time.Duration(d.Duration) * time.Second)
}

// DelegationWorkflow finds a partner's request by the partner's own id, which is
// unique.
type DelegationWorkflow struct {
	Requestor string    `json:"requestor"`
	Workflow  string    `json:"workflow"`
	ID        string    `json:"id"`
	Created   time.Time `json:"created"`
}

// Place implements Resource.
func (d *DelegationWorkflow) Place() (k ResourceKind, account, name string) {
	return KindDelegationWorkflow, d.Requestor, d.Workflow
}

// OwnedDelegation finds the requests that identities of an account own.
type OwnedDelegation struct {
	Account string `json:"account"`
	ID      string `json:"id"`
	Owner   string `json:"owner"`
}

// Place implements Resource.
func (d *OwnedDelegation) Place() (k ResourceKind, account, name string) {
	return KindOwnedDelegation, d.Account, d.ID
}

func delegationAAD() []byte { return seal.AAD("delegation token") }

// SealDelegation makes the token that a partner exchanges for the credentials of a
// request. What it is worth, the request's record says.
func (d *Directory) SealDelegation(id string) string {
	return seal.SealToken(d.master, []byte(id), delegationAAD())
}

// OpenDelegation is the id of the request that a token is for. ErrToken: it is
// none.
func (d *Directory) OpenDelegation(token string) (id string, err error) {
	if len(token) > maxToken {
		return "", ErrToken
	}
	body, err := seal.OpenToken(d.master, token, delegationAAD())
	if err != nil {
		return "", ErrToken
	}
	return string(body), nil
}
