package ec2

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"strings"
	"testing"
)

// TestIdentityIsSigned takes the signed data apart. The key is made once: another
// service on the same directory signs with it too.
func TestIdentityIsSigned(t *testing.T) {
	w := newWorld(t)
	id := w.launch(1, nil)[0]
	f, err := w.Facts(w.ctx(), account, id)
	if err != nil {
		t.Fatal(err)
	}
	der, err := w.IdentityCertificate(w.ctx())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature); err != nil {
		t.Error(err)
	}
	for _, s := range []*Service{w.Service, New(w.dir, "us-east-1")} {
		doc, err := s.Identity(w.ctx(), f.Instance)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(doc.PKCS7, "\n", ""))
		if err != nil {
			t.Fatal(err)
		}
		var outer contentInfo
		var inner signedData
		var text []byte
		if rest, err := asn1.Unmarshal(signed, &outer); err != nil || len(rest) > 0 || !outer.Type.Equal(oidSignedData) {
			t.Fatal(err, rest)
		}
		if _, err := asn1.Unmarshal(outer.Content.Bytes, &inner); err != nil {
			t.Fatal(err)
		}
		if _, err := asn1.Unmarshal(inner.Content.Content.Bytes, &text); err != nil || string(text) != doc.Text {
			t.Errorf("signed data holds %q (%v)", text, err)
		}
		by := inner.Signers[0]
		if by.Issuer.Serial.Cmp(certificate.SerialNumber) != 0 || string(by.Issuer.Issuer.FullBytes) != string(certificate.RawIssuer) {
			t.Error("signed by another certificate")
		}
		sum := sha256.Sum256([]byte(doc.Text))
		if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], by.Signature); err != nil {
			t.Error(err)
		}
	}
}
