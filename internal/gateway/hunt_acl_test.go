package gateway

import (
	"strings"
	"testing"
)

// TestACLsAreNotSlippedIn: an ACL that opens something to others is seen as such
// however it is written, and asks for its own permission.
func TestACLsAreNotSlippedIn(t *testing.T) {
	w := hunted(t)
	const all, signed = "http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	const writer = `<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>`
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?ownershipControls", writer, "X-Amz-Checksum-Crc32", crc32Of(writer)))
	owner := element(func() string { _, b := w.s3(w.green, "GET", "/", ""); return b }(), "ID")
	blue := element(func() string { _, b := w.s3(w.blue, "GET", "/", ""); return b }(), "ID")
	body := func(kind, grantee, permission string) string {
		return `<AccessControlPolicy><Owner><ID>` + owner + `</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + kind + `">` +
			grantee + `</Grantee><Permission>` + permission + `</Permission></Grant></AccessControlList></AccessControlPolicy>`
	}
	var tries []wireRequest
	for _, uri := range []string{all, signed, strings.ToUpper(all), "https" + all[4:], " " + all, all + "/", all + "&#32;", strings.Replace(all, "AllUsers", "%41llUsers", 1), strings.Replace(all, "acs.", "acs..", 1)} {
		for _, kind := range []string{"Group", "CanonicalUser", "AmazonCustomerByEmail", "group", ""} {
			text := body(kind, "<URI>"+uri+"</URI>", "READ")
			tries = append(tries, wireRequest{method: "PUT", target: "/green-bucket/dir/k?acl", body: text}, wireRequest{method: "PUT", target: "/green-bucket?acl", body: text})
		}
		for _, header := range []string{`uri="` + uri + `"`, "uri=" + uri, `URI="` + uri + `"`, `id="` + owner + `", uri="` + uri + `"`, `uri="` + uri + `",id="` + owner + `"`} {
			if strings.Contains(header, "&") {
				continue
			}
			for _, name := range []string{"x-amz-grant-read", "x-amz-grant-full-control", "x-amz-grant-read-acp"} {
				tries = append(tries, wireRequest{method: "PUT", target: "/green-bucket/dir/k?acl", header: []string{name, header}},
					wireRequest{method: "PUT", target: "/green-bucket/dir/k", body: secret, header: []string{name, header}},
					wireRequest{method: "PUT", target: "/green-bucket?acl", header: []string{name, header}},
					wireRequest{method: "POST", target: "/green-bucket/up?uploads", header: []string{name, header}})
			}
		}
	}
	for _, canned := range []string{"public-read", "public-read-write", "authenticated-read", "Public-Read", "public-read,private", " public-read"} {
		tries = append(tries, wireRequest{method: "PUT", target: "/green-bucket/dir/k?acl", header: []string{"x-amz-acl", canned}},
			wireRequest{method: "PUT", target: "/green-bucket/dir/k?acl&x-amz-acl=" + strings.ReplaceAll(strings.ReplaceAll(canned, " ", "%20"), ",", "%2C")},
			wireRequest{method: "PUT", target: "/green-bucket/dir/k", body: secret, header: []string{"x-amz-acl", canned}},
			wireRequest{method: "PUT", target: "/green-bucket?acl", header: []string{"x-amz-acl", canned}})
	}
	for _, r := range tries {
		if r.body != "" {
			r.header = append(r.header, "x-amz-checksum-crc32", crc32Of(r.body))
		}
		if status, answer := w.raw(w.green, r); status != 403 && status != 400 {
			t.Errorf("%s %s %q %s: %d %s", r.method, r.target, r.header, r.body, status, answer)
		}
	}
	// With the block off, nothing of all that is found to have been stored.
	w.unblock()
	for _, path := range []string{"/green-bucket/dir/k", "/green-bucket", "/green-bucket?acl", "/green-bucket/dir/k?acl"} {
		w.want(403, "AccessDenied")(w.from(nil, path))
		w.want(403, "AccessDenied")(w.s3(w.blue, "GET", path, ""))
	}
	// A grant opens what it says to the account that it names, by both sides' leave.
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k?acl", "", "X-Amz-Grant-Read", `id="`+blue+`"`))
	w.want(200, secret)(w.s3(w.blue, "GET", "/green-bucket/dir/k", ""))
	w.want(403, "AccessDenied")(w.s3(w.blue, "GET", "/green-bucket/dir/k?acl", ""))
	w.want(403, "AccessDenied")(w.s3(w.blue, "PUT", "/green-bucket/dir/k?acl", "", "X-Amz-Acl", "private"))
	w.want(403, "AccessDenied")(w.s3(w.blue, "DELETE", "/green-bucket/dir/k", ""))
	w.want(403, "AccessDenied")(w.s3(w.blue, "GET", "/green-bucket", ""))
	powerless := w.user(w.blue, "powerless", "")
	w.want(403, "AccessDenied")(w.as(powerless, "GET", "/green-bucket/dir/k", ""))
	w.want(403, "AccessDenied")(w.from(nil, "/green-bucket/dir/k"))
	// Written anew it is closed again.
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/k", secret))
	w.want(403, "AccessDenied")(w.s3(w.blue, "GET", "/green-bucket/dir/k", ""))
	w.intact()
}
