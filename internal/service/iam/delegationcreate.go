package iam

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

const (
	// maxDelegations bounds the requests of one partner that are kept.
	maxDelegations = 1000
	// delegationsKept is how long an expired request is still shown.
	delegationsKept = 30 * 24 * time.Hour
	// maxRequestorName is the longest name of a requestor, in characters.
	maxRequestorName = 30
)

// CreateDelegationRequest asks another account for temporary credentials, within
// the policy that comes of one of the templates that the operator has registered for
// the calling account. Other accounts are refused. There is no console that a
// ConsoleDeepLink could lead to.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateDelegationRequest.html
func (s *Service) CreateDelegationRequest(ctx context.Context, in *api.CreateDelegationRequestInput) (*api.CreateDelegationRequestOutput, error) {
	d, err := s.newDelegation(ctx, in)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *directory.Tx) error {
		var b [16]byte
		if err := tx.Random(b[:]); err != nil {
			return err
		}
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		d.ID = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		if err := roomForDelegation(tx, d); err != nil {
			return err
		}
		err := tx.CreateResource(&directory.DelegationWorkflow{Requestor: d.Requestor, Workflow: d.Workflow, ID: d.ID, Created: d.Created})
		if errors.Is(err, directory.ErrExists) {
			return api.NewError("EntityAlreadyExists", "A delegation request with workflow id "+d.Workflow+" already exists.")
		}
		if err != nil {
			return err
		}
		return tx.CreateResource(d)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateDelegationRequestOutput{DelegationRequestId: &d.ID}, nil
}

// newDelegation is the request that the input describes.
func (s *Service) newDelegation(ctx context.Context, in *api.CreateDelegationRequestInput) (*directory.DelegationRequest, error) {
	account, who := accountOf(ctx), callerOf(ctx)
	if !s.partners[account] {
		return nil, denied(who.ARN, "iam:CreateDelegationRequest", "arn:aws:iam::"+account+":delegation-request/*")
	}
	at := now(ctx)
	d := &directory.DelegationRequest{
		Requestor: account, RequestorName: truncate(s.dir.AccountName(account), maxRequestorName),
		Workflow: value(in.RequestorWorkflowId), Description: value(in.Description), Message: value(in.RequestMessage),
		RedirectURL: value(in.RedirectUrl), Channel: value(in.NotificationChannel), Duration: int(value(in.SessionDuration)),
		OnlySendByOwner: value(in.OnlySendByOwner), Account: value(in.OwnerAccountId), Created: at,
	}
	move(d, directory.DelegationUnassigned, at)
	if !s.channel.Open(d.Channel, account) {
		return nil, invalidInput("The notification channel %s is not the ARN of a topic that IAM can publish to.", d.Channel)
	}
	permissions := value(in.Permissions)
	d.Template = value(permissions.PolicyTemplateArn)
	template := s.templates[d.Template]
	if template == nil || template.Account != account {
		return nil, invalidInput("The policy template %s does not exist.", d.Template)
	}
	values := templateValues{}
	for _, p := range permissions.Parameters {
		name := value(p.Name)
		switch kind := value(p.Type); {
		case values[name] != nil:
			return nil, invalidInput("Parameter %s is given twice.", name)
		case len(p.Values) == 0 || kind == "string" && len(p.Values) != 1 || kind != "string" && kind != "stringList":
			return nil, invalidInput("Parameter %s must have a type, string or stringList, and values of it.", name)
		}
		values[name] = p.Values
		d.Parameters = append(d.Parameters, directory.DelegationParameter{Name: name, Type: value(p.Type), Values: p.Values})
	}
	var err error
	if d.Policy, d.Boundaries, err = template.render(values); err != nil {
		return nil, invalidInput("The policy cannot be rendered: %s.", err)
	}
	if _, err := policy.Validate([]byte(d.Policy), policy.Session, policy.Options{}); err != nil {
		return nil, invalidInput("The rendered policy is not valid: %s", err)
	}
	return d, nil
}

func truncate(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most])
}

// roomForDelegation takes away the partner's requests that were over long ago when
// there are many, and refuses one too many.
func roomForDelegation(tx *directory.Tx, d *directory.DelegationRequest) error {
	n, err := tx.CountResources(directory.KindDelegationWorkflow, d.Requestor)
	if err != nil || n < maxDelegations {
		return err
	}
	all, err := directory.Resources(&tx.ReadTx, &directory.DelegationWorkflow{Requestor: d.Requestor}, directory.Page{}, nil)
	if err != nil {
		return err
	}
	for _, w := range all.Items {
		old, err := directory.FindResource(&tx.ReadTx, &directory.DelegationRequest{ID: w.ID})
		if err != nil {
			return err
		}
		if d.Created.Before(old.Expires.Add(delegationsKept)) {
			continue
		}
		if err := removeDelegation(tx, w, old); err != nil {
			return err
		}
		n--
	}
	if n >= maxDelegations {
		return api.LimitExceeded("DelegationRequestsPerAccount", maxDelegations)
	}
	return nil
}

func removeDelegation(tx *directory.Tx, w *directory.DelegationWorkflow, d *directory.DelegationRequest) error {
	if err := tx.DeleteResource(w); err != nil {
		return err
	}
	if d.Owner != "" {
		if err := tx.DeleteResource(&directory.OwnedDelegation{Account: d.Account, ID: d.ID}); err != nil {
			return err
		}
	}
	return tx.DeleteResource(d)
}
