package gateway

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv2"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// v2 sends a request signed with Signature Version 2 in its headers. lines are
// the x-amz- headers, sorted; resource is what is signed of the target.
func (w *world) v2(who sigv4.Credentials, method, target, resource, body string, lines ...string) (int, string) {
	w.Helper()
	req := w.request(method, target, body)
	w.signV2(req, who, resource, lines...)
	return w.send(req)
}

func (w *world) signV2(req *http.Request, who sigv4.Credentials, resource string, lines ...string) {
	date := time.Now().UTC().Format(http.TimeFormat)
	req.Header.Set("Date", date)
	if who.SessionToken != "" {
		lines = append(lines, "x-amz-security-token:"+who.SessionToken)
	}
	text := req.Method + "\n\n\n" + date + "\n"
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		req.Header.Set(name, value)
		text += l + "\n"
	}
	req.Header.Set("Authorization", "AWS "+who.AccessKeyID+":"+sigv2.Sign(who.SecretAccessKey, text+resource))
}

// presignV2 is a URL that holds for a minute.
func presignV2(who sigv4.Credentials, method, target, resource string) string {
	expires := strconv.FormatInt(time.Now().Unix()+60, 10)
	q := url.Values{"AWSAccessKeyId": {who.AccessKeyID}, "Expires": {expires}}
	lines := ""
	if who.SessionToken != "" {
		q.Set("x-amz-security-token", who.SessionToken)
		lines = "x-amz-security-token:" + who.SessionToken + "\n"
	}
	q.Set("Signature", sigv2.Sign(who.SecretAccessKey, method+"\n\n\n"+expires+"\n"+lines+resource))
	if strings.Contains(target, "?") {
		return target + "&" + q.Encode()
	}
	return target + "?" + q.Encode()
}

func TestSignatureVersion2(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	w.want(200, "<ListAllMyBucketsResult")(w.v2(root, "GET", "/", "/", ""))
	w.want(200, "")(w.v2(root, "PUT", "/green-bucket/a%20b+c", "/green-bucket/a%20b+c", "text", "x-amz-meta-a:1", "x-amz-storage-class:STANDARD"))
	w.want(200, "text")(w.v2(root, "GET", "/green-bucket/a%20b+c", "/green-bucket/a%20b+c", ""))
	w.want(200, "<Key>a b+c</Key>")(w.v2(root, "GET", "/green-bucket?prefix=a&list-type=2", "/green-bucket", ""))
	w.want(200, "<AccessControlPolicy")(w.v2(root, "GET", "/green-bucket?acl", "/green-bucket?acl", ""))
	w.want(403, "<Code>SignatureDoesNotMatch</Code>")(w.v2(root, "GET", "/green-bucket?acl", "/green-bucket", ""))
	w.want(403, "<Code>SignatureDoesNotMatch</Code>")(w.v2(root, "GET", "/green-bucket?ownershipControls", "/green-bucket", ""))
	w.want(400, "<Code>InvalidArgument</Code>")(w.v2(root, "PUT", "/green-bucket/x", "/green-bucket/x", "x", "x-amz-content-sha256:no"))
	w.want(400, "<Code>XAmzContentSHA256Mismatch</Code>")(w.v2(root, "PUT", "/green-bucket/x", "/green-bucket/x", "x", "x-amz-content-sha256:"+sigv4.HashPayload(nil)))
	w.want(403, "<Code>AccessDenied</Code>")(w.v2(root, "PUT", "/green-bucket/x", "/green-bucket/x", "x", "x-amz-content-sha256:STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))

	// At a bucket's own host the bucket is signed as if it stood in the path.
	req := w.request("GET", "/a%20b+c", "")
	req.Host = "Green-Bucket.s3.test:80"
	w.signV2(req, root, "/green-bucket/a%20b+c")
	w.want(200, "text")(w.send(req))

	// Who it is and what he may is asked as ever.
	w.want(403, "<Code>AccessDenied</Code>")(w.v2(w.blue.credentials(), "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(403, "<Code>InvalidAccessKeyId</Code>")(w.v2(sigv4.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(403, "<Code>SignatureDoesNotMatch</Code>")(w.v2(sigv4.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: "x"}, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(400, "<Code>InvalidToken</Code>")(w.v2(sigv4.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: root.SecretAccessKey, SessionToken: "x"}, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	alice := w.user(w.green, "alice", allow("s3:GetObject", "*"))
	session := credentialsIn(w.ok(alice, "sts", "GetSessionToken"))
	w.want(200, "green's secret")(w.v2(session, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(200, "green's secret")(w.send(w.request("GET", presignV2(session, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k"), "")))
	session.SessionToken = ""
	w.want(403, "<Code>InvalidAccessKeyId</Code>")(w.v2(session, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(403, "is not authorized to perform: s3:PutObject")(w.v2(alice, "PUT", "/green-bucket/dir/k", "/green-bucket/dir/k", "x"))
	w.intactButMore()
}

// intactButMore is intact where green has written more.
func (w *world) intactButMore() {
	w.Helper()
	w.want(200, secret)(w.s3(w.green, "GET", "/green-bucket/dir/k", ""))
}

func TestSignatureVersion2URLs(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	get := presignV2(root, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k")
	bare := func(method, target, body string, header ...string) (int, string) {
		req := w.request(method, target, body)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return w.send(req)
	}
	w.want(200, secret)(bare("GET", get, ""))
	w.want(200, "")(bare("PUT", presignV2(root, "PUT", "/green-bucket/n", "/green-bucket/n"), "new"))
	asked := presignV2(root, "GET", "/green-bucket/n?response-content-type=text%2Fx%20y", "/green-bucket/n?response-content-type=text/x y")
	resp, body := w.roundTrip(w.request("GET", asked, ""))
	if resp.StatusCode != 200 || body != "new" || resp.Header.Get("Content-Type") != "text/x y" {
		t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
	}
	w.want(204, "")(bare("DELETE", presignV2(root, "DELETE", "/green-bucket/n", "/green-bucket/n"), ""))

	for name, r := range map[string][]string{
		"method": {"DELETE", get}, "sub-resource": {"GET", get + "&acl"}, "newer sub-resource": {"GET", get + "&attributes"},
		"tags": {"GET", get + "&tagging"}, "version": {"GET", get + "&versionId=null"}, "type": {"GET", get + "&response-content-type=text/html"},
		"retention": {"GET", get + "&retention"}, "hold": {"GET", get + "&legal-hold"}, "restore": {"POST", get + "&restore"},
		"header": {"GET", get, "X-Amz-Expected-Bucket-Owner", w.green.ID}, "parameter": {"GET", get + "&x-amz-expected-bucket-owner=" + w.green.ID},
		"copy": {"PUT", presignV2(root, "PUT", "/green-bucket/n", "/green-bucket/n"), "X-Amz-Copy-Source", "/green-bucket/dir/k"},
		"acl":  {"PUT", presignV2(root, "PUT", "/green-bucket/n", "/green-bucket/n"), "X-Amz-Acl", "public-read"},
		"part": {"PUT", presignV2(root, "PUT", "/green-bucket/n", "/green-bucket/n") + "&partNumber=1&uploadId=x"},
	} {
		status, body := bare(r[0], r[1], "", r[2:]...)
		if status != 403 || !strings.Contains(body, "<Code>SignatureDoesNotMatch</Code>") || strings.Contains(body, secret) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for _, m := range []string{"Signature", "Expires", "AWSAccessKeyId"} {
		u, _ := url.Parse(get)
		q := u.Query()
		q.Del(m)
		u.RawQuery = q.Encode()
		w.want(403, "<Message>Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters</Message>")(bare("GET", u.String(), ""))
	}
	// What is signed of the body binds it, also if the URL has it in its query.
	const sum = "XrY7u+Ae7tCTyyK7j1rNww==" // of "hello world"
	bound := func(name, value string) string {
		expires := strconv.FormatInt(time.Now().Unix()+60, 10)
		text := "PUT\n" + sum + "\n\n" + expires + "\n/green-bucket/n"
		if name != "content-md5" {
			text = "PUT\n\n\n" + expires + "\n" + name + ":" + value + "\n/green-bucket/n"
		}
		return "/green-bucket/n?" + url.Values{"AWSAccessKeyId": {root.AccessKeyID}, "Expires": {expires}, name: {value},
			"Signature": {sigv2.Sign(root.SecretAccessKey, text)}}.Encode()
	}
	w.want(400, "<Code>BadDigest</Code>")(bare("PUT", bound("content-md5", sum), "other"))
	w.want(200, "")(bare("PUT", bound("content-md5", sum), "hello world"))
	digest := sigv4.HashPayload([]byte("hello world"))
	w.want(400, "<Code>XAmzContentSHA256Mismatch</Code>")(bare("PUT", bound("x-amz-content-sha256", digest), "other"))
	w.want(200, "")(bare("PUT", bound("x-amz-content-sha256", digest), "hello world"))
	w.want(204, "")(bare("DELETE", presignV2(root, "DELETE", "/green-bucket/n", "/green-bucket/n"), ""))
	past := strings.Replace(get, "Expires=", "Expires=1000000000&old=", 1)
	w.want(403, "<Message>Request has expired</Message><Expires>2001-09-09T01:46:40Z</Expires><ServerTime>")(bare("GET", past, ""))
	w.want(400, "Only one auth mechanism allowed")(w.v2(root, "GET", get, "/green-bucket/dir/k", ""))
	w.want(400, "Only one auth mechanism allowed")(bare("GET", get+"&X-Amz-Algorithm=AWS4-HMAC-SHA256", ""))
	w.intact()
}

// TestSignatureVersion2IsForS3Alone: other services take Version 4.
func TestSignatureVersion2IsForS3Alone(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	const control = "/v20180820/configuration/publicAccessBlock"
	w.want(400, "<Message>The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.</Message>")(
		w.v2(root, "GET", control, control, "", "x-amz-account-id:"+w.green.ID))
	req := w.request("POST", "/", "Action=ListUsers&Version=2010-05-08")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.signV2(req, root, "/")
	if status, body := w.send(req); status == 200 {
		t.Errorf("%d %s", status, body)
	}
}

// TestSignatureVersion2CanBeRefused: by a policy with the key for it.
func TestSignatureVersion2CanBeRefused(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	alice := w.user(w.green, "alice", allow("s3:*", "*"))
	get := func() (int, string) {
		return w.send(w.request("GET", presignV2(alice, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k"), ""))
	}
	w.want(200, secret)(get())
	w.want(204, "")(w.as(root, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",
		"Resource":["arn:aws:s3:::green-bucket","arn:aws:s3:::green-bucket/*"],"Condition":{"StringEquals":{"s3:signatureversion":"AWS"}}}]}`))
	w.want(403, "with an explicit deny in a resource-based policy")(get())
	w.want(403, "with an explicit deny in a resource-based policy")(w.v2(alice, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.want(200, secret)(w.as(alice, "GET", "/green-bucket/dir/k", ""))
	w.want(204, "")(w.as(root, "DELETE", "/green-bucket?policy", ""))
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"s3:authType":"REST-QUERY-STRING","s3:signatureversion":"AWS"},"Null":{"s3:signatureAge":"true"}}}`)
	w.want(200, secret)(get())
	w.want(403, "s3:GetObject")(w.v2(alice, "GET", "/green-bucket/dir/k", "/green-bucket/dir/k", ""))
	w.intact()
}
