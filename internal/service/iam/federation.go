package iam

import "github.com/sallyport/sallyport/internal/oidc"

// federation is how a Service reaches identity providers, and how others reach
// the issuers of accounts.
type federation struct {
	providers *oidc.Client
	issuer    func(account, id string) string
}

func federate(opt Options) federation {
	f := federation{providers: opt.Providers, issuer: opt.Issuer}
	if f.issuer == nil {
		f.issuer = func(_, id string) string { return "https://" + id + ".tokens.sts.global.api.aws" }
	}
	if f.providers == nil {
		f.providers = oidc.New(oidc.Options{})
	}
	return f
}
