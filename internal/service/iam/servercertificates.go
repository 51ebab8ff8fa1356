package iam

import (
	"context"
	"errors"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

// UploadServerCertificate adds a certificate for services that speak TLS. Its
// private key must be its own and is not kept. Errors: MalformedCertificate,
// KeyPairMismatch.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html
func (s *Service) UploadServerCertificate(ctx context.Context, in *api.UploadServerCertificateInput) (*api.UploadServerCertificateOutput, error) {
	account, name := accountOf(ctx), value(in.ServerCertificateName)
	cert, err := checkServerCertificate(value(in.CertificateBody), value(in.CertificateChain), value(in.PrivateKey), now(ctx))
	if err != nil {
		return nil, err
	}
	tags, err := s.withTags("TagsPerServerCertificate", nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.mayTag(ctx, "iam:TagServerCertificate", "server-certificate", in, tags); err != nil {
		return nil, err
	}
	var c *directory.ServerCertificate
	err = s.update(ctx, func(tx *directory.Tx) error {
		c = &directory.ServerCertificate{
			Entity: directory.Entity{Account: account, Name: name, Path: or(in.Path, "/"), Tags: tags, Created: tx.Now()},
			Body:   value(in.CertificateBody), Chain: value(in.CertificateChain), Ends: cert.NotAfter,
		}
		if _, err := directory.FindResource(&tx.ReadTx, c); err == nil {
			return serverCertificateExists(name)
		}
		n, err := tx.CountResources(directory.KindServerCertificate, account)
		if err != nil {
			return err
		}
		if n >= s.quotas.ServerCertificates {
			return api.LimitExceeded("ServerCertificatesPerAccount", s.quotas.ServerCertificates)
		}
		if c.ID, err = tx.NewUniqueID(arn.PrefixCertificate); err != nil {
			return err
		}
		return tx.CreateResource(c)
	})
	if err != nil {
		return nil, err
	}
	return &api.UploadServerCertificateOutput{ServerCertificateMetadata: showServerCertificate(c), Tags: showTags(c.Tags)}, nil
}

func serverCertificateExists(name string) error {
	return api.NewError("EntityAlreadyExists", "The Server Certificate with name "+name+" already exists.")
}

func showServerCertificate(c *directory.ServerCertificate) *api.ServerCertificateMetadata {
	return &api.ServerCertificateMetadata{
		Path: new(c.Path), ServerCertificateName: new(c.Name), ServerCertificateId: new(c.ID), Arn: new(c.ARN()),
		UploadDate: date(c.Created), Expiration: date(c.Ends),
	}
}

// serverCertificate is the account's certificate with the name.
func serverCertificate(t *directory.ReadTx, account string, name *string) (*directory.ServerCertificate, error) {
	c, err := directory.FindResource(t, &directory.ServerCertificate{Entity: directory.Entity{Account: account, Name: value(name)}})
	if errors.Is(err, directory.ErrNotFound) {
		return nil, noSuchEntity("The Server Certificate with name %s cannot be found.", value(name))
	}
	return c, err
}

// GetServerCertificate shows a certificate with its chain.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServerCertificate.html
func (s *Service) GetServerCertificate(ctx context.Context, in *api.GetServerCertificateInput) (out *api.GetServerCertificateOutput, err error) {
	err = s.view(ctx, func(t *directory.ReadTx) error {
		c, err := serverCertificate(t, accountOf(ctx), in.ServerCertificateName)
		if err != nil {
			return err
		}
		out = &api.GetServerCertificateOutput{ServerCertificate: &api.ServerCertificate{
			ServerCertificateMetadata: showServerCertificate(c), CertificateBody: new(c.Body), CertificateChain: text(c.Chain), Tags: showTags(c.Tags),
		}}
		return nil
	})
	return out, err
}

// ListServerCertificates lists the account's certificates by name.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
func (s *Service) ListServerCertificates(ctx context.Context, in *api.ListServerCertificatesInput) (*api.ListServerCertificatesOutput, error) {
	p, err := pageBelow(in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListServerCertificatesOutput{ServerCertificateMetadataList: []api.ServerCertificateMetadata{}}
	err = s.view(ctx, func(t *directory.ReadTx) error {
		of := &directory.ServerCertificate{Entity: directory.Entity{Account: accountOf(ctx)}}
		l, err := directory.Resources(t, of, p, nil)
		for _, c := range l.Items {
			out.ServerCertificateMetadataList = append(out.ServerCertificateMetadataList, *showServerCertificate(c))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return err
	})
	return out, err
}

// UpdateServerCertificate gives a certificate another name or path. The caller
// must be allowed to on the certificate as it is, and on what it is to become.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServerCertificate.html
func (s *Service) UpdateServerCertificate(ctx context.Context, in *api.UpdateServerCertificateInput) (*api.UpdateServerCertificateOutput, error) {
	if err := s.mayBecome(ctx, "iam:UpdateServerCertificate", "new-server-certificate", in); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *directory.Tx) error {
		c, err := serverCertificate(&tx.ReadTx, accountOf(ctx), in.ServerCertificateName)
		if err != nil {
			return err
		}
		if err := tx.DeleteResource(c); err != nil {
			return err
		}
		c.Name, c.Path = or(in.NewServerCertificateName, c.Name), or(in.NewPath, c.Path)
		err = tx.CreateResource(c)
		if errors.Is(err, directory.ErrExists) {
			return serverCertificateExists(c.Name)
		}
		return err
	})
	return &api.UpdateServerCertificateOutput{}, err
}

// DeleteServerCertificate removes a certificate.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServerCertificate.html
func (s *Service) DeleteServerCertificate(ctx context.Context, in *api.DeleteServerCertificateInput) (*api.DeleteServerCertificateOutput, error) {
	err := s.update(ctx, func(tx *directory.Tx) error {
		c, err := serverCertificate(&tx.ReadTx, accountOf(ctx), in.ServerCertificateName)
		if err != nil {
			return err
		}
		return tx.DeleteResource(c)
	})
	return &api.DeleteServerCertificateOutput{}, err
}

// TagServerCertificate adds tags to a certificate, or replaces their values.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagServerCertificate.html
func (s *Service) TagServerCertificate(ctx context.Context, in *api.TagServerCertificateInput) (*api.TagServerCertificateOutput, error) {
	return &api.TagServerCertificateOutput{}, s.changeCertificate(ctx, in.ServerCertificateName, func(c *directory.ServerCertificate) (err error) {
		c.Tags, err = s.withTags("TagsPerServerCertificate", c.Tags, in.Tags)
		return err
	})
}

// UntagServerCertificate takes tags off a certificate.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagServerCertificate.html
func (s *Service) UntagServerCertificate(ctx context.Context, in *api.UntagServerCertificateInput) (*api.UntagServerCertificateOutput, error) {
	return &api.UntagServerCertificateOutput{}, s.changeCertificate(ctx, in.ServerCertificateName, func(c *directory.ServerCertificate) error {
		c.Tags = tagRuleOf(directory.KindPolicy).without(c.Tags, in.TagKeys)
		return nil
	})
}

func (s *Service) changeCertificate(ctx context.Context, name *string, fn func(*directory.ServerCertificate) error) error {
	return s.update(ctx, func(tx *directory.Tx) error {
		c, err := serverCertificate(&tx.ReadTx, accountOf(ctx), name)
		if err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
		return tx.PutResource(c)
	})
}

// ListServerCertificateTags lists the tags of a certificate by key.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificateTags.html
func (s *Service) ListServerCertificateTags(ctx context.Context, in *api.ListServerCertificateTagsInput) (*api.ListServerCertificateTagsOutput, error) {
	out := new(api.ListServerCertificateTagsOutput)
	err := s.view(ctx, func(t *directory.ReadTx) error {
		c, err := serverCertificate(t, accountOf(ctx), in.ServerCertificateName)
		if err != nil {
			return err
		}
		out.Tags, out.IsTruncated, out.Marker, err = listTags(c.Tags, in.Marker, in.MaxItems)
		return err
	})
	return out, err
}

// certificate is the server certificate that an operation is asked on, or the one
// that it is to become.
func (r *target) certificate(t *directory.ReadTx, renamed bool) error {
	made := directory.Entity{Account: r.account, Name: r.text("ServerCertificateName"), Path: "/"}
	if _, creates := r.in.(*api.UploadServerCertificateInput); creates {
		if path := r.text("Path"); path != "" {
			made.Path = path
		}
		r.arn = (&directory.ServerCertificate{Entity: made}).ARN()
		return nil
	}
	r.arn = (&directory.ServerCertificate{Entity: made}).ARN()
	c, err := directory.FindResource(t, &directory.ServerCertificate{Entity: made})
	switch {
	case err == nil:
		r.arn, r.tags = c.ARN(), c.Tags
	case !errors.Is(err, directory.ErrNotFound):
		return err
	}
	if renamed {
		r.renamed(r.text("NewServerCertificateName"))
	}
	return nil
}
