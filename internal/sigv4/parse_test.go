package sigv4

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// edit changes a good request into a bad one.
type edit func(r *http.Request)

func set(name, value string) edit { return func(r *http.Request) { r.Header.Set(name, value) } }
func del(name string) edit        { return func(r *http.Request) { r.Header.Del(name) } }
func auth(from, to string) edit {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
	}
}
func target(from, to string) edit {
	return func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, from, to, 1) }
}

const (
	threeComponents = "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature."
	notSigned       = "There were headers present in the request which were not signed"
	oneMechanism    = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
	unsupportedText = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
	sixParameters   = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
	noDate          = "AWS authentication requires a valid Date or x-amz-date header"
)

func TestS3HeaderErrors(t *testing.T) {
	malformed := "The authorization header is malformed; "
	tests := []struct {
		name    string
		edit    edit
		kind    Kind
		status  int
		code    string
		message string
		fields  []Field
	}{
		{"both mechanisms", target("?", "?X-Amz-Algorithm=AWS4-HMAC-SHA256&"), KindMechanisms, 400, "InvalidArgument", oneMechanism, []Field{{"ArgumentName", "Authorization"}}},
		{"both mechanisms, escaped name", target("?", "?X%2DAmz-Algorithm=AWS4-HMAC-SHA256&"), KindMechanisms, 400, "InvalidArgument", oneMechanism, nil},
		{"version 2 in the query too", target("?", "?Signature=x&"), KindMechanisms, 400, "InvalidArgument", oneMechanism, nil},
		{"no space", set("Authorization", "AWS4-HMAC-SHA256"), KindMalformed, 400, "InvalidArgument", "Authorization header is invalid -- one and only one ' ' (space) required", []Field{{"ArgumentValue", "AWS4-HMAC-SHA256"}}},
		{"version 2", set("Authorization", "AWS AKIA:sig="), KindUnsupported, 400, "InvalidRequest", unsupportedText, nil},
		{"SigV4A", auth("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), KindUnsupported, 501, "NotImplemented", "", nil},
		{"bearer", set("Authorization", "Bearer x"), KindUnsupported, 400, "InvalidArgument", "Unsupported Authorization Type", []Field{{"ArgumentValue", "Bearer x"}}},
		{"no payload hash", del("X-Amz-Content-Sha256"), KindPayloadHash, 400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", nil},
		{"bad payload hash", set("X-Amz-Content-Sha256", "unsigned-payload"), KindPayloadHash, 400, "InvalidArgument", "", []Field{{"ArgumentName", "x-amz-content-sha256"}, {"ArgumentValue", "unsigned-payload"}}},
		{"SigV4A payload", set("X-Amz-Content-Sha256", stream4A), KindUnsupported, 501, "NotImplemented", "", nil},
		{"no date", del("X-Amz-Date"), KindMissingDate, 403, "AccessDenied", noDate, nil},
		{"unreadable date", set("X-Amz-Date", "20130532T000000Z"), KindMissingDate, 403, "AccessDenied", noDate, nil},
		{"x-amz-date counts, not Date", func(r *http.Request) {
			r.Header.Set("Date", docTime.Format(http.TimeFormat))
			r.Header.Set("X-Amz-Date", "x")
		}, KindMissingDate, 403, "AccessDenied", noDate, nil},
		{"too old", set("X-Amz-Date", "20130523T234459Z"), KindSkew, 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
			[]Field{{"RequestTime", "20130523T234459Z"}, {"ServerTime", "2013-05-24T00:00:00Z"}, {"MaxAllowedSkewMilliseconds", "900000"}}},
		{"too new", set("X-Amz-Date", "20130524T001501Z"), KindSkew, 403, "RequestTimeTooSkewed", "", nil},
		{"no credential", auth("Credential=", "Credentia="), KindMalformed, 400, "AuthorizationHeaderMalformed", threeComponents, nil},
		{"no signed headers", auth("SignedHeaders=", "X="), KindMalformed, 400, "AuthorizationHeaderMalformed", threeComponents, nil},
		{"empty signature", auth(", Signature=", ", Signature=,"), KindMalformed, 400, "AuthorizationHeaderMalformed", threeComponents, nil},
		{"credential twice", auth(", Signed", ", Credential=a/b/c/d/e, Signed"), KindMalformed, 400, "AuthorizationHeaderMalformed", threeComponents, nil},
		{"four parts", auth("/us-east-1/", "/"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`, nil},
		{"date of seven digits", auth("/20130524/", "/2013052/"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + `incorrect date format "2013052". This date in the credential must be in the format "yyyyMMdd".`, nil},
		{"no region", auth("/us-east-1/", "//"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + "a non-empty region must be provided in the credential.", nil},
		{"other region", auth("/us-east-1/", "/aws-global/"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + "the region 'aws-global' is wrong; expecting 'us-east-1'", []Field{{"Region", "us-east-1"}}},
		{"other service", auth("/s3/", "/ec2/"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + `incorrect service "ec2". This endpoint belongs to "s3".`, nil},
		{"other terminator", auth("aws4_request", "aws4"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + `incorrect terminal "aws4". This endpoint uses "aws4_request".`, nil},
		{"other date", auth("/20130524/", "/20130523/"), KindScope, 400, "AuthorizationHeaderMalformed", malformed + "Invalid credential date. Date is not the same as X-Amz-Date.", nil},
		{"unsigned headers", func(r *http.Request) { r.Header.Set("X-Amz-Acl", "x"); r.Header.Set("Content-Md5", "x") }, KindUnsignedHeaders, 403, "AccessDenied", notSigned, []Field{{"HeadersNotSigned", "content-md5, x-amz-acl"}}},
		{"unsigned host", auth("SignedHeaders=host;", "SignedHeaders="), KindUnsignedHeaders, 403, "AccessDenied", notSigned, []Field{{"HeadersNotSigned", "host"}}},
		{"too many signed headers", auth("SignedHeaders=host;", "SignedHeaders=host;"+strings.Repeat("a;", maxHeaders)), KindTooLarge, 400, "RequestHeaderSectionTooLarge", "", nil},
		{"too many parameters", target("?", "?"+strings.Repeat("a&", maxParams)), KindTooLarge, 400, "RequestHeaderSectionTooLarge", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := signed("GET", "/key?x=1", "", emptyHash)
			tt.edit(r)
			req, err := Parse(r, s3Rules)
			wantFields(t, wantError(t, err, tt.kind, tt.status, tt.code, tt.message), tt.fields...)
			if req != nil {
				t.Error("a refused request was returned")
			}
		})
	}
}

func TestS3QueryErrors(t *testing.T) {
	cred := "Error parsing the X-Amz-Credential parameter; "
	const code = "AuthorizationQueryParametersError"
	tests := []struct {
		name    string
		edit    edit
		kind    Kind
		status  int
		code    string
		message string
		fields  []Field
	}{
		{"algorithm", target("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), KindUnsupported, 400, code, `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"`, nil},
		{"SigV4A", target("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), KindUnsupported, 501, "NotImplemented", "", nil},
		{"version 2", func(r *http.Request) { r.RequestURI = "/k?AWSAccessKeyId=A&Signature=s&Expires=1" }, KindUnsupported, 400, "InvalidRequest", unsupportedText, nil},
		{"version 2 beside", target("?", "?Signature=x&"), KindMechanisms, 400, "InvalidArgument", oneMechanism, nil},
		{"no credential", target("X-Amz-Credential", "X"), KindMalformed, 400, code, sixParameters, nil},
		{"no signature", target("X-Amz-Signature", "X"), KindMalformed, 400, code, sixParameters, nil},
		{"no date", target("X-Amz-Date", "X"), KindMalformed, 400, code, sixParameters, nil},
		{"no signed headers", target("X-Amz-SignedHeaders", "X"), KindMalformed, 400, code, sixParameters, nil},
		{"no expires", target("X-Amz-Expires", "X"), KindMalformed, 400, code, sixParameters, nil},
		{"date form", target("20130524T000000Z", "2013-05-24T00:00:00Z"), KindMalformed, 400, code, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`, nil},
		{"expires text", target("Expires=3600", "Expires=1h"), KindMalformed, 400, code, "X-Amz-Expires should be a number", nil},
		{"expires empty", target("Expires=3600", "Expires="), KindMalformed, 400, code, "X-Amz-Expires should be a number", nil},
		{"expires overflow", target("Expires=3600", "Expires=9223372036854775808"), KindMalformed, 400, code, "X-Amz-Expires should be a number", nil},
		{"expires negative", target("Expires=3600", "Expires=-1"), KindMalformed, 400, code, "X-Amz-Expires must be non-negative", nil},
		{"expires too far", target("Expires=3600", "Expires=604801"), KindMalformed, 400, code, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", nil},
		{"four parts", target("%2Fus-east-1", ""), KindScope, 400, code, cred + badCredential, nil},
		{"region", target("us-east-1", "eu-west-1"), KindScope, 400, code, cred + "the region 'eu-west-1' is wrong; expecting 'us-east-1'", []Field{{"Region", "us-east-1"}}},
		{"service", target("%2Fs3%2F", "%2Fec2%2F"), KindScope, 400, code, cred + `incorrect service "ec2". This endpoint belongs to "s3".`, nil},
		{"scope date", target("%2F20130524%2F", "%2F20130523%2F"), KindScope, 400, code, `Invalid credential date "20130523". This date is not the same as X-Amz-Date: "20130524".`, nil},
		{"unsigned header", set("X-Amz-Meta-A", "1"), KindUnsignedHeaders, 403, "AccessDenied", notSigned, []Field{{"HeadersNotSigned", "x-amz-meta-a"}}},
		{"unsigned date header", set("X-Amz-Date", "20130524T000000Z"), KindUnsignedHeaders, 403, "AccessDenied", notSigned, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := presigned("GET", "/key", "")
			tt.edit(r)
			_, err := Parse(r, s3Rules)
			wantFields(t, wantError(t, err, tt.kind, tt.status, tt.code, tt.message), tt.fields...)
		})
	}
}

func TestPresignedTimes(t *testing.T) {
	tests := []struct {
		now    time.Duration
		kind   Kind
		fields []Field
	}{
		{-15 * time.Minute, 0, nil},
		{-15*time.Minute - time.Second, KindSkew, []Field{{"X-Amz-Date", "1369353600000"}, {"Expires", "2013-05-24T01:00:00Z"}, {"ServerTime", "2013-05-23T23:44:59Z"}}},
		{time.Hour, 0, nil},
		{time.Hour + time.Second, KindExpired, []Field{{"X-Amz-Expires", "3600"}, {"Expires", "2013-05-24T01:00:00Z"}, {"ServerTime", "2013-05-24T01:00:01Z"}}},
	}
	for _, tt := range tests {
		rules := s3Rules
		rules.Now = docTime.Add(tt.now)
		_, err := check(presigned("GET", "/key", ""), rules, testSecret, nil)
		if tt.kind == 0 {
			if err != nil {
				t.Errorf("after %v: %v", tt.now, err)
			}
			continue
		}
		message := map[Kind]string{KindSkew: "Request is not yet valid", KindExpired: "Request has expired"}[tt.kind]
		wantFields(t, wantError(t, err, tt.kind, 403, "AccessDenied", message), tt.fields...)
	}
}

func TestServiceErrors(t *testing.T) {
	tests := []struct {
		name    string
		edit    edit
		kind    Kind
		code    string
		json    string
		message string // a part of it
	}{
		{"another scheme", set("Authorization", "Bearer secret"), KindMalformed, "IncompleteSignature", "IncompleteSignatureException", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed"},
		{"no date", del("X-Amz-Date"), KindMalformed, "IncompleteSignature", "IncompleteSignatureException", "requires existence of either a 'X-Amz-Date' or a 'Date' header"},
		{"bad date", set("X-Amz-Date", "now"), KindMalformed, "IncompleteSignature", "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got 'now'"},
		{"no equal sign", auth("Credential=", "Credential"), KindMalformed, "IncompleteSignature", "IncompleteSignatureException", "missing equal-sign"},
		{"SigV4A", auth("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), KindUnsupported, "IncompleteSignature", "IncompleteSignatureException", "Unsupported"},
		{"four parts", auth("/us-east-1/", "/"), KindMalformed, "IncompleteSignature", "IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements"},
		{"everything wrong", auth("/20130524/us-east-1/sts/aws4_request", "/20130523/eu/iam/x"), KindScope, "SignatureDoesNotMatch", "InvalidSignatureException",
			"Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20130523' != '20130524', from '20130524T000000Z'."},
		{"expired", set("X-Amz-Date", "20130523T234400Z"), KindSkew, "SignatureDoesNotMatch", "InvalidSignatureException", "Signature expired: 20130523T234400Z is now earlier than 20130523T234500Z (20130524T000000Z - 15 min.)"},
		{"early", set("X-Amz-Date", "20130524T001600Z"), KindSkew, "SignatureDoesNotMatch", "InvalidSignatureException", "Signature not yet current: 20130524T001600Z is still later than 20130524T001500Z (20130524T000000Z + 15 min.)"},
		{"host", auth("host;", ""), KindUnsignedHeaders, "SignatureDoesNotMatch", "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"target", set("X-Amz-Target", "T"), KindUnsignedHeaders, "SignatureDoesNotMatch", "InvalidSignatureException", "'x-amz-target' must be a 'SignedHeader'"},
		{"signature", auth("Signature=", "Signature=0"), KindSignature, "SignatureDoesNotMatch", "InvalidSignatureException", "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := incoming("POST", "/", "Action=X", "Content-Type: x")
			Sign(r, testCreds, "us-east-1", "sts", HashPayload([]byte("Action=X")), docTime)
			tt.edit(r)
			_, err := check(r, stsRules, testSecret, []byte("Action=X"))
			e := wantError(t, err, tt.kind, 403, tt.code, "")
			if !strings.Contains(e.Message, tt.message) {
				t.Errorf("message is %q", e.Message)
			}
			if code, status := e.JSON(); code != tt.json || status != 400 {
				t.Errorf("in JSON %d %s", status, code)
			}
			if strings.Contains(e.Message, "secret") {
				t.Errorf("the header's content is repeated: %q", e.Message)
			}
		})
	}
	r := incoming("GET", "/?Action=X", "")
	Presign(r, testCreds, "us-east-1", "sts", time.Minute, docTime)
	r.RequestURI = strings.Replace(r.URL.RequestURI(), "X-Amz-Date", "X", 1)
	_, err := Parse(r, stsRules)
	wantError(t, err, KindMalformed, 403, "IncompleteSignature", "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.")
	// A service takes a URL for 15 minutes, whatever the URL says.
	rules := stsRules
	rules.Now = docTime.Add(14 * time.Minute)
	r.RequestURI = r.URL.RequestURI()
	if _, err := check(r, rules, testSecret, nil); err != nil {
		t.Error(err)
	}
}

func TestSignatureMismatchTellsWhatWasSigned(t *testing.T) {
	r := signed("GET", "/a%20b?prefix=a+b&acl", "", emptyHash)
	req, err := check(r, s3Rules, "other", nil)
	e := wantError(t, err, KindSignature, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	canon := "GET\n/a%20b\nacl=&prefix=a%20b\nhost:examplebucket.s3.amazonaws.com\nx-amz-content-sha256:" + emptyHash +
		"\nx-amz-date:20130524T000000Z\n\nhost;x-amz-content-sha256;x-amz-date\n" + emptyHash
	sts := "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n" + HashPayload([]byte(canon))
	wantFields(t, e, Field{"AWSAccessKeyId", testKey}, Field{"StringToSign", sts}, Field{"SignatureProvided", req.Signature},
		Field{"CanonicalRequest", canon})
	for name, want := range map[string]string{"StringToSignBytes": "41 57 53 34 2d", "CanonicalRequestBytes": "47 45 54 0a 2f"} {
		if got := e.Field(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestAnonymousAndPeek(t *testing.T) {
	for _, target := range []string{"/k", "/k?X-Amz-Signature=x", "/k?AWSAccessKeyId=A&Expires=1"} {
		req, err := Parse(incoming("GET", target, ""), s3Rules)
		if err != nil || req.Auth != Anonymous {
			t.Fatalf("%s: %v, %v", target, req, err)
		}
		wantError(t, req.Verify(NewKey("", "", "", ""), nil), KindMissingToken, 403, "AccessDenied", "Access Denied")
		if c, ok := Peek(incoming("GET", target, "")); ok {
			t.Errorf("claims %+v", c)
		}
	}
	req, err := Parse(incoming("POST", "/", "x"), stsRules)
	if err != nil || req.Auth != Anonymous {
		t.Fatal(req, err)
	}
	wantError(t, req.Verify(nil, nil), KindMissingToken, 403, "MissingAuthenticationToken", "")
	_, err = Parse(incoming("PUT", "/k", "", "X-Amz-Content-Sha256: "+streamSigned), s3Rules)
	wantError(t, err, KindMissingToken, 403, "AccessDenied", "")

	want := Claim{testKey, "20130524", "us-east-1", "s3"}
	for _, r := range []*http.Request{signed("GET", "/k", "", emptyHash), presigned("GET", "/k", "")} {
		if got, ok := Peek(r); !ok || got != want {
			t.Errorf("claims %+v", got)
		}
	}
}

// A client that sends a Date header only may sign it as sent or in basic form.
func TestDateHeader(t *testing.T) {
	for _, line := range []string{"20130524T000000Z", docTime.Format(http.TimeFormat)} {
		r := incoming("GET", "/k", "", "Date: "+docTime.Format(http.TimeFormat), "X-Amz-Content-Sha256: "+emptyHash)
		names := "date;host;x-amz-content-sha256"
		c := canonical{method: "GET", path: "/k", host: r.Host, header: r.Header, length: -1, signedHeaders: names, payload: emptyHash}
		var s scratch
		c.build(&s)
		s.stringToSign(algorithm, line, "20130524/us-east-1/s3/aws4_request")
		key := NewKey(testSecret, "20130524", "us-east-1", "s3")
		r.Header.Set("Authorization", strings.TrimPrefix(authorization(names, string(key.sign(nil, s.sts))), "Authorization: "))
		if _, err := check(r, s3Rules, testSecret, nil); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestCleanPath(t *testing.T) {
	for in, want := range map[string]string{
		"": "/", "/": "/", "//": "/", "/a": "/a", "/a/": "/a/", "/a//b": "/a/b", "/./a": "/a", "/a/./": "/a/", "/a/../b": "/b",
		"/../..": "/", "/a/b/..": "/a/", "/a/.b": "/a/.b", "/..a/b": "/..a/b",
	} {
		if got := cleanPath(in); got != want {
			t.Errorf("cleanPath(%q) is %q, want %q", in, got, want)
		}
	}
}

// The forms of the path that were not signed are refused.
func TestPathVariants(t *testing.T) {
	for from, to := range map[string]string{"/b/a": "/b%2Fa", "/b/x%2Fy": "/b/x/y", "/b/x": "/b//x", "/b/a+b": "/b/a%20b"} {
		r := signed("GET", from, "", emptyHash)
		r.RequestURI = to
		if _, err := check(r, s3Rules, testSecret, nil); err == nil {
			t.Errorf("%s passes for %s", to, from)
		}
	}
	r := signed("GET", "http://examplebucket.s3.amazonaws.com/k?a=1", "", emptyHash)
	r.RequestURI = "http://examplebucket.s3.amazonaws.com/k?a=1"
	if _, err := check(r, s3Rules, testSecret, nil); err != nil {
		t.Errorf("absolute form: %v", err)
	}
}
