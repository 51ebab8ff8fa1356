package sts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"testing"

	"github.com/sallyport/sallyport/internal/directory"
)

// TestMetadataIsReadOnce: a request without a signature makes no work of a mebibyte
// each time.
func TestMetadataIsReadOnce(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	document := func(issuer string) string {
		return `<m:EntityDescriptor xmlns:m="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:d="http://www.w3.org/2000/09/xmldsig#" entityID="` + issuer +
			`"><m:IDPSSODescriptor><m:KeyDescriptor><d:KeyInfo><d:X509Data><d:X509Certificate>` + base64.StdEncoding.EncodeToString(der) +
			`</d:X509Certificate></d:X509Data></d:KeyInfo></m:KeyDescriptor></m:IDPSSODescriptor></m:EntityDescriptor>`
	}
	var cache metadataCache
	p := &directory.SAMLProvider{Account: "111111111111", ID: "a", Metadata: document("one")}
	first, err := cache.of(p)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := cache.of(p); err != nil || again != first {
		t.Errorf("read again: %v", err)
	}
	p.Metadata = document("two") // as UpdateSAMLProvider leaves it
	if changed, err := cache.of(p); err != nil || changed.Issuer != "two" {
		t.Errorf("after a change: %v, %+v", err, changed)
	}
	for n := range 2 * maxMetadata {
		if _, err := cache.of(&directory.SAMLProvider{Account: "222222222222", ID: fmt.Sprint(n), Metadata: document("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(cache.read) > maxMetadata {
		t.Errorf("%d are kept", len(cache.read))
	}
}
