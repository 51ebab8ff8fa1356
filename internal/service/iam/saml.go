package iam

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/wire"
)

// metadataYears is how long metadata is valid that does not say it.
const metadataYears = 100

const samlTagQuota = "TagsPerSAMLProvider"

// CreateSAMLProvider makes the account trust a SAML provider, by its metadata.
// Encrypted assertions are not taken: a private key for them, and a mode, are
// answered with NotImplemented.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
func (s *Service) CreateSAMLProvider(ctx context.Context, in *api.CreateSAMLProviderInput) (*api.CreateSAMLProviderOutput, error) {
	if in.AddPrivateKey != nil || in.AssertionEncryptionMode != nil {
		return nil, noEncryption()
	}
	p := directory.SAMLProvider{Account: accountOf(ctx), Name: value(in.Name), Created: now(ctx)}
	var err error
	if p.Tags, err = providerTags(samlTagQuota).merge(nil, in.Tags, s.quotas.TagsPerEntity); err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagSAMLProvider", "saml-provider", in, p.Tags); err != nil {
		return nil, err
	}
	if err := describe(&p, value(in.SAMLMetadataDocument), now(ctx)); err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *directory.Tx) (err error) {
		if p.ID, err = tx.NewLowerID("", 24); err != nil {
			return err
		}
		p.ID = strings.ToUpper(p.ID)
		return s.createProvider(tx, &p, "SAMLProvider already exists with name "+p.Name, "SAMLProvidersPerAccount", s.quotas.SAMLProviders)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateSAMLProviderOutput{SAMLProviderArn: new(p.ARN()), Tags: showTags(p.Tags)}, nil
}

func noEncryption() error {
	return &wire.Error{Code: "NotImplemented", Message: "Encrypted SAML assertions are not implemented.", Status: 501}
}

// describe gives the provider its metadata.
func describe(p *directory.SAMLProvider, document string, now time.Time) error {
	m, err := saml.ParseMetadata([]byte(document))
	if err != nil {
		return invalidInput("Could not parse metadata")
	}
	p.Metadata, p.ValidUntil = document, m.ValidUntil
	if p.ValidUntil.IsZero() {
		p.ValidUntil = now.AddDate(metadataYears, 0, 0)
	}
	return nil
}

// samlProvider is the account's provider with the ARN.
func samlProvider(t *directory.ReadTx, account, providerARN string) (*directory.SAMLProvider, error) {
	if _, err := arn.Parse(providerARN); err != nil {
		return nil, api.InvalidARN()
	}
	none := noSuchEntity("Manifest not found for arn %s", providerARN)
	name, ok := strings.CutPrefix(providerARN, "arn:aws:iam::"+account+":saml-provider/")
	if !ok || name == "" {
		return nil, none
	}
	p, err := directory.FindResource(t, &directory.SAMLProvider{Account: account, Name: name})
	if errors.Is(err, directory.ErrNotFound) || err == nil && p.Name != name {
		return nil, none
	}
	return p, err
}

// changeSAML changes a provider.
func (s *Service) changeSAML(ctx context.Context, providerARN *string, fn func(*directory.SAMLProvider) error) error {
	return s.update(ctx, func(tx *directory.Tx) error {
		p, err := samlProvider(&tx.ReadTx, accountOf(ctx), value(providerARN))
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
		return tx.PutResource(p)
	})
}

// GetSAMLProvider shows a provider with its metadata.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html
func (s *Service) GetSAMLProvider(ctx context.Context, in *api.GetSAMLProviderInput) (*api.GetSAMLProviderOutput, error) {
	out := new(api.GetSAMLProviderOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := samlProvider(t, accountOf(ctx), value(in.SAMLProviderArn))
		if err != nil {
			return err
		}
		*out = api.GetSAMLProviderOutput{
			SAMLProviderUUID: new(p.ID), SAMLMetadataDocument: new(p.Metadata), CreateDate: date(p.Created), ValidUntil: date(p.ValidUntil),
			Tags: showTags(p.Tags),
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListSAMLProviders lists the account's providers.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html
func (s *Service) ListSAMLProviders(ctx context.Context, _ *api.ListSAMLProvidersInput) (*api.ListSAMLProvidersOutput, error) {
	out := &api.ListSAMLProvidersOutput{}
	err := s.view(ctx, func(t *directory.ReadTx) error {
		l, err := directory.Resources(t, &directory.SAMLProvider{Account: accountOf(ctx)}, directory.Page{Limit: maxListed}, nil)
		if err != nil {
			return err
		}
		out.SAMLProviderList = []api.SAMLProviderListEntry{}
		for _, p := range l.Items {
			out.SAMLProviderList = append(out.SAMLProviderList, api.SAMLProviderListEntry{
				Arn: new(p.ARN()), ValidUntil: date(p.ValidUntil), CreateDate: date(p.Created),
			})
		}
		return nil
	})
	return out, err
}

// UpdateSAMLProvider replaces a provider's metadata.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html
func (s *Service) UpdateSAMLProvider(ctx context.Context, in *api.UpdateSAMLProviderInput) (*api.UpdateSAMLProviderOutput, error) {
	switch {
	case in.AddPrivateKey != nil, in.AssertionEncryptionMode != nil:
		return nil, noEncryption()
	case in.RemovePrivateKey != nil:
		return nil, noSuchEntity("Failed to remove private key because the Key ID does not match a private key.")
	case in.SAMLMetadataDocument == nil:
		return nil, invalidInput("Unable to update identity provider. No updates are defined for metadata or encryption assertion.")
	}
	err := s.changeSAML(ctx, in.SAMLProviderArn, func(p *directory.SAMLProvider) error {
		return describe(p, value(in.SAMLMetadataDocument), now(ctx))
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateSAMLProviderOutput{SAMLProviderArn: in.SAMLProviderArn}, nil
}

// DeleteSAMLProvider ends the account's trust in a provider. Roles go on naming
// it; nobody can assume them with it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSAMLProvider.html
func (s *Service) DeleteSAMLProvider(ctx context.Context, in *api.DeleteSAMLProviderInput) (*api.DeleteSAMLProviderOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		p, err := samlProvider(&tx.ReadTx, accountOf(ctx), value(in.SAMLProviderArn))
		if err != nil {
			return err
		}
		return tx.DeleteResource(p)
	})
	return &api.DeleteSAMLProviderOutput{}, err
}

// TagSAMLProvider adds tags to a provider, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagSAMLProvider.html
func (s *Service) TagSAMLProvider(ctx context.Context, in *api.TagSAMLProviderInput) (*api.TagSAMLProviderOutput, error) {
	err := s.changeSAML(ctx, in.SAMLProviderArn, func(p *directory.SAMLProvider) (err error) {
		p.Tags, err = providerTags(samlTagQuota).merge(p.Tags, in.Tags, s.quotas.TagsPerEntity)
		return err
	})
	return &api.TagSAMLProviderOutput{}, err
}

// UntagSAMLProvider takes tags off a provider.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagSAMLProvider.html
func (s *Service) UntagSAMLProvider(ctx context.Context, in *api.UntagSAMLProviderInput) (*api.UntagSAMLProviderOutput, error) {
	err := s.changeSAML(ctx, in.SAMLProviderArn, func(p *directory.SAMLProvider) error {
		p.Tags = providerTags(samlTagQuota).without(p.Tags, in.TagKeys)
		return nil
	})
	return &api.UntagSAMLProviderOutput{}, err
}

// ListSAMLProviderTags lists the tags of a provider by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviderTags.html
func (s *Service) ListSAMLProviderTags(ctx context.Context, in *api.ListSAMLProviderTagsInput) (*api.ListSAMLProviderTagsOutput, error) {
	out := new(api.ListSAMLProviderTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		p, err := samlProvider(t, accountOf(ctx), value(in.SAMLProviderArn))
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(p.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// samlProvider is the provider that an ARN names, or the one to be made.
func (r *target) samlProvider(t *directory.ReadTx) error {
	if in, ok := r.in.(*api.CreateSAMLProviderInput); ok {
		p := directory.SAMLProvider{Account: r.account, Name: value(in.Name)}
		r.arn = p.ARN()
		return nil
	}
	r.arn = r.text("SAMLProviderArn")
	p, err := samlProvider(t, r.account, r.arn)
	if _, refused := wire.AsError(err); refused {
		return nil // the operation refuses it
	}
	if err != nil {
		return err
	}
	r.tags = p.Tags
	return nil
}
