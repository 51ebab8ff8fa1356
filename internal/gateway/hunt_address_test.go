package gateway

import (
	"strings"
	"testing"
)

// TestAddressesAreReadOnce: however a path or host is written, what is asked on
// is what is used. Blue signs all of these correctly.
func TestAddressesAreReadOnce(t *testing.T) {
	w := hunted(t)
	for name, r := range map[string]wireRequest{
		"plain":                      {method: "GET", target: "/green-bucket/dir/k"},
		"escaped slash in the key":   {method: "GET", target: "/green-bucket/dir%2Fk"},
		"escaped slash, lower case":  {method: "GET", target: "/green-bucket/dir%2fk"},
		"escaped slash after bucket": {method: "GET", target: "/green-bucket%2Fdir%2Fk"},
		"escaped bucket":             {method: "GET", target: "/%67reen-bucket/dir/k"},
		"escaped twice":              {method: "GET", target: "/green-bucket/dir%252Fk"},
		"bucket escaped twice":       {method: "GET", target: "/%2567reen-bucket/dir/k"},
		"dot-dot from own bucket":    {method: "GET", target: "/blue-bucket/../green-bucket/dir/k"},
		"escaped dot-dot":            {method: "GET", target: "/blue-bucket/%2E%2E/green-bucket/dir/k"},
		"dot-dot, escaped slashes":   {method: "GET", target: "/blue-bucket/..%2Fgreen-bucket%2Fdir%2Fk"},
		"dot segment":                {method: "GET", target: "/./green-bucket/dir/k"},
		"backslash":                  {method: "GET", target: `/blue-bucket\..\green-bucket/dir/k`},
		"escaped backslash":          {method: "GET", target: "/blue-bucket%5C..%5Cgreen-bucket/dir/k"},
		"two slashes first":          {method: "GET", target: "//green-bucket/dir/k"},
		"two slashes within":         {method: "GET", target: "/green-bucket//dir/k"},
		"NUL in the bucket":          {method: "GET", target: "/green-bucket%00/dir/k"},
		"NUL after own bucket":       {method: "GET", target: "/blue-bucket%00green-bucket/dir/k"},
		"NUL in the key":             {method: "GET", target: "/green-bucket/dir/k%00"},
		"line end in the bucket":     {method: "GET", target: "/green-bucket%0D%0A/dir/k"},
		"invalid UTF-8":              {method: "GET", target: "/green-bucket/dir/k%FF"},
		"overlong slash":             {method: "GET", target: "/green-bucket%C0%AFdir/k"},
		"broken escape":              {method: "GET", target: "/green-bucket/dir/k%zz"},
		"plus":                       {method: "GET", target: "/green-bucket/dir+/k"},
		"upper case bucket":          {method: "GET", target: "/Green-Bucket/dir/k"},
		"trailing dot of the bucket": {method: "GET", target: "/green-bucket./dir/k"},
		"question mark in the key":   {method: "GET", target: "/green-bucket/dir/k%3Facl"},
		"semicolon parameters":       {method: "GET", target: "/green-bucket;blue-bucket/dir/k"},
		"fragment":                   {method: "GET", target: "/blue-bucket/mine#/../../green-bucket/dir/k"},
		"absolute form":              {method: "GET", target: "http://localhost/green-bucket/dir/k", host: "localhost"},
		"absolute form, own host":    {method: "GET", target: "http://green-bucket.s3.test/dir/k", host: "green-bucket.s3.test"},
		"admin path":                 {method: "GET", target: "/-/../green-bucket/dir/k"},
		"virtual host":               {method: "GET", target: "/dir/k", host: "green-bucket.s3.test"},
		"virtual host, port":         {method: "GET", target: "/dir/k", host: "green-bucket.s3.test:80"},
		"virtual host, dot":          {method: "GET", target: "/dir/k", host: "green-bucket.s3.test."},
		"virtual host, upper case":   {method: "GET", target: "/dir/k", host: "GREEN-BUCKET.S3.TEST"},
		"virtual host in path":       {method: "GET", target: "/green-bucket/dir/k", host: "blue-bucket.s3.test"},
		"virtual host, empty label":  {method: "GET", target: "/green-bucket/dir/k", host: ".s3.test"},
		"virtual host, two buckets":  {method: "GET", target: "/dir/k", host: "blue-bucket.green-bucket.s3.test"},
		"virtual host, escaped":      {method: "GET", target: "/dir/k", host: "green%2Dbucket.s3.test"},
		"forwarded host":             {method: "GET", target: "/blue-bucket/../dir/k", header: []string{"X-Forwarded-Host", "green-bucket.s3.test"}},
		"rewritten path":             {method: "GET", target: "/blue-bucket/none", header: []string{"X-Original-URL", "/green-bucket/dir/k", "X-Rewrite-URL", "/green-bucket/dir/k"}},
		"method override":            {method: "POST", target: "/green-bucket/dir/k", header: []string{"X-HTTP-Method-Override", "GET"}},
		"lower case method":          {method: "get", target: "/green-bucket/dir/k"},
	} {
		for who, account := range map[string]*RootAccount{"blue": w.blue, "nobody": nil} {
			t.Run(name+"/"+who, func(t *testing.T) {
				status, body := w.raw(account, r)
				if strings.Contains(body, secret) || status >= 200 && status < 300 || status >= 500 && status != 501 {
					t.Errorf("%s %s at %s: %d %s", r.method, r.target, r.host, status, body)
				}
				if strings.Contains(body, "SignatureDoesNotMatch") && account != nil && !strings.Contains(r.target, "%zz") {
					t.Errorf("was not signed as it was sent: %s", body)
				}
			})
		}
	}
	w.intact()
}

// TestWritesStayWhereTheyAreAddressed: what blue writes with an odd address must
// not land in green's bucket, and keys come back as they were sent.
func TestWritesStayWhereTheyAreAddressed(t *testing.T) {
	w := hunted(t)
	for target, listed := range map[string]string{
		"/blue-bucket/../green-bucket/x":       "../green-bucket/x",
		"/blue-bucket/..%2F..%2Fgreen-bucket":  "../../green-bucket",
		"/blue-bucket/%2Fgreen-bucket%2Fdir":   "/green-bucket/dir",
		"/blue-bucket//green-bucket/dir/k":     "/green-bucket/dir/k",
		"/blue-bucket/a%00b":                   "a%00b",
		"/blue-bucket/a%2500b":                 "a%2500b",
		"/blue-bucket/a+b":                     "a%2Bb",
		"/blue-bucket/%5C..%5Cgreen-bucket%5C": "%5C..%5Cgreen-bucket%5C",
	} {
		status, body := w.raw(w.blue, wireRequest{method: "PUT", target: target, body: "x"})
		if status != 200 {
			t.Errorf("PUT %s: %d %s", target, status, body)
		}
		if _, list := w.s3(w.blue, "GET", "/blue-bucket?list-type=2&encoding-type=url", ""); !strings.Contains(list, "<Key>"+listed+"</Key>") {
			t.Errorf("%s is not %s in %s", target, listed, list)
		}
	}
	w.intact()
}

// TestNoBucketCollides: names that would collide with what is not a bucket, or
// would read as two, cannot be made.
func TestNoBucketCollides(t *testing.T) {
	w := hunted(t)
	for _, name := range []string{"-", "-bucket", ".", "..", "%2F", "a%2Fb", "green-bucket%2F", "green-bucket%00", "Green-bucket",
		"green-bucket.", "%C3%BCber", "green_bucket", "127.0.0.1", "x", "green-bucket%20"} {
		if status, body := w.raw(w.blue, wireRequest{method: "PUT", target: "/" + name}); status != 400 {
			t.Errorf("PUT /%s: %d %s", name, status, body)
		}
	}
	w.want(409, "<Code>BucketAlreadyExists</Code>")(w.s3(w.blue, "PUT", "/green-bucket", ""))
	w.want(403, "<Code>AccessDenied</Code>")(w.raw(nil, wireRequest{method: "PUT", target: "/nobodys-bucket"}))
	w.want(403, "<Code>AccessDenied</Code>")(w.raw(nil, wireRequest{method: "GET", target: "/"}))
	w.intact()
}
