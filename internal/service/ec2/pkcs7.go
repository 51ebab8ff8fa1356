package ec2

import (
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// Object identifiers of PKCS #7.
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSHA256     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

type algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.RawValue
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type signerInfo struct {
	Version   int
	Issuer    issuerAndSerial
	Digest    algorithm
	Signing   algorithm
	Signature []byte
}

type signedData struct {
	Version int
	Digests []algorithm `asn1:"set"`
	Content contentInfo
	Signers []signerInfo `asn1:"set"`
}

// pkcs7 is signed data that holds the text and a signature, RSA with SHA-256 of
// the text itself. The certificate is named and not in it, as in EC2's: whoever
// verifies has it from elsewhere.
//
// See RFC 2315, 9.1.
func pkcs7(text, signature []byte, by *x509.Certificate) ([]byte, error) {
	content, err := asn1.Marshal(text)
	if err != nil {
		return nil, err
	}
	null := asn1.RawValue{Tag: asn1.TagNull}
	sha := algorithm{oidSHA256, null}
	signed, err := asn1.Marshal(signedData{
		Version: 1, Digests: []algorithm{sha}, Content: contentInfo{oidData, explicit(content)},
		Signers: []signerInfo{{
			Version: 1, Issuer: issuerAndSerial{asn1.RawValue{FullBytes: by.RawIssuer}, by.SerialNumber},
			Digest: sha, Signing: algorithm{oidRSA, null}, Signature: signature,
		}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{oidSignedData, explicit(signed)})
}

// explicit is der as [0] EXPLICIT.
func explicit(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}
