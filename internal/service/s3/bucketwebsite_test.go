package s3

import (
	"reflect"
	"slices"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

func (f *fixture) putWebsite(c *api.WebsiteConfiguration) error {
	_, err := f.PutBucketWebsite(f.ctx, &api.PutBucketWebsiteInput{Bucket: p("bucket"), WebsiteConfiguration: c})
	return err
}

func TestPutBucketWebsiteChecks(t *testing.T) {
	f := newFixture(t)
	index := &api.IndexDocument{Suffix: p("index.html")}
	ruled := func(rules ...api.RoutingRule) *api.WebsiteConfiguration {
		return &api.WebsiteConfiguration{IndexDocument: index, RoutingRules: rules}
	}
	to := &api.Redirect{HostName: p("example.com")}
	code := func(code string) *api.WebsiteConfiguration {
		return ruled(api.RoutingRule{Condition: &api.Condition{HttpErrorCodeReturnedEquals: &code}, Redirect: to})
	}
	redirects := func(code string) *api.WebsiteConfiguration {
		return ruled(api.RoutingRule{Redirect: &api.Redirect{HttpRedirectCode: &code}})
	}
	for name, c := range map[string]struct {
		config     *api.WebsiteConfiguration
		code, text string // empty: it is good
	}{
		"nothing":               {nil, "MalformedXML", ""},
		"empty":                 {&api.WebsiteConfiguration{}, "InvalidArgument", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"},
		"no index":              {&api.WebsiteConfiguration{ErrorDocument: &api.ErrorDocument{Key: p("e")}}, "InvalidArgument", "ArgumentName=IndexDocument"},
		"empty suffix":          {&api.WebsiteConfiguration{IndexDocument: &api.IndexDocument{Suffix: p("")}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"},
		"suffix with a slash":   {&api.WebsiteConfiguration{IndexDocument: &api.IndexDocument{Suffix: p("a/b")}}, "InvalidArgument", "ArgumentValue=a/b"},
		"empty error document":  {&api.WebsiteConfiguration{IndexDocument: index, ErrorDocument: &api.ErrorDocument{Key: p("")}}, "MalformedXML", ""},
		"both":                  {&api.WebsiteConfiguration{IndexDocument: index, RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("h")}}, "InvalidArgument", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."},
		"redirect to nowhere":   {&api.WebsiteConfiguration{RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("")}}, "MalformedXML", ""},
		"redirect by ftp":       {&api.WebsiteConfiguration{RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("h"), Protocol: p("ftp")}}, "InvalidRequest", "Invalid protocol, protocol can be http or https."},
		"redirect all":          {&api.WebsiteConfiguration{RedirectAllRequestsTo: &api.RedirectAllRequestsTo{HostName: p("h"), Protocol: p("https")}}, "", ""},
		"51 rules":              {ruled(slices.Repeat([]api.RoutingRule{{Redirect: to}}, 51)...), "InvalidRequest", "51 routing rules provided, the number of routing rules in a website configuration is limited to 50."},
		"50 rules":              {ruled(slices.Repeat([]api.RoutingRule{{Redirect: to}}, 50)...), "", ""},
		"empty condition":       {ruled(api.RoutingRule{Condition: &api.Condition{}, Redirect: to}), "InvalidRequest", "Condition cannot be empty."},
		"condition 200":         {code("200"), "InvalidRequest", "The provided HTTP error code (200) is not valid. Valid codes are 4XX or 5XX."},
		"condition 0404":        {code("0404"), "InvalidRequest", ""},
		"condition 404":         {code("404"), "", ""},
		"condition 599":         {code("599"), "", ""},
		"no redirect":           {ruled(api.RoutingRule{}), "MalformedXML", ""},
		"empty redirect":        {ruled(api.RoutingRule{Redirect: &api.Redirect{}}), "MalformedXML", ""},
		"code 300":              {redirects("300"), "InvalidRequest", "The provided HTTP redirect code (300) is not valid. Valid codes are 3XX except 300."},
		"code 404":              {redirects("404"), "InvalidRequest", "(404)"},
		"code 302":              {redirects("302"), "", ""},
		"two replacements":      {ruled(api.RoutingRule{Redirect: &api.Redirect{ReplaceKeyWith: p("a"), ReplaceKeyPrefixWith: p("b")}}), "InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both."},
		"rule's other protocol": {ruled(api.RoutingRule{Redirect: &api.Redirect{Protocol: p("javascript")}}), "InvalidRequest", "Invalid protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			err := f.putWebsite(c.config)
			if c.code != "" {
				wantError(t, err, c.code, c.text)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBucketWebsite(t *testing.T) {
	f := newFixture(t)
	get := func() (*api.GetBucketWebsiteOutput, error) {
		return f.GetBucketWebsite(f.ctx, &api.GetBucketWebsiteInput{Bucket: p("bucket")})
	}
	_, err := get()
	wantError(t, err, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration\nBucketName=bucket")
	_, err = f.Website(f.ctx, "bucket")
	wantError(t, err, "NoSuchWebsiteConfiguration", "")
	want := &api.WebsiteConfiguration{
		IndexDocument: &api.IndexDocument{Suffix: p("index.html")}, ErrorDocument: &api.ErrorDocument{Key: p("e/error.html")},
		RoutingRules: []api.RoutingRule{{Condition: &api.Condition{KeyPrefixEquals: p("a")}, Redirect: &api.Redirect{ReplaceKeyWith: p("b")}}},
	}
	if err := f.putWebsite(want); err != nil {
		t.Fatal(err)
	}
	out, err := get()
	if err != nil || !reflect.DeepEqual(out, &api.GetBucketWebsiteOutput{
		IndexDocument: want.IndexDocument, ErrorDocument: want.ErrorDocument, RoutingRules: want.RoutingRules}) {
		t.Errorf("%+v, %v", out, err)
	}
	if c, err := f.Website(f.ctx, "bucket"); err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, %v", c, err)
	}
	if err := f.configure(f.ctx, p("bucket"), nil, func(b *store.Bucket) error { b.RequesterPays = true; return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = f.Website(f.ctx, "bucket")
	wantError(t, err, "AccessDenied", "")
	_, err = f.Website(f.ctx, "missing")
	wantError(t, err, "NoSuchBucket", "")
	for range 2 {
		if _, err := f.DeleteBucketWebsite(f.ctx, &api.DeleteBucketWebsiteInput{Bucket: p("bucket")}); err != nil {
			t.Error(err)
		}
	}
	_, err = get()
	wantError(t, err, "NoSuchWebsiteConfiguration", "")
}

func TestAccelerate(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("with.dots", store.BucketOwnerEnforced)
	put := func(bucket, status string) error {
		_, err := f.PutBucketAccelerateConfiguration(f.ctx, &api.PutBucketAccelerateConfigurationInput{
			Bucket: &bucket, AccelerateConfiguration: &api.AccelerateConfiguration{Status: &status}})
		return err
	}
	get := func() string {
		out, err := f.GetBucketAccelerateConfiguration(f.ctx, &api.GetBucketAccelerateConfigurationInput{Bucket: p("bucket")})
		if err != nil {
			t.Fatal(err)
		}
		return value(out.Status)
	}
	if s := get(); s != "" {
		t.Errorf("at first it is %q", s)
	}
	wantError(t, f.Accelerated(f.ctx, "bucket"), "InvalidRequest", "S3 Transfer Acceleration is not configured on this bucket")
	wantError(t, put("bucket", "On"), "MalformedXML", "")
	wantError(t, put("with.dots", "Enabled"), "InvalidRequest", "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
	wantError(t, put("missing", "Enabled"), "NoSuchBucket", "")
	if err := put("bucket", "Enabled"); err != nil {
		t.Fatal(err)
	}
	if err := f.Accelerated(f.ctx, "bucket"); err != nil || get() != "Enabled" {
		t.Errorf("%v, %s", err, get())
	}
	if err := put("bucket", "Suspended"); err != nil || get() != "Suspended" {
		t.Errorf("%v, %s", err, get())
	}
	wantError(t, f.Accelerated(f.ctx, "bucket"), "InvalidRequest", "S3 Transfer Acceleration is disabled on this bucket")
}
