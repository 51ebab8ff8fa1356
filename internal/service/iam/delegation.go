package iam

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// DelegationChannel carries what happens to delegation requests to topics.
type DelegationChannel interface {
	// Open tells whether requests of the account's may name the topic.
	Open(topicARN, account string) bool
	// Tell delivers a message some time, for as long as the topic does not take it.
	Tell(ctx context.Context, topicARN string, message []byte) error
	// Send delivers a message now, once. The error is why the topic did not take it.
	Send(ctx context.Context, topicARN string, message []byte) error
}

// delegation is what a Service knows of temporary delegation.
type delegation struct {
	templates map[string]*DelegationTemplate // by ARN
	partners  map[string]bool                // accounts with templates
	channel   DelegationChannel
}

func delegate(opt Options) delegation {
	d := delegation{templates: map[string]*DelegationTemplate{}, partners: map[string]bool{}, channel: opt.DelegationChannel}
	if d.channel != nil {
		for _, t := range opt.DelegationTemplates {
			d.templates[t.ARN], d.partners[t.Account] = t, true
		}
	}
	return d
}

// How long a request stays in a state.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/temporary-delegation-building-integration.html#temporary-delegation-request-lifecycle
const (
	unassignedFor = 24 * time.Hour
	answeredFor   = 7 * 24 * time.Hour
)

// maxRootDelegation is the longest delegation that a root user can approve, in
// seconds.
const maxRootDelegation = 4 * 3600

func noSuchDelegation(id string) error {
	return noSuchEntity("The delegation request with id %s cannot be found.", id)
}

// delegationRequest is the request with the id as the calling account may see it:
// while no account is named it is anybody's, then that account's alone.
func delegationRequest(ctx context.Context, t *directory.ReadTx, id string) (*directory.DelegationRequest, error) {
	d, err := directory.FindResource(t, &directory.DelegationRequest{ID: id})
	if errors.Is(err, directory.ErrNotFound) || err == nil && d.Account != "" && d.Account != accountOf(ctx) {
		return nil, noSuchDelegation(id)
	}
	if err == nil && !caller.From(ctx).Steady("delegation-request/"+id, d.Account+" "+d.OwnerID+" "+d.Owner) {
		return nil, concurrentModification() // it was decided on with another owner
	}
	return d, err
}

// owns tells whether the caller owns the request: the same identity, and not
// another that was given its name since.
func owns(c *policy.Caller, d *directory.DelegationRequest) bool {
	return d.Owner != "" && c.Account == d.Account && c.ARN == d.Owner && uniqueID(c) == d.OwnerID
}

// uniqueID is the caller's, the account's for its root user.
func uniqueID(c *policy.Caller) string {
	if c.Kind == policy.CallerRoot {
		return c.Account
	}
	return c.UniqueID
}

// delegationRequest is the request that an operation is on, with its owner's
// default permission: to see it and to forward it for approval. Explicit denials and
// the organization's policies bind all the same, and whoever has a permissions
// boundary or a restricted session needs a policy of its own.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-temporary-delegation.html#temporary-delegation-managing-permissions
func (r *target) delegationRequest(ctx context.Context, t *directory.ReadTx) (own *authz.Document, err error) {
	r.missingResource("delegation-request", r.text("DelegationRequestId"))
	if _, ok := r.in.(*api.CreateDelegationRequestInput); ok {
		r.missingResource("delegation-request", "*")
		return nil, nil
	}
	d, err := delegationRequest(ctx, t, r.text("DelegationRequestId"))
	if e, ok := wire.AsError(err); ok && e.Code == "NoSuchEntity" {
		return nil, nil // the operation says so
	}
	if err != nil {
		return nil, err
	}
	r.delegationOwner = d.Owner
	c := callerOf(ctx)
	if r.action != "iam:GetDelegationRequest" && r.action != "iam:UpdateDelegationRequest" || !owns(c, d) {
		return nil, nil
	}
	principal := c.ARN
	switch session := caller.From(ctx).Session; {
	case session != nil && session.Restricted:
		return nil, nil
	case c.Kind == policy.CallerUser:
		u, err := t.UserByID(c.UniqueID)
		if err != nil || u.Boundary != "" {
			return nil, ignoreNotFound(err)
		}
		principal = u.ID
	case c.Kind == policy.CallerSession:
		role, err := t.RoleByID(c.UniqueID)
		if err != nil || role.Boundary != "" {
			return nil, ignoreNotFound(err)
		}
	default:
		return nil, nil
	}
	return ownDocument(principal, d)
}

func ignoreNotFound(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	return err
}

// ownDocument is what the owner of a request may do with it.
func ownDocument(principal string, d *directory.DelegationRequest) (*authz.Document, error) {
	name, err := json.Marshal(principal)
	if err != nil {
		return nil, err
	}
	p, err := policy.Load([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":` + string(name) +
		`},"Action":["iam:GetDelegationRequest","iam:UpdateDelegationRequest"],"Resource":"*"}]}`))
	if err != nil {
		return nil, err
	}
	return &authz.Document{Policy: p, Source: &authz.Source{Kind: authz.SourceResource, Name: "owner", On: "delegation-request/" + d.ID}}, nil
}

// move takes a request to another state.
func move(d *directory.DelegationRequest, state string, at time.Time) {
	d.State, d.Updated, d.Expires = state, at, at.Add(answeredFor)
	if state == directory.DelegationUnassigned {
		d.Expires = at.Add(unassignedFor)
	}
}

// changeDelegation changes a request that is in one of the states from, to the
// state that change leaves it in, and tells the partner.
func (s *Service) changeDelegation(ctx context.Context, id string, from []string, change func(*directory.Tx, *directory.DelegationRequest) error) error {
	var d *directory.DelegationRequest
	before := ""
	err := s.update(ctx, func(tx *directory.Tx) (err error) {
		if d, err = delegationRequest(ctx, &tx.ReadTx, id); err != nil {
			return err
		}
		if before = d.At(now(ctx)); !slices.Contains(from, before) {
			return wrongState(before)
		}
		if err := change(tx, d); err != nil {
			return err
		}
		return tx.PutResource(d)
	})
	if err != nil {
		return err
	}
	s.tell(ctx, d, before)
	return nil
}

func wrongState(state string) error {
	return invalidInput("The delegation request cannot be changed in this way: its state is %s.", state)
}

// delegationMessage is what a partner is told of a request.
type delegationMessage struct {
	Type                string // StateChange or ExchangeToken
	RequestorWorkflowID string `json:"RequestorWorkflowId"`
	DelegationRequestID string `json:"DelegationRequestId"`
	OwnerAccountID      string `json:"OwnerAccountId,omitempty"`
	PreviousState       string `json:",omitempty"`
	State               string
	UpdatedAt           string
	ExchangeToken       string `json:",omitempty"`
}

func messageOf(kind string, d *directory.DelegationRequest) *delegationMessage {
	return &delegationMessage{
		Type: kind, RequestorWorkflowID: d.Workflow, DelegationRequestID: d.ID, OwnerAccountID: d.Account,
		State: d.State, UpdatedAt: d.Updated.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}

// open tells whether the request's topic may be told. The operator may have closed it
// to the partner since the request was made.
func (s *Service) open(d *directory.DelegationRequest) bool {
	return s.channel != nil && s.channel.Open(d.Channel, d.Requestor)
}

// tell has the partner told of a new state. That what was done cannot be told does
// not undo it.
func (s *Service) tell(ctx context.Context, d *directory.DelegationRequest, before string) {
	if before == d.State || !s.open(d) {
		return
	}
	m := messageOf("StateChange", d)
	m.PreviousState = before
	body, err := json.Marshal(m)
	if err == nil {
		err = s.channel.Tell(context.WithoutCancel(ctx), d.Channel, body)
	}
	_ = err // the channel logs it
}
