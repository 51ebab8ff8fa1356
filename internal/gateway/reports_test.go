package gateway

import (
	"context"
	"strings"
	"testing"
)

const inventoryBody = `<InventoryConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Destination><S3BucketDestination>` +
	`<AccountId>ACCOUNT</AccountId><Bucket>arn:aws:s3:::blue-reports</Bucket><Format>CSV</Format><Prefix>inv</Prefix>` +
	`</S3BucketDestination></Destination><IsEnabled>true</IsEnabled><Id>daily</Id><IncludedObjectVersions>All</IncludedObjectVersions>` +
	`<OptionalFields><Field>Size</Field></OptionalFields><Schedule><Frequency>Daily</Frequency></Schedule></InventoryConfiguration>`

// writeNow makes the reports that are due and tells what could not be delivered.
func (w *world) writeNow() (failed string) {
	w.Helper()
	err := w.g.buckets.WriteReports(context.Background(), func(err error) { failed += err.Error() + "\n" })
	if err != nil {
		w.Fatal(err)
	}
	return failed
}

// TestInventoryNeedsTheDestinationsPolicy: reports go to another account's bucket
// only if its policy lets S3 write there for this bucket.
func TestInventoryNeedsTheDestinationsPolicy(t *testing.T) {
	w := newWorld(t)
	green, blue := w.green.credentials(), w.blue.credentials()
	w.want(200, "")(w.as(green, "PUT", "/green-data", ""))
	w.want(200, "")(w.as(green, "PUT", "/green-data/k", "text"))
	w.want(200, "")(w.as(blue, "PUT", "/blue-reports", ""))
	body := strings.ReplaceAll(inventoryBody, "ACCOUNT", w.blue.ID)
	put := func() {
		t.Helper() // a configuration that is new has not failed before
		w.as(green, "DELETE", "/green-data?inventory&id=daily", "")
		w.want(200, "")(w.as(green, "PUT", "/green-data?inventory&id=daily", body))
	}
	policy := func(action, source, account, acl string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"` + action +
			`","Resource":"arn:aws:s3:::blue-reports/*","Condition":{"ArnLike":{"aws:SourceArn":"` + source +
			`"},"StringEquals":{"aws:SourceAccount":"` + account + `","s3:x-amz-acl":"` + acl + `"}}}]}`
	}
	const source, acl = "arn:aws:s3:::green-data", "bucket-owner-full-control"
	for name, p := range map[string]string{
		"none":           "",
		"other action":   policy("s3:PutObjectAcl", source, w.green.ID, acl),
		"other bucket":   policy("s3:PutObject", "arn:aws:s3:::green-other", w.green.ID, acl),
		"other account":  policy("s3:PutObject", source, w.blue.ID, acl),
		"other ACL":      policy("s3:PutObject", source, w.green.ID, "private"),
		"other service":  strings.Replace(policy("s3:PutObject", source, w.green.ID, acl), "s3.amazonaws.com", "logging.s3.amazonaws.com", 1),
		"denied besides": strings.Replace(policy("s3:PutObject", source, w.green.ID, acl), `[{`, `[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::blue-reports/*"},{`, 1),
	} {
		if w.as(blue, "DELETE", "/blue-reports?policy", ""); p != "" {
			w.want(204, "")(w.as(blue, "PUT", "/blue-reports?policy", p))
		}
		put()
		failed := w.writeNow()
		if _, list := w.as(blue, "GET", "/blue-reports", ""); !strings.Contains(failed, "AccessDenied") || strings.Contains(list, "<Key>") {
			t.Errorf("%s: failed %q; delivered %s", name, failed, list)
		}
	}
	w.want(204, "")(w.as(blue, "PUT", "/blue-reports?policy", policy("s3:PutObject", source, w.green.ID, acl)))
	put()
	failed := w.writeNow()
	_, list := w.as(blue, "GET", "/blue-reports", "")
	if failed != "" || !strings.Contains(list, "/manifest.checksum</Key>") || !strings.Contains(list, ".csv.gz</Key>") {
		t.Fatalf("failed %q; delivered %s", failed, list)
	}
	// What was delivered is the destination's owner's.
	key := element(list, "Key")
	w.want(200, "")(w.as(blue, "GET", "/blue-reports/"+key, ""))
	w.want(403, "AccessDenied")(w.as(green, "GET", "/blue-reports/"+key, ""))
	w.want(403, "AccessDenied")(w.as(blue, "GET", "/green-data?inventory&id=daily", ""))
	w.want(200, "<Prefix>inv</Prefix>")(w.as(green, "GET", "/green-data?inventory&id=daily", ""))
	w.want(200, "<ListInventoryConfigurationsResult ")(w.as(green, "GET", "/green-data?inventory", ""))
	w.want(204, "")(w.as(green, "DELETE", "/green-data?inventory&id=daily", ""))
	w.want(404, "<Message>The specified configuration does not exist.</Message>")(w.as(green, "GET", "/green-data?inventory&id=daily", ""))
	w.want(400, "MalformedXML")(w.as(green, "PUT", "/green-data?inventory&id=daily", strings.Replace(body, ">Daily<", ">Hourly<", 1)))
}
