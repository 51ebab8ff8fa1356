package gateway

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/sigv4"
)

// aclWorld is a world in which green's bucket has ACLs and is not closed to the
// public.
type aclWorld struct {
	*world
	carol *RootAccount // a third account
	reads sigv4.Credentials
	idle  sigv4.Credentials // of blue's users: one that may do anything in S3, one that may do nothing
}

func newACLWorld(t testing.TB, ownership string) *aclWorld {
	w := &aclWorld{world: newWorld(t)}
	var err error
	if w.carol, err = w.g.EnsureAccount(t.Context(), "carol", ""); err != nil {
		t.Fatal(err)
	}
	w.want(200, "")(w.s3(w.green, "PUT", "/acls", "", "X-Amz-Object-Ownership", ownership))
	w.want(204, "")(w.s3(w.green, "DELETE", "/acls?publicAccessBlock", ""))
	w.reads = w.user(w.blue, "reader", allow("s3:*", "*"))
	w.idle = w.user(w.blue, "idler", "")
	return w
}

func (w *aclWorld) canonical(of *RootAccount) string { return w.g.directory.CanonicalID(of.ID) }

func (w *aclWorld) nobody(method, path, body string, header ...string) (int, string) {
	w.Helper()
	req := w.request(method, path, body)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return w.send(req)
}

func (w *aclWorld) mode(mode string) {
	w.Helper()
	w.want(200, "")(w.s3(w.green, "PUT", "/acls?ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>"+mode+"</ObjectOwnership></Rule></OwnershipControls>"))
}

const no = "<Code>AccessDenied</Code>"

// TestObjectACLs: who may read an object by its ACL.
func TestObjectACLs(t *testing.T) {
	w := newACLWorld(t, "ObjectWriter")
	put := func(header ...string) {
		w.Helper()
		w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "text", header...))
	}
	get := func(who, body string, status int) {
		w.Helper()
		switch who {
		case "nobody":
			w.want(status, body)(w.nobody("GET", "/acls/k", ""))
		case "reader":
			w.want(status, body)(w.as(w.reads, "GET", "/acls/k", ""))
		case "idler":
			w.want(status, body)(w.as(w.idle, "GET", "/acls/k", ""))
		case "blue":
			w.want(status, body)(w.s3(w.blue, "GET", "/acls/k", ""))
		case "carol":
			w.want(status, body)(w.s3(w.carol, "GET", "/acls/k", ""))
		}
	}
	for _, c := range []struct {
		name, readers string
		header        []string
	}{
		{"private", "", nil},
		{"public", "nobody reader blue carol", []string{"X-Amz-Acl", "public-read"}},
		{"signed", "reader blue carol", []string{"X-Amz-Acl", "authenticated-read"}},
		{"an account", "reader blue", []string{"X-Amz-Grant-Read", "id=" + w.canonical(w.blue)}},
		{"by address", "reader blue", []string{"X-Amz-Grant-Full-Control", `emailAddress="blue@example.com"`}},
		{"not to read", "", []string{"X-Amz-Grant-Read-Acp", "id=" + w.canonical(w.blue)}},
		{"ec2", "", []string{"X-Amz-Acl", "aws-exec-read"}},
	} {
		put(c.header...)
		for _, who := range []string{"nobody", "reader", "idler", "blue", "carol"} {
			if strings.Contains(c.readers, who) {
				get(who, "text", 200)
			} else {
				get(who, no, 403)
			}
		}
		w.want(200, "text")(w.s3(w.green, "GET", "/acls/k", ""))
	}
	// A Deny beats every ACL, and IgnorePublicAcls the public ones.
	put("X-Amz-Acl", "public-read")
	w.want(204, "")(w.s3(w.green, "PUT", "/acls?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acls/*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"`+w.green.ID+`"}}}]}`))
	get("nobody", no, 403)
	get("blue", no, 403)
	w.want(204, "")(w.s3(w.green, "DELETE", "/acls?policy", ""))
	get("nobody", "text", 200)
	w.block("<IgnorePublicAcls>true</IgnorePublicAcls>")
	get("nobody", no, 403)
	get("blue", no, 403)
	put("X-Amz-Grant-Read", "id="+w.canonical(w.blue))
	get("blue", "text", 200)
	// BlockPublicAcls refuses to write them, in headers and bodies.
	w.block("<BlockPublicAcls>true</BlockPublicAcls>")
	for _, acl := range []string{"public-read", "public-read-write", "authenticated-read"} {
		w.want(403, "because public ACLs are prevented by the BlockPublicAcls setting")(w.s3(w.green, "PUT", "/acls/k", "other", "X-Amz-Acl", acl))
		w.want(403, no)(w.s3(w.green, "PUT", "/acls/k?acl", "", "X-Amz-Acl", acl))
		w.want(403, no)(w.s3(w.green, "PUT", "/acls?acl", "", "X-Amz-Acl", acl))
		w.want(403, no)(w.s3(w.green, "POST", "/acls/k?uploads", "", "X-Amz-Acl", acl))
		w.want(403, no)(w.s3(w.green, "PUT", "/acls/k", "", "X-Amz-Acl", acl, "X-Amz-Copy-Source", "acls/k"))
	}
	group := `uri="http://acs.amazonaws.com/groups/global/AllUsers"`
	w.want(403, no)(w.s3(w.green, "PUT", "/acls/k", "other", "X-Amz-Grant-Read", "id="+w.canonical(w.blue)+", "+group))
	w.want(403, no)(w.put(w.green, "/acls/k?acl", w.policy(w.green, `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>`, "READ")))
	w.want(200, "text")(w.s3(w.green, "GET", "/acls/k", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/acls/k?acl", "", "X-Amz-Acl", "private"))
}

func (w *aclWorld) block(settings string) {
	w.Helper()
	w.want(200, "")(w.put(w.green, "/acls?publicAccessBlock", "<PublicAccessBlockConfiguration>"+settings+"</PublicAccessBlockConfiguration>"))
}

func (w *aclWorld) put(who *RootAccount, path, body string) (int, string) {
	w.Helper()
	return w.s3(who, "PUT", path, body)
}

func (w *aclWorld) policy(owner *RootAccount, grantee, permission string) string {
	return `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>` + w.canonical(owner) + `</ID></Owner><AccessControlList>` +
		`<Grant>` + grantee + `<Permission>` + permission + `</Permission></Grant></AccessControlList></AccessControlPolicy>`
}

func (w *aclWorld) account(of *RootAccount) string {
	return `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>` + w.canonical(of) + `</ID></Grantee>`
}

// TestBucketACLs: what each permission on a bucket lets another account do.
func TestBucketACLs(t *testing.T) {
	w := newACLWorld(t, "ObjectWriter")
	w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "text"))
	for permission, may := range map[string]map[string]int{
		"READ":         {"GET /acls": 200, "GET /acls?uploads": 200, "GET /acls/missing": 404, "GET /acls/missing?acl": 404, "HEAD /acls": 200},
		"WRITE":        {"PUT /acls/new": 200, "PUT /acls/k": 200},
		"READ_ACP":     {"GET /acls?acl": 200},
		"WRITE_ACP":    {"PUT /acls?acl": 200},
		"FULL_CONTROL": {"GET /acls": 200, "GET /acls?uploads": 200, "GET /acls/missing": 404, "GET /acls/missing?acl": 404, "HEAD /acls": 200, "PUT /acls/new": 200, "PUT /acls/k": 200, "GET /acls?acl": 200, "PUT /acls?acl": 200},
	} {
		t.Run(permission, func(t *testing.T) {
			for _, request := range []string{"GET /acls", "HEAD /acls", "GET /acls?uploads", "GET /acls/missing", "GET /acls/missing?acl", "GET /acls/k", "PUT /acls/new",
				"PUT /acls/k", "GET /acls?acl", "PUT /acls?acl", "DELETE /acls/k", "DELETE /acls", "GET /acls?policy", "GET /acls?location", "PUT /acls/k?acl"} {
				w.want(204, "")(w.s3(w.green, "DELETE", "/acls/new", ""))
				w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "text"))
				w.want(200, "")(w.put(w.green, "/acls?acl", w.policy(w.green, w.account(w.blue), permission)))
				method, path, _ := strings.Cut(request, " ")
				var header []string
				if strings.HasSuffix(path, "acl") && method == "PUT" {
					header = []string{"X-Amz-Acl", "private"}
				}
				want, ok := may[request]
				if !ok {
					want = 403
				}
				if got, body := w.as(w.reads, method, path, "", header...); got != want {
					t.Errorf("%s: %d %s, want %d", request, got, body, want)
				}
				if want != 403 {
					w.want(200, "")(w.put(w.green, "/acls?acl", w.policy(w.green, w.account(w.blue), permission)))
				}
				if got, body := w.as(w.idle, method, path, "", header...); got != 403 {
					t.Errorf("%s without an identity policy: %d %s", request, got, body)
				}
				if got, body := w.s3(w.carol, method, path, "", header...); got != 403 {
					t.Errorf("%s by an account without a grant: %d %s", request, got, body)
				}
			}
		})
	}
}

// TestWriteGrant: who may write by a bucket's ACL alone may also say who can use
// what it writes, and nothing of what others have written.
func TestWriteGrant(t *testing.T) {
	w := newACLWorld(t, "ObjectWriter")
	w.want(200, "")(w.s3(w.green, "PUT", "/acls?acl", "", "X-Amz-Acl", "public-read-write"))
	w.want(200, "")(w.as(w.reads, "PUT", "/acls/theirs", "blue's", "X-Amz-Acl", "bucket-owner-read"))
	w.want(200, "blue's")(w.s3(w.green, "GET", "/acls/theirs", ""))
	w.want(403, no)(w.s3(w.green, "PUT", "/acls/theirs?acl", "", "X-Amz-Acl", "private"))
	w.want(403, no)(w.s3(w.green, "GET", "/acls/theirs?acl", ""))
	w.want(403, no)(w.s3(w.carol, "GET", "/acls/theirs", ""))
	w.want(200, "<ID>"+w.canonical(w.blue)+"</ID>")(w.s3(w.carol, "GET", "/acls", ""))
	// Overwriting another's object makes it one's own.
	w.want(200, "")(w.s3(w.carol, "PUT", "/acls/theirs", "carol's", "X-Amz-Acl", "bucket-owner-full-control"))
	w.want(403, no)(w.as(w.reads, "GET", "/acls/theirs", ""))
	w.want(200, "carol's")(w.s3(w.green, "GET", "/acls/theirs", ""))
	w.want(200, "<ID>"+w.canonical(w.carol)+"</ID>")(w.s3(w.green, "GET", "/acls/theirs?acl", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/acls/theirs?acl", "", "X-Amz-Acl", "authenticated-read"))
	w.want(200, "carol's")(w.as(w.reads, "GET", "/acls/theirs", ""))
	// Who does not sign owns what it writes.
	w.want(200, "")(w.nobody("PUT", "/acls/nobodys", "nobody's"))
	w.want(200, "nobody's")(w.nobody("GET", "/acls/nobodys", ""))
	w.want(200, "<ID>65a011a29cdf8ec533ec3d1ccaae921c</ID>")(w.nobody("GET", "/acls/nobodys?acl", ""))
	w.want(403, no)(w.s3(w.green, "GET", "/acls/nobodys", ""))
	w.want(403, no)(w.as(w.reads, "GET", "/acls/nobodys", ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/acls/nobodys", ""))
	w.want(404, "<Code>NoSuchKey</Code>")(w.nobody("GET", "/acls/nobodys", ""))
	w.want(403, no)(w.nobody("GET", "/acls?policy", ""))
	w.want(200, "")(w.nobody("PUT", "/acls/nobodys", "nobody's"))
	w.block("<IgnorePublicAcls>true</IgnorePublicAcls>")
	w.want(403, no)(w.nobody("GET", "/acls/nobodys", ""))
	w.want(403, no)(w.nobody("PUT", "/acls/more", ""))
	w.want(403, no)(w.s3(w.carol, "PUT", "/acls/more", ""))
}

// TestOwnershipModes: what another account uploads, in the three modes, and who
// can do what with it.
func TestOwnershipModes(t *testing.T) {
	policy := func(w *aclWorld) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + w.blue.ID + `"},"Action":"s3:Put*","Resource":"arn:aws:s3:::acls/*"},` +
			`{"Effect":"Allow","Principal":{"AWS":"` + w.carol.ID + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acls/*"}]}`
	}
	for _, c := range []struct {
		mode, acl            string
		put                  int // status
		owner                string
		green, blue, carol   int
		greenACL             int
		enforced             int // what green gets once the owner is enforced
		greenUser, afterBack int
	}{
		{"BucketOwnerEnforced", "", 200, "green", 200, 403, 200, 200, 200, 200, 200},
		{"BucketOwnerEnforced", "bucket-owner-full-control", 200, "green", 200, 403, 200, 200, 200, 200, 200},
		{"BucketOwnerEnforced", "private", 400, "", 0, 0, 0, 0, 0, 0, 0},
		{"BucketOwnerEnforced", "public-read", 400, "", 0, 0, 0, 0, 0, 0, 0},
		{"BucketOwnerPreferred", "", 200, "blue", 403, 200, 403, 403, 200, 403, 403},
		{"BucketOwnerPreferred", "bucket-owner-full-control", 200, "green", 200, 403, 200, 200, 200, 200, 200},
		{"ObjectWriter", "", 200, "blue", 403, 200, 403, 403, 200, 403, 403},
		{"ObjectWriter", "bucket-owner-full-control", 200, "blue", 200, 200, 403, 200, 200, 200, 200},
		{"ObjectWriter", "public-read", 200, "blue", 200, 200, 200, 403, 200, 200, 200},
	} {
		t.Run(c.mode+" "+c.acl, func(t *testing.T) {
			w := newACLWorld(t, c.mode)
			user := w.user(w.green, "mine", allow("s3:*", "*"))
			w.want(204, "")(w.s3(w.green, "PUT", "/acls?policy", policy(w)))
			var header []string
			if c.acl != "" {
				header = []string{"X-Amz-Acl", c.acl}
			}
			status, body := w.as(w.reads, "PUT", "/acls/k", "text", header...)
			if status != c.put {
				t.Fatalf("put: %d %s", status, body)
			}
			if status == 400 {
				w.want(400, "<Code>AccessControlListNotSupported</Code><Message>The bucket does not allow ACLs</Message>")(status, body)
				return
			}
			check := func(what string, want int) func(int, string) {
				return func(got int, body string) {
					t.Helper()
					if got != want {
						t.Errorf("%s: %d %s, want %d", what, got, body, want)
					}
				}
			}
			check("green reads", c.green)(w.s3(w.green, "GET", "/acls/k", ""))
			check("green's user reads", c.greenUser)(w.as(user, "GET", "/acls/k", ""))
			check("blue reads", c.blue)(w.as(w.reads, "GET", "/acls/k", ""))
			check("carol reads", c.carol)(w.s3(w.carol, "GET", "/acls/k", ""))
			check("green reads the ACL", c.greenACL)(w.s3(w.green, "GET", "/acls/k?acl", ""))
			owner := map[string]*RootAccount{"green": w.green, "blue": w.blue}[c.owner]
			w.want(200, "<ID>"+w.canonical(owner)+"</ID></Owner>")(w.s3(w.green, "GET", "/acls?list-type=2&fetch-owner=true", ""))
			w.mode("BucketOwnerEnforced")
			check("green reads what is its own", c.enforced)(w.s3(w.green, "GET", "/acls/k", ""))
			w.want(200, "<ID>"+w.canonical(w.green)+"</ID></Owner>")(w.s3(w.green, "GET", "/acls", ""))
			w.want(204, "")(w.s3(w.green, "DELETE", "/acls?ownershipControls", ""))
			w.want(404, "OwnershipControlsNotFoundError")(w.s3(w.green, "GET", "/acls?ownershipControls", ""))
			check("green reads what it gave back", c.afterBack)(w.s3(w.green, "GET", "/acls/k", ""))
			w.want(204, "")(w.s3(w.green, "DELETE", "/acls/k", ""))
		})
	}
}

// TestObjectPermissions: what each permission on an object lets another account
// do with it.
func TestObjectPermissions(t *testing.T) {
	w := newACLWorld(t, "BucketOwnerPreferred")
	for permission, may := range map[string]string{
		"READ": "GET /acls/k HEAD /acls/k", "WRITE": "", "READ_ACP": "GET /acls/k?acl", "WRITE_ACP": "PUT /acls/k?acl",
		"FULL_CONTROL": "GET /acls/k HEAD /acls/k GET /acls/k?acl PUT /acls/k?acl",
	} {
		for _, request := range []string{"GET /acls/k", "HEAD /acls/k", "GET /acls/k?acl", "PUT /acls/k?acl", "PUT /acls/k", "DELETE /acls/k", "GET /acls/k?tagging", "GET /acls"} {
			w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "text"))
			w.want(200, "")(w.put(w.green, "/acls/k?acl", w.policy(w.green, w.account(w.blue), permission)))
			method, path, _ := strings.Cut(request, " ")
			status, body := 0, ""
			if method == "PUT" && strings.HasSuffix(path, "acl") {
				status, body = w.as(w.reads, method, path, "", "X-Amz-Acl", "private")
			} else {
				status, body = w.as(w.reads, method, path, "")
			}
			want := http.StatusForbidden
			if slices := strings.Split(may, " "); len(slices) > 1 {
				for i := 0; i < len(slices); i += 2 {
					if slices[i]+" "+slices[i+1] == request {
						want = 200
					}
				}
			}
			if status != want {
				t.Errorf("%s with %s: %d %s, want %d", request, permission, status, body, want)
			}
		}
	}
	// The owner may always put another ACL, even if this one gives it nothing.
	w.want(200, "")(w.put(w.green, "/acls/k?acl", w.policy(w.green, w.account(w.blue), "READ")))
	w.want(200, "")(w.s3(w.green, "PUT", "/acls/k?acl", "", "X-Amz-Acl", "private"))
	w.want(200, "FULL_CONTROL")(w.s3(w.green, "GET", "/acls/k?acl", ""))
}

// TestACLErrors: the errors on the wire.
func TestACLErrors(t *testing.T) {
	w := newACLWorld(t, "ObjectWriter")
	w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "text"))
	for _, path := range []string{"/acls?acl", "/acls/k?acl"} {
		for _, c := range []struct {
			body, code string
			header     []string
		}{
			{"", "<Code>MissingSecurityHeader</Code><Message>Your request was missing a required header</Message><MissingHeaderName>x-amz-acl</MissingHeaderName>", nil},
			{"", "<Code>InvalidArgument</Code><Message></Message><ArgumentName>x-amz-acl</ArgumentName><ArgumentValue>fake-acl</ArgumentValue>", []string{"X-Amz-Acl", "fake-acl"}},
			{"", "<Code>InvalidRequest</Code><Message>Specifying both Canned ACLs and Header Grants is not allowed</Message>", []string{"X-Amz-Acl", "private", "X-Amz-Grant-Read", "id=x"}},
			{w.policy(w.green, w.account(w.blue), "READ"), "<Code>UnexpectedContent</Code><Message>This request does not support content</Message>", []string{"X-Amz-Acl", "private"}},
			{"<AccessControlPolicy/>", "<Code>MalformedACLError</Code>", nil},
			{"<AccessControlPolicy><Owner>", "<Code>MalformedACLError</Code>", nil},
			{"<Other/>", "<Code>MalformedACLError</Code>", nil},
			{w.policy(w.green, w.account(w.blue), "LOOK"), "<Code>MalformedACLError</Code>", nil},
			{w.policy(w.green, "<Grantee><ID>x</ID></Grantee>", "READ"), "<Code>MalformedACLError</Code>", nil},
			{w.policy(w.green, strings.Replace(w.account(w.blue), w.canonical(w.blue), "wrong-id", 1), "READ"),
				"<Message>Invalid id</Message><ArgumentName>CanonicalUser/ID</ArgumentName><ArgumentValue>wrong-id</ArgumentValue>", nil},
			{"", "<Code>UnresolvableGrantByEmailAddress</Code>", []string{"X-Amz-Grant-Write", "emailAddress=nobody@example.com"}},
		} {
			w.want(400, c.code)(w.s3(w.green, "PUT", path, c.body, c.header...))
		}
		w.want(403, no)(w.put(w.green, path, w.policy(w.blue, w.account(w.blue), "READ")))
	}
	w.want(400, "<Code>InvalidBucketAclWithObjectOwnership</Code>")(w.s3(w.green, "PUT", "/fresh", "", "X-Amz-Acl", "public-read"))
	w.want(400, "<Code>InvalidBucketAclWithBlockPublicAccessError</Code>")(w.s3(w.green, "PUT", "/fresh", "", "X-Amz-Acl", "public-read", "X-Amz-Object-Ownership", "ObjectWriter"))
	// A new bucket has neither ACLs nor public ones: the first counts.
	w.want(200, "")(w.s3(w.green, "PUT", "/fresh", "", "X-Amz-Acl", "private"))
	for _, acl := range []string{"private", "public-read"} {
		w.want(400, "<Code>AccessControlListNotSupported</Code>")(w.s3(w.green, "PUT", "/fresh?acl", "", "X-Amz-Acl", acl))
		w.want(400, "<Code>AccessControlListNotSupported</Code>")(w.s3(w.green, "PUT", "/fresh/k", "", "X-Amz-Acl", acl))
	}
	w.want(403, no)(w.s3(w.blue, "PUT", "/fresh?acl", "", "X-Amz-Acl", "private"))
	w.want(200, `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><DisplayName>green</DisplayName><ID>`+w.canonical(w.green)+`</ID></Grantee><Permission>FULL_CONTROL</Permission>`)(
		w.s3(w.green, "GET", "/fresh?acl", ""))
}

// TestACLConditionKeys: bucket policies see the canned ACL and the grants.
func TestACLConditionKeys(t *testing.T) {
	w := newACLWorld(t, "BucketOwnerPreferred")
	demand := func(key, value string) {
		w.Helper()
		w.want(204, "")(w.s3(w.green, "PUT", "/acls?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+w.blue.ID+
			`"},"Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::acls/*","Condition":{"StringEquals":{"`+key+`":"`+value+`"}}}]}`))
	}
	demand("s3:x-amz-acl", "bucket-owner-full-control")
	w.want(403, no)(w.as(w.reads, "PUT", "/acls/k", ""))
	w.want(403, no)(w.as(w.reads, "PUT", "/acls/k", "", "X-Amz-Acl", "private"))
	w.want(200, "")(w.as(w.reads, "PUT", "/acls/k", "", "X-Amz-Acl", "bucket-owner-full-control"))
	grant := "id=" + w.canonical(w.green)
	for _, h := range []string{"full-control", "read", "read-acp", "write-acp"} {
		demand("s3:x-amz-grant-"+h, grant)
		w.want(403, no)(w.as(w.reads, "PUT", "/acls/k", ""))
		w.want(403, no)(w.as(w.reads, "PUT", "/acls/k", "", "X-Amz-Grant-"+h, "id="+w.canonical(w.carol)))
		w.want(200, "")(w.as(w.reads, "PUT", "/acls/k", "", "X-Amz-Grant-"+h, grant))
	}
}

// TestACLChangesInMidRequest: an object that is written anew between the decision
// and the deed is not given to those whom the old one's ACL let in.
func TestACLChangesInMidRequest(t *testing.T) {
	for name, before := range map[string]func(w *aclWorld){
		"replaced": func(w *aclWorld) {
			w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "public", "X-Amz-Acl", "public-read"))
		},
		"made": func(w *aclWorld) {
			w.want(200, "")(w.s3(w.green, "PUT", "/acls?acl", "", "X-Amz-Acl", "public-read"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newACLWorld(t, "ObjectWriter")
			before(w)
			w.interrupt("object", func() {
				w.want(200, "")(w.s3(w.green, "PUT", "/acls/k", "green's secret"))
			})
			w.want(503, "<Code>ServiceUnavailable</Code>")(w.nobody("GET", "/acls/k", ""))
			w.want(403, no)(w.nobody("GET", "/acls/k", ""))
		})
	}
}
