package gateway

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv2"
	"github.com/sallyport/sallyport/internal/sigv4"
)

// upload is a browser's form for green's bucket.
type upload struct {
	bucket     string
	fields     []string // names and values
	conditions []any    // nil: the form has no policy
	expires    time.Duration
	file       string
	v2         bool
	anywhere   bool                           // the policy names no bucket
	edit       func(fields []string) []string // after signing
}

// signForm adds to a form what signs its policy.
func (u *upload) signForm(who sigv4.Credentials) []string {
	fields := u.fields
	now := time.Now().UTC()
	conditions := append([]any{}, u.conditions...)
	if bucket := cmp.Or(u.bucket, "green-bucket"); !u.anywhere && !slices.ContainsFunc(conditions, func(c any) bool {
		m, _ := c.(map[string]string)
		return m["bucket"] != ""
	}) {
		conditions = append(conditions, map[string]string{"bucket": bucket})
	}
	add := func(name, value string, covered bool) {
		fields = append(fields, name, value)
		if covered {
			conditions = append(conditions, map[string]string{name: value})
		}
	}
	scope := now.Format("20060102") + "/us-east-1/s3/aws4_request"
	if who.SessionToken != "" {
		add("x-amz-security-token", who.SessionToken, true)
	}
	if u.v2 {
		add("AWSAccessKeyId", who.AccessKeyID, false)
	} else {
		add("x-amz-algorithm", "AWS4-HMAC-SHA256", true)
		add("x-amz-credential", who.AccessKeyID+"/"+scope, true)
		add("x-amz-date", now.Format("20060102T150405Z"), true)
	}
	expires := u.expires
	if expires == 0 {
		expires = time.Hour
	}
	document, _ := json.Marshal(map[string]any{"expiration": now.Add(expires).Format("2006-01-02T15:04:05Z"), "conditions": conditions})
	policy := base64.StdEncoding.EncodeToString(document)
	add("policy", policy, false)
	if u.v2 {
		add("signature", sigv2.Sign(who.SecretAccessKey, policy), false)
	} else {
		add("x-amz-signature", sigv4.SignPolicy(who.SecretAccessKey, policy, now.Format("20060102"), "us-east-1"), false)
	}
	return fields
}

func multipartForm(fields []string, file string) (body *bytes.Buffer, contentType string) {
	body = new(bytes.Buffer)
	m := multipart.NewWriter(body)
	for i := 0; i < len(fields); i += 2 {
		m.WriteField(fields[i], fields[i+1])
	}
	f, _ := m.CreateFormFile("file", "photo.jpg")
	io.WriteString(f, file)
	m.WriteField("submit", "behind the file")
	m.Close()
	return body, m.FormDataContentType()
}

// post sends a form; nobody signs it if it has no conditions.
func (w *world) post(who sigv4.Credentials, u upload) (*http.Response, string) {
	w.Helper()
	fields := u.fields
	if u.conditions != nil {
		fields = u.signForm(who)
	}
	if u.edit != nil {
		fields = u.edit(fields)
	}
	if u.bucket == "" {
		u.bucket = "green-bucket"
	}
	body, kind := multipartForm(fields, u.file)
	req := w.request("POST", "/"+u.bucket, body.String())
	req.Header.Set("Content-Type", kind)
	return w.roundTrip(req)
}

// roundTrip follows no redirect.
func (w *world) roundTrip(req *http.Request) (*http.Response, string) {
	w.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp, string(text)
}

// fields and the conditions that cover them.
func covered(fields ...string) (list []string, conditions []any) {
	for i := 0; i < len(fields); i += 2 {
		conditions = append(conditions, map[string]string{fields[i]: fields[i+1]})
	}
	return fields, conditions
}

func TestFormUploads(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	root := w.green.credentials()
	for name, v2 := range map[string]bool{"version 4": false, "version 2": true} {
		t.Run(name, func(t *testing.T) {
			fields, conditions := covered("acl", "bucket-owner-full-control", "Content-Type", "image/jpeg", "x-amz-meta-colour", "blue", "Cache-Control", "no-store",
				"tagging", "<Tagging><TagSet><Tag><Key>a b</Key><Value>c=d</Value></Tag></TagSet></Tagging>", "success_action_status", "201",
				"x-amz-server-side-encryption", "AES256", "x-amz-checksum-crc32", "n1l/VQ==", "x-amz-storage-class", "STANDARD")
			u := upload{fields: append(fields, "key", "dir/${filename}"), v2: v2, file: "some bytes",
				conditions: append(conditions, []any{"starts-with", "$Key", "dir/"}, []any{"content-length-range", 10, 10}, map[string]string{"bucket": "green-bucket"})}
			resp, body := w.post(root, u)
			location := w.url + "/green-bucket/dir%2Fphoto.jpg"
			etag := resp.Header.Get("ETag")
			want := `<PostResponse><Location>` + location + `</Location><Bucket>green-bucket</Bucket><Key>dir/photo.jpg</Key><ETag>` + strings.ReplaceAll(etag, `"`, "&#34;") + `</ETag></PostResponse>`
			if resp.StatusCode != 201 || !strings.HasSuffix(body, want) || resp.Header.Get("Location") != location || resp.Header.Get("Content-Type") != "application/xml" {
				t.Fatalf("%d %s %v\n%s", resp.StatusCode, body, resp.Header, w.log)
			}
			req := w.request("GET", "/green-bucket/dir/photo.jpg", "")
			sigv4.Sign(req, root, "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
			got, text := w.roundTrip(req)
			if text != "some bytes" || got.Header.Get("Content-Type") != "image/jpeg" || got.Header.Get("X-Amz-Meta-Colour") != "blue" ||
				got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("X-Amz-Tagging-Count") != "1" || got.Header.Get("ETag") != etag {
				t.Errorf("%q %v", text, got.Header)
			}
			w.want(200, "<Key>a b</Key><Value>c=d</Value>")(w.s3(w.green, "GET", "/green-bucket/dir/photo.jpg?tagging", ""))
			w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket/dir/photo.jpg", ""))
		})
	}
}

// TestFormAnswers: a form chooses how its success is answered.
func TestFormAnswers(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	const tail = "bucket=green-bucket&key=a%2Fb+c&etag=%22d41d8cd98f00b204e9800998ecf8427e%22"
	for name, tt := range map[string]struct {
		fields   []string
		status   int
		location string
	}{
		"nothing":               {nil, 204, w.url + "/green-bucket/a%2Fb%20c"},
		"200":                   {[]string{"success_action_status", "200"}, 200, w.url + "/green-bucket/a%2Fb%20c"},
		"201":                   {[]string{"success_action_status", "201"}, 201, w.url + "/green-bucket/a%2Fb%20c"},
		"204":                   {[]string{"success_action_status", "204"}, 204, w.url + "/green-bucket/a%2Fb%20c"},
		"404":                   {[]string{"success_action_status", "404"}, 204, w.url + "/green-bucket/a%2Fb%20c"},
		"redirect":              {[]string{"success_action_redirect", "https://example.com/done"}, 303, "https://example.com/done?" + tail},
		"redirect, query":       {[]string{"success_action_redirect", "http://example.com/?a=b#c", "success_action_status", "201"}, 303, "http://example.com/?a=b&" + tail + "#c"},
		"old redirect":          {[]string{"redirect", "http://example.com/"}, 303, "http://example.com/?" + tail},
		"redirect to nowhere":   {[]string{"success_action_redirect", "done.html"}, 204, w.url + "/green-bucket/a%2Fb%20c"},
		"redirect to a script":  {[]string{"success_action_redirect", "javascript:alert(1)"}, 204, w.url + "/green-bucket/a%2Fb%20c"},
		"redirect with headers": {[]string{"success_action_redirect", "http://example.com/\r\nX: y"}, 204, w.url + "/green-bucket/a%2Fb%20c"},
	} {
		fields, conditions := covered(append(tt.fields, "key", "a/b c")...)
		resp, body := w.post(w.green.credentials(), upload{fields: fields, conditions: conditions})
		if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.location || (body != "") != (tt.status == 201) || resp.Header.Get("ETag") != `"d41d8cd98f00b204e9800998ecf8427e"` {
			t.Errorf("%s: %d %v %s", name, resp.StatusCode, resp.Header, body)
		}
	}
	// At a bucket's own host.
	fields, conditions := covered("key", "k")
	body, kind := multipartForm((&upload{fields: fields, conditions: conditions}).signForm(w.green.credentials()), "x")
	req := w.request("POST", "/", body.String())
	req.Host = "green-bucket.s3.test"
	req.Header.Set("Content-Type", kind)
	if resp, body := w.roundTrip(req); resp.StatusCode != 204 || resp.Header.Get("Location") != "http://green-bucket.s3.test/k" {
		t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
	}
}

// TestFormRefusals: what is wrong with a form, and that nothing is stored then.
func TestFormRefusals(t *testing.T) {
	w := hunted(t)
	root := w.green.credentials()
	base := func(more ...any) upload {
		return upload{fields: []string{"key", "dir/k"}, conditions: append([]any{map[string]string{"key": "dir/k"}}, more...), file: "other"}
	}
	edited := func(edit func([]string) []string) upload { u := base(); u.edit = edit; return u }
	without := func(name string) upload {
		return edited(func(f []string) []string {
			for i := 0; i < len(f); i += 2 {
				if f[i] == name {
					return append(append([]string{}, f[:i]...), f[i+2:]...)
				}
			}
			return f
		})
	}
	with := func(fields ...string) upload {
		return edited(func(f []string) []string { return append(f, fields...) })
	}
	expired := base()
	expired.expires = -time.Second
	tagged := base(map[string]string{"tagging": "<Tagging/>"})
	tagged.fields = append(tagged.fields, "tagging", "<Tagging/>")
	twice := `<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag></TagSet></Tagging>`
	taggedTwice := base(map[string]string{"tagging": twice})
	taggedTwice.fields = append(taggedTwice.fields, "tagging", twice)
	badMD5 := base(map[string]string{"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
	badMD5.fields = append(badMD5.fields, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
	wrongOwner := base(map[string]string{"x-amz-expected-bucket-owner": w.blue.ID})
	wrongOwner.fields = append(wrongOwner.fields, "x-amz-expected-bucket-owner", w.blue.ID)
	longKey := upload{fields: []string{"key", strings.Repeat("k", 1025)}, conditions: []any{[]string{"starts-with", "$key", ""}}}
	unsigned := upload{fields: []string{"key", "dir/k"}}
	elsewhere := base()
	elsewhere.bucket = "blue-bucket"
	other := base(map[string]string{"bucket": "blue-bucket"})
	anywhere := base()
	anywhere.anywhere = true
	twoKeys := with("key", "dir/l")
	for name, tt := range map[string]struct {
		who    sigv4.Credentials
		u      upload
		status int
		text   string
	}{
		"too small":         {root, base([]any{"content-length-range", 6, 9}), 400, "<Code>EntityTooSmall</Code><Message>Your proposed upload is smaller than the minimum allowed size</Message><ProposedSize>5</ProposedSize><MinSizeAllowed>6</MinSizeAllowed>"},
		"too large":         {root, base([]any{"content-length-range", 0, 4}), 400, "<Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum allowed size</Message><ProposedSize>5</ProposedSize><MaxSizeAllowed>4</MaxSizeAllowed>"},
		"expired":           {root, expired, 403, "<Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message>"},
		"uncovered field":   {root, with("x-amz-meta-a", "b"), 403, "Invalid according to Policy: Extra input fields: x-amz-meta-a"},
		"another redirect":  {root, base([]any{"eq", "$success_action_redirect", "http://localhost.test/random"}), 403, `Invalid according to Policy: Policy Condition failed: [&quot;eq&quot;, &quot;$success_action_redirect&quot;, &quot;http://localhost.test/random&quot;]`},
		"another bucket":    {root, other, 403, "Policy Condition failed"},
		"no bucket named":   {root, anywhere, 403, "Invalid according to Policy: Extra input fields: bucket"},
		"two keys":          {root, twoKeys, 403, "Policy Condition failed"},
		"no key":            {root, without("key"), 400, "<Message>Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.</Message><ArgumentName>key</ArgumentName>"},
		"no signature":      {root, without("x-amz-signature"), 400, "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified"},
		"no policy":         {root, without("policy"), 400, "Bucket POST must contain a field named 'Policy'.  If it is specified"},
		"unknown key":       {sigv4.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}, base(), 403, "InvalidAccessKeyId"},
		"wrong secret":      {sigv4.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: "x"}, base(), 403, "<Code>SignatureDoesNotMatch</Code>"},
		"a token":           {sigv4.Credentials{AccessKeyID: root.AccessKeyID, SecretAccessKey: root.SecretAccessKey, SessionToken: "x"}, base(), 400, "<Code>InvalidToken</Code>"},
		"nobody":            {root, unsigned, 403, "<Code>AccessDenied</Code><Message>Access Denied</Message>"},
		"blue":              {w.blue.credentials(), base(), 403, "because no resource-based policy allows the s3:PutObject action"},
		"green, at blue's":  {root, elsewhere, 403, "<Code>AccessDenied</Code>"},
		"bad tagging":       {root, tagged, 400, "<Code>MalformedXML</Code>"},
		"tags twice":        {root, taggedTwice, 400, "Cannot provide multiple Tags with the same key"},
		"bad digest":        {root, badMD5, 400, "<Code>BadDigest</Code>"},
		"expected owner":    {root, wrongOwner, 403, "<Code>AccessDenied</Code>"},
		"long key":          {root, longKey, 400, "<Code>KeyTooLongError</Code>"},
		"conditions":        {root, base(map[string]string{"a": "b", "c": "d"}), 400, "<Code>InvalidPolicyDocument</Code><Message>Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.</Message>"},
		"no bucket":         {root, upload{bucket: "no-bucket", fields: []string{"key", "dir/k"}, conditions: []any{map[string]string{"key": "dir/k"}}}, 404, "<Code>NoSuchBucket</Code>"},
		"both versions":     {root, with("AWSAccessKeyId", root.AccessKeyID, "signature", "x"), 403, "Extra input fields: awsaccesskeyid, signature"},
		"fields too large":  {root, with("x-ignore-a", strings.Repeat("x", 20<<10)), 400, "<Code>MaxPostPreDataLengthExceededError</Code>"},
		"policy, no signer": {root, edited(func([]string) []string { return []string{"key", "dir/k", "policy", "e30="} }), 403, "<Code>AccessDenied</Code>"},
	} {
		for _, v2 := range []bool{false, true} {
			if v2 && (name == "no signature" || name == "both versions") {
				continue
			}
			tt.u.v2 = v2
			if resp, body := w.post(tt.who, tt.u); resp.StatusCode != tt.status || !strings.Contains(strings.ReplaceAll(body, "&#34;", "&quot;"), tt.text) {
				t.Errorf("%s, version 2 %v: %d %s, want %d %s", name, v2, resp.StatusCode, body, tt.status, tt.text)
			}
		}
	}
	w.intact()
	w.want(404, "")(w.s3(w.blue, "GET", "/blue-bucket/dir/k", ""))
}

// TestFormsThatAreNone: what is posted to a bucket otherwise.
func TestFormsThatAreNone(t *testing.T) {
	w := hunted(t)
	send := func(kind, body string, header ...string) (int, string) {
		req := w.request("POST", "/green-bucket", body)
		req.Header.Set("Content-Type", kind)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return w.send(req)
	}
	w.want(412, "<Code>PreconditionFailed</Code>")(send("application/x-www-form-urlencoded", "key=k"))
	w.want(412, "<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>")(w.s3(w.green, "POST", "/green-bucket", "x"))
	w.want(400, "<Code>MalformedPOSTRequest</Code>")(send("multipart/form-data", "key=k"))
	w.want(400, "<Code>MalformedPOSTRequest</Code>")(send("multipart/form-data; boundary=x", "key=k"))
	body, kind := multipartForm([]string{"key", "dir/k"}, "x")
	w.want(400, "Only one auth mechanism allowed")(send(kind, body.String(), "Authorization", "AWS a:b"))
	w.want(400, "POST requires exactly one file upload per request.")(send("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=key\r\n\r\nk\r\n--x--\r\n"))
	// A file that is cut short is not stored.
	signed, kind := multipartForm((&upload{fields: []string{"key", "dir/k"}, conditions: []any{map[string]string{"key": "dir/k"}}}).signForm(w.green.credentials()), strings.Repeat("x", 100))
	text, _, _ := strings.Cut(signed.String(), "xxx\r\n")
	w.want(400, "<Code>MalformedPOSTRequest</Code>")(send(kind, text))
	// Without Content-Length.
	req := w.request("POST", "/green-bucket", "")
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(signed.String())), -1
	req.Header.Set("Content-Type", kind)
	w.want(411, "<Code>MissingContentLength</Code>")(w.send(req))
	// Not to an object, and not with a sub-resource.
	req = w.request("POST", "/green-bucket/dir/k", body.String())
	req.Header.Set("Content-Type", kind)
	w.want(405, "<Code>MethodNotAllowed</Code>")(w.send(req))
	req = w.request("POST", "/green-bucket?delete", body.String())
	req.Header.Set("Content-Type", kind)
	if status, text := w.send(req); status/100 == 2 {
		t.Errorf("%d %s", status, text)
	}
	w.intact()
}

// TestFormsAreAuthorizedAsPuts: a form needs what PutObject needs, and policies
// can tell it from other requests.
func TestFormsAreAuthorizedAsPuts(t *testing.T) {
	w := hunted(t)
	alice := w.user(w.green, "alice", "")
	plain := upload{fields: []string{"key", "up"}, conditions: []any{map[string]string{"key": "up"}}}
	fields, conditions := covered("key", "up", "tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	tagged := upload{fields: fields, conditions: conditions}
	try := func(name string, u upload, status int, text string) {
		t.Helper()
		if resp, body := w.post(alice, u); resp.StatusCode != status || !strings.Contains(body, text) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
	}
	try("no policy", plain, 403, "is not authorized to perform: s3:PutObject on resource: &quot;arn:aws:s3:::green-bucket/up&quot; because no identity-based policy allows the s3:PutObject action")
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`)
	try("allowed", plain, 204, "")
	try("tags", tagged, 403, "s3:PutObjectTagging")
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"*","Condition":{"StringEquals":{"s3:RequestObjectTag/a":"b"}}}`)
	try("tags allowed", tagged, 204, "")
	try("no tags", plain, 403, "s3:PutObject")
	w.grant(w.green, "alice", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"s3:authType":"POST","s3:signatureversion":"AWS4-HMAC-SHA256"}}}`)
	try("POST and version 4", plain, 204, "")
	v2 := plain
	v2.v2 = true
	try("POST and version 2", v2, 403, "s3:PutObject")
	w.want(403, "s3:PutObject")(w.as(alice, "PUT", "/green-bucket/up", ""))

	// Temporary credentials bring their token in the form.
	session := credentialsIn(w.ok(alice, "sts", "GetSessionToken"))
	if resp, body := w.post(session, plain); resp.StatusCode != 204 {
		t.Errorf("session: %d %s", resp.StatusCode, body)
	}
	cut := plain
	cut.edit = func(f []string) []string { return append(append([]string{}, f[:2]...), f[4:]...) }
	if resp, body := w.post(session, cut); resp.StatusCode != 403 {
		t.Errorf("session without its token: %d %s", resp.StatusCode, body)
	}
}

// TestAnonymousForms: nobody may upload where everybody may.
func TestAnonymousForms(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?publicAccessBlock", ""))
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::green-bucket/in/*"}]}`))
	if resp, body := w.post(sigv4.Credentials{}, upload{fields: []string{"key", "in/${filename}", "Content-Type", "text/x"}, file: "hello"}); resp.StatusCode != 204 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	w.want(200, "hello")(w.s3(w.green, "GET", "/green-bucket/in/photo.jpg", ""))
	if resp, body := w.post(sigv4.Credentials{}, upload{fields: []string{"key", "out/k"}}); resp.StatusCode != 403 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if resp, body := w.post(sigv4.Credentials{}, upload{fields: []string{"key", "in/k", "acl", "public-read"}}); resp.StatusCode != 400 && resp.StatusCode != 403 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// TestFormsStream: a large file goes through without being held.
func TestFormsStream(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	const size = 24 << 20
	fields, conditions := covered("key", "large")
	head, kind := multipartForm((&upload{fields: fields, conditions: append(conditions, []any{"content-length-range", 0, size})}).signForm(w.green.credentials()), "FILE")
	before, after, _ := strings.Cut(head.String(), "FILE")
	for extra, want := range map[int64]int{0: 204, 1: 400, 2 << 20: 400} {
		req := w.request("POST", "/green-bucket", "")
		req.Header.Set("Content-Type", kind)
		req.ContentLength = int64(len(before)) + size + extra + int64(len(after))
		req.Body = io.NopCloser(io.MultiReader(strings.NewReader(before), io.LimitReader(zeros{}, size+extra), strings.NewReader(after)))
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			if want == 400 { // refused before all was sent
				continue
			}
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || want == 400 && !strings.Contains(string(body), "<Code>EntityTooLarge</Code>") {
			t.Errorf("%d bytes more: %d %s", extra, resp.StatusCode, body)
		}
	}
	w.want(200, "<Size>25165824</Size>")(w.s3(w.green, "GET", "/green-bucket?list-type=2&prefix="+url.QueryEscape("large"), ""))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// formsAreShut posts to green's bucket as all those who have no right to it.
func (w *world) formsAreShut(callers map[string]sigv4.Credentials) {
	w.Helper()
	u := upload{fields: []string{"key", "dir/k"}, conditions: []any{map[string]string{"key": "dir/k"}}}
	for name, who := range callers {
		for _, u.v2 = range []bool{false, true} {
			resp, body := w.post(who, u)
			w.shut("PostObject by "+name, resp.StatusCode, body)
		}
	}
	resp, body := w.post(sigv4.Credentials{}, upload{fields: u.fields})
	w.shut("PostObject by nobody", resp.StatusCode, body)
}

// TestFormsTakeNothingFromOutside: headers and parameters around a form, which
// nobody signed, set nothing.
func TestFormsTakeNothingFromOutside(t *testing.T) {
	w := hunted(t)
	u := upload{fields: []string{"key", "up", "x-amz-meta-a", "line\r\nX-Evil: 1"}, conditions: []any{map[string]string{"key": "up"}, []string{"starts-with", "$x-amz-meta-a", ""}}}
	body, kind := multipartForm(u.signForm(w.green.credentials()), "text")
	req := w.request("POST", "/green-bucket?x-amz-meta-d=1&key=dir/k&x-amz-storage-class=GLACIER", body.String())
	for name, value := range map[string]string{"Content-Type": kind, "X-Amz-Meta-B": "1", "X-Amz-Tagging": "a=b", "Cache-Control": "no-store",
		"X-Amz-Storage-Class": "GLACIER", "X-Amz-Website-Redirect-Location": "/x", "If-Match": "x", "X-Amz-Security-Token": "x", "X-Amz-Copy-Source": "/green-bucket/dir/k"} {
		req.Header.Set(name, value)
	}
	if resp, body := w.roundTrip(req); resp.StatusCode != 204 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	resp, text := w.at("localhost", "GET", "/green-bucket/up")
	if text != "text" || resp.Header.Get("Cache-Control") != "" || resp.Header.Get("X-Amz-Meta-B") != "" || resp.Header.Get("X-Amz-Meta-D") != "" || resp.Header.Get("X-Evil") != "" ||
		resp.Header.Get("X-Amz-Tagging-Count") != "" || resp.Header.Get("X-Amz-Storage-Class") != "" || resp.Header.Get("X-Amz-Website-Redirect-Location") != "" {
		t.Errorf("%q %v", text, resp.Header)
	}
	// What says whose the bucket must be is heeded wherever it stands.
	for owner, status := range map[string]int{w.green.ID: 204, w.blue.ID: 403, "x": 400} {
		body, kind := multipartForm(u.signForm(w.green.credentials()), "text")
		req := w.request("POST", "/green-bucket", body.String())
		req.Header.Set("Content-Type", kind)
		req.Header.Set("X-Amz-Expected-Bucket-Owner", owner)
		if resp, body := w.roundTrip(req); resp.StatusCode != status {
			t.Errorf("%s: %d %s", owner, resp.StatusCode, body)
		}
	}
}
