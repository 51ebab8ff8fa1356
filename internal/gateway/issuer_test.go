package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/oidc"
)

// TestWebIdentityTokens: an account's tokens are verified as those of any provider
// are, by what the account's issuer publishes.
func TestWebIdentityTokens(t *testing.T) {
	w := newWorld(t)
	w.g.SetPublicURL(w.url + "/")
	token := func(who *RootAccount, pairs ...string) (int, string) {
		return w.query(who, "sts", params(append([]string{"Version", "2011-06-15", "Action", "GetWebIdentityToken", "Audience.member.1", "vault"}, pairs...)...))
	}
	w.want(403, "OutboundWebIdentityFederationDisabled")(token(w.green, "SigningAlgorithm", "RS256"))
	w.want(404, "<Code>FeatureDisabled</Code>")(w.iam(w.green, "GetOutboundWebIdentityFederationInfo"))
	w.want(404, "<Code>FeatureDisabled</Code>")(w.iam(w.green, "DisableOutboundWebIdentityFederation"))
	status, text := w.iam(w.green, "EnableOutboundWebIdentityFederation")
	issuer := element(text, "IssuerIdentifier")
	w.want(200, w.url+"/-/tokens/"+w.green.ID+"/")(status, text)
	w.want(409, "<Code>FeatureEnabled</Code>")(w.iam(w.green, "EnableOutboundWebIdentityFederation"))
	w.want(200, issuer)(w.iam(w.green, "GetOutboundWebIdentityFederationInfo"))
	w.want(200, "<JwtVendingEnabled>true</JwtVendingEnabled>")(w.iam(w.green, "GetOutboundWebIdentityFederationInfo"))

	h, err := oidc.ParseHost(w.url)
	if err != nil {
		t.Fatal(err)
	}
	verifier := oidc.New(oidc.Options{Hosts: []oidc.Host{h}})
	provider := &oidc.Provider{ID: "x", URL: issuer, ClientIDs: []string{"vault"}}
	for _, alg := range []string{"RS256", "ES384"} {
		status, text := token(w.green, "SigningAlgorithm", alg, "DurationSeconds", "600", "Tags.member.1.Key", "job", "Tags.member.1.Value", "7")
		w.want(200, "<Expiration>")(status, text)
		parsed, err := oidc.Parse(element(text, "WebIdentityToken"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := verifier.Verify(t.Context(), provider, parsed)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		own, _ := c.Raw("https://sts.amazonaws.com/").(map[string]any)
		if c.Subject != "arn:aws:iam::"+w.green.ID+":root" || own["aws_account"] != w.green.ID || own["principal_id"] != c.Subject ||
			fmt.Sprint(own["request_tags"]) != "map[job:7]" || own["source_region"] != "us-east-1" || c.Raw("jti") == nil {
			t.Errorf("%s: %+v %v", alg, c, own)
		}
		if left := time.Until(c.Expires); left > 10*time.Minute || left < 9*time.Minute {
			t.Errorf("%s ends in %s", alg, left)
		}
	}
	w.want(400, "signingAlgorithm")(token(w.green))
	// The server's own tokens assume no roles, whatever providers an account has.
	_, text = token(w.green, "SigningAlgorithm", "RS256")
	w.want(400, "No OpenIDConnect provider found")(w.webIdentity("arn:aws:iam::"+w.green.ID+":role/r", element(text, "WebIdentityToken")))
	w.want(400, "must be RS256 or ES384")(token(w.green, "SigningAlgorithm", "HS256"))
	w.want(403, "OutboundWebIdentityFederationDisabled")(token(w.blue, "SigningAlgorithm", "RS256"))

	get := func(path string) (int, string) {
		resp, err := http.Get(path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	_, keys := get(issuer + "/.well-known/jwks.json")
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(keys), &set); err != nil || len(set.Keys) != 2 || strings.Contains(keys, `"d"`) {
		t.Errorf("keys are %s (%v)", keys, err)
	}
	w.want(404, "")(get(strings.Replace(issuer, w.green.ID, w.blue.ID, 1) + "/.well-known/jwks.json"))
	w.want(404, "")(get(issuer + "x/.well-known/jwks.json"))
	w.want(404, "")(get(issuer + "/.well-known/other"))

	w.want(200, "")(w.iam(w.green, "DisableOutboundWebIdentityFederation"))
	w.want(403, "OutboundWebIdentityFederationDisabled")(token(w.green, "SigningAlgorithm", "RS256"))
	w.want(200, `"RS256"`)(get(issuer + "/.well-known/jwks.json"))
	_, text = w.iam(w.green, "EnableOutboundWebIdentityFederation")
	if element(text, "IssuerIdentifier") != issuer {
		t.Errorf("the issuer is another one: %s", text)
	}
}

// A token is for those who may have it, and ends with the session that asks.
func TestWebIdentityTokensOfSessions(t *testing.T) {
	w, i := newFederated(t)
	w.g.SetPublicURL(w.url)
	w.want(200, "")(w.iam(w.green, "EnableOutboundWebIdentityFederation"))
	provider := "arn:aws:iam::" + w.green.ID + ":oidc-provider/" + i.host()
	w.want(200, provider)(w.iam(w.green, "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", "sts.amazonaws.com"))
	role := w.trusting(w.green, "pods", allowProvider(provider, webIdentityAction, ""))
	w.want(200, "")(w.iam(w.green, "TagRole", "RoleName", "pods", "Tags.member.1.Key", "team", "Tags.member.1.Value", "red"))
	_, text := w.webIdentity(role, i.token(nil), "DurationSeconds", "900")
	c := w.session(text)
	token := func(pairs ...string) (int, string) {
		return w.signedBy(c, "sts", params(append([]string{"Version", "2011-06-15", "Action", "GetWebIdentityToken", "Audience.member.1", "a", "SigningAlgorithm", "ES384"}, pairs...)...))
	}
	put := func(actions, condition string) {
		w.want(200, "")(w.iam(w.green, "PutRolePolicy", "RoleName", "pods", "PolicyName", "p", "PolicyDocument",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":`+actions+`,"Resource":"*","Condition":`+condition+`}]}`))
	}
	w.want(403, "sts:GetWebIdentityToken")(token())
	put(`"sts:GetWebIdentityToken"`, `{"ForAllValues:StringEquals":{"sts:IdentityTokenAudience":"b"}}`)
	w.want(403, "sts:GetWebIdentityToken")(token())
	put(`"sts:GetWebIdentityToken"`, `{"ForAllValues:StringEquals":{"sts:IdentityTokenAudience":"a"},"StringEquals":{"sts:SigningAlgorithm":"ES384"}}`)
	status, text := token()
	w.want(200, "")(status, text)
	parsed, err := oidc.Parse(element(text, "WebIdentityToken"))
	if err != nil || !strings.HasPrefix(parsed.Issuer, w.url+"/-/tokens/"+w.green.ID) {
		t.Errorf("%v, %+v", err, parsed)
	}
	w.want(403, "sts:TagGetWebIdentityToken")(token("Tags.member.1.Key", "a", "Tags.member.1.Value", "b"))
	w.want(403, "SessionDurationEscalation")(token("DurationSeconds", "3600"))
}
