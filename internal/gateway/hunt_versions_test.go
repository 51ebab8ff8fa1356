package gateway

import (
	"regexp"
	"strings"
	"testing"
)

// versionIDs are the versions of a key in the world's bucket, the newest first.
func (w *world) versionIDs(key string) (ids []string) {
	w.Helper()
	_, body := w.s3(w.green, "GET", "/green-bucket?versions&prefix="+key, "")
	for _, m := range regexp.MustCompile(`<VersionId>([^<]+)</VersionId>`).FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// TestVersionsOfOthers: a permission on the current version opens no other, and
// what a version's tags say counts for that version.
func TestVersionsOfOthers(t *testing.T) {
	w := hunted(t)
	enable := func(status string) {
		w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?versioning", "<VersioningConfiguration><Status>"+status+"</Status></VersioningConfiguration>"))
	}
	enable("Enabled")
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/v", secret, "X-Amz-Tagging", "team=red"))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/v", "open", "X-Amz-Tagging", "team=blue"))
	ids := w.versionIDs("v")
	open, closed := ids[0], ids[1]
	const object = "arn:aws:s3:::green-bucket/v"

	current := w.user(w.green, "current", allow("s3:*Object", object))
	w.want(200, "open")(w.as(current, "GET", "/green-bucket/v", ""))
	for _, id := range []string{open, closed, "null", "x"} {
		status, body := w.as(current, "GET", "/green-bucket/v?versionId="+id, "")
		w.refused("GET of "+id, status, body)
		if status != 403 {
			t.Errorf("GET of %s tells %d %s", id, status, body)
		}
		w.want(403, "AccessDenied")(w.as(current, "DELETE", "/green-bucket/v?versionId="+id, ""))
		w.want(403, "AccessDenied")(w.as(current, "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "green-bucket/v?versionId="+id))
	}

	condition := func(key, value string) string {
		return strings.Replace(allow("s3:GetObjectVersion*", object), `"Effect"`, `"Condition":{"StringEquals":{"`+key+`":"`+value+`"}},"Effect"`, 1)
	}
	for name, policy := range map[string]string{"tagged": condition("s3:ExistingObjectTag/team", "blue"), "named": condition("s3:VersionId", open)} {
		user := w.user(w.green, name, policy)
		w.want(200, "open")(w.as(user, "GET", "/green-bucket/v?versionId="+open, ""))
		status, body := w.as(user, "GET", "/green-bucket/v?versionId="+closed, "")
		w.refused(name, status, body)
		for _, query := range []string{"?versionId=" + open + "&versionId=" + closed, "?versionId=" + closed + "&versionId=" + open,
			"?VersionId=" + open + "&versionId=" + closed, "?versionid=" + open, ""} {
			status, body := w.as(user, "GET", "/green-bucket/v"+query, "")
			if strings.Contains(body, secret) {
				t.Errorf("%s: %s opened the other version: %d", name, query, status)
			}
		}
		w.want(403, "AccessDenied")(w.as(user, "GET", "/green-bucket/v", ""))
	}

	lister := w.user(w.green, "lister", allow("s3:ListBucket", "arn:aws:s3:::green-bucket"))
	w.want(403, "s3:ListBucketVersions")(w.as(lister, "GET", "/green-bucket?versions", ""))
	w.want(403, "s3:PutBucketVersioning")(w.as(lister, "PUT", "/green-bucket?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"))
	w.want(403, "s3:GetBucketVersioning")(w.as(lister, "GET", "/green-bucket?versioning", ""))

	// A delete marker of blue's hides green's object and destroys nothing.
	w.share(w.blue.ID, "s3:DeleteObject")
	w.want(204, "")(w.as(w.blue.credentials(), "DELETE", "/green-bucket/v", ""))
	w.want(404, "NoSuchKey")(w.s3(w.green, "GET", "/green-bucket/v", ""))
	_, listed := w.s3(w.green, "GET", "/green-bucket?versions", "")
	if order := regexp.MustCompile(`<(Version|DeleteMarker)>`).FindAllString(listed, -1); strings.Join(order, "") !=
		"<Version><DeleteMarker><Version><Version>" {
		t.Errorf("versions and markers are not in the order of their keys: %q", order)
	}
	marker := ""
	for _, id := range w.versionIDs("v") {
		if id != open && id != closed {
			marker = id
		}
	}
	w.want(403, "AccessDenied")(w.as(w.blue.credentials(), "DELETE", "/green-bucket/v?versionId="+marker, ""))
	w.want(405, "DeleteMarker")(w.s3(w.green, "GET", "/green-bucket/v?versionId="+marker, ""))
	w.want(405, "<Method>DELETE</Method>")(w.s3(w.green, "DELETE", "/green-bucket/v?tagging&versionId="+marker, ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket/v?versionId="+marker, ""))
	w.want(200, "open")(w.s3(w.green, "GET", "/green-bucket/v", ""))
	w.want(200, secret)(w.s3(w.green, "GET", "/green-bucket/v?versionId="+closed, ""))
	w.want(409, "You must delete all versions in the bucket.")(w.s3(w.green, "DELETE", "/green-bucket", ""))
}
