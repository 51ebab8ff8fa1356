package iam

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/iam"
	"github.com/sallyport/sallyport/internal/oidc"
	"github.com/sallyport/sallyport/internal/wire"
)

const print1, print2 = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280", "6938FD4D98BAB03FAADB97B34396831E3780AEA1"

// provider makes an OpenID Connect provider.
func (w *world) provider(url string, clients ...string) string {
	w.t.Helper()
	return *must(w.CreateOpenIDConnectProvider(w.ctx, &api.CreateOpenIDConnectProviderInput{
		Url: &url, ClientIDList: clients, ThumbprintList: []string{print1},
	})).OpenIDConnectProviderArn
}

func TestOpenIDConnectProvider(t *testing.T) {
	w := newWorld(t)
	out := must(w.CreateOpenIDConnectProvider(w.ctx, &api.CreateOpenIDConnectProviderInput{
		Url: new("https://oidc.example.com/id/A1"), ClientIDList: []string{"b", "a", "b"}, ThumbprintList: []string{print1, print2},
		Tags: []api.Tag{{Key: new("k"), Value: new("v")}},
	}))
	arn := *out.OpenIDConnectProviderArn
	same(t, "ARN", arn, "arn:aws:iam::"+acctA+":oidc-provider/oidc.example.com/id/A1")
	same(t, "tags", len(out.Tags), 1)
	get := func() *api.GetOpenIDConnectProviderOutput {
		t.Helper()
		return must(w.GetOpenIDConnectProvider(w.ctx, &api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn}))
	}
	got := get()
	same(t, "URL", *got.Url, "oidc.example.com/id/A1")
	same(t, "clients", fmt.Sprint(got.ClientIDList), "[b a]")
	same(t, "thumbprints", fmt.Sprint(got.ThumbprintList), "["+print1+" "+strings.ToLower(print2)+"]")
	same(t, "created", *got.CreateDate, start)

	for range 2 { // both are idempotent
		must(w.AddClientIDToOpenIDConnectProvider(w.ctx, &api.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("c")}))
		must(w.RemoveClientIDFromOpenIDConnectProvider(w.ctx, &api.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("b")}))
	}
	must(w.UpdateOpenIDConnectProviderThumbprint(w.ctx, &api.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: &arn, ThumbprintList: []string{print2}}))
	must(w.TagOpenIDConnectProvider(w.ctx, &api.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, Tags: []api.Tag{{Key: new("K"), Value: new("2")}}}))
	must(w.UntagOpenIDConnectProvider(w.ctx, &api.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, TagKeys: []string{"k"}}))
	got = get()
	same(t, "clients", fmt.Sprint(got.ClientIDList), "[a c]")
	same(t, "thumbprints", fmt.Sprint(got.ThumbprintList), "["+strings.ToLower(print2)+"]")
	tags := must(w.ListOpenIDConnectProviderTags(w.ctx, &api.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: &arn})).Tags
	if len(tags) != 1 || *tags[0].Key != "K" {
		t.Errorf("tags are %v", tags)
	}
	other := w.provider("https://a.example.com")
	list := must(w.ListOpenIDConnectProviders(w.ctx, &api.ListOpenIDConnectProvidersInput{})).OpenIDConnectProviderList
	if len(list) != 2 || *list[0].Arn != other || *list[1].Arn != arn {
		t.Errorf("listed %v", list)
	}
	same(t, "those of another account", len(must(w.ListOpenIDConnectProviders(w.root(acctB), &api.ListOpenIDConnectProvidersInput{})).OpenIDConnectProviderList), 0)
	for range 2 {
		must(w.DeleteOpenIDConnectProvider(w.ctx, &api.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn}))
	}
	_, err := w.GetOpenIDConnectProvider(w.ctx, &api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	refused(t, err, 404, "NoSuchEntity", "OpenIDConnect Provider not found for arn "+arn)
	same(t, "created again", w.provider("https://oidc.example.com/id/A1"), arn)
}

func TestOpenIDConnectProviderIsRefused(t *testing.T) {
	w := newWorld(t, func(q *Quotas) { q.OIDCProviders, q.ClientIDsPerProvider = 2, 2 })
	arn := w.provider("https://oidc.example.com", "a")
	create := func(url string, clients, prints []string, tags ...api.Tag) error {
		_, err := w.CreateOpenIDConnectProvider(w.ctx, &api.CreateOpenIDConnectProviderInput{Url: &url, ClientIDList: clients, ThumbprintList: prints, Tags: tags})
		return err
	}
	prints := []string{print1}
	refused(t, create("https://oidc.example.com", nil, prints), 409, "EntityAlreadyExists", "Provider with url https://oidc.example.com already exists.")
	refused(t, create("https://oidc.example.com", nil, nil), 409, "EntityAlreadyExists", "Provider with url https://oidc.example.com already exists.")
	for _, url := range []string{"http://oidc.example.com", "https://oidc.example.com:8443", "https://10.0.0.1", "https://localhost", "https://x.example.com?a=b", "oidc.example.com"} {
		refused(t, create(url, nil, prints), 400, "InvalidInput", "Invalid Open ID Connect Provider URL")
	}
	refused(t, create("https://b.example.com", []string{"a", "b", "c"}, prints), 409, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 2")
	refused(t, create("https://b.example.com", nil, []string{print1, "1", "2", "3", "4", "5"}), 400, "InvalidInput", "Thumbprint list must contain fewer than 6 entries.")
	refused(t, create("https://b.example.com", nil, []string{strings.Repeat("g", 40)}), 400, "InvalidInput", "Thumbprint "+strings.Repeat("g", 40)+" must be 40 hexadecimal characters.")
	refused(t, create("https://b.example.com", nil, prints, api.Tag{Key: new("a"), Value: new("")}, api.Tag{Key: new("a"), Value: new("")}), 400, "InvalidInput", "Duplicate tag keys found.")
	w.refuse = "iam:TagOpenIDConnectProvider arn:aws:iam::" + acctA + ":oidc-provider/b.example.com"
	refused(t, create("https://b.example.com", nil, prints, api.Tag{Key: new("a"), Value: new("")}), 403, "AccessDenied", "no "+w.refuse)
	w.refuse = ""
	w.provider("https://b.example.com")
	refused(t, create("https://c.example.com", nil, prints), 409, "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 2")

	must(w.AddClientIDToOpenIDConnectProvider(w.ctx, &api.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("b")}))
	_, err := w.AddClientIDToOpenIDConnectProvider(w.ctx, &api.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, ClientID: new("c")})
	refused(t, err, 409, "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 2")
	for _, other := range []string{"arn:aws:iam::" + acctB + ":oidc-provider/oidc.example.com", "arn:aws:iam::" + acctA + ":saml-provider/oidc.example.com", arn + "/"} {
		_, err := w.GetOpenIDConnectProvider(w.ctx, &api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &other})
		refused(t, err, 404, "NoSuchEntity", "OpenIDConnect Provider not found for arn "+other)
	}
	_, err = w.GetOpenIDConnectProvider(w.ctx, &api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: new("not-an-arn-at-all-of-any-kind")})
	refused(t, err, 400, "ValidationError", "Invalid ARN:  Could not be parsed!")
}

func TestOpenIDConnectProviderIsAskedForItsCertificate(t *testing.T) {
	w := newWorld(t)
	var idp *httptest.Server
	idp = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/dead/.well-known/openid-configuration" {
			fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":%q}`, idp.URL, idp.URL+"/keys")
		}
	}))
	defer idp.Close()
	h, err := oidc.ParseHost(idp.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.providers = oidc.New(oidc.Options{Hosts: []oidc.Host{h}})
	arn := must(w.CreateOpenIDConnectProvider(w.ctx, &api.CreateOpenIDConnectProviderInput{Url: &idp.URL})).OpenIDConnectProviderArn
	got := must(w.GetOpenIDConnectProvider(w.ctx, &api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))
	same(t, "thumbprint", fmt.Sprint(got.ThumbprintList), "["+oidc.Thumbprint(idp.Certificate())+"]")
	_, err = w.CreateOpenIDConnectProvider(w.ctx, &api.CreateOpenIDConnectProviderInput{Url: new(idp.URL + "/dead")})
	refused(t, err, 400, "OpenIdIdpCommunicationError", "The certificate of "+idp.URL+"/dead could not be retrieved: the provider did not answer as an OpenID Connect provider does.")
}

func TestOpenIDConnectProviderTarget(t *testing.T) {
	w := newWorld(t)
	arn := w.provider("https://oidc.example.com")
	must(w.TagOpenIDConnectProvider(w.ctx, &api.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn, Tags: []api.Tag{{Key: new("k"), Value: new("v")}}}))
	for name, c := range map[string]struct {
		in       any
		arn, tag string
	}{
		"one to be made": {&api.CreateOpenIDConnectProviderInput{Url: new("https://oidc.example.com")}, arn, ""},
		"one there":      {&api.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn}, arn, "v"},
		"one not there":  {&api.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: new(arn + "/x")}, arn + "/x", ""},
	} {
		got := must(w.Target(w.ctx, &wire.Access{Action: "iam:X", Resource: "oidc-provider"}, c.in))
		tag, _ := got.Resource.Tags.Get("k")
		same(t, name, got.Resource.ARN+" "+tag+" "+got.Resource.Account, c.arn+" "+c.tag+" "+acctA)
	}
}
