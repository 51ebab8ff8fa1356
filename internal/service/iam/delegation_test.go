package iam

import (
	"context"
	"fmt"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// openChannel takes everything.
type openChannel struct{}

func (openChannel) Open(string, string) bool                   { return true }
func (openChannel) Tell(context.Context, string, []byte) error { return nil }
func (openChannel) Send(context.Context, string, []byte) error { return nil }

// TestOldDelegationRequestsMakeRoom: a partner has room for a number of requests,
// and those that were over long ago go when it is used up.
func TestOldDelegationRequestsMakeRoom(t *testing.T) {
	w := newWorld(t)
	template := must(ParseDelegationTemplate(templateARN, []byte(readOne)))
	w.Service = New(w.dir, Options{DelegationTemplates: []*DelegationTemplate{template}, DelegationChannel: openChannel{}})
	at := func(account string, when time.Time) context.Context {
		return caller.With(t.Context(), &caller.Info{Time: when, Identity: &policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: directory.RootARN(account)}})
	}
	ask := func(i int, when time.Time) (string, error) {
		out, err := w.CreateDelegationRequest(at(acctB, when), &api.CreateDelegationRequestInput{
			Description: new("d"), RequestorWorkflowId: new(fmt.Sprintf("workflow-%d", i)), NotificationChannel: new("arn:aws:sns:us-east-1:" + acctB + ":t"),
			SessionDuration: new(int32(3600)), Permissions: &api.DelegationPermission{PolicyTemplateArn: new(templateARN)},
		})
		if err != nil {
			return "", err
		}
		return *out.DelegationRequestId, nil
	}
	first := must(ask(0, start))
	must(w.AssociateDelegationRequest(at(acctA, start), &api.AssociateDelegationRequestInput{DelegationRequestId: &first}))
	for i := 1; i < maxDelegations; i++ {
		must(ask(i, start))
	}
	listed := func() int {
		return len(must(w.ListDelegationRequests(at(acctA, start), &api.ListDelegationRequestsInput{})).DelegationRequests)
	}
	same(t, "owned", listed(), 1)
	_, err := ask(maxDelegations, start.Add(30*24*time.Hour))
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for DelegationRequestsPerAccount: 1000")
	// All but the first, which was taken on, were over after a day.
	must(ask(maxDelegations, start.Add(32*24*time.Hour)))
	_, err = ask(0, start.Add(32*24*time.Hour))
	refused(t, err, 409, "EntityAlreadyExists", "A delegation request with workflow id workflow-0 already exists.")
	must(ask(1, start.Add(32*24*time.Hour)))
	same(t, "owned", listed(), 1)
	for i := maxDelegations + 1; i < 2*maxDelegations-2; i++ {
		must(ask(i, start.Add(32*24*time.Hour)))
	}
	must(ask(0+2*maxDelegations, start.Add(38*24*time.Hour)))
	same(t, "owned at last", listed(), 0)
	_, err = w.GetDelegationRequest(at(acctA, start), &api.GetDelegationRequestInput{DelegationRequestId: &first})
	refused(t, err, 404, "NoSuchEntity", "The delegation request with id "+first+" cannot be found.")
}

// closingChannel takes what comes while it is open, and counts it.
type closingChannel struct {
	shut bool
	took int
}

func (c *closingChannel) Open(string, string) bool                   { return !c.shut }
func (c *closingChannel) Tell(context.Context, string, []byte) error { c.took++; return nil }
func (c *closingChannel) Send(context.Context, string, []byte) error { c.took++; return nil }

// TestAClosedTopicIsToldNothing: the operator may close a topic to a partner that has
// open requests.
func TestAClosedTopicIsToldNothing(t *testing.T) {
	w, channel := newWorld(t), new(closingChannel)
	template := must(ParseDelegationTemplate(templateARN, []byte(readOne)))
	w.Service = New(w.dir, Options{DelegationTemplates: []*DelegationTemplate{template}, DelegationChannel: channel})
	root := func(account string) context.Context {
		return caller.With(t.Context(), &caller.Info{Time: start, Identity: &policy.Caller{Kind: policy.CallerRoot, Account: account, ARN: directory.RootARN(account)}})
	}
	id := must(w.CreateDelegationRequest(root(acctB), &api.CreateDelegationRequestInput{
		Description: new("d"), RequestorWorkflowId: new("workflow"), NotificationChannel: new("arn:aws:sns:us-east-1:" + acctB + ":t"),
		SessionDuration: new(int32(3600)), Permissions: &api.DelegationPermission{PolicyTemplateArn: new(templateARN)},
	})).DelegationRequestId
	must(w.AssociateDelegationRequest(root(acctA), &api.AssociateDelegationRequestInput{DelegationRequestId: id}))
	same(t, "taken while open", channel.took, 1)
	channel.shut = true
	must(w.AcceptDelegationRequest(root(acctA), &api.AcceptDelegationRequestInput{DelegationRequestId: id}))
	_, err := w.SendDelegationToken(root(acctA), &api.SendDelegationTokenInput{DelegationRequestId: id})
	refused(t, err, 500, "ServiceFailure", "The notification channel of the delegation request did not take the token.")
	same(t, "taken while shut", channel.took, 1)
	same(t, "state", *must(w.GetDelegationRequest(root(acctA), &api.GetDelegationRequestInput{DelegationRequestId: id})).DelegationRequest.State, directory.DelegationAccepted)
}
