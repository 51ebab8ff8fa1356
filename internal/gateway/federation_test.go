package gateway

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/sallyport/sallyport/internal/oidc"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// issuer is an OpenID Connect provider of a test.
type issuer struct {
	testing.TB
	*httptest.Server
	key *rsa.PrivateKey
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{TB: t, key: key}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/tenant") {
		case "/.well-known/openid-configuration":
			base := i.URL + strings.TrimSuffix(r.URL.Path, "/.well-known/openid-configuration")
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, base, i.URL+"/keys")
		case "/keys":
			json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Use: "sig", Algorithm: "RS256"}}})
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) host() string { return strings.TrimPrefix(i.URL, "http://") }

func (i *issuer) token(change map[string]any) string {
	i.Helper()
	claims := map[string]any{
		"iss": i.URL, "sub": "system:serviceaccount:ns:app", "aud": []string{"sts.amazonaws.com"},
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, change)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, nil)
	if err != nil {
		i.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		i.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		i.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		i.Fatal(err)
	}
	return text
}

// federated is a world whose accounts may trust the issuer.
func newFederated(t *testing.T) (*world, *issuer) {
	i := newIssuer(t)
	w := newWorld(t, func(o *Options) {
		h, err := oidc.ParseHost(i.URL)
		if err != nil {
			t.Fatal(err)
		}
		o.Providers = []oidc.Host{h}
	})
	return w, i
}

func params(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func (w *world) iam(who *RootAccount, action string, pairs ...string) (int, string) {
	w.Helper()
	return w.query(who, "iam", params(append([]string{"Version", "2010-05-08", "Action", action}, pairs...)...))
}

// unsigned sends a form without a signature.
func (w *world) unsigned(pairs ...string) (int, string) {
	w.Helper()
	req := w.request("POST", "/", params(append([]string{"Version", "2011-06-15"}, pairs...)...))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(req)
}

func (w *world) webIdentity(roleARN, token string, pairs ...string) (int, string) {
	w.Helper()
	return w.unsigned(append([]string{"Action", "AssumeRoleWithWebIdentity", "RoleArn", roleARN, "RoleSessionName", "pod", "WebIdentityToken", token}, pairs...)...)
}

// trusting makes or changes a role that statements let be assumed.
func (w *world) trusting(who *RootAccount, name string, statements string) string {
	w.Helper()
	trust := `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	if status, _ := w.iam(who, "GetRole", "RoleName", name); status == 200 {
		w.want(200, "")(w.iam(who, "UpdateAssumeRolePolicy", "RoleName", name, "PolicyDocument", trust))
	} else {
		w.want(200, "")(w.iam(who, "CreateRole", "RoleName", name, "AssumeRolePolicyDocument", trust))
	}
	return "arn:aws:iam::" + who.ID + ":role/" + name
}

func allowProvider(arn, actions, condition string) string {
	if condition == "" {
		condition = `{}`
	}
	return `{"Effect":"Allow","Principal":{"Federated":"` + arn + `"},"Action":` + actions + `,"Condition":` + condition + `}`
}

// session reads the credentials of an answer.
func (w *world) session(text string) sigv4.Credentials {
	w.Helper()
	var out struct {
		AccessKeyId, SecretAccessKey, SessionToken string
	}
	from := strings.Index(text, "<Credentials>")
	if from < 0 {
		w.Fatal("no credentials in " + text)
	}
	if err := xml.NewDecoder(strings.NewReader(text[from:])).Decode(&out); err != nil {
		w.Fatal(err)
	}
	return sigv4.Credentials{AccessKeyID: out.AccessKeyId, SecretAccessKey: out.SecretAccessKey, SessionToken: out.SessionToken}
}

func (w *world) signedBy(c sigv4.Credentials, service, form string) (int, string) {
	w.Helper()
	req := w.request("POST", "/", form)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sigv4.Sign(req, c, "us-east-1", service, sigv4.HashPayload([]byte(form)), time.Now())
	return w.send(req)
}

const webIdentityAction = `"sts:AssumeRoleWithWebIdentity"`

func TestWebIdentity(t *testing.T) {
	w, i := newFederated(t)
	provider := "arn:aws:iam::" + w.green.ID + ":oidc-provider/" + i.host()
	w.want(200, provider)(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", "sts.amazonaws.com"))
	role := w.trusting(w.green, "pods", allowProvider(provider, webIdentityAction,
		`{"StringEquals":{"`+i.host()+`:aud":"sts.amazonaws.com","`+i.host()+`:sub":"system:serviceaccount:ns:app"}}`))

	status, text := w.webIdentity(role, i.token(nil))
	w.want(200, "<SubjectFromWebIdentityToken>system:serviceaccount:ns:app</SubjectFromWebIdentityToken>")(status, text)
	w.want(200, "<Audience>sts.amazonaws.com</Audience>")(status, text)
	w.want(200, "<Provider>"+provider+"</Provider>")(status, text)
	w.want(200, "<Arn>arn:aws:sts::"+w.green.ID+":assumed-role/pods/pod</Arn>")(status, text)
	c := w.session(text)
	w.want(200, "assumed-role/pods/pod")(w.signedBy(c, "sts", "Action=GetCallerIdentity&Version=2011-06-15"))

	// What the session may do can depend on the provider and its claims.
	list := func() (int, string) { return w.signedBy(c, "iam", "Action=ListRoles&Version=2010-05-08") }
	put := func(condition string) {
		w.want(200, "")(w.iam(w.green, "PutRolePolicy", "RoleName", "pods", "PolicyName", "p", "PolicyDocument",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":`+condition+`}]}`))
	}
	w.want(403, "AccessDenied")(list())
	put(`{"StringEquals":{"aws:FederatedProvider":"` + provider + `","` + i.host() + `:sub":"system:serviceaccount:ns:app"}}`)
	w.want(200, "pods")(list())
	put(`{"StringEquals":{"` + i.host() + `:sub":"system:serviceaccount:ns:other"}}`)
	w.want(403, "AccessDenied")(list())
}

func TestWebIdentityIsRefused(t *testing.T) {
	w, i := newFederated(t)
	const denied, invalid = "Not authorized to perform sts:AssumeRoleWithWebIdentity", "InvalidIdentityToken"
	provider := "arn:aws:iam::" + w.green.ID + ":oidc-provider/" + i.host()
	w.want(200, provider)(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", "sts.amazonaws.com", "ClientIDList.member.2", "other"))
	foreign := "arn:aws:iam::" + w.blue.ID + ":oidc-provider/" + i.host()
	w.want(200, "")(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL+"/tenant", "ClientIDList.member.1", "sts.amazonaws.com"))
	tenant := provider + "/tenant"

	open := w.trusting(w.green, "open", allowProvider(provider, webIdentityAction, ""))
	w.want(200, "")(w.webIdentity(open, i.token(nil)))
	for name, statement := range map[string]string{
		"everybody":          `{"Effect":"Allow","Principal":"*","Action":` + webIdentityAction + `}`,
		"every AWS caller":   `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":` + webIdentityAction + `}`,
		"its account":        `{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":` + webIdentityAction + `}`,
		"another's provider": allowProvider(foreign, webIdentityAction, ""),
		"another provider":   allowProvider(tenant, webIdentityAction, ""),
		"another action":     allowProvider(provider, `"sts:AssumeRole"`, ""),
		"SAML's action":      allowProvider(provider, `"sts:AssumeRoleWithSAML"`, ""),
		"a Deny":             allowProvider(provider, webIdentityAction, "") + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`,
		"a Deny of it":       allowProvider(provider, webIdentityAction, "") + `,{"Effect":"Deny","Principal":{"Federated":"` + provider + `"},"Action":` + webIdentityAction + `}`,
		"another subject":    allowProvider(provider, webIdentityAction, `{"StringEquals":{"`+i.host()+`:sub":"system:serviceaccount:ns:ap"}}`),
		"another audience":   allowProvider(provider, webIdentityAction, `{"StringEquals":{"`+i.host()+`:aud":"other"}}`),
		"another's claims":   allowProvider(provider, webIdentityAction, `{"StringEquals":{"`+i.host()+`/tenant:sub":"system:serviceaccount:ns:app"}}`),
		"another name":       allowProvider(provider, webIdentityAction, `{"StringEquals":{"sts:RoleSessionName":"other"}}`),
		"MFA":                allowProvider(provider, webIdentityAction, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`),
		"an account's":       allowProvider(provider, webIdentityAction, `{"StringEquals":{"aws:PrincipalAccount":"`+w.green.ID+`"}}`),
	} {
		role := w.trusting(w.green, "shut", statement)
		t.Log(name)
		w.want(403, denied)(w.webIdentity(role, i.token(nil)))
	}
	w.want(403, denied)(w.webIdentity("arn:aws:iam::"+w.green.ID+":role/nobody", i.token(nil)))
	w.want(400, "Request ARN is invalid")(w.webIdentity("arn:aws:iam::"+w.green.ID+":user/open", i.token(nil)))
	// A role of an account that does not have the provider.
	blue := w.trusting(w.blue, "blue", allowProvider(foreign, webIdentityAction, "")+","+allowProvider(provider, webIdentityAction, ""))
	w.want(400, "No OpenIDConnect provider found in your account for "+i.URL)(w.webIdentity(blue, i.token(nil)))

	for name, c := range map[string]struct {
		change map[string]any
		want   string
	}{
		"expired":            {map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}, "<Code>ExpiredTokenException</Code>"},
		"another audience":   {map[string]any{"aud": "x"}, "Incorrect token audience"},
		"a slash more":       {map[string]any{"iss": i.URL + "/"}, "No OpenIDConnect provider found"},
		"a longer issuer":    {map[string]any{"iss": i.URL + strings.Repeat("/x", 5000)}, "No OpenIDConnect provider found"},
		"https":              {map[string]any{"iss": "https://" + i.host()}, "No OpenIDConnect provider found"},
		"no subject":         {map[string]any{"sub": nil}, invalid},
		"tags of no form":    {map[string]any{"https://aws.amazon.com/tags": "x"}, invalid},
		"two values":         {map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"a": []string{"1", "2"}}}}, invalid},
		"a tag of AWS's":     {map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"aws:x": []string{"1"}}}}, "reserved"},
		"a key in two cases": {map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"a": "1", "A": "2"}}}, "Duplicate"},
		"tags":               {map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string]any{"a": "1"}}}, "Not authorized to perform sts:TagSession"},
		"a source identity":  {map[string]any{"https://aws.amazon.com/source_identity": "alice"}, "Not authorized to perform sts:SetSourceIdentity"},
		"no source identity": {map[string]any{"https://aws.amazon.com/source_identity": "a b"}, invalid},
	} {
		t.Log(name)
		_, text := w.webIdentity(open, i.token(c.change))
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: %s", name, text)
		}
	}
	w.want(400, "not a Login With Amazon token")(w.webIdentity(open, i.token(nil), "ProviderId", "www.amazon.com"))
	w.want(400, "MaxSessionDuration")(w.webIdentity(open, i.token(nil), "DurationSeconds", "7200"))
	w.want(400, invalid)(w.webIdentity(open, "no.token.at-all"))
	w.want(200, "")(w.iam(w.green, "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", provider))
	w.want(400, "No OpenIDConnect provider found")(w.webIdentity(open, i.token(nil)))
}

func TestWebIdentityWithTags(t *testing.T) {
	w, i := newFederated(t)
	provider := "arn:aws:iam::" + w.green.ID + ":oidc-provider/" + i.host()
	w.want(200, provider)(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", "sts.amazonaws.com"))
	role := w.trusting(w.green, "tagged", allowProvider(provider, `["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]`,
		`{"StringLike":{"aws:RequestTag/team":"*"},"StringEquals":{"sts:SourceIdentity":"alice"},"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage"],"sts:TransitiveTagKeys":["team"]}}`))
	w.want(200, "")(w.iam(w.green, "PutRolePolicy", "RoleName", "tagged", "PolicyName", "p", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red","aws:PrincipalTag/stage":"prod","aws:SourceIdentity":"alice"}}}]}`))
	for name, tags := range map[string]map[string]any{
		"a structure": {"https://aws.amazon.com/tags": map[string]any{
			"principal_tags": map[string]any{"team": []string{"red"}, "stage": []string{"prod"}}, "transitive_tag_keys": []string{"team"}}},
		"flat": {"https://aws.amazon.com/tags/principal_tags/team": "red", "https://aws.amazon.com/tags/principal_tags/stage": []string{"prod"},
			"https://aws.amazon.com/tags/transitive_tag_keys": []string{"team"}},
	} {
		t.Log(name)
		tags["https://aws.amazon.com/source_identity"] = "alice"
		status, text := w.webIdentity(role, i.token(tags))
		w.want(200, "<SourceIdentity>alice</SourceIdentity>")(status, text)
		w.want(200, "<PackedPolicySize>")(status, text)
		w.want(200, "tagged")(w.signedBy(w.session(text), "iam", "Action=ListRoles&Version=2010-05-08"))
		tags["https://aws.amazon.com/source_identity"] = "bob"
		w.want(403, "Not authorized")(w.webIdentity(role, i.token(tags)))
	}
}

// Who signs such a request gains nothing by it.
func TestWebIdentityForgetsTheSigner(t *testing.T) {
	w, i := newFederated(t)
	provider := "arn:aws:iam::" + w.green.ID + ":oidc-provider/" + i.host()
	w.want(200, provider)(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", "sts.amazonaws.com"))
	ask := func(statement string) (int, string) {
		role := w.trusting(w.green, "r", statement)
		return w.query(w.green, "sts", params("Version", "2011-06-15", "Action", "AssumeRoleWithWebIdentity", "RoleArn", role, "RoleSessionName", "pod", "WebIdentityToken", i.token(nil)))
	}
	w.want(403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")(ask(`{"Effect":"Allow","Principal":{"AWS":"` + w.green.ID + `"},"Action":` + webIdentityAction + `}`))
	w.want(403, "Not authorized")(ask(allowProvider(provider, webIdentityAction, `{"StringEquals":{"aws:PrincipalType":"Account"}}`)))
	w.want(200, "<Provider>"+provider)(ask(allowProvider(provider, webIdentityAction, "")))
}
