package cases

import (
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	"github.com/sallyport/sallyport/policy"
)

// principal makes the caller and fills in the documents that come with it.
func (w *world) principal(docs *authz.Documents) *authz.Principal {
	req := &w.c.Request
	if req.Principal == "anonymous" || req.Principal == "" {
		return nil
	}
	p, err := arn.ParsePrincipal(req.Principal)
	if err != nil {
		kind := policy.CallerService
		if strings.HasPrefix(req.Action, "sts:AssumeRoleWith") {
			kind = policy.CallerProvider
		}
		return &authz.Principal{Caller: policy.Caller{Kind: kind, ARN: req.Principal}, FederatedProvider: req.Principal}
	}
	out := &authz.Principal{
		Caller: policy.Caller{
			Partition: p.Partition, Account: p.Account, ARN: req.Principal, PrincipalARN: req.Principal,
			CanonicalID: w.canonicalID(p.Account),
		},
		Org: w.org(p.Account), SessionToken: req.SessionToken,
	}
	switch p.Kind {
	case arn.KindRoot:
		out.Kind, out.UserID = policy.CallerRoot, p.Account
	case arn.KindUser:
		w.asUser(out, docs, p)
	case arn.KindAssumedRole:
		w.asSession(out, docs, p)
	case arn.KindFederatedUser:
		w.asFederated(out, docs, p)
	default:
		out.Caller = policy.Caller{Kind: policy.CallerProvider, ARN: req.Principal}
		out.FederatedProvider, out.Org = req.Principal, authz.Org{}
		return out
	}
	if o := w.account(p.Account).Org; o != nil {
		docs.SCPs = w.levels(o.SCPs, p.Account)
	}
	docs.Session = w.sessionPolicies()
	out.HasBoundary = docs.Boundary != nil
	return out
}

func (w *world) sessionPolicies() []authz.Document {
	raw := w.c.Request.SessionPolicy
	if len(raw) > 0 && raw[0] == '[' {
		return w.loadAll(splitArray(raw), authz.SourceSession, "session")
	}
	if d := w.load(raw, authz.SourceSession, "session"); d != nil {
		return []authz.Document{*d}
	}
	return nil
}

func (w *world) userDocuments(docs *authz.Documents, account, name string) *User {
	u := w.user(account, name)
	docs.Identity = w.loadAll(u.Policies, authz.SourceInline, "user/"+name)
	for _, g := range u.Groups {
		if group := w.account(account).Groups[g]; group != nil {
			docs.Identity = append(docs.Identity, w.loadAll(group.Policies, authz.SourceInline, "group/"+g)...)
		}
	}
	docs.Boundary = w.load(u.Boundary, authz.SourceBoundary, "user/"+name)
	return u
}

func (w *world) asUser(out *authz.Principal, docs *authz.Documents, p arn.Principal) {
	u := w.userDocuments(docs, p.Account, p.Name)
	out.Kind, out.UserName = policy.CallerUser, p.Name
	out.UniqueID = id(u.ID, arn.PrefixUser, p.Account, p.Name)
	out.UserID = out.UniqueID
	out.Tags = policy.MakeTags(u.Tags)
}

func (w *world) asSession(out *authz.Principal, docs *authz.Documents, p arn.Principal) {
	r := w.role(p.Account, p.Name)
	on := "role/" + p.Name
	docs.Identity = w.loadAll(r.Policies, authz.SourceInline, on)
	docs.Boundary = w.load(r.Boundary, authz.SourceBoundary, on)
	out.Kind = policy.CallerSession
	out.PrincipalARN = arn.Role(p.Partition, p.Account, pathOf(r.Path), p.Name)
	out.UniqueID = id(r.ID, arn.PrefixRole, p.Account, p.Name)
	out.UserID = out.UniqueID + ":" + p.Session
	out.Tags = policy.MergeTags(policy.MakeTags(r.Tags), policy.MakeTags(w.c.Request.SessionTags))
	out.ServiceLinked = r.ServiceLinked
}

func (w *world) asFederated(out *authz.Principal, docs *authz.Documents, p arn.Principal) {
	out.Kind, out.UserID = policy.CallerFederated, p.Account+":"+p.Name
	out.Tags = policy.MakeTags(w.c.Request.SessionTags)
	out.IssuerARN = w.c.Request.Issuer
	issuer, err := arn.ParsePrincipal(out.IssuerARN)
	if err != nil {
		return
	}
	if issuer.Kind == arn.KindRoot {
		out.IssuerIsRoot = true
		return
	}
	u := w.userDocuments(docs, issuer.Account, issuer.Name)
	out.IssuerID = id(u.ID, arn.PrefixUser, issuer.Account, issuer.Name)
}
