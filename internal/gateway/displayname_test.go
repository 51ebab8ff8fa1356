package gateway

import (
	"strings"
	"testing"
)

// TestNamesOfAccountsAreForCallersWhoSign: owners have a DisplayName, as AWS sent
// it until November 2025, but not for callers that nobody knows.
func TestNamesOfAccountsAreForCallersWhoSign(t *testing.T) {
	w := hunted(t)
	green := w.green.credentials()
	w.as(green, "PUT", "/green-bucket/k", "x")
	for _, path := range []string{"/", "/green-bucket?acl", "/green-bucket", "/green-bucket?versions"} {
		if _, answer := w.as(green, "GET", path, ""); !strings.Contains(answer, "<DisplayName>green</DisplayName>") {
			t.Errorf("%s: %s", path, answer)
		}
	}
	w.as(green, "PUT", "/green-bucket?ownershipControls", bodies["PutBucketOwnershipControls"], "X-Amz-Checksum-Crc32", crc32Of(bodies["PutBucketOwnershipControls"]))
	w.as(green, "DELETE", "/green-bucket?publicAccessBlock", "")
	w.as(green, "PUT", "/green-bucket?acl", "", "X-Amz-Acl", "public-read", "X-Amz-Checksum-Crc32", crc32Of(""))
	status, answer := w.raw(nil, wireRequest{method: "GET", target: "/green-bucket"})
	if status != 200 || !strings.Contains(answer, "<Owner>") || strings.Contains(answer, "DisplayName") {
		t.Errorf("anonymous: %d %s", status, answer)
	}
}
