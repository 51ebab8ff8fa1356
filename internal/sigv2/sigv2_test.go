package sigv2

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

const (
	docKey    = "AKIAIOSFODNN7EXAMPLE"
	docSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var docTime = time.Date(2007, 3, 27, 19, 36, 42, 0, time.UTC)

// request is a request as it came in, and its resource.
func request(t *testing.T, method, host, target, resource string, header ...string) (*http.Request, Rules) {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: method, URL: u, RequestURI: target, Host: host, Header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r, Rules{Resource: resource, Now: docTime, Selects: func(p string) bool { return p == "retention" }}
}

func verify(r *http.Request, rules Rules, secret string) error {
	if !Claims(r) {
		return errors.New("does not claim to be signed so")
	}
	req, err := Parse(r, rules)
	if err != nil {
		return err
	}
	return req.Verify(secret)
}

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
func TestExamples(t *testing.T) {
	host := "awsexamplebucket1.us-west-1.s3.amazonaws.com"
	for name, tt := range map[string]struct {
		method, target, resource, signature string
		header                              []string
	}{
		"get": {"GET", "/photos/puppy.jpg", "/awsexamplebucket1/photos/puppy.jpg", "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
			[]string{"Date", "Tue, 27 Mar 2007 19:36:42 +0000"}},
		"put": {"PUT", "/photos/puppy.jpg", "/awsexamplebucket1/photos/puppy.jpg", "iqRzw+ileNPu1fhspnRs8nOjjIA=",
			[]string{"Content-Type", "image/jpeg", "Content-Length", "94328", "Date", "Tue, 27 Mar 2007 21:15:45 +0000"}},
		"list": {"GET", "/?prefix=photos&max-keys=50&marker=puppy", "/awsexamplebucket1/", "m0WP8eCtspQl5Ahe6L1SozdX9YA=",
			[]string{"User-Agent", "Mozilla/5.0", "Date", "Tue, 27 Mar 2007 19:42:41 +0000"}},
		"fetch": {"GET", "/?acl", "/awsexamplebucket1/", "82ZHiFIjc+WbcwFKGUVEQspPn+0=",
			[]string{"Date", "Tue, 27 Mar 2007 19:44:46 +0000"}},
		"upload": {"PUT", "/db-backup.dat.gz", "/static.example.com/db-backup.dat.gz", "jtBQa0Aq+DkULFI8qrpwIjGEx0E=",
			[]string{"User-Agent", "curl/7.15.5", "Date", "Tue, 27 Mar 2007 21:06:08 +0000", "x-amz-acl", "public-read",
				"content-type", "application/x-download", "Content-MD5", "4gJE4saaMU4BqNR0kLY+lw==", "X-Amz-Meta-ReviewedBy", "joe@example.com",
				"X-Amz-Meta-ReviewedBy", "jane@example.com", "X-Amz-Meta-FileChecksum", "0x02661779", "X-Amz-Meta-ChecksumAlgorithm", "crc32",
				"Content-Disposition", "attachment; filename=database.dat", "Content-Encoding", "gzip", "Content-Length", "5913339"}},
		"unicode": {"GET", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
			[]string{"Date", "Wed, 28 Mar 2007 01:49:49 +0000"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, rules := request(t, tt.method, host, tt.target, tt.resource, append(tt.header, "Authorization", "AWS "+docKey+":"+tt.signature)...)
			date, _ := sigv4.ParseDate(r.Header.Get("Date"))
			rules.Now = date
			if err := verify(r, rules, docSecret); err != nil {
				req, _ := Parse(r, rules)
				t.Errorf("%v\n%q\n%s", err, req.StringToSign(true), Sign(docSecret, req.StringToSign(true)))
			}
		})
	}
}

// signedURL presigns target, whose resource is the path, until a while after now.
func signedURL(method, target string, expires int64, lines ...string) string {
	path, _, _ := strings.Cut(target, "?")
	e := strconv.FormatInt(expires, 10)
	text := method + "\n\n\n" + e + "\n" + strings.Join(append(lines, path), "\n")
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + url.Values{"AWSAccessKeyId": {docKey}, "Expires": {e}, "Signature": {Sign(docSecret, text)}}.Encode()
}

func wantError(t *testing.T, name string, err error, status int, code, message string) *sigv4.Error {
	t.Helper()
	var e *sigv4.Error
	if !errors.As(err, &e) || e.Status != status || e.Code != code || message != "" && e.Message != message {
		t.Errorf("%s: %v, want %d %s %s", name, err, status, code, message)
		return &sigv4.Error{}
	}
	return e
}

// hidden is a URL signed with one more parameter, which stands in the value of the
// one before it.
func hidden(method, target, parameter string, expires int64) string {
	e := strconv.FormatInt(expires, 10)
	signature := Sign(docSecret, method+"\n\n\n"+e+"\n"+target+parameter)
	return target + url.QueryEscape(parameter) + "&" + url.Values{"AWSAccessKeyId": {docKey}, "Expires": {e}, "Signature": {signature}}.Encode()
}

// TestPresigned: what the signature covers cannot be changed, and what chooses
// an operation is covered.
func TestPresigned(t *testing.T) {
	later := docTime.Unix() + 60
	good := signedURL("GET", "/b/k", later)
	check := func(method, target string, header ...string) error {
		r, rules := request(t, method, "localhost", target, "/b/k", header...)
		rules.Resource, _, _ = strings.Cut(target, "?")
		return verify(r, rules, docSecret)
	}
	for name, err := range map[string]error{
		"good":                  check("GET", good),
		"unsigned parameter":    check("GET", good+"&prefix=x&x-id=GetObject&list-type=2"),
		"parameter in a header": check("GET", signedURL("GET", "/b/k?x-amz-security-token=a", later, "x-amz-security-token:a")),
		"in both":               check("GET", signedURL("GET", "/b/k?x-amz-security-token=a", later, "x-amz-security-token:a"), "X-Amz-Security-Token", "a"),
		"at the very end":       check("GET", signedURL("GET", "/b/k", docTime.Unix())),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	const wrong = "SignatureDoesNotMatch"
	for name, err := range map[string]error{
		"method":                  check("DELETE", good),
		"key":                     check("GET", strings.Replace(good, "/b/k", "/b/l", 1)),
		"escaped key":             check("GET", strings.Replace(good, "/b/k", "/b/%6b", 1)),
		"sub-resource":            check("GET", good+"&acl"),
		"sub-resource of ours":    check("GET", good+"&retention"),
		"escaped sub-resource":    check("GET", good+"&%61cl="),
		"version":                 check("GET", good+"&versionId=x"),
		"part":                    check("PUT", signedURL("PUT", "/b/k", later)+"&partNumber=1&uploadId=x"),
		"answer's type":           check("GET", good+"&response-content-type=text/html"),
		"header":                  check("GET", good, "X-Amz-Acl", "public-read"),
		"empty header":            check("GET", good, "X-Amz-Acl", ""),
		"header as a parameter":   check("GET", good+"&x-amz-acl=public-read"),
		"header, other spelling":  check("GET", good+"&X-AMZ-Copy-Source=/a/b"),
		"parameter over a header": check("GET", signedURL("GET", "/b/k?x-amz-acl=private", later, "x-amz-acl:private"), "X-Amz-Acl", "public-read"),
		"parameter twice":         check("GET", signedURL("GET", "/b/k?x-amz-acl=private", later, "x-amz-acl:private")+"&X-Amz-Acl=public-read"),
		"type":                    check("GET", good, "Content-Type", "text/html"),
		"digest":                  check("GET", good, "Content-Md5", "x"),
		"life":                    check("GET", strings.Replace(good, strconv.FormatInt(later, 10), strconv.FormatInt(later+1, 10), 1)),
		"signature":               check("GET", strings.Replace(good, "Signature=", "Signature=A", 1)),
		"hidden version":          check("GET", hidden("GET", "/b/k?response-content-type=a", "&versionId=v", later)),
		"hidden part":             check("PUT", hidden("PUT", "/b/k?partNumber=1", "&uploadId=u", later)),
		"hidden headers":          check("PUT", signedURL("PUT", "/b/k?x-amz-acl%3Aprivate%0Ax-amz-tagging=a%3Db", later, "x-amz-acl:private", "x-amz-tagging:a=b")),
		"hidden header":           check("PUT", signedURL("PUT", "/b/k?x-amz-meta-a=b%0Ax-amz-tagging%3Aa%3Db", later, "x-amz-meta-a:b", "x-amz-tagging:a=b")),
		"no signature":            check("GET", good[:strings.Index(good, "Signature=")+len("Signature=")]),
	} {
		e := wantError(t, name, err, 403, wrong, "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
		if e.Field("AWSAccessKeyId") != docKey || !strings.Contains(e.Field("StringToSign"), "\n/b/") || e.Field("StringToSignBytes") == "" {
			t.Errorf("%s: %v", name, e.Fields)
		}
	}
	e := wantError(t, "expired", check("GET", signedURL("GET", "/b/k", docTime.Unix()-1)), 403, "AccessDenied", "Request has expired")
	if e.Field("Expires") != "2007-03-27T19:36:41Z" || e.Field("ServerTime") != "2007-03-27T19:36:42Z" {
		t.Error(e.Fields)
	}
	const missing = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
	wantError(t, "no key", check("GET", "/b/k?Signature=x&Expires=1"), 403, "AccessDenied", missing)
	wantError(t, "no expiry", check("GET", "/b/k?Signature=x&AWSAccessKeyId=x"), 403, "AccessDenied", missing)
	wantError(t, "no signature at all", check("GET", "/b/k?Expires=1&AWSAccessKeyId=x"), 403, "AccessDenied", missing)
	for _, e := range []string{"", "soon", "-1", "1e9", "99999999999999999999"} {
		wantError(t, e, check("GET", "/b/k?Signature=x&AWSAccessKeyId=x&Expires="+e), 403, "AccessDenied", "Invalid date (should be seconds since epoch): "+e)
	}
}

func TestHeader(t *testing.T) {
	check := func(header ...string) error {
		r, rules := request(t, "GET", "localhost", "/b/k", "/b/k", header...)
		return verify(r, rules, docSecret)
	}
	sign := func(text string) string { return "AWS " + docKey + ":" + Sign(docSecret, text) }
	const date, amz = "Tue, 27 Mar 2007 19:36:42 GMT", "Tue, 27 Mar 2007 19:30:00 +0000"
	for name, err := range map[string]error{
		"date":        check("Date", date, "Authorization", sign("GET\n\n\n"+date+"\n/b/k")),
		"x-amz-date":  check("Date", "x", "X-Amz-Date", amz, "Authorization", sign("GET\n\n\n\nx-amz-date:"+amz+"\n/b/k")),
		"ISO":         check("X-Amz-Date", "20070327T193000Z", "Authorization", sign("GET\n\n\n\nx-amz-date:20070327T193000Z\n/b/k")),
		"lower case":  check("Date", date, "Authorization", strings.Replace(sign("GET\n\n\n"+date+"\n/b/k"), "AWS", "aws", 1)),
		"many values": check("Date", date, "X-Amz-B", "2 ", "X-Amz-A", " 1", "X-Amz-A", "3", "Authorization", sign("GET\n\n\n"+date+"\nx-amz-a:1,3\nx-amz-b:2\n/b/k")),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantError(t, "no date", check("Authorization", "AWS a:b"), 403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
	wantError(t, "bad date", check("Date", "yesterday", "Authorization", "AWS a:b"), 403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
	for _, d := range []string{"Tue, 27 Mar 2007 19:21:41 GMT", "Tue, 27 Mar 2007 19:51:43 GMT"} {
		e := wantError(t, d, check("Date", d, "Authorization", "AWS a:b"), 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
		if e.Field("RequestTime") != d || e.Field("MaxAllowedSkewMilliseconds") != "900000" {
			t.Error(e.Fields)
		}
	}
	for _, a := range []string{"AWS x", "AWS :x", "AWS x:", "AWS x:y:z", "AWS "} {
		wantError(t, a, check("Date", date, "Authorization", a), 400, "InvalidArgument", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
	}
}

// TestClaims: what is signed in another way too, or otherwise, is not ours.
func TestClaims(t *testing.T) {
	for target, header := range map[string]string{
		"/b/k":                              "AWS4-HMAC-SHA256 Credential=x",
		"/b/k?":                             "",
		"/b/k?Expires=1&prefix=x":           "",
		"/b/k?Signature=x&list":             "AWS a:b",
		"/b/k?X-Amz-Algorithm=x":            "AWS a:b",
		"/b/k?X-Amz-Algorithm=x&Signature=": "",
		"/b/k?AWSAccessKeyId=x&a=b":         "Bearer x",
		"/b/k?x":                            "AWS",
	} {
		r, _ := request(t, "GET", "localhost", target, "/b/k")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if Claims(r) {
			t.Errorf("%s %q", target, header)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("GET", signedURL("GET", "/b/k?acl", docTime.Unix()), "", "")
	f.Add("PUT", "/b/k?versionId=a%20b", "AWS x:y", "Tue, 27 Mar 2007 19:36:42 GMT")
	f.Fuzz(func(t *testing.T, method, target, auth, date string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, RequestURI: target, Header: http.Header{}}
		if auth != "" {
			r.Header["Authorization"], r.Header["Date"] = []string{auth}, []string{date}
		}
		if !Claims(r) {
			return
		}
		req, err := Parse(r, Rules{Resource: "/b/k", Now: docTime})
		if err != nil {
			return
		}
		text := req.StringToSign(true)
		if err := req.Verify(docSecret); (err == nil) != (Sign(docSecret, text) == req.Signature || Sign(docSecret, req.StringToSign(false)) == req.Signature) {
			t.Fatal(err)
		}
		if q, err := url.ParseQuery(u.RawQuery); err == nil && q.Has("acl") && !strings.Contains(text, "acl") {
			t.Fatalf("acl is not signed: %q", text)
		}
	})
}
