package website

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func p(s string) *string { return &s }

func TestDocument(t *testing.T) {
	c := &api.WebsiteConfiguration{IndexDocument: &api.IndexDocument{Suffix: p("index.html")}}
	for key, want := range map[string]string{
		"": "index.html", "a": "a", "a/": "a/index.html", "a/b": "a/b", "/": "/index.html",
	} {
		if got := Document(c, key); got != want {
			t.Errorf("%q: %q", key, got)
		}
	}
	for key, want := range map[string]string{"": "", "a/": "", "a": "a/index.html", "a/b": "a/b/index.html"} {
		if got, ok := DirectoryDocument(c, key); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", key, got, ok)
		}
	}
}

func TestToDirectory(t *testing.T) {
	for key, want := range map[string]string{
		"a": "/a/", "a/b": "/a/b/", "a b?c#d%": "/a%20b%3Fc%23d%25/", "é": "/%C3%A9/",
		"/evil.test": "/%2Fevil.test/", `\evil.test`: "/%5Cevil.test/", "a\r\nb": "/a%0D%0Ab/",
	} {
		if got := ToDirectory(key); got.Location != want || got.Status != 302 {
			t.Errorf("%q: %+v", key, got)
		}
	}
}

func TestRules(t *testing.T) {
	rule := func(prefix, code string, to api.Redirect) api.RoutingRule {
		r := api.RoutingRule{Redirect: &to}
		if prefix != "" || code != "" {
			r.Condition = &api.Condition{}
		}
		if prefix != "" {
			r.Condition.KeyPrefixEquals = &prefix
		}
		if code != "" {
			r.Condition.HttpErrorCodeReturnedEquals = &code
		}
		return r
	}
	all := &api.WebsiteConfiguration{RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("www.test")}}
	secure := &api.WebsiteConfiguration{RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("www.test"), Protocol: p("https")}}
	rules := &api.WebsiteConfiguration{RoutingRules: []api.RoutingRule{
		rule("docs/", "", api.Redirect{ReplaceKeyPrefixWith: p("documents/")}),
		rule("docs/old", "", api.Redirect{ReplaceKeyWith: p("never")}),
		rule("one.html", "", api.Redirect{ReplaceKeyWith: p("two.html"), HttpRedirectCode: p("302")}),
		rule("images/", "404", api.Redirect{HostName: p("resize.test"), Protocol: p("https"), ReplaceKeyPrefixWith: p("run?key="), HttpRedirectCode: p("307")}),
		rule("", "404", api.Redirect{ReplaceKeyPrefixWith: p("#!/")}),
		rule("", "403", api.Redirect{HostName: p("login.test")}),
	}}
	every := &api.WebsiteConfiguration{RoutingRules: []api.RoutingRule{rule("", "", api.Redirect{HostName: p("new.test")})}}
	for _, c := range []struct {
		config     *api.WebsiteConfiguration
		key, query string
		status     int // 0: before
		code       int // 0: nowhere
		location   string
	}{
		{all, "a b", "x=%201", 0, 301, "http://www.test/a%20b?x=%201"},
		{all, "", "", 0, 301, "http://www.test/"},
		{secure, "a", "", 0, 301, "https://www.test/a"},
		{rules, "docs/a?b", "q", 0, 301, "http://site.test:8080/documents/a%3Fb?q"},
		{rules, "docs/old/x", "", 0, 301, "http://site.test:8080/documents/old/x"},
		{rules, "one.html", "q", 0, 302, "http://site.test:8080/two.html"},
		{rules, "images/cat.jpg", "", 0, 0, ""},
		{rules, "images/cat.jpg", "", 404, 307, "https://resize.test/run?key=cat.jpg"},
		{rules, "images/cat.jpg", "", 403, 301, "http://login.test/images/cat.jpg"},
		{rules, "app/x", "", 404, 301, "http://site.test:8080/#!/app/x"},
		{rules, "docs/a", "", 500, 0, ""},
		{every, "a", "", 0, 301, "http://new.test/a"},
		{every, "a", "", 404, 0, ""},
	} {
		r := &Request{Scheme: "http", Host: "site.test:8080", Key: c.key, Query: c.query}
		got := Before(c.config, r)
		if c.status != 0 {
			got = After(c.config, r, c.status)
		}
		if got == nil {
			got = &Redirect{}
		}
		if *got != (Redirect{c.code, c.location}) {
			t.Errorf("%+v: got %+v", c, got)
		}
	}
	if got := ToLocation("/a b\r\nX: y"); got.Location != "/a%20b%0D%0AX:%20y" || got.Status != 301 {
		t.Errorf("%+v", got)
	}
}

// FuzzRedirect: whatever the request and the rule, the target is one line of ASCII
// on the rule's host or the request's, with the rule's scheme or the request's.
func FuzzRedirect(f *testing.F) {
	f.Add("a/b", "q=1", "docs/", "", "")
	f.Add("//evil.test", "\r\nX: y", "", "evil\r\nLocation: x", "new key")
	f.Add(`\evil.test`, "@evil.test", "", "@evil", "")
	f.Add("@evil.test/", "#", "", "?", `\\`)
	f.Fuzz(func(t *testing.T, key, query, prefix, replacePrefix, replaceKey string) {
		r := &Request{Scheme: "http", Host: "site.test:8080", Key: key, Query: query}
		for _, to := range []*api.Redirect{
			{ReplaceKeyPrefixWith: &replacePrefix}, {ReplaceKeyWith: &replaceKey},
			{HostName: p("other.test")}, {Protocol: p("https"), HostName: p("other.test"), ReplaceKeyPrefixWith: &replacePrefix},
		} {
			got := redirect(to, r, prefix)
			oneLine(t, got.Location)
			scheme, host := "http", "site.test:8080"
			if to.Protocol != nil {
				scheme = "https"
			}
			if to.HostName != nil {
				host = "other.test"
			}
			if !strings.HasPrefix(got.Location, scheme+"://"+host+"/") || got.Status != http.StatusMovedPermanently {
				t.Errorf("%+v", got)
			}
		}
		dir := ToDirectory(key)
		oneLine(t, dir.Location)
		u, err := url.Parse("http://site.test/x")
		if err != nil {
			t.Fatal(err)
		}
		if u, err = u.Parse(dir.Location); err != nil || u.Host != "site.test" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q leads to %v, %v", dir.Location, u, err)
		}
		if strings.HasPrefix(dir.Location, "//") || strings.Contains(dir.Location, `\`) {
			t.Errorf("%q is taken for a host by some browsers", dir.Location)
		}
		oneLine(t, ToLocation(replaceKey).Location)
	})
}

func oneLine(t *testing.T, s string) {
	t.Helper()
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			t.Errorf("%q cannot be a header", s)
		}
	}
}
