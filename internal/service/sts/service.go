package sts

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/oidc"
	"github.com/sallyport/sallyport/internal/wire"

	api "github.com/sallyport/sallyport/internal/api/sts"
	"github.com/sallyport/sallyport/policy"
)

// Options configure a Service. The zero value of each is good.
type Options struct {
	// Providers reaches OpenID Connect providers; nil for one that reaches public
	// ones.
	Providers *oidc.Client
	// Issuer is the URL of an account's issuer of web identity tokens, by the account
	// and the issuer's id; AWS's form when nil.
	Issuer func(account, id string) string
}

// Service has one method per operation that is served.
type Service struct {
	dir       *directory.Directory
	providers *oidc.Client
	issuer    func(account, id string) string
	metadata  metadataCache
}

// New makes the service over a directory, which it does not close.
func New(dir *directory.Directory, o Options) *Service {
	if o.Providers == nil {
		o.Providers = oidc.New(oidc.Options{})
	}
	if o.Issuer == nil {
		o.Issuer = func(_, id string) string { return "https://" + id + ".tokens.sts.global.api.aws" }
	}
	return &Service{dir: dir, providers: o.Providers, issuer: o.Issuer}
}

// Target names what a permission is asked on: the role to assume with its trust
// policy, the root user to be, or the federated user. A role that does not exist is refused as
// one that may not be assumed.
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	switch access.Resource {
	case "role":
		switch in := in.(type) {
		case *api.AssumeRoleWithWebIdentityInput:
			return s.webIdentityTarget(ctx, in)
		case *api.AssumeRoleWithSAMLInput:
			return s.samlTarget(ctx, in)
		case *api.AssumeRoleInput:
			if err := s.checkMFA(ctx, in); err != nil {
				return nil, err
			}
			return s.roleTarget(ctx, access.Action, in)
		}
	case "root":
		if in, ok := in.(*api.AssumeRootInput); ok {
			return s.rootTarget(ctx, in)
		}
	case "federated-user":
		if in, ok := in.(*api.GetFederationTokenInput); ok {
			account := caller.From(ctx).Account()
			return &caller.Target{Resource: authz.Resource{
				ARN: arn.FederatedUser(arn.PartitionAWS, account, text(in.Name)), Account: account,
			}}, nil
		}
	}
	return &caller.Target{Resource: authz.Resource{ARN: "*", Account: caller.From(ctx).Account()}}, nil
}

func (s *Service) roleTarget(ctx context.Context, action string, in *api.AssumeRoleInput) (*caller.Target, error) {
	role, err := s.role(ctx, action, text(in.RoleArn))
	if err != nil {
		return unknownRole(ctx, in), err
	}
	return target(ctx, role, in), nil
}

// unknownRole is a role that was refused without being asked for, so that the
// refusal can be explained like that of any other: nobody is to learn from it
// whether there is such a role.
func unknownRole(ctx context.Context, in *api.AssumeRoleInput) *caller.Target {
	p, err := arn.ParsePrincipal(text(in.RoleArn))
	if err != nil || p.Kind != arn.KindRole {
		return nil
	}
	return target(ctx, &directory.RoleView{ARN: text(in.RoleArn), Account: p.Account}, in)
}

func target(ctx context.Context, role *directory.RoleView, in *api.AssumeRoleInput) *caller.Target {
	inherited := inheritedTags(ctx)
	return &caller.Target{
		Resource: authz.Resource{Kind: authz.ResourceRole, ARN: role.ARN, Account: role.Account, Tags: role.Tags},
		Policy:   role.Trust,
		Context: func(v *policy.Values) {
			if bringsMFA(in.SerialNumber, in.TokenCode) { // checked before anything is asked
				v.SetBool(policy.KeyMultiFactorAuthPresent, true)
				v.SetInt(policy.KeyMultiFactorAuthAge, 0)
			}
			if len(inherited) == 0 {
				return
			}
			// Tags that come along from the calling session are in the request like
			// those it names.
			all := mergeTags(inherited, in.Tags)
			var keys []string
			for _, t := range all {
				keys = append(keys, t.Key)
				v.SetNamed("aws:RequestTag/"+t.Key, t.Value)
			}
			v.SetList(policy.KeyTagKeys, keys)
		},
	}
}

// role finds the role of an AssumeRole request, or the error that answers it: also
// when another one has got the ARN since the permission was asked for.
func (s *Service) role(ctx context.Context, action, roleARN string) (*directory.RoleView, error) {
	if _, err := arn.Parse(roleARN); err != nil {
		return nil, invalid(roleARN + " is invalid")
	}
	info := caller.From(ctx)
	who := info.Identity
	if who.Kind == policy.CallerRoot {
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	role, err := s.dir.LookupRole(ctx, roleARN)
	if errors.Is(err, directory.ErrNotFound) || err == nil && !info.Steady(role.ARN, role.ID) {
		return nil, refused(who, action, roleARN)
	}
	return role, err
}

// refused is the answer to whoever may not assume a role, and to whoever asks
// for one that does not exist.
func refused(who *policy.Caller, action, roleARN string) error {
	return denied("User: " + who.ARN + " is not authorized to perform: " + action + " on resource: " + roleARN)
}

func denied(message string) error {
	return &wire.Error{Code: "AccessDenied", Message: message, Status: http.StatusForbidden}
}

func invalid(message string) error {
	return &wire.Error{Code: "ValidationError", Message: message, Status: http.StatusBadRequest}
}

func invalidParameter(message string) error {
	return &wire.Error{Code: "InvalidParameterValue", Message: message, Status: http.StatusBadRequest}
}

// issue makes the credentials of a session that lasts for seconds from now.
func (s *Service) issue(ctx context.Context, session *directory.Session, seconds int32) (*api.Credentials, error) {
	session.Issued = caller.From(ctx).Time
	session.Expires = session.Issued.Add(time.Duration(seconds) * time.Second)
	token, err := s.dir.IssueSession(session)
	if err != nil {
		return nil, err
	}
	return &api.Credentials{
		AccessKeyId: &session.KeyID, SecretAccessKey: &session.Secret, SessionToken: &token, Expiration: &session.Expires,
	}, nil
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func seconds(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}
