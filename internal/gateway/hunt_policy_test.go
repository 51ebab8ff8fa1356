package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// from is a request with the headers that a condition may look at.
func (w *world) from(who *sigv4.Credentials, path string, header ...string) (int, string) {
	w.Helper()
	req := w.request("GET", path, "")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if who != nil {
		sigv4.Sign(req, *who, "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
	}
	return w.send(req)
}

// unblock lets green's bucket have a public policy.
func (w *world) unblock() {
	w.Helper()
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?publicAccessBlock", ""))
}

// TestValuesOfRequestsAreNoPatterns: what a caller can choose goes into a policy
// as text: wildcards and variables in it are themselves.
func TestValuesOfRequestsAreNoPatterns(t *testing.T) {
	w := hunted(t)
	w.unblock()
	w.share("*", "s3:GetObject", `,"Condition":{"StringLike":{"aws:Referer":"https://green.example/*","aws:UserAgent":"Reader/${aws:Referer}"}}`)
	for _, c := range [][2]string{
		{"*", "*"}, {"https://green.example/*", "*"}, {"https://green.example/x", "Reader/*"}, {"https://green.example/x", "Reader/${aws:Referer}"},
		{"", "Reader/"}, {"HTTPS://GREEN.EXAMPLE/x", "Reader/HTTPS://GREEN.EXAMPLE/x"}, {"https://green.exampl?/x", "Reader/https://green.exampl?/x"},
		{"https://evil.example/https://green.example/x", "Reader/https://evil.example/https://green.example/x"},
	} {
		status, body := w.from(nil, "/green-bucket/dir/k", "Referer", c[0], "User-Agent", c[1])
		w.refused("referer "+c[0]+", agent "+c[1], status, body)
	}
	w.want(200, secret)(w.from(nil, "/green-bucket/dir/k", "Referer", "https://green.example/*", "User-Agent", "Reader/https://green.example/*"))

	// Names and tags of principals cannot hold what would be a pattern.
	green := w.green.credentials()
	for _, name := range []string{"*", "?", "${aws:username}", "a/b", "..", "a b", "ü", strings.Repeat("a", 65), ""} {
		if status, body := w.call(green, "iam", "CreateUser", "UserName", name); status != 400 && name != ".." {
			t.Errorf("user %q: %d %s", name, status, body)
		}
	}
	for _, tag := range []string{"*", "?", "${*}", "a*b", "$"} {
		if status, body := w.call(green, "iam", "CreateUser", "UserName", "tagged", "Tags.member.1.Key", "team", "Tags.member.1.Value", tag); status != 400 {
			t.Errorf("tag %q: %d %s", tag, status, body)
		}
	}
	home := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/${aws:PrincipalTag/team}/*"}]}`
	for name, key := range map[string]string{"none": "dir/k", "slash": "dir/k", "other": "dir/k"} {
		who := w.user(w.green, name, home)
		if tag := map[string]string{"slash": "di/r", "other": "Dir"}[name]; tag != "" {
			w.ok(green, "iam", "TagUser", "UserName", name, "Tags.member.1.Key", "team", "Tags.member.1.Value", tag)
		}
		w.want(403, "AccessDenied")(w.as(who, "GET", "/green-bucket/"+key, ""))
		w.want(403, "AccessDenied")(w.as(who, "GET", "/green-bucket//k", ""))
	}
}

// TestPublicIsWhatPolicyAndBlockSay: the ways past Block Public Access.
func TestPublicIsWhatPolicyAndBlockSay(t *testing.T) {
	w := hunted(t)
	put := func(statement string) (int, string) {
		return w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::green-bucket/*",`+statement+`}]}`)
	}
	for name, statement := range map[string]string{
		"everybody":              `"Principal":"*"`,
		"everybody, in a list":   `"Principal":{"AWS":["` + w.blue.ID + `","*"]}`,
		"wide addresses":         `"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`,
		"any address of v6":      `"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"::/0"}}`,
		"any organization":       `"Principal":"*","Condition":{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`,
		"any principal":          `"Principal":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`,
		"not somebody":           `"Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"` + w.blue.ID + `"}}`,
		"if it exists":           `"Principal":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalAccount":"` + w.green.ID + `"}}`,
		"for all values of none": `"Principal":"*","Condition":{"ForAllValues:StringEquals":{"aws:PrincipalAccount":"` + w.green.ID + `"}}`,
		"by a variable":          `"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}`,
	} {
		if status, body := put(statement); status != 403 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for name, statement := range map[string]string{
		"NotPrincipal with Allow": `"NotPrincipal":{"AWS":"` + w.blue.ID + `"}`,
		"wildcard in an ARN":      `"Principal":{"AWS":"arn:aws:iam::*:user/reader"}`,
		"both":                    `"Principal":"*","NotPrincipal":"*"`,
		"principal twice":         `"Principal":{"AWS":"` + w.green.ID + `"},"Principal":"*"`,
		"other case":              `"principal":"*"`,
		"none":                    `"Sid":"x"`,
	} {
		if status, body := put(statement); status != 400 {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	w.want(403, "AccessDenied")(w.from(nil, "/green-bucket/dir/k"))
	// A public policy that is there already is shut when the block goes back on.
	w.unblock()
	w.share("*", "s3:GetObject")
	w.want(200, secret)(w.from(nil, "/green-bucket/dir/k"))
	blue := w.blue.credentials()
	w.want(200, secret)(w.from(&blue, "/green-bucket/dir/k")) // a root user has every right that its account has
	powerless := w.user(w.blue, "powerless", "")
	w.want(403, "AccessDenied")(w.from(&powerless, "/green-bucket/dir/k"))
	w.want(403, "AccessDenied")(w.from(nil, "/green-bucket?list-type=2&prefix=dir/"))
	const on = `<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket?publicAccessBlock", on, "X-Amz-Checksum-Crc32", crc32Of(on)))
	w.want(403, "AccessDenied")(w.from(nil, "/green-bucket/dir/k"))
	w.want(403, "AccessDenied")(w.from(&blue, "/green-bucket/dir/k"))
}

// TestDeniesCannotBeDodged: by letter case, version ids, other operations that
// read the same, or by being many.
func TestDeniesCannotBeDodged(t *testing.T) {
	w := hunted(t)
	deny := func(name, statement string) sigv4.Credentials {
		return w.user(w.green, name, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny",`+statement+`}]}`)
	}
	for name, c := range map[string]struct {
		who  sigv4.Credentials
		want map[string]int // by "METHOD path"
	}{
		"action in another case": {deny("a1", `"Action":"S3:GETOBJECT*","Resource":"*"`), map[string]int{
			"GET /green-bucket/dir/k": 403, "HEAD /green-bucket/dir/k": 403, "GET /green-bucket/dir/k?versionId=null": 403,
			"GET /green-bucket/dir/k?tagging": 403, "GET /green-bucket/dir/k?acl": 403, "GET /green-bucket/dir/k?attributes": 403, "GET /green-bucket?list-type=2": 200}},
		"everything but listing": {deny("a2", `"NotAction":"s3:ListBucket","Resource":"*"`), map[string]int{
			"GET /green-bucket/dir/k": 403, "GET /green-bucket": 200, "HEAD /green-bucket": 200, "GET /green-bucket?versions": 403, "GET /green-bucket?location": 403}},
		"everything but a folder": {deny("a3", `"Action":"*","NotResource":["arn:aws:s3:::green-bucket/open/*"]`), map[string]int{
			"GET /green-bucket/dir/k": 403, "GET /green-bucket/open/../dir/k": 403, "GET /green-bucket/Open/x": 403, "GET /green-bucket": 403, "DELETE /green-bucket/dir/k": 403}},
		"key in another case": {deny("a5", `"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"AWS:SOURCEIP":"192.0.2.1"}}`), map[string]int{
			"GET /green-bucket/dir/k": 403}},
		"without a header": {deny("a6", `"Action":"s3:GetObject","Resource":"*","Condition":{"StringNotLike":{"aws:Referer":"https://green.example/*"}}`), map[string]int{
			"GET /green-bucket/dir/k": 403}},
		"without TLS":        {deny("a7", `"Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"FALSE"}}`), map[string]int{"GET /green-bucket/dir/k": 403}},
		"tag of the object":  {deny("a8", `"Action":"s3:GetObject*","Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/CLASS":"secret"}}`), map[string]int{"GET /green-bucket/dir/k": 403, "GET /green-bucket/dir/k?versionId=null": 403, "HEAD /green-bucket/dir/k": 403}},
		"a thousand at once": {deny("a9", `"Action":"s3:GetObject","Resource":["arn:aws:s3:::?*/dir/*","arn:aws:s3:::none"]`), map[string]int{"GET /green-bucket/dir/k": 403, "GET /green-bucket/dir%2Fk": 403}},
	} {
		for request, want := range c.want {
			method, path, _ := strings.Cut(request, " ")
			var header []string
			if strings.HasSuffix(path, "?attributes") {
				header = []string{"X-Amz-Object-Attributes", "ETag"}
			}
			if status, body := w.as(c.who, method, path, "", header...); status != want {
				t.Errorf("%s: %s: %d %s", name, request, status, body)
			}
		}
	}
	w.intact()
}
