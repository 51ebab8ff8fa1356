package gateway

import (
	"context"
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deliverNow delivers the lines so far and returns all that has been delivered.
func (w *world) deliverNow(bucket string) (lines []string) {
	w.Helper()
	w.g.queueAccessLogs(context.Background())
	w.g.deliverAccessLogs(context.Background())
	_, list := w.as(w.green.credentials(), "GET", "/"+bucket, "")
	var keys struct{ Contents []struct{ Key string } }
	if err := xml.Unmarshal([]byte(list), &keys); err != nil {
		w.Fatal(err)
	}
	for _, c := range keys.Contents {
		_, text := w.as(w.green.credentials(), "GET", "/"+bucket+"/"+c.Key, "")
		lines = append(lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	}
	return lines
}

const loggingBody = `<BucketLoggingStatus xmlns="http://doc.s3.amazonaws.com/2006-03-01"><LoggingEnabled>` +
	`<TargetBucket>green-logs</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`

// logPolicy lets logs of a bucket of an account in.
func logPolicy(source, account string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject",` +
		`"Resource":"arn:aws:s3:::green-logs/l/*","Condition":{"ArnLike":{"aws:SourceArn":"` + source + `"},"StringEquals":{"aws:SourceAccount":"` + account + `"}}}]}`
}

func TestServerAccessLog(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	for _, b := range []string{"green-bucket", "green-logs", "green-other"} {
		w.want(200, "")(w.as(green, "PUT", "/"+b, ""))
	}
	w.want(204, "")(w.as(green, "PUT", "/green-logs?policy", logPolicy("arn:aws:s3:::green-bucket", w.green.ID)))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket?logging", loggingBody))
	w.want(200, "<TargetPrefix>l/</TargetPrefix>")(w.as(green, "GET", "/green-bucket?logging", ""))

	reader := w.user(w.green, "reader", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
	w.want(200, "")(w.as(green, "PUT", "/green-bucket/a%20b", "hello", "User-Agent", `agent "x"`, "Referer", "http://r/?Signature=secret"))
	w.want(206, "el")(w.as(reader, "GET", "/green-bucket/a%20b?versionId=null", "", "Range", "bytes=1-2"))
	w.want(404, "")(w.as(green, "GET", "/green-bucket/none", ""))
	w.want(403, "")(w.raw(nil, wireRequest{method: "GET", target: "/green-bucket/a%20b"}))
	w.want(403, "SignatureDoesNotMatch")(w.send(w.request("GET", w.presigned("GET", "/green-bucket/a%20b")+"&x=1", "")))
	w.want(200, "")(w.as(green, "PUT", "/green-other/copy", "", "X-Amz-Copy-Source", "/green-bucket/a%20b"))
	w.want(200, "")(w.digested(green, "POST", "/green-bucket?delete", `<Delete><Object><Key>a b</Key></Object><Object><Key>none</Key><VersionId>bad</VersionId></Object></Delete>`))
	w.want(200, "")(w.as(green, "GET", "/green-other", "")) // of a bucket that is not logged

	lines := w.deliverNow("green-logs")
	root, user := w.g.directory.CanonicalID(w.green.ID), "arn:aws:iam::"+w.green.ID+":user/reader"
	const id, ms, hostID = `[0-9A-Z]{16}`, `\d+ \d+`, `[A-Za-z0-9+/=]+`
	host := regexp.QuoteMeta(strings.TrimPrefix(w.url, "http://"))
	line := func(requester, operation, key, request, outcome, agents, version, auth string) string {
		return root + ` green-bucket \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] 127\.0\.0\.1 ` + requester + " " + id + " " + operation + " " +
			regexp.QuoteMeta(key) + " " + regexp.QuoteMeta(request) + " " + outcome + " " + ms + " " + agents + " " + version + " " + hostID + " " + auth + " " + host + " - - - -"
	}
	const agents, signed = `"-" "[^"]*"`, "SigV4 - AuthHeader"
	want := map[string]string{
		"turned on": line(root, `REST\.GET\.LOGGING_STATUS`, "-", `"GET /green-bucket?logging HTTP/1.1"`, `200 - \d+ -`, agents, "-", signed),
		"put":       line(root, `REST\.PUT\.OBJECT`, "a%20b", `"PUT /green-bucket/a%20b HTTP/1.1"`, `200 - - 5`, `"http://r/\?Signature=\*\*\*" "agent %22x%22"`, "-", signed),
		"get":       line(regexp.QuoteMeta(user), `REST\.GET\.OBJECT`, "a%20b", `"GET /green-bucket/a%20b?versionId=null HTTP/1.1"`, `206 - 2 5`, agents, "null", signed),
		"missing":   line(root, `REST\.GET\.OBJECT`, "none", `"GET /green-bucket/none HTTP/1.1"`, `404 NoSuchKey \d+ -`, agents, "-", signed),
		"anonymous": line("-", `REST\.GET\.OBJECT`, "a%20b", `"GET /green-bucket/a%20b HTTP/1.1"`, `403 AccessDenied \d+ -`, `"-" "[^"]*"`, "-", "- - -"),
		"source":    line(root, `REST\.COPY\.OBJECT_GET`, "a%20b", `-`, `200 - - -`, agents, "-", signed),
		"delete":    line(root, `REST\.POST\.MULTI_OBJECT_DELETE`, "-", `"POST /green-bucket?delete HTTP/1.1"`, `200 - \d+ -`, agents, "-", signed),
		"first":     line(root, `BATCH\.DELETE\.OBJECT`, "a%20b", `-`, `204 - - -`, agents, "-", signed),
		"second":    line(root, `BATCH\.DELETE\.OBJECT`, "none", `-`, `4\d\d [A-Za-z]+ - -`, agents, "bad", signed),
	}
	for name, pattern := range want {
		if !slices.ContainsFunc(lines, regexp.MustCompile("^"+pattern+"$").MatchString) {
			t.Errorf("%s: no line is\n%s", name, pattern)
		}
	}
	refused := regexp.MustCompile(`REST\.GET\.OBJECT a%20b "GET /green-bucket/a%20b\?\S*X-Amz-Signature=\*\*\*&x=1 HTTP/1.1" 403 SignatureDoesNotMatch`)
	if !slices.ContainsFunc(lines, refused.MatchString) {
		t.Errorf("no line of a refused signature")
	}
	if len(lines) != len(want)+1 || t.Failed() {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}

// TestLogsNeedTheTargetsConsent: logs are delivered where the policy or the ACL of
// the target lets the logging service write, and nowhere else.
func TestLogsNeedTheTargetsConsent(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	for _, b := range []string{"green-bucket", "green-logs"} {
		w.want(200, "")(w.as(green, "PUT", "/"+b, ""))
	}
	w.want(200, "")(w.as(green, "PUT", "/green-bucket?logging", loggingBody))
	log := func(name string, delivered bool) {
		t.Helper()
		before := len(w.deliverNow("green-logs"))
		w.want(200, "")(w.as(green, "GET", "/green-bucket", ""))
		if got := len(w.deliverNow("green-logs")) > before; got != delivered {
			t.Errorf("%s: delivered %v", name, got)
		}
	}
	policy := func(document string) {
		t.Helper()
		w.want(204, "")(w.as(green, "PUT", "/green-logs?policy", document))
	}
	log("no policy", false)
	policy(logPolicy("arn:aws:s3:::green-other", w.green.ID))
	log("for another bucket", false)
	policy(logPolicy("arn:aws:s3:::green-bucket", w.blue.ID))
	log("for another account", false)
	policy(strings.Replace(logPolicy("arn:aws:s3:::green-bucket", w.green.ID), "logging.s3.", "s3.", 1))
	log("for another service", false)
	policy(logPolicy("arn:aws:s3:::green-bucket", w.green.ID))
	log("for it", true)
	w.want(204, "")(w.as(green, "DELETE", "/green-logs?policy", ""))
	w.want(200, "")(w.digested(green, "PUT", "/green-logs?ownershipControls", `<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`))
	log("without an ACL", false)
	w.want(200, "")(w.as(green, "PUT", "/green-logs?acl", "", "X-Amz-Acl", "log-delivery-write"))
	log("with the ACL", true)
}

func TestBucketMetricsAreCounted(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	w.want(200, "")(w.as(green, "PUT", "/green-bucket", ""))
	put := func(id, filter string) {
		t.Helper()
		w.want(200, "")(w.as(green, "PUT", "/green-bucket?metrics&id="+id, `<MetricsConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+filter+`<Id>`+id+`</Id></MetricsConfiguration>`))
	}
	put("all", "")
	put("docs", "<Filter><Prefix>docs/</Prefix></Filter>")
	put("red", "<Filter><Tag><Key>color</Key><Value>red</Value></Tag></Filter>")
	w.want(400, "MalformedXML")(w.as(green, "PUT", "/green-bucket?metrics&id=x", `<MetricsConfiguration><Filter></Filter><Id>x</Id></MetricsConfiguration>`))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket/docs/a", "hello", "X-Amz-Tagging", "color=red"))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket/b", "hello", "X-Amz-Tagging", "color=blue"))
	w.want(200, "")(w.as(green, "GET", "/green-bucket/docs/a", ""))
	w.want(404, "")(w.as(green, "GET", "/green-bucket/docs/none", ""))
	w.want(200, "")(w.as(green, "GET", "/green-bucket?list-type=2", ""))
	_, text := w.send(w.request("GET", "/-/metrics", ""))
	for _, want := range []string{
		`sallyport_bucket_requests_total{bucket="green-bucket",filter="docs",type="Get"} 2`,
		`sallyport_bucket_requests_total{bucket="green-bucket",filter="docs",type="Put"} 1`,
		`sallyport_bucket_requests_total{bucket="green-bucket",filter="red",type="Get"} 1`,
		`sallyport_bucket_requests_total{bucket="green-bucket",filter="red",type="Put"} 1`,
		`sallyport_bucket_requests_total{bucket="green-bucket",filter="all",type="List"} 1`,
		`sallyport_bucket_errors_total{bucket="green-bucket",class="4xx",filter="docs"} 1`,
		`sallyport_bucket_bytes_total{bucket="green-bucket",direction="uploaded",filter="docs"} 5`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	w.want(204, "")(w.as(green, "DELETE", "/green-bucket?metrics&id=docs", ""))
	w.g.sweepBucketMetrics(context.Background())
	if _, text := w.send(w.request("GET", "/-/metrics", "")); strings.Contains(text, `filter="docs"`) || !strings.Contains(text, `filter="red"`) {
		t.Error("a configuration that is gone is still counted, or one that is there is not")
	}
}

func TestCipherNames(t *testing.T) {
	for id, want := range map[uint16]string{
		0x1301: "TLS_AES_128_GCM_SHA256", 0xc02f: "ECDHE-RSA-AES128-GCM-SHA256", 0xc014: "ECDHE-RSA-AES256-SHA",
		0xcca9: "ECDHE-ECDSA-CHACHA20-POLY1305", 0x009c: "AES128-GCM-SHA256",
	} {
		if got := cipherName(id); got != want {
			t.Errorf("%x: %s, want %s", id, got, want)
		}
	}
}

// TestWebsitesAndPreflightsAreLogged: what is answered without an operation has a
// name of its own in the log.
func TestWebsitesAndPreflightsAreLogged(t *testing.T) {
	w := newWorld(t)
	green := w.green.credentials()
	for _, b := range []string{"green-bucket", "green-logs"} {
		w.want(200, "")(w.as(green, "PUT", "/"+b, ""))
	}
	w.want(204, "")(w.as(green, "PUT", "/green-logs?policy", logPolicy("arn:aws:s3:::green-bucket", w.green.ID)))
	w.want(200, "")(w.as(green, "PUT", "/green-bucket?logging", loggingBody))
	w.want(200, "")(w.digested(green, "PUT", "/green-bucket?website", `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>`))
	req := w.request("GET", "/none", "")
	req.Host = "green-bucket.s3-website-us-east-1.localhost"
	w.want(403, "AccessDenied")(w.send(req))
	w.want(400, "BadRequest")(w.send(w.request("OPTIONS", "/green-bucket/k", "")))
	lines := strings.Join(w.deliverNow("green-logs"), "\n")
	for _, want := range []string{` WEBSITE.GET.OBJECT none "GET /none HTTP/1.1" 403 `, ` REST.OPTIONS.PREFLIGHT k "OPTIONS /green-bucket/k HTTP/1.1" `} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %s in\n%s", want, lines)
		}
	}
}
