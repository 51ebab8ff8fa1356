package iam

import (
	"context"
	"errors"
	"strconv"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// simulation is what both simulating operations are asked, and what is decided
// with. Its answer is authz.Decide's, the same that requests get.
type simulation struct {
	actions, resources []string
	principal          *authz.Principal
	docs               authz.Documents // but the resource's policy, which each resource has
	resourcePolicy     *authz.Document
	owner              string // account of resources that do not name theirs; empty: the caller's
	context            policy.Values
	rcps               func(account string) []authz.Level
}

// SimulateCustomPolicy decides what policies that are given as text would allow.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func (s *Service) SimulateCustomPolicy(ctx context.Context, in *api.SimulateCustomPolicyInput) (*api.SimulateCustomPolicyOutput, error) {
	q := simulation{principal: &authz.Principal{Caller: policy.Caller{Kind: policy.CallerUser, Account: accountOf(ctx)}}}
	out, err := s.simulate(ctx, &q, &api.SimulatePrincipalPolicyInput{
		PolicyInputList: in.PolicyInputList, PermissionsBoundaryPolicyInputList: in.PermissionsBoundaryPolicyInputList,
		ActionNames: in.ActionNames, ResourceArns: in.ResourceArns, ResourcePolicy: in.ResourcePolicy,
		ResourceOwner: in.ResourceOwner, CallerArn: in.CallerArn, ContextEntries: in.ContextEntries,
		ResourceHandlingOption: in.ResourceHandlingOption, MaxItems: in.MaxItems, Marker: in.Marker,
	})
	if err != nil {
		return nil, err
	}
	return &api.SimulateCustomPolicyOutput{EvaluationResults: out.EvaluationResults, IsTruncated: out.IsTruncated, Marker: out.Marker}, nil
}

// SimulatePrincipalPolicy decides what the policies of a user, group or role of
// the account would allow, with those that are given as text beside them.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, in *api.SimulatePrincipalPolicyInput) (*api.SimulatePrincipalPolicyOutput, error) {
	source, err := s.simulated(ctx, value(in.PolicySourceArn))
	if err != nil {
		return nil, err
	}
	q := simulation{principal: source.Principal}
	s.dir.Documents(source, &q.docs)
	if in.ResourcePolicy != nil && in.CallerArn == nil && q.principal.Kind != policy.CallerUser {
		return nil, invalidInput("CallerArn is required when a ResourcePolicy is given and PolicySourceArn is not the ARN of a user.")
	}
	return s.simulate(ctx, &q, in)
}

// simulated finds an entity of the caller's account.
func (s *Service) simulated(ctx context.Context, entityARN string) (*directory.Credential, error) {
	p, err := arn.ParsePrincipal(entityARN)
	if err != nil || p.Kind != arn.KindUser && p.Kind != arn.KindGroup && p.Kind != arn.KindRole {
		return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", entityARN)
	}
	c, err := s.dir.Simulated(entityARN)
	if errors.Is(err, directory.ErrNotFound) || err == nil && p.Account != accountOf(ctx) {
		kind := map[arn.Kind]directory.Kind{arn.KindUser: directory.KindUser, arn.KindGroup: directory.KindGroup, arn.KindRole: directory.KindRole}[p.Kind]
		return nil, api.NoSuchEntity(kind.String(), p.Name)
	}
	return c, err
}

func (s *Service) simulate(ctx context.Context, q *simulation, in *api.SimulatePrincipalPolicyInput) (*api.SimulatePrincipalPolicyOutput, error) {
	if err := s.fill(ctx, q, in); err != nil {
		return nil, err
	}
	page, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	at := 0
	if page.After != "" {
		if at, err = strconv.Atoi(page.After); err != nil || at < 0 {
			return nil, api.ValidationError("Invalid Marker.")
		}
	}
	out := &api.SimulatePrincipalPolicyOutput{EvaluationResults: []api.EvaluationResult{}}
	next, cost := "", q.cost()
	for all := len(q.actions) * len(q.resources); at < all; at++ {
		if n := len(out.EvaluationResults); n == page.Limit || n > 0 && n*cost >= maxSimulated {
			next = strconv.Itoa(at)
			break
		}
		out.EvaluationResults = append(out.EvaluationResults, q.evaluate(q.actions[at/len(q.resources)], q.resources[at%len(q.resources)]))
	}
	out.IsTruncated, out.Marker = truncated(next)
	return out, nil
}

// maxSimulated is about how many statements are asked for one page of results.
// Like AWS, a page may then have fewer than MaxItems, with more to come.
const maxSimulated = 20_000

// cost is how many statements each result asks.
func (q *simulation) cost() (n int) {
	count := func(doc *authz.Document) {
		if doc != nil && doc.Policy != nil && doc.Policy.Doc != nil {
			n += len(doc.Policy.Doc.Statements)
		}
	}
	count(q.docs.Boundary)
	count(q.resourcePolicy)
	for i := range q.docs.Identity {
		count(&q.docs.Identity[i])
	}
	return n
}

// fill reads what both operations are given.
func (s *Service) fill(ctx context.Context, q *simulation, in *api.SimulatePrincipalPolicyInput) (err error) {
	q.actions, q.resources = in.ActionNames, in.ResourceArns
	if len(q.resources) == 0 {
		q.resources = []string{"*"}
	}
	if err := checkSimulated(q.actions, q.resources); err != nil {
		return err
	}
	given, err := inputPolicies("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return err
	}
	q.docs.Identity = append(q.docs.Identity[:len(q.docs.Identity):len(q.docs.Identity)], given...)
	if err := q.setBoundary(in.PermissionsBoundaryPolicyInputList); err != nil {
		return err
	}
	if err := s.setCaller(ctx, q, value(in.CallerArn)); err != nil {
		return err
	}
	if q.owner, err = ownerAccount(value(in.ResourceOwner)); err != nil {
		return err
	}
	if in.ResourcePolicy != nil {
		docs, err := inputPolicies("ResourcePolicy", []string{*in.ResourcePolicy})
		if err != nil {
			return err
		}
		docs[0].Source.Name = "ResourcePolicy"
		q.resourcePolicy = &docs[0]
	}
	// What binds the resources of other accounts is not the caller's to know.
	own := accountOf(ctx)
	q.rcps = func(account string) []authz.Level {
		if account != own {
			return nil
		}
		return s.dir.RCPs(account)
	}
	return q.setContext(in.ContextEntries)
}

// setBoundary puts a given boundary in the place of the entity's.
func (q *simulation) setBoundary(list []string) error {
	if len(list) == 0 {
		return nil
	}
	if len(list) > 1 {
		return invalidInput("Only one permissions boundary policy can be in effect at a time.")
	}
	docs, err := inputPolicies("PermissionsBoundaryPolicyInputList", list)
	if err != nil {
		return err
	}
	q.docs.Boundary = &docs[0]
	p := *q.principal
	p.HasBoundary = true
	q.principal = &p
	return nil
}

// setCaller makes a user the one who asks. AWS takes users alone. Of those of
// other accounts no more counts than what the ARN says.
func (s *Service) setCaller(ctx context.Context, q *simulation, callerARN string) error {
	if callerARN == "" {
		return nil
	}
	p, err := arn.ParsePrincipal(callerARN)
	if err != nil || p.Kind != arn.KindUser {
		return invalidInput("CallerArn must be the ARN of an IAM user: %s", callerARN)
	}
	caller := &authz.Principal{Caller: policy.Caller{
		Kind: policy.CallerUser, Partition: p.Partition, Account: p.Account, ARN: callerARN, PrincipalARN: callerARN, UserName: p.Name,
	}}
	if p.Account == accountOf(ctx) {
		if c, err := s.dir.Simulated(callerARN); err == nil {
			copied := *c.Principal
			caller = &copied
		}
	}
	caller.HasBoundary = q.docs.Boundary != nil
	q.principal = caller
	return nil
}

// inputPolicies compiles policies that are given as text. Their names are the
// parameter's with their place in it.
func inputPolicies(parameter string, list []string) (docs []authz.Document, err error) {
	for i, text := range list {
		name := parameter + "." + strconv.Itoa(i+1)
		p, err := policy.Load([]byte(text))
		if err != nil {
			return nil, invalidInput("The policy in %s is malformed: %s", name, err)
		}
		docs = append(docs, authz.Document{Policy: p, Source: &authz.Source{Name: name}})
	}
	return docs, nil
}

// ownerAccount is the account in a ResourceOwner: its id, or an ARN of its root
// user.
func ownerAccount(owner string) (string, error) {
	if owner == "" || arn.ValidAccountID(owner) {
		return owner, nil
	}
	p, err := arn.Parse(owner)
	if err != nil || !arn.ValidAccountID(p.Account) {
		return "", invalidInput("Invalid ResourceOwner: %s", owner)
	}
	return p.Account, nil
}

// errSimulated tells a value that a simulation cannot take.
func errSimulated(what, value string) error {
	return invalidInput("Invalid %s: %s", what, value)
}
