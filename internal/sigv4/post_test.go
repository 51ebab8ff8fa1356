package sigv4

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"
	"time"
)

var postScope = testKey + "/20130524/us-east-1/s3/aws4_request"

// form is a form for bucket b, signed over policy. Extra are names and values.
func form(policy string, extra ...string) Form {
	f := Form{Bucket: "b", Fields: map[string]string{
		"key": "user/a.txt", "x-amz-algorithm": algorithm, "x-amz-credential": postScope, "x-amz-date": "20130524T000000Z",
		"policy": base64.StdEncoding.EncodeToString([]byte(policy)),
	}}
	for i := 0; i < len(extra); i += 2 {
		f.Fields[extra[i]] = extra[i+1]
	}
	f.Fields["x-amz-signature"] = string(NewKey(testSecret, "20130524", "us-east-1", "s3").sign(nil, []byte(f.Fields["policy"])))
	return f
}

// withConditions is a policy that covers what form sends, and more conditions.
func withConditions(more string) string {
	return `{"expiration": "2013-05-24T00:00:01.000Z", "conditions": [{"bucket": "b"}, ["starts-with", "$key", "user/"],
		["eq", "$x-amz-credential", "` + postScope + `"], {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"X-Amz-Date": "20130524T000000Z"}` + more + `]}`
}

func verifyPOST(f Form, now time.Time) (*Post, error) {
	rules := s3Rules
	rules.Now = now
	p, err := ParsePOST(f, rules)
	if err != nil {
		return nil, err
	}
	return p, p.Verify(NewKey(testSecret, p.Date, p.Region, p.Service))
}

// A form of botocore's generate_presigned_post.
func TestPOSTOfBotocore(t *testing.T) {
	f := Form{Bucket: "sigv4examplebucket", Fields: map[string]string{
		"key": "user/user1/photo.jpg", "x-amz-algorithm": algorithm, "x-amz-date": "20151229T000000Z",
		"x-amz-credential": testKey + "/20151229/us-east-1/s3/aws4_request",
		"policy":           "eyJleHBpcmF0aW9uIjogIjIwMTUtMTItMjlUMDE6MDA6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJidWNrZXQiOiAic2lndjRleGFtcGxlYnVja2V0In0sIHsia2V5IjogInVzZXIvdXNlcjEvcGhvdG8uanBnIn0sIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwgeyJ4LWFtei1jcmVkZW50aWFsIjogIkFLSUFJT1NGT0ROTjdFWEFNUExFLzIwMTUxMjI5L3VzLWVhc3QtMS9zMy9hd3M0X3JlcXVlc3QifSwgeyJ4LWFtei1kYXRlIjogIjIwMTUxMjI5VDAwMDAwMFoifV19",
		"x-amz-signature":  "3364624b39010d9b06f5d9b8c9a18a6e478d261c048159c92f2fd6fa885f14e6",
	}}
	p, err := verifyPOST(f, time.Date(2015, 12, 29, 0, 30, 0, 0, time.UTC))
	if err != nil || p.AccessKeyID != testKey {
		t.Fatal(err)
	}
	if _, err = verifyPOST(f, time.Date(2015, 12, 29, 1, 0, 0, 0, time.UTC)); err == nil {
		t.Error("expired")
	}
}

func TestPOST(t *testing.T) {
	long := `,["content-length-range", 5, 10]`
	tests := []struct {
		name    string
		form    Form
		status  int // 0: accepted
		code    string
		message string
	}{
		{"good", form(withConditions("")), 0, "", ""},
		{"any case", form(withConditions(`,["EQ","$Success_Action_Status","201"]`), "success_action_status", "201"), 0, "", ""},
		{"bucket field", form(withConditions(""), "bucket", "b"), 0, "", ""},
		{"ignored field", form(withConditions(""), "x-ignore-me", "1"), 0, "", ""},
		{"types", form(withConditions(`,["starts-with","$Content-Type","image/"]`), "content-type", "image/png, image/gif"), 0, "", ""},
		{"range", form(withConditions(long)), 0, "", ""},
		{"range of strings", form(withConditions(`,["content-length-range", "5", "10"]`)), 0, "", ""},
		{"other types", form(withConditions(`,["starts-with","$Content-Type","image/"]`), "content-type", "image/png,text/html"), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["starts-with", "$Content-Type", "image/"]`},
		{"other bucket field", form(withConditions(""), "bucket", "c"), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "b"]`},
		{"other key", form(withConditions(`,{"key":"x<y"}`)), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["eq", "$key", "x<y"]`},
		{"prefix", form(withConditions(`,["starts-with","$key","User/"]`)), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "User/"]`},
		{"absent field", form(withConditions(`,["starts-with","$acl",""]`)), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["starts-with", "$acl", ""]`},
		{"no dollar", form(withConditions(`,["eq","key","user/a.txt"]`)), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["eq", "key", "user/a.txt"]`},
		{"uncovered", form(withConditions(""), "acl", "public-read"), 403, "AccessDenied", "Invalid according to Policy: Extra input fields: acl"},
		{"no bucket", form(strings.Replace(withConditions(""), `{"bucket": "b"}, `, "", 1)), 403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket"},
		{"no bucket but a field", form(strings.Replace(withConditions(""), `{"bucket": "b"}, `, "", 1), "bucket", "b"), 403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket"},
		{"expired", form(`{"expiration":"2013-05-24T00:00:00Z","conditions":[]}`), 403, "AccessDenied", "Invalid according to Policy: Policy expired."},
		{"range of text", form(withConditions(`,["content-length-range", "test", "10"]`)), 403, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["content-length-range", "test", "10"]`},
		{"range negative", form(withConditions(`,["content-length-range", -1, 0]`)), 400, "InvalidPolicyDocument", ""},
		{"range overflow", form(withConditions(`,["content-length-range", 0, 1e300]`)), 400, "InvalidPolicyDocument", ""},
		{"range of one", form(withConditions(`,["content-length-range", 0]`)), 400, "InvalidPolicyDocument", ""},
		{"two properties", form(withConditions(`,{"a":"b","c":"d"}`)), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."},
		{"no property", form(withConditions(`,{}`)), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."},
		{"number", form(withConditions(`,{"Content-Length":6199034}`)), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition: value must be a string."},
		{"operation", form(withConditions(`,["ends-with","$key","x"]`)), 400, "InvalidPolicyDocument", ""},
		{"no JSON", form("{expiration"), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON."},
		{"null", form("null"), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON."},
		{"no expiration", form(`{"conditions":[]}`), 400, "InvalidPolicyDocument", ""},
		{"EXPIRATION", form(`{"EXPIRATION":"2013-05-25T00:00:00Z","conditions":[]}`), 400, "InvalidPolicyDocument", ""},
		{"bad expiration", form(`{"expiration":"2013-05-25 00:00:00","conditions":[]}`), 400, "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value: '2013-05-25 00:00:00'"},
		{"expiration of another type", form(`{"expiration":5,"conditions":[]}`), 400, "InvalidPolicyDocument", ""},
		{"CONDITIONS", form(`{"expiration":"2013-05-25T00:00:00Z","CONDITIONS":[]}`), 400, "InvalidPolicyDocument", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verifyPOST(tt.form, docTime)
			if tt.status == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantError(t, err, KindPolicy, tt.status, tt.code, tt.message)
		})
	}
}

func TestPOSTSize(t *testing.T) {
	p, err := verifyPOST(form(withConditions(`,["content-length-range", 5, 10],["content-length-range", "0", "100"]`)), docTime)
	if err != nil || p.MinSize != 5 || p.MaxSize != 10 {
		t.Fatal(err, p)
	}
	for _, n := range []int64{5, 10} {
		if err := p.CheckSize(n); err != nil {
			t.Error(n, err)
		}
	}
	e := wantError(t, p.CheckSize(12), KindSize, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
	wantFields(t, e, Field{"ProposedSize", "12"}, Field{"MaxSizeAllowed", "10"})
	e = wantError(t, p.CheckSize(1), KindSize, 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
	wantFields(t, e, Field{"ProposedSize", "1"}, Field{"MinSizeAllowed", "5"})
	if p, err = verifyPOST(form(withConditions("")), docTime); err != nil || p.CheckSize(1<<40) != nil {
		t.Error("a policy without a range bounds the size")
	}
}

func TestPOSTSignature(t *testing.T) {
	good := form(withConditions(""))
	without := func(names ...string) Form {
		f := Form{Bucket: good.Bucket, Fields: maps.Clone(good.Fields)}
		for _, n := range names {
			delete(f.Fields, n)
		}
		return f
	}
	with := func(name, value string) Form {
		f := without()
		f.Fields[name] = value
		return f
	}
	missing := func(name string) string {
		return "Bucket POST must contain a field named '" + name + "'.  If it is specified, please check the order of the fields."
	}
	tests := []struct {
		name    string
		form    Form
		kind    Kind
		status  int
		code    string
		message string
	}{
		{"no signature", without("x-amz-signature"), KindMalformed, 400, "InvalidArgument", missing("X-Amz-Signature")},
		{"no algorithm and credential", without("x-amz-algorithm", "x-amz-credential"), KindMalformed, 400, "InvalidArgument", missing("X-Amz-Algorithm")},
		{"no policy", without("policy"), KindMalformed, 400, "InvalidArgument", missing("Policy")},
		{"version 2 without a key", Form{Fields: map[string]string{"policy": "x", "signature": "x"}}, KindMalformed, 400, "InvalidArgument", missing("AWSAccessKeyId")},
		{"version 2 without a signature", Form{Fields: map[string]string{"policy": "x", "awsaccesskeyid": "x"}}, KindMalformed, 400, "InvalidArgument", missing("Signature")},
		{"version 2 with a key of version 4", Form{Fields: map[string]string{"policy": "x", "signature": "x", "awsaccesskeyid": "x"}}, KindMissingToken, 403, "AccessDenied", "Access Denied"},
		{"policy alone", Form{Fields: map[string]string{"key": "k", "policy": "x"}}, KindMissingToken, 403, "AccessDenied", "Access Denied"},
		{"SigV4A", with("x-amz-algorithm", algorithm4A), KindUnsupported, 501, "NotImplemented", ""},
		{"algorithm", with("x-amz-algorithm", "x"), KindUnsupported, 400, "InvalidArgument", ""},
		{"credential", with("x-amz-credential", "x"), KindScope, 400, "AuthorizationQueryParametersError", ""},
		{"region", with("x-amz-credential", testKey+"/20130524/eu-west-1/s3/aws4_request"), KindScope, 400, "AuthorizationQueryParametersError", ""},
		{"date", with("x-amz-date", "x"), KindMalformed, 400, "InvalidArgument", "X-Amz-Date must be formatted via ISO8601 Long format."},
		{"other date", with("x-amz-date", "20130525T000000Z"), KindScope, 400, "AuthorizationQueryParametersError", ""},
		{"policy cut", with("policy", good.Fields["policy"][:20]), KindSignature, 403, "SignatureDoesNotMatch", ""},
		{"signature", with("x-amz-signature", "x"), KindSignature, 403, "SignatureDoesNotMatch", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := verifyPOST(tt.form, docTime)
			e := wantError(t, err, tt.kind, tt.status, tt.code, tt.message)
			if tt.kind == KindSignature {
				wantFields(t, e, Field{"StringToSign", tt.form.Fields["policy"]}, Field{"SignatureProvided", tt.form.Fields["x-amz-signature"]})
			}
		})
	}
	p, err := ParsePOST(Form{Fields: map[string]string{"key": "k"}}, s3Rules)
	if err != nil || p.Auth != Anonymous {
		t.Error("an unsigned form:", err)
	}
	wantError(t, p.Verify(nil), KindMissingToken, 403, "AccessDenied", "Access Denied")
}

// A form of Signature Version 2 need not cover the fields that sign it, and has
// to cover all others.
func TestPOSTVersion2(t *testing.T) {
	v2 := func(conditions string, extra ...string) error {
		policy := base64.StdEncoding.EncodeToString([]byte(`{"expiration": "2013-05-25T00:00:00Z", "conditions": [{"bucket": "b"}, {"key": "k"}` + conditions + `]}`))
		f := Form{Bucket: "b", Fields: map[string]string{"key": "k", "policy": policy, "awsaccesskeyid": testKey, "signature": "good"}}
		for i := 0; i < len(extra); i += 2 {
			f.Fields[extra[i]] = extra[i+1]
		}
		rules := s3Rules
		rules.Now = docTime
		p, err := ParsePOST(f, rules)
		if err != nil {
			return err
		}
		return p.VerifyWith(func(text, signature string) bool { return text == policy && signature == "good" })
	}
	if err := v2(""); err != nil {
		t.Error(err)
	}
	if err := v2(`,{"x-amz-security-token":"t"}`, "x-amz-security-token", "t"); err != nil {
		t.Error(err)
	}
	wantError(t, v2("", "signature", "bad"), KindSignature, 403, "SignatureDoesNotMatch", "")
	wantError(t, v2("", "acl", "private"), KindPolicy, 403, "AccessDenied", "Invalid according to Policy: Extra input fields: acl")
	wantError(t, v2("", "x-amz-security-token", "t"), KindPolicy, 403, "AccessDenied", "Invalid according to Policy: Extra input fields: x-amz-security-token")
	wantError(t, v2("", "x-amz-date", "20130524T000000Z"), KindMalformed, 400, "InvalidArgument", "")
}
