package ec2

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/directory"
)

// IdentityDocument is what an instance can show to say which it is, with its
// signatures in base64.
type IdentityDocument struct {
	Text      string // JSON, letter by letter as signed
	Signature string // RSA with SHA-256 of Text
	PKCS7     string // signed data that holds Text, without PEM's lines
}

// Identity makes the instance's identity document.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html
func (s *Service) Identity(ctx context.Context, i *directory.Instance) (*IdentityDocument, error) {
	signer, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	img, _ := s.image(i.Image)
	var b strings.Builder
	b.WriteString("{")
	for n, f := range []struct{ name, value string }{
		{"accountId", i.Account}, {"architecture", img.architecture}, {"availabilityZone", i.Zone}, {"billingProducts", ""},
		{"devpayProductCodes", ""}, {"marketplaceProductCodes", ""}, {"imageId", i.Image}, {"instanceId", i.ID}, {"instanceType", i.Type},
		{"kernelId", ""}, {"pendingTime", i.Launched.UTC().Format("2006-01-02T15:04:05Z")}, {"privateIp", i.IP}, {"ramdiskId", ""},
		{"region", i.Region}, {"version", "2017-09-30"},
	} {
		if n > 0 {
			b.WriteString(",")
		}
		value := "null"
		if f.value != "" {
			value = `"` + f.value + `"` // ids, times and names that hold no quotes
		}
		b.WriteString("\n  \"" + f.name + "\" : " + value)
	}
	b.WriteString("\n}")
	return signer.sign(b.String())
}

// IdentityCertificate is the certificate of the key that signs identity documents,
// in DER. It stays the same as long as the installation.
func (s *Service) IdentityCertificate(ctx context.Context) ([]byte, error) {
	signer, err := s.signer(ctx)
	if err != nil {
		return nil, err
	}
	return signer.certificate.Raw, nil
}

// signer signs identity documents.
type signer struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

func (g *signer) sign(text string) (*IdentityDocument, error) {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, g.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	signed, err := pkcs7([]byte(text), signature, g.certificate)
	if err != nil {
		return nil, err
	}
	return &IdentityDocument{Text: text, Signature: lines(signature), PKCS7: lines(signed)}, nil
}

// lines is base64 in lines of 64 characters, as the metadata service answers.
func lines(b []byte) string {
	text := base64.StdEncoding.EncodeToString(b)
	var out []string
	for len(text) > 64 {
		out, text = append(out, text[:64]), text[64:]
	}
	return strings.Join(append(out, text), "\n")
}

// signer is the installation's. Whoever asks first makes it.
func (s *Service) signer(ctx context.Context) (*signer, error) {
	s.signing.Lock()
	defer s.signing.Unlock()
	if s.signs != nil {
		return s.signs, nil
	}
	var found *signer
	err := s.dir.View(ctx, func(t *directory.ReadTx) (err error) {
		found, err = openSigner(t)
		return err
	})
	if errors.Is(err, directory.ErrNotFound) {
		found, err = s.makeSigner(ctx)
	}
	if err != nil {
		return nil, err
	}
	s.signs = found
	return found, nil
}

// The names under which the key is sealed.
const signerWhat, signerWhose = "identity document key", "ec2"

func openSigner(t *directory.ReadTx) (*signer, error) {
	rec, err := directory.FindResource(t, &directory.IdentitySigner{})
	if err != nil {
		return nil, err
	}
	der, err := t.Unseal(rec.Key, signerWhat, signerWhose)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("ec2: the key of identity documents is a %T", key)
	}
	certificate, err := x509.ParseCertificate(rec.Certificate)
	if err != nil {
		return nil, err
	}
	return &signer{private, certificate}, nil
}

// makeSigner makes the installation's key, unless another gateway is faster.
func (s *Service) makeSigner(ctx context.Context) (*signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	began := now(ctx)
	name := pkix.Name{CommonName: "Sallyport instance identity documents"}
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: name, Issuer: name, NotBefore: began.Add(-time.Hour), NotAfter: began.AddDate(100, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA,
	}, &x509.Certificate{Subject: name}, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var found *signer
	err = s.dir.Update(ctx, func(t *directory.Tx) error {
		err := t.CreateResource(&directory.IdentitySigner{Key: t.Seal(der, signerWhat, signerWhose), Certificate: certificate})
		if err != nil && !errors.Is(err, directory.ErrExists) {
			return err
		}
		found, err = openSigner(&t.ReadTx)
		return err
	})
	return found, err
}
