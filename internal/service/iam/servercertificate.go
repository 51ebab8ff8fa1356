package iam

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
)

// checkServerCertificate reads a server certificate and checks that it is valid,
// that the key is its own and that each certificate of the chain signed the one
// before.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
func checkServerCertificate(body, chain, key string, at time.Time) (*x509.Certificate, error) {
	cert, err := parseCertificate(body)
	if err != nil {
		return nil, err
	}
	if at.After(cert.NotAfter) {
		return nil, malformedCertificate("Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")
	}
	private, err := parsePrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, ok := private.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(cert.PublicKey) {
		return nil, api.NewError("KeyPairMismatch", "The public key certificate and the private key do not match.")
	}
	if strings.TrimSpace(chain) == "" {
		return cert, nil
	}
	above, err := parseCertificates(chain)
	if err != nil {
		return nil, err
	}
	below := cert
	for i, c := range above {
		if below.CheckSignatureFrom(c) != nil {
			return nil, malformedCertificate(fmt.Sprintf("Unable to validate certificate chain. The certificate chain must start with the immediate "+
				"signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: %d", i-1))
		}
		below = c
	}
	return cert, nil
}

// parsePrivateKey reads a private key in PEM that no password protects.
func parsePrivateKey(text string) (crypto.Signer, error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block != nil && block.Type == "EC PARAMETERS" { // as OpenSSL puts before a key
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, malformedCertificate("Invalid Private Key.")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, malformedCertificate("Unable to parse key; the body is encrypted.")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, malformedCertificate("Invalid Private Key.")
	}
	return signer, nil
}
