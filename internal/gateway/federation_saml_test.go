package gateway

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// samlIDP signs responses as an identity provider does.
type samlIDP struct {
	testing.TB
	key  *rsa.PrivateKey
	cert []byte
}

func newSAMLIDP(t testing.TB) *samlIDP {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &samlIDP{t, key, cert}
}

// GetKeyPair implements dsig.X509KeyStore.
func (i *samlIDP) GetKeyPair() (*rsa.PrivateKey, []byte, error) { return i.key, i.cert, nil }

func (i *samlIDP) metadata() string {
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com">` +
		`<md:IDPSSODescriptor><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(i.cert) +
		`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>`
}

// response is a signed response for alice with attributes of AWS's.
func (i *samlIDP) response(at time.Time, attributes map[string]string, replace ...string) string {
	i.Helper()
	var b strings.Builder
	for name, value := range attributes {
		b.WriteString(`<s:Attribute Name="` + name + `"><s:AttributeValue>` + strings.ReplaceAll(value, "|", `</s:AttributeValue><s:AttributeValue>`) + `</s:AttributeValue></s:Attribute>`)
	}
	now, end := at.UTC().Format(time.RFC3339), at.UTC().Add(5*time.Minute).Format(time.RFC3339)
	text := `<s:Assertion xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0" IssueInstant="` + now + `"><s:Issuer>https://idp.example.com</s:Issuer>` +
		`<s:Subject><s:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice</s:NameID><s:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
		`<s:SubjectConfirmationData NotOnOrAfter="` + end + `" Recipient="https://signin.aws.amazon.com/saml"/></s:SubjectConfirmation></s:Subject>` +
		`<s:Conditions><s:AudienceRestriction><s:Audience>https://signin.aws.amazon.com/saml</s:Audience></s:AudienceRestriction></s:Conditions>` +
		`<s:AttributeStatement>` + b.String() + `</s:AttributeStatement></s:Assertion>`
	doc := etree.NewDocument()
	if err := doc.ReadFromString(strings.NewReplacer(replace...).Replace(text)); err != nil {
		i.Fatal(err)
	}
	ctx := dsig.NewDefaultSigningContext(i)
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signed, err := ctx.SignEnveloped(doc.Root())
	if err != nil {
		i.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(signed)
	s, err := out.WriteToString()
	if err != nil {
		i.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString([]byte(`<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0">` + s + `</p:Response>`))
}

const samlAttribute, samlAction = "https://aws.amazon.com/SAML/Attributes/", `"sts:AssumeRoleWithSAML"`

func (w *world) withSAML(role, provider, response string, pairs ...string) (int, string) {
	w.Helper()
	return w.unsigned(append([]string{"Action", "AssumeRoleWithSAML", "RoleArn", role, "PrincipalArn", provider, "SAMLAssertion", response}, pairs...)...)
}

func attributes(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		if m[samlAttribute+pairs[i]] = pairs[i+1]; strings.Contains(pairs[i], ":oid:") {
			delete(m, samlAttribute+pairs[i])
			m[pairs[i]] = pairs[i+1]
		}
	}
	return m
}

func TestSAML(t *testing.T) {
	w, i := newWorld(t), newSAMLIDP(t)
	provider := "arn:aws:iam::" + w.green.ID + ":saml-provider/corp"
	w.want(200, provider)(w.iam(w.green, "CreateSAMLProvider", "Name", "corp", "SAMLMetadataDocument", i.metadata()))
	sum := sha1.Sum([]byte("https://idp.example.com" + w.green.ID + "/corp"))
	qualifier := base64.StdEncoding.EncodeToString(sum[:])
	role := w.trusting(w.green, "staff", allowProvider(provider, `["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]`,
		`{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml","saml:iss":"https://idp.example.com","saml:sub":"alice","saml:sub_type":"persistent",
		  "saml:namequalifier":"`+qualifier+`","saml:doc":"`+w.green.ID+`/corp","aws:RequestTag/team":"red"},
		  "ForAnyValue:StringEquals":{"saml:edupersonorgdn":"o=corp"}}`))
	w.want(200, "")(w.iam(w.green, "PutRolePolicy", "RoleName", "staff", "PolicyName", "p", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"StringEquals":
		  {"aws:PrincipalTag/team":"red","aws:SourceIdentity":"alice","aws:FederatedProvider":"`+provider+`","saml:sub":"alice","saml:namequalifier":"`+qualifier+`"},"Null":{"saml:aud":"true"}}}]}`))
	status, text := w.withSAML(role, provider, i.response(time.Now(), attributes("Role", "x,y|"+role+", "+provider, "RoleSessionName", "alice@corp",
		"PrincipalTag:team", "red", "TransitiveTagKeys", "team", "SourceIdentity", "alice", "SessionDuration", "1800", "urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "o=corp|o=other")))
	for _, want := range []string{
		"<Subject>alice</Subject>", "<SubjectType>persistent</SubjectType>", "<Issuer>https://idp.example.com</Issuer>",
		"<Audience>https://signin.aws.amazon.com/saml</Audience>", "<NameQualifier>" + qualifier + "</NameQualifier>", "<SourceIdentity>alice</SourceIdentity>",
		"<Arn>arn:aws:sts::" + w.green.ID + ":assumed-role/staff/alice@corp</Arn>", "<PackedPolicySize>",
	} {
		w.want(200, want)(status, text)
	}
	w.want(200, "staff")(w.signedBy(w.session(text), "iam", "Action=ListRoles&Version=2010-05-08"))
}

func TestSAMLIsRefused(t *testing.T) {
	w, i := newWorld(t), newSAMLIDP(t)
	const denied = "Not authorized to perform sts:AssumeRoleWithSAML"
	provider, other := "arn:aws:iam::"+w.green.ID+":saml-provider/corp", "arn:aws:iam::"+w.green.ID+":saml-provider/other"
	foreign := "arn:aws:iam::" + w.blue.ID + ":saml-provider/corp"
	w.want(200, provider)(w.iam(w.green, "CreateSAMLProvider", "Name", "corp", "SAMLMetadataDocument", i.metadata()))
	w.want(200, other)(w.iam(w.green, "CreateSAMLProvider", "Name", "other", "SAMLMetadataDocument", newSAMLIDP(t).metadata()))
	w.want(200, foreign)(w.iam(w.blue, "CreateSAMLProvider", "Name", "corp", "SAMLMetadataDocument", i.metadata()))
	open := w.trusting(w.green, "open", allowProvider(provider, samlAction, ""))
	good := func(role, provider string, more ...string) string {
		return i.response(time.Now(), attributes(append([]string{"Role", role + "," + provider, "RoleSessionName", "alice"}, more...)...))
	}
	w.want(200, "")(w.withSAML(open, provider, good(open, provider)))
	w.want(200, "")(w.withSAML(open, provider, good(provider, open)))
	for name, statement := range map[string]string{
		"everybody":          `{"Effect":"Allow","Principal":"*","Action":` + samlAction + `}`,
		"its account":        `{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":` + samlAction + `}`,
		"another provider":   allowProvider(other, samlAction, ""),
		"another's provider": allowProvider(foreign, samlAction, ""),
		"web identities":     allowProvider(provider, webIdentityAction, ""),
		"another subject":    allowProvider(provider, samlAction, `{"StringEquals":{"saml:sub":"bob"}}`),
		"a Deny":             allowProvider(provider, samlAction, "") + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`,
	} {
		role := w.trusting(w.green, "shut", statement)
		t.Log(name)
		w.want(403, denied)(w.withSAML(role, provider, good(role, provider)))
	}
	shut := w.trusting(w.green, "shut", allowProvider(provider, samlAction, ""))
	w.want(403, denied)(w.withSAML(shut, provider, good(open, provider))) // not in the assertion
	w.want(403, denied)(w.withSAML(open+"x", provider, good(open+"x", provider)))
	w.want(400, "Response signature invalid")(w.withSAML(open, other, good(open, other)))
	w.want(400, "Specified provider doesn't exist")(w.withSAML(open, foreign, good(open, foreign)))
	w.want(400, "Specified provider doesn't exist")(w.withSAML(open, provider+"x", good(open, provider+"x")))
	for want, a := range map[string]map[string]string{
		"RoleSessionName is required":    attributes("Role", open+","+provider),
		"RoleSessionName in Authn":       attributes("Role", open+","+provider, "RoleSessionName", "a b"),
		"Source Identity must match":     attributes("Role", open+","+provider, "RoleSessionName", "alice", "SourceIdentity", "aws:x"),
		"sts:SetSourceIdentity":          attributes("Role", open+","+provider, "RoleSessionName", "alice", "SourceIdentity", "alice"),
		"sts:TagSession":                 attributes("Role", open+","+provider, "RoleSessionName", "alice", "PrincipalTag:a", "b"),
		"transitive tag key":             attributes("Role", open+","+provider, "RoleSessionName", "alice", "TransitiveTagKeys", "a"),
		"session tags in the token":      attributes("Role", open+","+provider, "RoleSessionName", "alice", "PrincipalTag:a", "b|c"),
		"SessionDuration":                attributes("Role", open+","+provider, "RoleSessionName", "alice", "SessionDuration", "60"),
		"exceeds the MaxSessionDuration": attributes("Role", open+","+provider, "RoleSessionName", "alice", "SessionDuration", "7200"),
	} {
		if _, text := w.withSAML(open, provider, i.response(time.Now(), a)); !strings.Contains(text, want) {
			t.Errorf("want %s: %s", want, text)
		}
	}
	w.want(400, "<Code>ExpiredTokenException</Code>")(w.withSAML(open, provider, i.response(time.Now().Add(-6*time.Minute), attributes("Role", open+","+provider, "RoleSessionName", "alice"))))
	w.want(400, "<Code>InvalidIdentityToken</Code>")(w.withSAML(open, provider, "AAAA"))
	w.want(200, "")(w.iam(w.green, "DeleteSAMLProvider", "SAMLProviderArn", provider))
	w.want(400, "Specified provider")(w.withSAML(open, provider, good(open, provider)))
}
