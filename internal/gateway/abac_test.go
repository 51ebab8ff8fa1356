package gateway

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/url"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// grant gives an IAM user statements as its one inline policy.
func (w *world) grant(a *RootAccount, user, statements string) {
	w.Helper()
	w.ok(a.credentials(), "iam", "PutUserPolicy", "UserName", user, "PolicyName", "p",
		"PolicyDocument", `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
}

// digested is as with a Content-MD5.
func (w *world) digested(who sigv4.Credentials, method, path, body string, header ...string) (int, string) {
	w.Helper()
	sum := md5.Sum([]byte(body))
	return w.as(who, method, path, body, append(header, "Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))...)
}

func tagging(pairs ...string) string {
	set := ""
	for i := 0; i < len(pairs); i += 2 {
		set += fmt.Sprintf("<Tag><Key>%s</Key><Value>%s</Value></Tag>", pairs[i], pairs[i+1])
	}
	return "<Tagging><TagSet>" + set + "</TagSet></Tagging>"
}

func TestTagsOfObjectsDecide(t *testing.T) {
	w := newWorld(t)
	owner, alice := w.green.credentials(), w.user(w.green, "alice", "")
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket/k", "text"))
	w.ok(owner, "iam", "TagUser", "UserName", "alice", "Tags.member.1.Key", "team", "Tags.member.1.Value", "red")
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectTagging","s3:PutObject"],"Resource":"*",
		"Condition":{"StringEquals":{"s3:ExistingObjectTag/team":"${aws:PrincipalTag/team}"}}},
		{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"*",
		"Condition":{"StringEquals":{"s3:RequestObjectTag/team":"red"},"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team","note"]}}}`)

	w.want(403, "because no identity-based policy allows the s3:GetObject action")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(200, "")(w.digested(owner, "PUT", "/green-bucket/k?tagging", tagging("team", "red")))
	w.want(200, "text")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(200, "<Tag><Key>team</Key><Value>red</Value></Tag>")(w.as(alice, "GET", "/green-bucket/k?tagging", ""))
	w.want(200, "")(w.digested(owner, "PUT", "/green-bucket/k?tagging", tagging("team", "blue")))
	w.want(403, "s3:GetObject")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(204, "")(w.as(owner, "DELETE", "/green-bucket/k?tagging", ""))
	w.want(403, "s3:GetObject")(w.as(alice, "GET", "/green-bucket/k", ""))

	// The key has no value for PutObject, whatever tags the object has.
	w.want(200, "")(w.digested(owner, "PUT", "/green-bucket/k?tagging", tagging("team", "red")))
	w.want(403, "s3:PutObject")(w.as(alice, "PUT", "/green-bucket/k", "other"))
	w.want(200, "")(w.as(alice, "PUT", "/green-bucket/k", "other", "X-Amz-Tagging", "team=red"))
	w.want(403, "s3:PutObject")(w.as(alice, "PUT", "/green-bucket/k", "other", "X-Amz-Tagging", "team=blue"))
	w.want(403, "s3:PutObject")(w.as(alice, "PUT", "/green-bucket/k", "other", "X-Amz-Tagging", "team=red&else=1"))
	w.want(403, "s3:PutObjectTagging")(w.digested(alice, "PUT", "/green-bucket/k?tagging", tagging("team", "blue")))
	w.want(200, "")(w.digested(alice, "PUT", "/green-bucket/k?tagging", tagging("team", "red", "note", "x")))
	// Keys that differ in letter case alone do not hide one behind the other.
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"*",
		"Condition":{"StringEquals":{"s3:RequestObjectTag/team":"red"}}}`)
	w.want(403, "s3:PutObject")(w.as(alice, "PUT", "/green-bucket/k", "other", "X-Amz-Tagging", "team=blue&Team=red"))
}

func TestTagsOfBucketsDecide(t *testing.T) {
	w := newWorld(t)
	owner, alice := w.green.credentials(), w.user(w.green, "alice", "")
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket/k", "text"))
	w.want(204, "")(w.digested(owner, "PUT", "/green-bucket?tagging", tagging("team", "red")))
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject","s3:TagResource"],"Resource":"*",
		"Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}}`)
	w.want(403, "s3:GetObject")(w.as(alice, "GET", "/green-bucket/k", "")) // they do not count yet
	w.want(200, "")(w.digested(owner, "PUT", "/green-bucket?abac", `<AbacStatus><Status>Enabled</Status></AbacStatus>`))
	w.want(200, "text")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(200, "<ListBucketResult")(w.as(alice, "GET", "/green-bucket", ""))
	w.want(400, "<Code>InvalidRequest</Code>")(w.digested(owner, "PUT", "/green-bucket?tagging", tagging("team", "blue")))

	path := "/v20180820/tags/" + url.PathEscape("arn:aws:s3:::green-bucket")
	account := []string{"X-Amz-Account-Id", w.green.ID}
	tag := `<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags><Tag><Key>team</Key><Value>blue</Value></Tag></Tags></TagResourceRequest>`
	w.want(204, "")(w.digested(alice, "POST", path, tag, account...))
	w.want(403, "s3:TagResource")(w.digested(alice, "POST", path, tag, account...)) // it is blue's now
	w.want(200, "<Value>blue</Value>")(w.as(owner, "GET", path, "", account...))
	w.want(403, "s3:GetObject")(w.as(alice, "GET", "/green-bucket/k", ""))
	w.want(204, "")(w.as(owner, "DELETE", path+"?tagKeys=team", "", account...))
	w.want(404, "<Code>NoSuchTagSet</Code>")(w.as(owner, "GET", "/green-bucket?tagging", ""))
}

func TestTheAccountsBlockDecides(t *testing.T) {
	w := newWorld(t)
	owner := w.green.credentials()
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.as(owner, "PUT", "/green-bucket/k", "text"))
	w.want(204, "")(w.as(owner, "DELETE", "/green-bucket?publicAccessBlock", ""))
	public := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*"}]}`
	w.want(204, "")(w.as(owner, "PUT", "/green-bucket?policy", public))
	w.want(200, "text")(w.send(w.request("GET", "/green-bucket/k", "")))

	const path = "/v20180820/configuration/publicAccessBlock"
	account := []string{"X-Amz-Account-Id", w.green.ID}
	block := func(setting string) string {
		return `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">` + setting + `</PublicAccessBlockConfiguration>`
	}
	w.want(404, "<Code>NoSuchPublicAccessBlockConfiguration</Code>")(w.as(owner, "GET", path, "", account...))
	w.want(400, "Must specify at least one configuration.")(w.digested(owner, "PUT", path, block(""), account...))
	w.want(200, "")(w.digested(owner, "PUT", path, block("<RestrictPublicBuckets>true</RestrictPublicBuckets>"), account...))
	w.want(403, "<Code>AccessDenied</Code>")(w.send(w.request("GET", "/green-bucket/k", "")))
	w.want(200, "text")(w.as(owner, "GET", "/green-bucket/k", ""))
	w.want(200, "<RestrictPublicBuckets>true</RestrictPublicBuckets>")(w.as(owner, "GET", path, "", account...))
	w.want(200, "")(w.digested(owner, "PUT", path, block("<BlockPublicPolicy>true</BlockPublicPolicy>"), account...))
	w.want(200, "text")(w.send(w.request("GET", "/green-bucket/k", "")))
	w.want(403, "BlockPublicPolicy")(w.as(owner, "PUT", "/green-bucket?policy", public))

	// The account that the header names must be the caller's.
	w.want(403, "<Code>AccessDenied</Code>")(w.as(w.blue.credentials(), "GET", path, "", account...))
	w.want(403, "<Code>AccessDenied</Code>")(w.as(w.blue.credentials(), "DELETE", path, "", account...))
	anonymous := w.request("GET", path, "")
	anonymous.Header.Set("X-Amz-Account-Id", w.green.ID)
	w.want(403, "<Code>AccessDenied</Code>")(w.send(anonymous))
	alice := w.user(w.green, "alice", "")
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":"s3:GetAccountPublicAccessBlock","Resource":"*"}`)
	w.want(200, "<BlockPublicPolicy>true</BlockPublicPolicy>")(w.as(alice, "GET", path, "", account...))
	w.want(403, "s3:PutAccountPublicAccessBlock")(w.as(alice, "DELETE", path, "", account...))
	w.want(200, "")(w.as(owner, "DELETE", path, "", account...))
	w.want(204, "")(w.as(owner, "PUT", "/green-bucket?policy", public))
}
