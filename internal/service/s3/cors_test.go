package s3

import (
	"errors"
	"slices"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func corsRule(origins, methods, headers string) api.CORSRule {
	return api.CORSRule{AllowedOrigins: strings.Fields(origins), AllowedMethods: strings.Fields(methods), AllowedHeaders: strings.Fields(headers)}
}

func (f *fixture) putCORS(rules ...api.CORSRule) error {
	_, err := f.PutBucketCors(f.ctx, &api.PutBucketCorsInput{Bucket: p("bucket"), CORSConfiguration: &api.CORSConfiguration{CORSRules: rules}})
	return err
}

func TestPutBucketCorsChecks(t *testing.T) {
	f := newFixture(t)
	good := corsRule("*", "GET", "*")
	with := func(change func(*api.CORSRule)) api.CORSRule {
		r := good
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		rules      []api.CORSRule
		code, text string
	}{
		"no rules":            {nil, "MalformedXML", ""},
		"no methods":          {[]api.CORSRule{corsRule("*", "", "")}, "MalformedXML", ""},
		"no origins":          {[]api.CORSRule{corsRule("", "GET", "")}, "MalformedXML", ""},
		"unknown method":      {[]api.CORSRule{good, corsRule("*", "GET PATCH", "")}, "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method is PATCH"},
		"method in lower":     {[]api.CORSRule{corsRule("*", "get", "")}, "InvalidRequest", "Unsupported method is get"},
		"all methods":         {[]api.CORSRule{corsRule("*", "*", "")}, "InvalidRequest", "Unsupported method is *"},
		"two wildcards":       {[]api.CORSRule{corsRule("http://*.x.*", "GET", "")}, "InvalidRequest", `AllowedOrigin "http://*.x.*" can not have more than one wildcard.`},
		"two header wildcard": {[]api.CORSRule{corsRule("*", "GET", "x-*-*")}, "InvalidRequest", `AllowedHeader "x-*-*" can not have more than one wildcard.`},
		"exposed wildcard":    {[]api.CORSRule{with(func(r *api.CORSRule) { r.ExposeHeaders = []string{"*"} })}, "InvalidRequest", `ExposeHeader "*" contains wildcard.`},
		"exposed line break":  {[]api.CORSRule{with(func(r *api.CORSRule) { r.ExposeHeaders = []string{"a\r\nSet-Cookie: b"} })}, "InvalidRequest", "contains invalid character"},
		"long id":             {[]api.CORSRule{with(func(r *api.CORSRule) { r.ID = p(strings.Repeat("i", 256)) })}, "InvalidArgument", ""},
		"101 rules":           {slices.Repeat([]api.CORSRule{good}, 101), "InvalidRequest", "The number of CORS rules should not exceed allowed limit of 100 rules."},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, f.putCORS(c.rules...), c.code, c.text) })
	}
	_, err := f.GetBucketCors(f.ctx, &api.GetBucketCorsInput{Bucket: p("bucket")})
	wantError(t, err, "NoSuchCORSConfiguration", "The CORS configuration does not exist")
	if err := f.putCORS(slices.Repeat([]api.CORSRule{good}, 100)...); err != nil {
		t.Error(err)
	}
}

func TestBucketCors(t *testing.T) {
	f := newFixture(t)
	want := corsRule("http://*.example.com", "GET PUT", "x-amz-*")
	want.ID, want.MaxAgeSeconds, want.ExposeHeaders = p(strings.Repeat("i", 255)), p(int32(3000)), []string{"ETag"}
	if err := f.putCORS(want); err != nil {
		t.Fatal(err)
	}
	out, err := f.GetBucketCors(f.ctx, &api.GetBucketCorsInput{Bucket: p("bucket")})
	if err != nil || len(out.CORSRules) != 1 || *out.CORSRules[0].MaxAgeSeconds != 3000 || *out.CORSRules[0].ID != *want.ID ||
		!slices.Equal(out.CORSRules[0].AllowedHeaders, want.AllowedHeaders) || !slices.Equal(out.CORSRules[0].ExposeHeaders, want.ExposeHeaders) {
		t.Errorf("%+v, %v", out, err)
	}
	for range 2 { // there need not be any
		if _, err := f.DeleteBucketCors(f.ctx, &api.DeleteBucketCorsInput{Bucket: p("bucket")}); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.CORS(f.ctx, "bucket", &CORSRequest{Origin: "http://a.example.com", Method: "GET"}); !errors.Is(err, ErrNoCORS) {
		t.Errorf("%v", err)
	}
	_, err = f.CORS(f.ctx, "missing", &CORSRequest{Origin: "http://a.example.com", Method: "GET"})
	wantError(t, err, "NoSuchBucket", "")
	for _, err := range []error{
		func() error {
			_, err := f.GetBucketCors(f.ctx, &api.GetBucketCorsInput{Bucket: p("bucket"), ExpectedBucketOwner: p(stranger)})
			return err
		}(),
		func() error {
			_, err := f.DeleteBucketCors(f.ctx, &api.DeleteBucketCorsInput{Bucket: p("bucket"), ExpectedBucketOwner: p(stranger)})
			return err
		}(),
	} {
		wantError(t, err, "AccessDenied", "")
	}
}

// TestGrantCORS: the first rule that matches wins.
func TestGrantCORS(t *testing.T) {
	rules := []api.CORSRule{
		corsRule("http://one.test https://*.two.test", "GET PUT", "Content-Type x-amz-*"),
		corsRule("http://one.test *", "HEAD", ""),
		corsRule("*", "GET", "*"),
	}
	for _, c := range []struct {
		origin, method, headers string
		rule                    int // -1: none
		allowed                 string
	}{
		{"http://one.test", "GET", "", 0, "http://one.test"},
		{"http://one.test", "PUT", "content-TYPE X-Amz-Date", 0, "http://one.test"},
		{"http://one.test", "PUT", "authorization", -1, ""},
		{"http://one.test", "GET", "authorization", 2, "*"},
		{"http://one.test:80", "GET", "", 2, "*"},
		{"HTTP://one.test", "PUT", "", -1, ""},
		{"https://a.b.two.test", "PUT", "", 0, "https://a.b.two.test"},
		{"https://.two.test", "PUT", "", 0, "https://.two.test"},
		{"https://two.test", "PUT", "", -1, ""},
		{"https://a.two.test.evil", "PUT", "", -1, ""},
		{"http://one.test", "HEAD", "", 1, "http://one.test"},
		{"null", "HEAD", "", 1, "*"},
		{"http://other.test", "HEAD", "range", -1, ""},
		{"http://other.test", "DELETE", "", -1, ""},
		{"http://other.test", "GET", strings.Repeat("a ", 100), 2, "*"},
		{"http://other.test", "GET", strings.Repeat("a ", 101), -1, ""},
	} {
		g := grantCORS(rules, &CORSRequest{Origin: c.origin, Method: c.method, Headers: strings.Fields(c.headers)})
		if g == nil {
			if c.rule >= 0 {
				t.Errorf("%+v is refused", c)
			}
			continue
		}
		if c.rule < 0 || g.Rule != &rules[c.rule] || g.Origin != c.allowed || g.Credentials != (c.allowed != "*") ||
			strings.Join(g.Headers, " ") != strings.ToLower(strings.TrimSpace(c.headers)) {
			t.Errorf("%+v: got %+v", c, g)
		}
	}
}
