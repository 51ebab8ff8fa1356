package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// bombs are XML documents that no parser should take for what they say.
func bombs() map[string]string {
	var laughs strings.Builder
	laughs.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">`)
	for i := range 12 {
		fmt.Fprintf(&laughs, `<!ENTITY l%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&l%d;", i), 10))
	}
	laughs.WriteString("]>")
	return map[string]string{
		"a billion laughs":     laughs.String() + "<Delete><Object><Key>&l12;</Key></Object></Delete>",
		"an external entity":   `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>`,
		"a parameter entity":   `<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><Delete><Object><Key>a</Key></Object></Delete>`,
		"an unknown entity":    `<Delete><Object><Key>&unknown;</Key></Object></Delete>`,
		"deep nesting":         strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000),
		"deep known nesting":   "<Delete>" + strings.Repeat("<Object>", 50_000) + strings.Repeat("</Object>", 50_000) + "</Delete>",
		"no end":               "<Delete><Object><Key>a</Key></Object>",
		"another end":          "<Delete><Object><Key>a</Key></Object></Deleted>",
		"no XML":               "{}",
		"nothing":              "",
		"binary":               "\x00\x01\xff\xfe",
		"bad UTF-8":            "<Delete><Object><Key>\xff</Key></Object></Delete>",
		"another root":         "<Tagging><TagSet></TagSet></Tagging>",
		"no objects":           "<Delete></Delete>",
		"1,001 objects":        "<Delete>" + strings.Repeat("<Object><Key>a</Key></Object>", 1001) + "</Delete>",
		"ten megabytes":        "<Delete><Object><Key>" + strings.Repeat("k", 10<<20) + "</Key></Object></Delete>",
		"ten megabytes of tag": "<" + strings.Repeat("t", 10<<20) + "/>",
		"a million attributes": "<Delete " + strings.Repeat(`a="b" `, 1_000_000) + "></Delete>",
		"two documents":        "<Delete><Object><Key>a</Key></Object></Delete><Delete/>",
	}
}

// TestMalformedXML sends it to operations that read XML.
func TestMalformedXML(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	c := h.s3(h.keys)
	up := must(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &h.bucket, Key: aws.String("up")}))(t)
	targets := map[string]string{
		"POST /hostile?delete": "", "PUT /hostile?ownershipControls": "", "PUT /hostile?publicAccessBlock": "",
		"POST /hostile/up?uploadId=" + *up.UploadId: "", "PUT /new-bucket": "",
	}
	for name, text := range bombs() {
		t.Run(name, func(t *testing.T) {
			for target := range targets {
				method, path, _ := strings.Cut(target, " ")
				if path == "/new-bucket" && text == "" {
					continue // no body is no fault there
				}
				sum := md5.Sum([]byte(text))
				a := send(t, h.signedS3(t, h.keys, method, path, []byte(text), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:])))
				switch code := a.failure().Code; {
				case a.StatusCode != 400 && a.StatusCode != 413:
					t.Errorf("%s: %d %s", target, a.StatusCode, shorten(string(a.body)))
				case text == "" && code == "InvalidRequest" && strings.HasPrefix(path, "/hostile/up"): // an upload without parts
				case code != "MalformedXML" && code != "MaxMessageLengthExceeded" && code != "MissingRequestBodyError" && code != "EntityTooLarge":
					t.Errorf("%s: %s", target, shorten(string(a.body)))
				}
				if bytes.Contains(a.body, []byte("root:")) || bytes.Contains(a.body, []byte("lollol")) {
					t.Errorf("%s: an entity was followed", target)
				}
			}
		})
	}
	must(c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &h.bucket, Key: aws.String("up"), UploadId: up.UploadId}))(t)
}

// TestMalformedPolicies are refused by the services that store policies.
func TestMalformedPolicies(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	c, directory := h.s3(h.keys), h.iam(h.keys)
	must(directory.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("u")}))(t)
	const good = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::hostile/*"}`
	for name, doc := range map[string]string{
		"no JSON": "{", "an array": "[]", "a text": `"policy"`, "a number": "1", "nothing in it": "{}", "null": "null",
		"a trailing comma": `{"Version":"2012-10-17","Statement":[` + good + `,]}`,
		"two documents":    policyJSON(good) + policyJSON(good),
		"no statement":     `{"Version":"2012-10-17"}`,
		"another version":  `{"Version":"2020-01-01","Statement":[` + good + `]}`,
		"no effect":        policyJSON(`{"Action":"s3:GetObject","Resource":"*"}`),
		"another effect":   policyJSON(`{"Effect":"Perhaps","Action":"s3:GetObject","Resource":"*"}`),
		"a key more":       policyJSON(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Colour":"red"}`),
		"no action":        policyJSON(`{"Effect":"Allow","Resource":"*"}`),
		"an odd operator":  policyJSON(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringSounds":{"aws:username":"x"}}}`),
		"a bad UTF-8":      policyJSON(`{"Sid":"` + "\xff" + `","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`),
		"deep nesting":     strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"deep objects":     strings.Repeat(`{"Statement":`, 1000) + "1" + strings.Repeat("}", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := directory.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: aws.String("p"), PolicyDocument: &doc})
			if code := errorCode(err); code != "MalformedPolicyDocument" && code != "ValidationError" && code != "LimitExceeded" {
				t.Errorf("PutUserPolicy: %v", err)
			}
			_, err = directory.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &doc})
			if code := errorCode(err); code != "MalformedPolicyDocument" && code != "ValidationError" && code != "LimitExceeded" {
				t.Errorf("CreateRole: %v", err)
			}
			_, err = c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &h.bucket, Policy: &doc})
			wantCode(t, err, "MalformedPolicy")
		})
	}
	big := policyJSON(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["arn:aws:s3:::hostile/` + strings.Repeat("x", 21<<10) + `"]}`)
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &h.bucket, Policy: &big})
	wantCode(t, err, "MalformedPolicy", "exceeds the maximum allowed size of 20480 bytes")
	huge := strings.Repeat(" ", 5<<20)
	if _, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &h.bucket, Policy: &huge}); err == nil {
		t.Error("five megabytes of policy are taken")
	}
	if out, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &h.bucket}); errorCode(err) != "NoSuchBucketPolicy" {
		t.Errorf("a policy was stored: %v %v", out, err)
	}
	if out := must(directory.ListUserPolicies(t.Context(), &iam.ListUserPoliciesInput{UserName: aws.String("u")}))(t); len(out.PolicyNames) != 0 {
		t.Errorf("policies were stored: %q", out.PolicyNames)
	}
}

// TestMalformedForms: the Query and JSON protocols.
func TestMalformedForms(t *testing.T) {
	t.Parallel()
	h := startHostile(t)
	defer h.unharmed(t)
	for _, c := range []struct {
		name, body string
		status     int
		codes      []string
	}{
		{"nothing", "", 400, []string{"MissingAction", "InvalidAction"}},
		{"no action", "Version=2010-05-08", 400, []string{"MissingAction", "InvalidAction"}},
		{"an unknown action", "Action=Explode&Version=2010-05-08", 400, []string{"InvalidAction"}},
		{"an unknown version", "Action=ListUsers&Version=1999-01-01", 400, []string{"InvalidAction", "NoSuchVersion"}},
		{"a bad escape", "Action=ListUsers&Version=2010-05-08&PathPrefix=%zz", 404, []string{"MalformedQueryString"}},
		{"a number that is none", "Action=ListUsers&Version=2010-05-08&MaxItems=many", 400, []string{"MalformedInput", "ValidationError"}},
		{"a number too large", "Action=ListUsers&Version=2010-05-08&MaxItems=99999999999999999999", 400, []string{"MalformedInput", "ValidationError"}},
		{"a name missing", "Action=CreateUser&Version=2010-05-08", 400, []string{"ValidationError"}},
		{"a name with a NUL", "Action=CreateUser&Version=2010-05-08&UserName=a%00b", 400, []string{"ValidationError"}},
		{"a name too long", "Action=CreateUser&Version=2010-05-08&UserName=" + strings.Repeat("u", 100_000), 400, []string{"ValidationError"}},
		{"a huge index", "Action=TagUser&Version=2010-05-08&UserName=u&Tags.member.2000000000.Key=k&Tags.member.2000000000.Value=v", 400, []string{"MalformedInput", "ValidationError"}},
		{"ten thousand members", "Action=TagUser&Version=2010-05-08&UserName=u" + members(10_000), 404, []string{"MalformedQueryString"}},
		{"20 MB", "Action=ListUsers&Version=2010-05-08&PathPrefix=/" + strings.Repeat("x", 20<<20), 413, []string{"RequestEntityTooLarge"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := h.request(t, "POST", "/", []byte(c.body))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			a := send(t, sign(t, req, h.keys, "iam", payloadHash([]byte(c.body)), time.Now())).succeeds(t, c.status)
			for _, code := range c.codes {
				if bytes.Contains(a.body, []byte("<Code>"+code+"</Code>")) {
					return
				}
			}
			t.Errorf("answered %s", shorten(string(a.body)))
		})
	}
	for name, body := range map[string]string{
		"no JSON": "{", "an array": "[]", "a text": `"x"`, "deep": strings.Repeat(`{"a":`, 100_000), "deep arrays": `{"ParentId":` + strings.Repeat("[", 100_000),
		"a number": `{"AccountId":12}`, "bad UTF-8": "{\"AccountId\":\"\xff\"}", "two": `{"AccountId":"1"}{}`, "huge number": `{"MaxResults":1e999}`,
	} {
		for _, operation := range []string{"DescribeAccount", "CreateAccount", "ListAccounts"} {
			req := h.request(t, "POST", "/", []byte(body))
			req.Header.Set("Content-Type", "application/x-amz-json-1.1")
			req.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+operation)
			a := send(t, sign(t, req, h.keys, "organizations", payloadHash([]byte(body)), time.Now()))
			if known := name == "a number" && operation == "ListAccounts" || name == "bad UTF-8" && operation == "ListAccounts" || name == "huge number" && operation == "DescribeAccount"; known {
				continue // a member the operation does not have may be ignored
			}
			if a.StatusCode != 400 || !bytes.Contains(a.body, []byte("__type")) {
				t.Errorf("%s to %s: %d %s", name, operation, a.StatusCode, shorten(string(a.body)))
			}
		}
	}
	for _, q := range []string{"max-keys=many", "max-keys=-1", "encoding-type=rot13", "list-type=7", "list-type=2&continuation-token=nonsense", "partNumber=1&uploadId=%00"} {
		a := send(t, h.signedS3(t, h.keys, "GET", "/hostile?"+q, nil))
		if a.StatusCode >= 500 || a.StatusCode == http.StatusOK && !strings.HasPrefix(q, "list-type=7") && !strings.HasPrefix(q, "part") {
			t.Errorf("%s: %d %s", q, a.StatusCode, shorten(string(a.body)))
		}
	}
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "&Tags.member.%d.Key=%s&Tags.member.%d.Value=v", i+1, url.QueryEscape(fmt.Sprint("k", i)), i+1)
	}
	return b.String()
}
