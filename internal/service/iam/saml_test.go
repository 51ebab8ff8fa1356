package iam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/wire"
)

// samlMetadata is of a provider whose key nobody has.
const samlMetadata = `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com"><md:IDPSSODescriptor><md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>CERTIFICATE</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>`

func TestSAMLProvider(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.SAMLProviders = 2 })
	document := strings.Replace(samlMetadata, "CERTIFICATE", certificateForSAML(t), 1)
	create := func(name, document string) (*api.CreateSAMLProviderOutput, error) {
		return w.CreateSAMLProvider(w.ctx, &api.CreateSAMLProviderInput{Name: &name, SAMLMetadataDocument: &document, Tags: []api.Tag{{Key: new("k"), Value: new("v")}}})
	}
	arn := *must(create("corp", document)).SAMLProviderArn
	same(t, "ARN", arn, "arn:aws:iam::"+acctA+":saml-provider/corp")
	get := func() *api.GetSAMLProviderOutput {
		t.Helper()
		return must(w.GetSAMLProvider(w.ctx, &api.GetSAMLProviderInput{SAMLProviderArn: &arn}))
	}
	got := get()
	same(t, "metadata", *got.SAMLMetadataDocument, document)
	same(t, "created", *got.CreateDate, start)
	same(t, "valid until", *got.ValidUntil, start.AddDate(100, 0, 0))
	same(t, "tags", len(got.Tags), 1)
	same(t, "length of the UUID", len(*got.SAMLProviderUUID), 24)

	until := strings.Replace(document, "entityID", `validUntil="2030-01-02T03:04:05Z" entityID`, 1)
	must(w.UpdateSAMLProvider(w.ctx, &api.UpdateSAMLProviderInput{SAMLProviderArn: &arn, SAMLMetadataDocument: &until}))
	same(t, "valid until", *get().ValidUntil, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	must(w.TagSAMLProvider(w.ctx, &api.TagSAMLProviderInput{SAMLProviderArn: &arn, Tags: []api.Tag{{Key: new("K"), Value: new("")}}}))
	must(w.UntagSAMLProvider(w.ctx, &api.UntagSAMLProviderInput{SAMLProviderArn: &arn, TagKeys: []string{"k"}}))
	tags := must(w.ListSAMLProviderTags(w.ctx, &api.ListSAMLProviderTagsInput{SAMLProviderArn: &arn})).Tags
	if len(tags) != 1 || *tags[0].Key != "K" {
		t.Errorf("tags are %v", tags)
	}

	_, err := create("corp", document)
	refused(t, err, 409, "EntityAlreadyExists", "SAMLProvider already exists with name corp")
	_, err = create("bad", strings.Repeat("x", 1000))
	refused(t, err, 400, "InvalidInput", "Could not parse metadata")
	must(create("Corp", document)) // case counts
	_, err = create("third", document)
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for SAMLProvidersPerAccount: 2")
	_, err = w.UpdateSAMLProvider(w.ctx, &api.UpdateSAMLProviderInput{SAMLProviderArn: &arn})
	refused(t, err, 400, "InvalidInput", "Unable to update identity provider. No updates are defined for metadata or encryption assertion.")
	_, err = w.UpdateSAMLProvider(w.ctx, &api.UpdateSAMLProviderInput{SAMLProviderArn: &arn, AssertionEncryptionMode: new("Required")})
	refused(t, err, 501, "NotImplemented", "Encrypted SAML assertions are not implemented.")

	target := must(w.Target(w.ctx, &wire.Access{Action: "iam:X", Resource: "saml-provider"}, &api.GetSAMLProviderInput{SAMLProviderArn: &arn}))
	tag, _ := target.Resource.Tags.Get("K")
	same(t, "target", target.Resource.ARN+tag, arn)
	target = must(w.Target(w.ctx, &wire.Access{Action: "iam:X", Resource: "saml-provider"}, &api.CreateSAMLProviderInput{Name: new("new")}))
	same(t, "target", target.Resource.ARN, "arn:aws:iam::"+acctA+":saml-provider/new")

	same(t, "listed", len(must(w.ListSAMLProviders(w.ctx, &api.ListSAMLProvidersInput{})).SAMLProviderList), 2)
	same(t, "listed in another account", len(must(w.ListSAMLProviders(w.root(acctB), &api.ListSAMLProvidersInput{})).SAMLProviderList), 0)
	must(w.DeleteSAMLProvider(w.ctx, &api.DeleteSAMLProviderInput{SAMLProviderArn: &arn}))
	for _, gone := range []string{arn, "arn:aws:iam::" + acctB + ":saml-provider/Corp", "arn:aws:iam::" + acctA + ":oidc-provider/Corp"} {
		_, err = w.DeleteSAMLProvider(w.ctx, &api.DeleteSAMLProviderInput{SAMLProviderArn: &gone})
		refused(t, err, 404, "NoSuchEntity", "Manifest not found for arn "+gone)
	}
}

func certificateForSAML(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}
