package saml

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// ErrMetadata: it does not describe an identity provider that signs.
var ErrMetadata = errors.New("saml: not the metadata of an identity provider")

// maxCertificates is how many signing certificates metadata may have.
const maxCertificates = 32

// minRSA is the least length of an RSA key, in bits.
const minRSA = 1024

// Metadata is what an identity provider says of itself.
type Metadata struct {
	Issuer       string // its entityID
	Certificates []*x509.Certificate
	ValidUntil   time.Time // zero: for ever
}

// ParseMetadata reads the EntityDescriptor of an identity provider. Certificates
// count by their keys alone; when they end makes no difference, as on AWS.
//
// https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
func ParseMetadata(document []byte) (*Metadata, error) {
	root, err := parse(document, true)
	if err != nil || !is(root, nsMetadata, "EntityDescriptor") {
		return nil, ErrMetadata
	}
	m := &Metadata{Issuer: attr(root, "entityID")}
	if m.Issuer == "" || len(m.Issuer) > 1024 {
		return nil, ErrMetadata
	}
	if until := attr(root, "validUntil"); until != "" {
		if m.ValidUntil, err = instant(until); err != nil {
			return nil, ErrMetadata
		}
	}
	for _, idp := range children(root, nsMetadata, "IDPSSODescriptor") {
		for _, key := range children(idp, nsMetadata, "KeyDescriptor") {
			if use := attr(key, "use"); use != "" && use != "signing" {
				continue
			}
			for _, info := range children(key, nsSignature, "KeyInfo") {
				for _, data := range children(info, nsSignature, "X509Data") {
					for _, el := range children(data, nsSignature, "X509Certificate") {
						encoded, _ := text(el)
						cert, err := certificate(encoded)
						if err != nil {
							return nil, err
						}
						m.Certificates = append(m.Certificates, cert)
					}
				}
			}
		}
	}
	if len(m.Certificates) == 0 || len(m.Certificates) > maxCertificates {
		return nil, ErrMetadata
	}
	return m, nil
}

func certificate(encoded string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return nil, ErrMetadata
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ErrMetadata
	}
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return nil, ErrMetadata
		}
	case *ecdsa.PublicKey:
	default:
		return nil, ErrMetadata
	}
	return cert, nil
}

// instant reads a point in time as SAML writes it.
func instant(s string) (time.Time, error) { return time.Parse(time.RFC3339Nano, s) }
