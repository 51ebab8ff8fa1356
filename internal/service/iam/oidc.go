package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/wire"
)

// maxListed bounds the providers of one kind that a listing without pages reads.
const maxListed = 10_000

// CreateOpenIDConnectProvider makes the account trust an OpenID Connect provider.
// Its URL must be https:// without a query or a port; the operator can allow more
// for single hosts. Without thumbprints the provider is asked for its certificate,
// and OpenIdIdpCommunicationError says that it did not answer.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func (s *Service) CreateOpenIDConnectProvider(ctx context.Context, in *api.CreateOpenIDConnectProviderInput) (*api.CreateOpenIDConnectProviderOutput, error) {
	url := value(in.Url)
	if err := s.providers.CheckURL(url); err != nil {
		return nil, invalidInput("Invalid Open ID Connect Provider URL")
	}
	p := directory.OIDCProvider{Account: accountOf(ctx), URL: url, Created: now(ctx)}
	var err error
	if p.Tags, err = providerTags("TagsPerOpenIdConnectProvider").merge(nil, in.Tags, s.quotas.TagsPerEntity); err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagOpenIDConnectProvider", "oidc-provider", in, p.Tags); err != nil {
		return nil, err
	}
	for _, id := range in.ClientIDList {
		if !slices.Contains(p.ClientIDs, id) {
			p.ClientIDs = append(p.ClientIDs, id)
		}
	}
	if err := s.checkClientIDs(p.ClientIDs); err != nil {
		return nil, err
	}
	if p.Thumbprints, err = s.thumbprints(in.ThumbprintList); err != nil {
		return nil, err
	}
	if len(p.Thumbprints) == 0 {
		if p.Thumbprints, err = s.fetchThumbprint(ctx, &p); err != nil {
			return nil, err
		}
	}
	err = s.update(ctx, func(tx *directory.Tx) (err error) {
		if p.ID, err = tx.NewLowerID("", 16); err != nil {
			return err
		}
		return s.createProvider(tx, &p, "Provider with url "+url+" already exists.", "OpenIdConnectProvidersPerAccount", s.quotas.OIDCProviders)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: new(p.ARN()), Tags: showTags(p.Tags)}, nil
}

// createProvider adds a provider if its place is free and there is room for it.
func (s *Service) createProvider(tx *directory.Tx, r directory.Resource, exists, quota string, limit int) error {
	kind, account, _ := r.Place()
	n, err := tx.CountResources(kind, account)
	if err != nil {
		return err
	}
	switch err := tx.CreateResource(r); {
	case errors.Is(err, directory.ErrExists):
		return api.NewError("EntityAlreadyExists", exists)
	case err != nil:
		return err
	case n >= limit:
		return api.LimitExceeded(quota, limit)
	}
	return nil
}

// fetchThumbprint asks the provider for its certificate, before any transaction
// and not for one that is there already.
func (s *Service) fetchThumbprint(ctx context.Context, p *directory.OIDCProvider) ([]string, error) {
	there := false
	err := s.view(ctx, func(t *directory.ReadTx) error {
		_, err := directory.FindResource(t, p)
		if there = err == nil; errors.Is(err, directory.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil || there { // the transaction says so
		return nil, err
	}
	print, err := s.providers.FetchThumbprint(ctx, p.URL)
	if err != nil {
		return nil, api.NewError("OpenIdIdpCommunicationError",
			"The certificate of "+p.URL+" could not be retrieved: the provider did not answer as an OpenID Connect provider does.")
	}
	if print == "" {
		return nil, nil
	}
	return []string{print}, nil
}

// thumbprints are those of a request, in lower case and each once.
func (s *Service) thumbprints(list []string) (out []string, err error) {
	if len(list) > s.quotas.Thumbprints {
		return nil, invalidInput("Thumbprint list must contain fewer than %d entries.", s.quotas.Thumbprints+1)
	}
	for _, t := range list {
		t = strings.ToLower(t)
		if len(t) != 40 || strings.Trim(t, "0123456789abcdef") != "" {
			return nil, invalidInput("Thumbprint %s must be 40 hexadecimal characters.", t)
		}
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out, nil
}

func (s *Service) checkClientIDs(ids []string) error {
	if len(ids) > s.quotas.ClientIDsPerProvider {
		return api.LimitExceeded("ClientIdsPerOpenIdConnectProvider", s.quotas.ClientIDsPerProvider)
	}
	return nil
}

// providerTags is how the tags of a provider behave: keys count with their case.
func providerTags(quota string) tagRule {
	return tagRule{fold: func(s string) string { return s }, duplicate: "Duplicate tag keys found.", quota: quota}
}

// oidcProvider is the account's provider with the ARN.
func oidcProvider(t *directory.ReadTx, account, providerARN string) (*directory.OIDCProvider, error) {
	if _, err := arn.Parse(providerARN); err != nil {
		return nil, api.InvalidARN()
	}
	name, ok := strings.CutPrefix(providerARN, "arn:aws:iam::"+account+":oidc-provider/")
	if !ok {
		return nil, noSuchProvider(providerARN)
	}
	p, err := directory.FindResource(t, &directory.OIDCProvider{Account: account, URL: "https://" + name})
	if errors.Is(err, directory.ErrNotFound) {
		return nil, noSuchProvider(providerARN)
	}
	return p, err
}

func noSuchProvider(providerARN string) error {
	return noSuchEntity("OpenIDConnect Provider not found for arn %s", providerARN)
}

// changeOIDC changes a provider.
func (s *Service) changeOIDC(ctx context.Context, providerARN *string, fn func(*directory.OIDCProvider) error) error {
	return s.update(ctx, func(tx *directory.Tx) error {
		p, err := oidcProvider(&tx.ReadTx, accountOf(ctx), value(providerARN))
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
		return tx.PutResource(p)
	})
}

// GetOpenIDConnectProvider shows a provider; its URL without the scheme.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
func (s *Service) GetOpenIDConnectProvider(ctx context.Context, in *api.GetOpenIDConnectProviderInput) (*api.GetOpenIDConnectProviderOutput, error) {
	out := new(api.GetOpenIDConnectProviderOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := oidcProvider(t, accountOf(ctx), value(in.OpenIDConnectProviderArn))
		if err != nil {
			return err
		}
		*out = api.GetOpenIDConnectProviderOutput{
			Url: new(p.Name()), ClientIDList: p.ClientIDs, ThumbprintList: p.Thumbprints, CreateDate: date(p.Created), Tags: showTags(p.Tags),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListOpenIDConnectProviders lists the ARNs of the account's providers.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
func (s *Service) ListOpenIDConnectProviders(ctx context.Context, _ *api.ListOpenIDConnectProvidersInput) (*api.ListOpenIDConnectProvidersOutput, error) {
	out := &api.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []api.OpenIDConnectProviderListEntry{}}
	err := s.view(ctx, func(t *directory.ReadTx) error {
		l, err := directory.Resources(t, &directory.OIDCProvider{Account: accountOf(ctx)}, directory.Page{Limit: maxListed}, nil)
		if err != nil {
			return err
		}
		out.OpenIDConnectProviderList = out.OpenIDConnectProviderList[:0]
		for _, p := range l.Items {
			out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, api.OpenIDConnectProviderListEntry{Arn: new(p.ARN())})
		}
		return nil
	})
	return out, err
}

// DeleteOpenIDConnectProvider ends the account's trust in a provider. One that is
// not there is no error. Roles go on naming it; nobody can assume them with it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
func (s *Service) DeleteOpenIDConnectProvider(ctx context.Context, in *api.DeleteOpenIDConnectProviderInput) (*api.DeleteOpenIDConnectProviderOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		p, err := oidcProvider(&tx.ReadTx, accountOf(ctx), value(in.OpenIDConnectProviderArn))
		if e, ok := wire.AsError(err); ok && e.Code == "NoSuchEntity" {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.DeleteResource(p)
	})
	return &api.DeleteOpenIDConnectProviderOutput{}, err
}

// AddClientIDToOpenIDConnectProvider adds an audience. One that is there is no
// error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
func (s *Service) AddClientIDToOpenIDConnectProvider(ctx context.Context, in *api.AddClientIDToOpenIDConnectProviderInput) (*api.AddClientIDToOpenIDConnectProviderOutput, error) {
	err := s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(p *directory.OIDCProvider) error {
		if slices.Contains(p.ClientIDs, value(in.ClientID)) {
			return nil
		}
		p.ClientIDs = append(p.ClientIDs, value(in.ClientID))
		return s.checkClientIDs(p.ClientIDs)
	})
	return &api.AddClientIDToOpenIDConnectProviderOutput{}, err
}

// RemoveClientIDFromOpenIDConnectProvider takes an audience away. One that is not
// there is no error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
func (s *Service) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, in *api.RemoveClientIDFromOpenIDConnectProviderInput) (*api.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	err := s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(p *directory.OIDCProvider) error {
		p.ClientIDs = slices.DeleteFunc(p.ClientIDs, func(id string) bool { return id == value(in.ClientID) })
		return nil
	})
	return &api.RemoveClientIDFromOpenIDConnectProviderOutput{}, err
}

// UpdateOpenIDConnectProviderThumbprint replaces the thumbprints.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
func (s *Service) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, in *api.UpdateOpenIDConnectProviderThumbprintInput) (*api.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	thumbprints, err := s.thumbprints(in.ThumbprintList)
	if err != nil {
		return nil, err
	}
	err = s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(p *directory.OIDCProvider) error {
		p.Thumbprints = thumbprints
		return nil
	})
	return &api.UpdateOpenIDConnectProviderThumbprintOutput{}, err
}

// TagOpenIDConnectProvider adds tags to a provider, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html
func (s *Service) TagOpenIDConnectProvider(ctx context.Context, in *api.TagOpenIDConnectProviderInput) (*api.TagOpenIDConnectProviderOutput, error) {
	err := s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(p *directory.OIDCProvider) (err error) {
		p.Tags, err = providerTags("TagsPerOpenIdConnectProvider").merge(p.Tags, in.Tags, s.quotas.TagsPerEntity)
		return err
	})
	return &api.TagOpenIDConnectProviderOutput{}, err
}

// UntagOpenIDConnectProvider takes tags off a provider.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html
func (s *Service) UntagOpenIDConnectProvider(ctx context.Context, in *api.UntagOpenIDConnectProviderInput) (*api.UntagOpenIDConnectProviderOutput, error) {
	err := s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(p *directory.OIDCProvider) error {
		p.Tags = providerTags("").without(p.Tags, in.TagKeys)
		return nil
	})
	return &api.UntagOpenIDConnectProviderOutput{}, err
}

// ListOpenIDConnectProviderTags lists the tags of a provider by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html
func (s *Service) ListOpenIDConnectProviderTags(ctx context.Context, in *api.ListOpenIDConnectProviderTagsInput) (*api.ListOpenIDConnectProviderTagsOutput, error) {
	out := new(api.ListOpenIDConnectProviderTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := oidcProvider(t, accountOf(ctx), value(in.OpenIDConnectProviderArn))
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(p.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// oidcProvider is the provider that an ARN names, or the one to be made.
func (r *target) oidcProvider(t *directory.ReadTx) error {
	if in, ok := r.in.(*api.CreateOpenIDConnectProviderInput); ok {
		p := directory.OIDCProvider{Account: r.account, URL: value(in.Url)}
		r.arn = p.ARN()
		return nil
	}
	r.arn = r.text("OpenIDConnectProviderArn")
	p, err := oidcProvider(t, r.account, r.arn)
	if _, refused := wire.AsError(err); refused {
		return nil // the operation refuses it
	}
	if err != nil {
		return err
	}
	r.tags = p.Tags
	return nil
}
