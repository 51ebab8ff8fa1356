package sts

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/policy"
)

// proven is what a verified token or assertion says of who sends it.
type proven struct {
	account  string              // whose provider it is
	provider string              // its ARN
	keys     map[string][]string // condition keys
	lasting  map[string][]string // those of them that all requests of the session carry

	name           string // of the session
	sourceIdentity string
	tags           []api.Tag
	transitive     []string
}

// principal is who asks to assume the role: the provider, of no account.
func (p *proven) principal() *authz.Principal {
	return &authz.Principal{Caller: policy.Caller{Kind: policy.CallerProvider, ARN: p.provider}, FederatedProvider: p.provider}
}

// target is the role with its trust policy, asked for by the provider. Whatever
// the token says is in the request as if the request had said it.
func (p *proven) target(role *directory.RoleView) *caller.Target {
	return &caller.Target{
		Principal: p.principal(),
		Resource:  authz.Resource{Kind: authz.ResourceRole, ARN: role.ARN, Account: role.Account, Tags: role.Tags},
		Policy:    role.Trust,
		Context: func(v *policy.Values) {
			for name, values := range p.keys {
				v.SetNamed(name, values...)
			}
			v.Set(policy.KeySTSRoleSessionName, p.name)
			if p.sourceIdentity != "" {
				v.Set(policy.KeySTSSourceIdentity, p.sourceIdentity)
			}
			var names []string
			for _, t := range p.tags {
				names = append(names, text(t.Key))
				v.SetNamed("aws:RequestTag/"+text(t.Key), text(t.Value))
			}
			v.SetList(policy.KeyTagKeys, names)
			v.SetList(policy.KeySTSTransitiveTagKeys, p.transitive)
		},
	}
}

// federatedRole finds the role that somebody with a token of its account's
// provider asks for. One that does not exist is refused as one that does not
// trust the provider; the target beside the error is for the explanation of that.
func (s *Service) federatedRole(ctx context.Context, action, roleARN string, p *proven) (*directory.RoleView, *caller.Target, error) {
	role, err := s.dir.LookupRole(ctx, roleARN)
	if errors.Is(err, directory.ErrNotFound) || err == nil && !caller.From(ctx).Steady(role.ARN, role.ID) {
		nobody := &directory.RoleView{ARN: roleARN, Account: p.account}
		return nil, p.target(nobody), denied("Not authorized to perform " + action)
	}
	if err != nil {
		return nil, nil, err
	}
	return role, p.target(role), nil
}

// roleAccount is the account of a role's ARN.
func roleAccount(roleARN *string) (string, error) {
	p, err := arn.ParsePrincipal(text(roleARN))
	if err != nil || p.Kind != arn.KindRole || p.Partition != arn.PartitionAWS {
		return "", invalid("Request ARN is invalid")
	}
	return p.Account, nil
}

// assumed is what the two operations for federated users answer.
type assumed struct {
	credentials    *api.Credentials
	user           *api.AssumedRoleUser
	packed         *int32
	sourceIdentity *string
}

// assume makes the session. That the provider may assume the role was decided
// before; tags and source identity, which the token alone knows of, are asked for
// here.
func (s *Service) assume(ctx context.Context, role *directory.RoleView, p *proven, duration int32, inline *string, managed []api.PolicyDescriptorType) (*assumed, error) {
	switch {
	case duration < minSession:
		return nil, invalid("The requested DurationSeconds is less than the minimum of 900 seconds.")
	case int(duration) > role.MaxSession:
		return nil, invalid(api.ExceedsMaxSession)
	}
	session := &directory.Session{
		Kind: directory.RoleSession, Account: role.Account, Principal: role.ID, Name: p.name,
		SourceIdentity: p.sourceIdentity, Context: map[string][]string{"aws:FederatedProvider": {p.provider}},
	}
	for name, values := range p.lasting {
		session.Context[name] = values
	}
	if err := s.extras(ctx, role, session, p); err != nil {
		return nil, err
	}
	packed, err := s.setPolicies(session, inline, managed)
	if err != nil {
		return nil, err
	}
	out := &assumed{packed: packed}
	if out.credentials, err = s.issue(ctx, session, duration); err != nil {
		return nil, err
	}
	id, sessionARN := role.ID+":"+session.Name, arn.Session(arn.PartitionAWS, role.Account, role.Name, session.Name)
	out.user = &api.AssumedRoleUser{AssumedRoleId: &id, Arn: &sessionARN}
	if p.sourceIdentity != "" {
		out.sourceIdentity = &p.sourceIdentity
	}
	return out, nil
}

// extras gives the session the tags and the source identity of the token.
func (s *Service) extras(ctx context.Context, role *directory.RoleView, session *directory.Session, p *proven) error {
	if err := setTags(ctx, session, p.tags, p.transitive); err != nil {
		return err
	}
	if len(p.tags) > 0 || len(p.transitive) > 0 {
		if err := caller.Authorize(ctx, "sts:TagSession", p.target(role)); err != nil {
			return err
		}
	}
	if p.sourceIdentity != "" {
		return caller.Authorize(ctx, "sts:SetSourceIdentity", p.target(role))
	}
	return nil
}

func sortTags(tags []api.Tag) {
	slices.SortFunc(tags, func(a, b api.Tag) int { return strings.Compare(*a.Key, *b.Key) })
}

var tagPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkProven holds what a token says to the rules that AssumeRole has for the
// same in a request.
func checkProven(p *proven) error {
	for _, t := range p.tags {
		key, value := text(t.Key), text(t.Value)
		if key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 ||
			!tagPattern.MatchString(key) || !tagPattern.MatchString(value) {
			return invalidToken("The session tags in the token are invalid")
		}
	}
	if len(p.tags) > maxTags || len(p.transitive) > maxTags {
		return invalidToken("The session tags in the token are invalid")
	}
	if p.sourceIdentity != "" && (!namePattern.MatchString(p.sourceIdentity) || strings.HasPrefix(strings.ToLower(p.sourceIdentity), "aws:")) {
		return invalidToken("The source identity in the token is invalid")
	}
	return nil
}

func invalidToken(message string) error { return api.NewError("InvalidIdentityToken", message) }
