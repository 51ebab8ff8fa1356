package iam

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/directory"
)

func malformedCertificate(message string) error { return api.NewError("MalformedCertificate", message) }

// parseCertificate reads one X.509 certificate in PEM.
func parseCertificate(body string) (*x509.Certificate, error) {
	all, err := parseCertificates(body)
	if err != nil || len(all) != 1 {
		return nil, malformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
	}
	return all[0], nil
}

// maxCertificates is how many certificates a chain may have.
const maxCertificates = 20

// workable tells whether it costs no more than usual to verify with the
// certificate's key.
func workable(c *x509.Certificate) bool {
	k, ok := c.PublicKey.(*rsa.PublicKey)
	return !ok || k.N.BitLen() <= maxRSA
}

// parseCertificates reads certificates in PEM, and nothing beside.
func parseCertificates(body string) (all []*x509.Certificate, err error) {
	for rest := []byte(strings.TrimSpace(body)); len(rest) > 0; {
		if !bytes.HasPrefix(rest, []byte("-----BEGIN CERTIFICATE-----")) {
			return nil, malformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
		}
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, malformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || !workable(c) || len(all) == maxCertificates {
			return nil, malformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
		}
		all, rest = append(all, c), bytes.TrimSpace(rest)
	}
	return all, nil
}

// UploadSigningCertificate gives a user, or the caller when no name is given, an
// X.509 certificate. Errors: MalformedCertificate; InvalidCertificate for one
// that has ended; EntityAlreadyExists if the user has it, DuplicateCertificate if
// another of the account's has it.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html
func (s *Service) UploadSigningCertificate(ctx context.Context, in *api.UploadSigningCertificateInput) (*api.UploadSigningCertificateOutput, error) {
	cert, err := parseCertificate(value(in.CertificateBody))
	if err != nil {
		return nil, err
	}
	if now(ctx).After(cert.NotAfter) {
		return nil, api.NewError("InvalidCertificate", "The certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")
	}
	out, sum := new(api.UploadSigningCertificateOutput), sha256.Sum256(cert.Raw)
	err = s.changeCredentials(ctx, in.UserName, func(tx *directory.Tx, o owner, c *directory.UserCredentials) error {
		if err := certificateTaken(&tx.ReadTx, c, sum[:]); err != nil {
			return err
		}
		if len(c.Signing) >= s.quotas.SigningCertificatesPerUser {
			return api.LimitExceeded("CertificatesPerUser", s.quotas.SigningCertificatesPerUser)
		}
		id, err := tx.NewLowerID("", 32)
		if err != nil {
			return err
		}
		k := directory.SigningCert{ID: strings.ToUpper(id), Body: value(in.CertificateBody), Hash: sum[:], Status: directory.KeyActive, Uploaded: tx.Now()}
		c.Signing = append(c.Signing, k)
		out.Certificate = new(showCertificate(o, &k))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// certificateTaken refuses a certificate that a user of the account has.
func certificateTaken(t *directory.ReadTx, c *directory.UserCredentials, hash []byte) error {
	has := func(k directory.SigningCert) bool { return bytes.Equal(k.Hash, hash) }
	if slices.ContainsFunc(c.Signing, has) {
		return api.NewError("EntityAlreadyExists", "The certificate is already associated with the user.")
	}
	taken := false
	err := t.EachUserCredentials(c.Account, func(other *directory.UserCredentials) {
		taken = taken || slices.ContainsFunc(other.Signing, has)
	})
	if err == nil && taken {
		err = api.NewError("DuplicateCertificate", "The certificate is already associated with another user of the account.")
	}
	return err
}

func showCertificate(o owner, k *directory.SigningCert) api.SigningCertificate {
	return api.SigningCertificate{
		UserName: o.name(), CertificateId: new(k.ID), CertificateBody: new(k.Body), Status: new(k.Status), UploadDate: date(k.Uploaded),
	}
}

// signingCertificate is the user's certificate with the id.
func signingCertificate(c *directory.UserCredentials, id *string) (*directory.SigningCert, error) {
	if k := find(c.Signing, value(id), func(k *directory.SigningCert) string { return k.ID }); k != nil {
		return k, nil
	}
	return nil, noSuchEntity("The Certificate with id %s cannot be found.", value(id))
}

// ListSigningCertificates lists the certificates of a user, or of the caller when
// no name is given, by id.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSigningCertificates.html
func (s *Service) ListSigningCertificates(ctx context.Context, in *api.ListSigningCertificatesInput) (*api.ListSigningCertificatesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &api.ListSigningCertificatesOutput{Certificates: []api.SigningCertificate{}}
	err = s.viewCredentials(ctx, in.UserName, func(o owner, c *directory.UserCredentials) error {
		slices.SortFunc(c.Signing, func(a, b directory.SigningCert) int { return cmp.Compare(a.ID, b.ID) })
		l := window(c.Signing, func(k directory.SigningCert) string { return k.ID }, p)
		for _, k := range l.Items {
			out.Certificates = append(out.Certificates, showCertificate(o, &k))
		}
		out.IsTruncated, out.Marker = truncated(l.Next)
		return nil
	})
	return out, err
}

// UpdateSigningCertificate makes a certificate Active or Inactive.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSigningCertificate.html
func (s *Service) UpdateSigningCertificate(ctx context.Context, in *api.UpdateSigningCertificateInput) (*api.UpdateSigningCertificateOutput, error) {
	if err := checkStatus(in.Status); err != nil {
		return nil, err
	}
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		k, err := signingCertificate(c, in.CertificateId)
		if err == nil {
			k.Status = *in.Status
		}
		return err
	})
	return &api.UpdateSigningCertificateOutput{}, err
}

// DeleteSigningCertificate removes a certificate.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSigningCertificate.html
func (s *Service) DeleteSigningCertificate(ctx context.Context, in *api.DeleteSigningCertificateInput) (*api.DeleteSigningCertificateOutput, error) {
	err := s.changeCredentials(ctx, in.UserName, func(_ *directory.Tx, _ owner, c *directory.UserCredentials) error {
		_, err := signingCertificate(c, in.CertificateId)
		c.Signing = slices.DeleteFunc(c.Signing, func(k directory.SigningCert) bool { return k.ID == value(in.CertificateId) })
		return err
	})
	return &api.DeleteSigningCertificateOutput{}, err
}
