package gateway

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// refused checks that a request opened nothing and said nothing.
func (w *world) refused(name string, status int, body string) {
	w.Helper()
	if status < 400 || status >= 500 && status != 501 || strings.Contains(body, secret) {
		w.Errorf("%s: %d %s", name, status, body)
	}
}

// TestCopySources: blue's root copies into its own bucket; whatever way the
// source is written it is not green's object.
func TestCopySources(t *testing.T) {
	w := hunted(t)
	w.want(200, "")(w.s3(w.blue, "PUT", "/blue-bucket/green-bucket/dir/k", "blue's"))
	_, begun := w.s3(w.blue, "POST", "/blue-bucket/up?uploads", "")
	upload := element(begun, "UploadId")
	for _, source := range []string{
		"green-bucket/dir/k", "/green-bucket/dir/k", "//green-bucket/dir/k", "green-bucket%2Fdir%2Fk", "%2Fgreen-bucket%2Fdir%2Fk",
		"/green-bucket%2Fdir/k", "%67reen-bucket/dir/k", "green-bucket%252Fdir%252Fk", "blue-bucket/../green-bucket/dir/k",
		"blue-bucket%2F..%2Fgreen-bucket%2Fdir%2Fk", "./green-bucket/dir/k", "green-bucket/dir/k?versionId=null",
		"green-bucket/dir/k?versionId=", "green-bucket/dir/k%3FversionId=null", "green-bucket/dir/k?versionId=null&versionId=x",
		"green-bucket/dir/k?VersionId=null", "green-bucket/dir/k?acl", "blue-bucket/mine?versionId=/green-bucket/dir/k",
		"arn:aws:s3:us-east-1:" + w.green.ID + ":accesspoint/ap/object/dir/k", "arn:aws:s3:::green-bucket/dir/k",
		"arn%3Aaws%3As3:::green-bucket/dir/k", "green-bucket.s3.test/dir/k", w.url + "/green-bucket/dir/k", "green-bucket/dir/k%00",
		"green-bucket/dir/k%FF", "green-bucket\\dir\\k", "Green-Bucket/dir/k", "green-bucket", "green-bucket/", "", "/", "?", "%", "green-bucket/dir/k%zz",
		"blue-bucket/none, green-bucket/dir/k",
	} {
		status, body := w.as(w.blue.credentials(), "PUT", "/blue-bucket/copy", "", "X-Amz-Copy-Source", source)
		if source != "" { // an empty header is no source: AWS stores an empty object or refuses
			w.refused("copy of "+source, status, body)
		}
		status, body = w.as(w.blue.credentials(), "PUT", "/blue-bucket/up?partNumber=1&uploadId="+upload, "", "X-Amz-Copy-Source", source)
		if source != "" {
			w.refused("part of "+source, status, body)
		}
		if _, copied := w.s3(w.blue, "GET", "/blue-bucket/copy", ""); strings.Contains(copied, secret) {
			t.Errorf("%s was copied", source)
		}
	}
	// Two headers are one value, not a choice.
	status, body := w.as(w.blue.credentials(), "PUT", "/blue-bucket/copy", "", "X-Amz-Copy-Source", "blue-bucket/mine", "X-Amz-Copy-Source", "green-bucket/dir/k")
	w.refused("two sources", status, body)
	// Reading is not enough to write, nor the other way round.
	w.share(w.blue.ID, "s3:GetObject")
	status, body = w.as(w.blue.credentials(), "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "blue-bucket/mine")
	w.refused("copy into green's", status, body)
	w.want(403, "AccessDenied")(w.as(w.blue.credentials(), "PUT", "/blue-bucket/copy", "", "X-Amz-Copy-Source", "green-bucket/dir/k")) // its tags
	w.share(w.blue.ID, "s3:PutObject")
	status, body = w.as(w.blue.credentials(), "PUT", "/green-bucket/copy", "", "X-Amz-Copy-Source", "green-bucket/dir/k")
	w.refused("copy within green's by a writer", status, body)
	status, body = w.as(w.blue.credentials(), "PUT", "/blue-bucket/copy", "", "X-Amz-Copy-Source", "green-bucket/dir/k", "X-Amz-Tagging-Directive", "REPLACE")
	w.refused("copy by a writer", status, body)
}

// TestUploadsOfOthers: an upload's id opens it only where it was begun, and only
// while its user may write.
func TestUploadsOfOthers(t *testing.T) {
	w := hunted(t)
	blue := w.blue.credentials()
	_, begun := w.s3(w.green, "POST", "/green-bucket/dir/up?uploads", "")
	id := element(begun, "UploadId")
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/dir/up?partNumber=1&uploadId="+id, secret))
	const complete = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"0"</ETag></Part></CompleteMultipartUpload>`
	for _, at := range []string{"/green-bucket/dir/up", "/green-bucket/other", "/blue-bucket/dir/up", "/blue-bucket/mine"} {
		for name, r := range map[string][3]string{
			"part":          {"PUT", "?partNumber=2&uploadId=" + id, "x"},
			"list":          {"GET", "?uploadId=" + id, ""},
			"complete":      {"POST", "?uploadId=" + id, complete},
			"abort":         {"DELETE", "?uploadId=" + id, ""},
			"part, no part": {"PUT", "?uploadId=" + id, "x"},
		} {
			status, body := w.as(blue, r[0], at+r[1], r[2])
			w.refused(name+" at "+at, status, body)
		}
	}
	status, body := w.as(blue, "GET", "/green-bucket?uploads", "")
	w.refused("list of uploads", status, body)
	if strings.Contains(body, id) {
		t.Error("blue learned of the upload")
	}
	w.want(200, "<PartNumber>1</PartNumber>")(w.s3(w.green, "GET", "/green-bucket/dir/up?uploadId="+id, ""))

	// Blue begins one while it may and goes on when it may not any more.
	w.share(w.blue.ID, "s3:PutObject")
	_, begun = w.as(blue, "POST", "/green-bucket/blues?uploads", "")
	id = element(begun, "UploadId")
	w.want(200, "")(w.as(blue, "PUT", "/green-bucket/blues?partNumber=1&uploadId="+id, "x"))
	w.want(403, "AccessDenied")(w.as(blue, "GET", "/green-bucket/blues?uploadId="+id, ""))
	w.want(403, "AccessDenied")(w.as(blue, "DELETE", "/green-bucket/blues?uploadId="+id, ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?policy", ""))
	for _, r := range [][3]string{{"PUT", "?partNumber=2&uploadId=" + id, "x"}, {"POST", "?uploadId=" + id, complete}} {
		w.want(403, "AccessDenied")(w.as(blue, r[0], "/green-bucket/blues"+r[1], r[2]))
	}
}

func crc32Of(body string) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

// TestDeletingMany: each key is asked for as it is deleted.
func TestDeletingMany(t *testing.T) {
	w := hunted(t)
	user := w.user(w.green, "user", allow("s3:DeleteObject", "arn:aws:s3:::green-bucket/open/*"))
	send := func(who sigv4.Credentials, path, body string) (int, string) {
		return w.as(who, "POST", path, body, "X-Amz-Sdk-Checksum-Algorithm", "CRC32", "X-Amz-Checksum-Crc32", crc32Of(body))
	}
	for _, key := range []string{"dir/k", "open/../dir/k", "/dir/k", "open", "dir%2Fk", "dir&#47;k", "<![CDATA[dir/k]]>", " dir/k", "dir/k<!-- -->", "open/</Key><Key>dir/k"} {
		for _, more := range []string{"", "<VersionId>null</VersionId>", "<VersionId></VersionId>", "<ETag>*</ETag>"} {
			_, body := send(user, "/green-bucket?delete", "<Delete><Object><Key>"+key+"</Key>"+more+"</Object></Delete>")
			if strings.Contains(body, "<Deleted><Key>dir/k<") {
				t.Errorf("%s %s: %s", key, more, body)
			}
			w.intact()
		}
	}
	// A version needs its own permission, an entity tag the right to read.
	_, body := send(user, "/green-bucket?delete", "<Delete><Object><Key>open/o</Key><VersionId>null</VersionId></Object><Object><Key>open/o</Key><ETag>x</ETag></Object></Delete>")
	if strings.Count(body, "<Code>AccessDenied</Code>") != 2 {
		t.Error(body)
	}
	// So do a size and a time, which tell as much.
	for _, condition := range []string{"<Size>1</Size>", "<LastModifiedTime>Wed, 21 Oct 2015 07:28:00 GMT</LastModifiedTime>"} {
		_, body := send(user, "/green-bucket?delete", "<Delete><Object><Key>open/o</Key>"+condition+"</Object></Delete>")
		if !strings.Contains(body, "<Code>AccessDenied</Code>") {
			t.Errorf("%s: %s", condition, body)
		}
	}
	for name, who := range map[string]*RootAccount{"blue": w.blue, "nobody": nil} {
		const all = "<Delete><Quiet>true</Quiet><Object><Key>dir/k</Key></Object></Delete>"
		var body string
		if who != nil {
			_, body = send(who.credentials(), "/green-bucket?delete", all)
		} else {
			_, body = w.raw(nil, wireRequest{method: "POST", target: "/green-bucket?delete", body: all, unsigned: []string{"x-amz-checksum-crc32", crc32Of(all)}})
		}
		if !strings.Contains(body, "<Code>AccessDenied</Code>") {
			t.Errorf("%s: %s", name, body)
		}
		w.intact()
	}
}

// TestNothingIsToldOfWhatIsHidden: whether a key is there is the same to who may
// not list, by every method and condition.
func TestNothingIsToldOfWhatIsHidden(t *testing.T) {
	w := hunted(t)
	reader := w.user(w.green, "reader", allow("s3:GetObject", "arn:aws:s3:::green-bucket/*"))
	blind := w.user(w.green, "blind", allow("s3:PutObject", "arn:aws:s3:::green-bucket/dir/*"))
	w.want(200, secret)(w.as(reader, "GET", "/green-bucket/dir/k", ""))
	for _, method := range []string{"GET", "HEAD"} {
		for _, query := range []string{"", "?versionId=null", "?partNumber=1"} {
			if status, body := w.as(reader, method, "/green-bucket/none"+query, ""); status != 403 {
				t.Errorf("%s %s: %d %s", method, query, status, body)
			}
		}
	}
	for _, who := range []sigv4.Credentials{blind, w.blue.credentials()} {
		for _, header := range [][]string{nil, {"If-Match", `"x"`}, {"If-None-Match", "*"}, {"If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}, {"Range", "bytes=0-0"}} {
			for _, r := range [][2]string{{"GET", ""}, {"HEAD", ""}, {"GET", "?tagging"}, {"GET", "?acl"}, {"GET", "?attributes"}, {"DELETE", ""}, {"DELETE", "?versionId=null"}} {
				there, _ := w.as(who, r[0], "/green-bucket/dir/k"+r[1], "", header...)
				gone, _ := w.as(who, r[0], "/green-bucket/dir/none"+r[1], "", header...)
				if there != gone || there < 400 || there == 404 || there == 412 {
					t.Errorf("%v with %q: %d and %d", r, header, there, gone)
				}
			}
		}
	}
	// A writer who may not read learns nothing by conditions either.
	there, _ := w.as(blind, "PUT", "/green-bucket/dir/k", "x", "If-Match", `"x"`)
	gone, _ := w.as(blind, "PUT", "/green-bucket/dir/none", "x", "If-Match", `"x"`)
	if there != 403 || gone != 403 {
		t.Errorf("%d and %d", there, gone)
	}
	w.intact()
	for _, owner := range []string{w.blue.ID, "000000000000"} {
		w.want(403, "<Message>Access Denied</Message>")(w.s3(w.green, "GET", "/green-bucket/dir/k", "", "X-Amz-Expected-Bucket-Owner", owner))
		w.want(403, "<Message>Access Denied</Message>")(w.as(w.green.credentials(), "GET", "/green-bucket/dir/k?x-amz-expected-bucket-owner="+owner, ""))
	}
	for _, owner := range []string{"", "x", w.green.ID + " x", w.green.ID + "," + w.green.ID} {
		status, body := w.s3(w.green, "GET", "/green-bucket/dir/k", "", "X-Amz-Expected-Bucket-Owner", owner)
		w.refused("owner "+owner, status, body)
	}
}
