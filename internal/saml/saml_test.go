package saml

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// idp signs as an identity provider does.
type idp struct {
	key  *rsa.PrivateKey
	cert []byte
}

// GetKeyPair implements dsig.X509KeyStore.
func (i *idp) GetKeyPair() (*rsa.PrivateKey, []byte, error) { return i.key, i.cert, nil }

var good, evil = sync.OnceValue(newIDP), sync.OnceValue(newIDP)

func newIDP() *idp {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	// Its certificate is over: that makes no difference.
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: begin.AddDate(-9, 0, 0), NotAfter: begin.AddDate(-1, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return &idp{key, cert}
}

const issuer = "https://idp.example.com/saml"

func metadataOf(providers ...*idp) string {
	var keys strings.Builder
	for _, i := range providers {
		keys.WriteString(`<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(i.cert) + "\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>")
	}
	return `<?xml version="1.0"?><!-- made by hand --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="` +
		issuer + `"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keys.String() + `</md:IDPSSODescriptor></md:EntityDescriptor>`
}

func parsed(t testing.TB, providers ...*idp) *Metadata {
	t.Helper()
	m, err := ParseMetadata([]byte(metadataOf(providers...)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const assertionText = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0" IssueInstant="2026-03-01T11:59:00.123Z">` +
	`<saml:Issuer>https://idp.example.com/saml</saml:Issuer>` +
	`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</saml:NameID>` +
	`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="2026-03-01T12:04:00Z" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>` +
	`<saml:Conditions NotBefore="2026-03-01T11:58:00Z" NotOnOrAfter="2026-03-01T12:04:00Z"><saml:AudienceRestriction><saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
	`<saml:AuthnStatement AuthnInstant="2026-03-01T11:59:00Z" SessionNotOnOrAfter="2026-03-01T20:00:00Z"/>` +
	`<saml:AttributeStatement><saml:Attribute Name="role"><saml:AttributeValue>user</saml:AttributeValue><saml:AttributeValue>guest</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>` +
	`</saml:Assertion>`

const responseHead = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant="2026-03-01T11:59:00Z">` +
	`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`

// signed is the element with a signature in it.
func (i *idp) signed(t testing.TB, text string, change ...func(*dsig.SigningContext)) string {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		t.Fatal(err)
	}
	ctx := dsig.NewDefaultSigningContext(i)
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	for _, fn := range change {
		fn(ctx)
	}
	el, err := ctx.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(el)
	s, err := out.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func response(assertions ...string) string {
	return responseHead + strings.Join(assertions, "") + `</samlp:Response>`
}

func verify(m *Metadata, text string) (*Assertion, error) {
	return Verify(m, base64.StdEncoding.EncodeToString([]byte(text)), begin)
}

func TestVerify(t *testing.T) {
	i, m := good(), parsed(t, good())
	for name, text := range map[string]string{
		"a signed assertion":  response(i.signed(t, assertionText)),
		"a signed response":   i.signed(t, response(assertionText)),
		"both":                i.signed(t, response(i.signed(t, assertionText))),
		"SHA-512":             response(i.signed(t, assertionText, func(c *dsig.SigningContext) { c.SetSignatureMethod(dsig.RSASHA512SignatureMethod) })),
		"namespaces above":    strings.Replace(response(i.signed(t, assertionText)), "<samlp:Response ", `<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" `, 1),
		"with an XML heading": `<?xml version="1.0" encoding="UTF-8"?>` + response(i.signed(t, assertionText)),
	} {
		a, err := verify(m, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.Subject != "alice" || a.SubjectType != "persistent" || a.Issuer != issuer || a.Recipient != "https://signin.aws.amazon.com/saml" ||
			fmt.Sprint(a.Attributes) != "map[role:[user guest]]" || !a.SessionEnd.Equal(begin.Add(8*time.Hour)) {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if _, err := verify(parsed(t, evil(), good()), response(i.signed(t, assertionText))); err != nil {
		t.Errorf("the second of two keys: %v", err)
	}
}

// forged is the assertion with another subject and id.
func forged(id string) string {
	return strings.NewReplacer("alice", "admin", `ID="_a"`, `ID="`+id+`"`).Replace(assertionText)
}

// Ways of having one element verified and another one used.
//
// Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be", 2012.
func TestSignatureWrappingIsRefused(t *testing.T) {
	i, m := good(), parsed(t, good())
	real := i.signed(t, assertionText)
	from, to := strings.Index(real, "<ds:Signature"), strings.Index(real, "</ds:Signature>")+len("</ds:Signature>")
	signature, bare := real[from:to], real[:from]+real[to:]
	within := func(parent, child string) string { // as the last child
		at := strings.LastIndex(parent, "</")
		return parent[:at] + child + parent[at:]
	}
	inside := func(object string) string { // the signature with an Object
		return strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+object+"</ds:Object></ds:Signature>", 1)
	}
	whole := i.signed(t, response(assertionText))
	for name, text := range map[string]string{
		"XSW1: a forged response around the signed one":              strings.Replace(whole, `ID="_r"`, `ID="_x"`, 1),
		"XSW1b: the signed response in the forged one's signature":   within(strings.Replace(response(forged("_e")), `ID="_r"`, `ID="_x"`, 1), whole),
		"XSW2: a detached signature of a response":                   within(strings.Replace(response(forged("_e")), `ID="_r"`, `ID="_x"`, 1), signature+whole),
		"XSW3: a forged assertion before the signed one":             response(forged("_e"), real),
		"XSW3b: a forged assertion after the signed one":             response(real, forged("_e")),
		"XSW4: the signed assertion in the forged one":               response(within(forged("_e"), real)),
		"XSW5: the forged one has the signature, the signed follows": response(within(forged("_e"), signature), bare),
		"XSW6: the signed one in the forged one's signature":         response(within(forged("_e"), inside(bare))),
		"XSW7: a forged one in extensions":                           response(`<samlp:Extensions>`+forged("_e")+`</samlp:Extensions>`, real),
		"XSW7b: the signed one in extensions":                        response(`<samlp:Extensions>`+real+`</samlp:Extensions>`, forged("_e")),
		"XSW8: a forged one with the signed one in an object":        response(within(forged("_e"), inside(real))),
		"the same id twice, forged first":                            response(forged("_a"), real),
		"the same id twice, forged last":                             response(real, forged("_a")),
		"the same id elsewhere":                                      response(real, `<x ID="_a"/>`),
		"the id under another name":                                  response(real, `<x id="_a"/>`),
		"the signed one in the subject":                              response(strings.Replace(within(forged("_e"), signature), "</saml:Subject>", bare+"</saml:Subject>", 1)),
		"a signature moved below":                                    response(strings.Replace(bare, "</saml:Subject>", "</saml:Subject><saml:Advice>"+signature+"</saml:Advice>", 1)),
		"two signatures":                                             response(within(real, signature)),
		"a reference to everything":                                  response(strings.Replace(real, `URI="#_a"`, `URI=""`, 1)),
		"a reference to nothing":                                     response(strings.Replace(real, `URI="#_a"`, `URI="#_b"`, 1)),
		"two references":                                             response(twice(real, "<ds:Reference", "</ds:Reference>")),
		"two signed infos":                                           response(twice(real, "<ds:SignedInfo>", "</ds:SignedInfo>")),
		"a forged signed info first":                                 response(strings.Replace(real, "<ds:SignedInfo>", "<ds:SignedInfo><ds:X/></ds:SignedInfo><ds:SignedInfo>", 1)),
		"another transform":                                          response(strings.Replace(real, "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116", 1)),
		"an assertion of another namespace":                          response(real, `<Assertion xmlns="urn:x"/>`),
		"no signature":                                               response(assertionText),
		"no signature and a signed stranger":                         response(assertionText, i.signed(t, `<x ID="_x"/>`)),
		"a comment in the name":                                      response(strings.Replace(real, "alice", "admin<!-- x -->.alice", 1)),
		"a comment anywhere":                                         response(real, "<!-- x -->"),
		"a processing instruction":                                   response(real, "<?x y?>"),
		"a document type":                                            `<!DOCTYPE x [<!ENTITY e "admin">]>` + response(real),
		"an entity":                                                  response(strings.Replace(real, "alice", "&e;", 1)),
		"a second root":                                              response(real) + response(forged("_e")),
		"an attribute twice":                                         strings.Replace(response(real), `ID="_r"`, `ID="_r" ID="_s"`, 1),
		"a bare assertion":                                           real,
		"an encrypted assertion":                                     response(`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`),
		"nothing":                                                    "",
		"too deep":                                                   response(real, strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100)),
		"never closed":                                               responseHead + real,
		// Signatures that do not match.
		"another subject":        response(strings.Replace(real, "alice", "admin", 1)),
		"another subject, whole": strings.Replace(whole, "alice", "admin", 1),
		"another's key":          response(evil().signed(t, assertionText)),
		"another's key on the response, ours on the assertion": evil().signed(t, response(real)),
		"ours on the response, another's on the assertion":     i.signed(t, response(evil().signed(t, assertionText))),
		"SHA-1": response(i.signed(t, assertionText, func(c *dsig.SigningContext) { c.SetSignatureMethod(dsig.RSASHA1SignatureMethod) })),
		"another's certificate in the signature": response(strings.Replace(evil().signed(t, assertionText),
			base64.StdEncoding.EncodeToString(evil().cert), base64.StdEncoding.EncodeToString(good().cert), 1)),
		"no reference's digest": response(strings.Replace(real, "<ds:DigestValue>", "<ds:DigestValue>AAAA", 1)),
		"no value":              response(real[:strings.Index(real, "<ds:SignatureValue>")] + "<ds:SignatureValue/>" + real[strings.Index(real, "</ds:SignatureValue>")+len("</ds:SignatureValue>"):]),
	} {
		a, err := verify(m, text)
		if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
}

// twice repeats a part of a text.
func twice(s, begin, end string) string {
	from := strings.Index(s, begin)
	to := strings.Index(s, end) + len(end)
	return s[:to] + s[from:to] + s[to:]
}

// What a provider itself says that must not be taken.
func TestAssertionsAreRefused(t *testing.T) {
	i, m := good(), parsed(t, good())
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"another issuer":            {">https://idp.example.com/saml<", ">https://idp.example.com/saml/<", ErrIssuer},
		"no issuer":                 {"<saml:Issuer>https://idp.example.com/saml</saml:Issuer>", "", ErrIssuer},
		"another version":           {`ID="_a" Version="2.0"`, `ID="_a" Version="1.1"`, ErrMalformed},
		"five minutes old":          {"2026-03-01T11:59:00.123Z", "2026-03-01T11:54:59Z", ErrExpired},
		"from the future":           {"2026-03-01T11:59:00.123Z", "2026-03-01T12:02:00Z", ErrEarly},
		"no time":                   {`IssueInstant="2026-03-01T11:59:00.123Z"`, "", ErrMalformed},
		"another audience":          {"<saml:Audience>https://signin.aws.amazon.com/saml", "<saml:Audience>https://sp.example.com", ErrAudience},
		"a longer audience":         {"<saml:Audience>https://signin.aws.amazon.com/saml", "<saml:Audience>https://signin.aws.amazon.com/samlx", ErrAudience},
		"no audience":               {"<saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience>", "", ErrAudience},
		"no restriction":            {"<saml:AudienceRestriction><saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience></saml:AudienceRestriction>", "", ErrAudience},
		"two restrictions":          {"</saml:Conditions>", "<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction></saml:Conditions>", ErrAudience},
		"an unknown condition":      {"</saml:Conditions>", "<saml:Condition/></saml:Conditions>", ErrMalformed},
		"conditions over":           {`NotOnOrAfter="2026-03-01T12:04:00Z"><saml:Aud`, `NotOnOrAfter="2026-03-01T12:00:00Z"><saml:Aud`, ErrExpired},
		"conditions to come":        {`NotBefore="2026-03-01T11:58:00Z"`, `NotBefore="2026-03-01T12:02:00Z"`, ErrEarly},
		"another recipient":         {`Recipient="https://signin.aws.amazon.com/saml"`, `Recipient="https://sp.example.com/saml"`, ErrRecipient},
		"a recipient below":         {`Recipient="https://signin.aws.amazon.com/saml"`, `Recipient="https://signin.aws.amazon.com.evil.com/saml"`, ErrRecipient},
		"no recipient":              {`Recipient="https://signin.aws.amazon.com/saml"`, "", ErrRecipient},
		"confirmation over":         {`NotOnOrAfter="2026-03-01T12:04:00Z" Rec`, `NotOnOrAfter="2026-03-01T12:00:00Z" Rec`, ErrExpired},
		"confirmation without end":  {`NotOnOrAfter="2026-03-01T12:04:00Z" Rec`, `Rec`, ErrMalformed},
		"holder of key":             {"cm:bearer", "cm:holder-of-key", ErrMalformed},
		"two confirmations":         {"</saml:Subject>", `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/></saml:Subject>`, ErrMalformed},
		"two names":                 {"</saml:Subject>", `<saml:NameID>admin</saml:NameID></saml:Subject>`, ErrMalformed},
		"two subjects":              {"<saml:Conditions", `<saml:Subject><saml:NameID>admin</saml:NameID></saml:Subject><saml:Conditions`, ErrMalformed},
		"a name in parts":           {"alice", "<x>admin</x>", ErrMalformed},
		"no name":                   {"alice", "", ErrMalformed},
		"session over":              {`SessionNotOnOrAfter="2026-03-01T20:00:00Z"`, `SessionNotOnOrAfter="2026-03-01T12:00:00Z"`, ErrExpired},
		"an attribute twice":        {"</saml:AttributeStatement>", `<saml:Attribute Name="role"/></saml:AttributeStatement>`, ErrMalformed},
		"an attribute without name": {`Name="role"`, "", ErrMalformed},
	} {
		text := strings.Replace(assertionText, c.old, c.new, 1)
		if text == assertionText {
			t.Fatalf("%s changes nothing", name)
		}
		if a, err := verify(m, response(i.signed(t, text))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
	failure := strings.Replace(response(i.signed(t, assertionText)), "status:Success", "status:Responder", 1)
	if _, err := verify(m, failure); !errors.Is(err, ErrRejected) {
		t.Errorf("a failure: %v", err)
	}
	for _, audience := range []string{"urn:amazon:webservices", "https://eu-west-1.signin.aws.amazon.com/saml", "https://signin.aws.amazon.com/static/saml"} {
		text := strings.Replace(assertionText, "<saml:Audience>https://signin.aws.amazon.com/saml", "<saml:Audience>"+audience, 1)
		if _, err := verify(m, response(i.signed(t, text))); err != nil {
			t.Errorf("%s: %v", audience, err)
		}
	}
	// White space of XML around a name is none of it; any other is.
	for name, want := range map[string]string{"\n\t alice \r\n": "alice", "\u00a0alice": "\u00a0alice", "alice\u2003": "alice\u2003"} {
		if got, err := verify(m, response(i.signed(t, strings.Replace(assertionText, "alice", name, 1)))); err != nil || got.Subject != want {
			t.Errorf("%q: %v, %+v", name, err, got)
		}
	}
	for name, text := range map[string]string{"no Base64": "!", "too long": strings.Repeat("A", maxResponse+4)} {
		if _, err := Verify(m, text, begin); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseMetadata(t *testing.T) {
	m := parsed(t, good(), evil())
	if m.Issuer != issuer || len(m.Certificates) != 2 || !m.ValidUntil.IsZero() {
		t.Errorf("got %+v", m)
	}
	text := metadataOf(good())
	m, err := ParseMetadata([]byte(strings.Replace(text, "entityID", `validUntil="2030-01-01T00:00:00Z" entityID`, 1)))
	if err != nil || !m.ValidUntil.Equal(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%v, %+v", err, m)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, ec.Public(), ec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseMetadata([]byte(metadataOf(&idp{cert: der}))); err != nil {
		t.Errorf("an EC key: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing":           "",
		"no key":            metadataOf(),
		"not for signing":   strings.Replace(text, `use="signing"`, `use="encryption"`, 1),
		"no issuer":         strings.Replace(text, "entityID", "entityId", 1),
		"another namespace": strings.Replace(text, "SAML:2.0:metadata", "SAML:1.1:metadata", 1),
		"a document type":   strings.Replace(text, `<?xml version="1.0"?>`, `<!DOCTYPE x>`, 1),
		"no certificate":    metadataOf(&idp{cert: []byte("x")}),
		"an odd end":        strings.Replace(text, "entityID", `validUntil="tomorrow" entityID`, 1),
		"a service":         strings.ReplaceAll(text, "IDPSSODescriptor", "SPSSODescriptor"),
	} {
		if m, err := ParseMetadata([]byte(bad)); !errors.Is(err, ErrMetadata) {
			t.Errorf("%s: %v, %+v", name, err, m)
		}
	}
}

func FuzzResponse(f *testing.F) {
	i, m := good(), parsed(f, good())
	f.Add(response(i.signed(f, assertionText)))
	f.Add(i.signed(f, response(assertionText)))
	f.Add(i.signed(f, response(i.signed(f, assertionText))))
	f.Add(response(forged("_e"), i.signed(f, assertionText)))
	f.Fuzz(func(t *testing.T, text string) {
		a, err := verify(m, text)
		if err == nil && (a.Subject != "alice" || fmt.Sprint(a.Attributes) != "map[role:[user guest]]") {
			t.Errorf("verified %q: %+v", text, a)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add(metadataOf(good()))
	f.Add("<x/>")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := ParseMetadata([]byte(text)); err == nil && (m.Issuer == "" || len(m.Certificates) == 0) {
			t.Errorf("parsed %+v", m)
		}
	})
}
