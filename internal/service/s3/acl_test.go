package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/arn"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

var (
	ownerID    = canonical{}.CanonicalID(owner)
	strangerID = canonical{}.CanonicalID(stranger)
)

// granted is grants in short: who and what.
func granted(grants []api.Grant) string {
	names := map[string]string{ownerID: "owner", strangerID: "stranger", arn.AnonymousCanonicalID: "anonymous", ec2CanonicalID: "ec2"}
	var out []string
	for _, g := range grants {
		who := names[value(g.Grantee.ID)]
		if *g.Grantee.Type == "Group" {
			who = (*g.Grantee.URI)[strings.LastIndexByte(*g.Grantee.URI, '/')+1:]
		}
		out = append(out, who+" "+*g.Permission)
	}
	return strings.Join(out, ", ")
}

func canonicalGrantee(id string) *api.Grantee {
	return &api.Grantee{Type: p("CanonicalUser"), ID: &id}
}

func policyOf(ownerID string, grants ...api.Grant) *api.AccessControlPolicy {
	if grants == nil {
		grants = []api.Grant{}
	}
	return &api.AccessControlPolicy{Owner: &api.Owner{ID: &ownerID}, Grants: grants}
}

func grantOf(permission string, to *api.Grantee) api.Grant {
	return api.Grant{Grantee: to, Permission: &permission}
}

// TestACLRequests: what is put is what is got, of buckets and objects alike.
func TestACLRequests(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("acls", store.ObjectWriter)
	full := func(in []string) *string { s := strings.Join(in, ", "); return &s }
	var hundred []string
	for range store.MaxGrants {
		hundred = append(hundred, "id="+strangerID)
	}
	fullWant := strings.TrimSuffix(strings.Repeat("stranger READ, ", store.MaxGrants), ", ")
	for i, c := range []struct {
		in     api.PutBucketAclInput
		want   string
		object string // where it differs
	}{
		{api.PutBucketAclInput{ACL: p("private")}, "owner FULL_CONTROL", ""},
		{api.PutBucketAclInput{ACL: p("public-read")}, "owner FULL_CONTROL, AllUsers READ", ""},
		{api.PutBucketAclInput{ACL: p("public-read-write")}, "owner FULL_CONTROL, AllUsers READ, AllUsers WRITE", ""},
		{api.PutBucketAclInput{ACL: p("authenticated-read")}, "owner FULL_CONTROL, AuthenticatedUsers READ", ""},
		{api.PutBucketAclInput{ACL: p("aws-exec-read")}, "owner FULL_CONTROL, ec2 READ", ""},
		{api.PutBucketAclInput{ACL: p("bucket-owner-read")}, "owner FULL_CONTROL", "stranger FULL_CONTROL, owner READ"},
		{api.PutBucketAclInput{ACL: p(ownerFullControl)}, "owner FULL_CONTROL", "stranger FULL_CONTROL, owner FULL_CONTROL"},
		{api.PutBucketAclInput{ACL: p("log-delivery-write")}, "owner FULL_CONTROL, LogDelivery WRITE, LogDelivery READ_ACP", "-"},
		{api.PutBucketAclInput{GrantRead: p("id=" + strangerID)}, "stranger READ", ""},
		{api.PutBucketAclInput{GrantRead: p(`id="` + strangerID + `" , uri="` + allUsers + `"`), GrantWriteACP: p("uri=" + logDelivery)},
			"stranger READ, AllUsers READ, LogDelivery WRITE_ACP", ""},
		{api.PutBucketAclInput{GrantFullControl: p("emailaddress=stranger@example.com"), GrantWrite: p(`emailAddress="owner@example.com"`),
			GrantReadACP: p("uri=" + authenticatedUsers)}, "stranger FULL_CONTROL, AuthenticatedUsers READ_ACP, owner WRITE", ""},
		{api.PutBucketAclInput{GrantRead: full(hundred)}, fullWant, ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID)}, "", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID,
			grantOf("WRITE_ACP", canonicalGrantee(strangerID)),
			grantOf("READ", &api.Grantee{Type: p("Group"), URI: p(allUsers)}),
			grantOf("READ_ACP", &api.Grantee{Type: p("AmazonCustomerByEmail"), EmailAddress: p("stranger@example.com")}),
			grantOf("WRITE", canonicalGrantee(arn.AnonymousCanonicalID)),
		)}, "stranger WRITE_ACP, AllUsers READ, stranger READ_ACP, anonymous WRITE", ""},
	} {
		c.in.Bucket = p("acls")
		if _, err := f.PutBucketAcl(f.ctx, &c.in); err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		got, err := f.GetBucketAcl(f.ctx, &api.GetBucketAclInput{Bucket: p("acls")})
		if err != nil || *got.Owner.ID != ownerID || granted(got.Grants) != c.want {
			t.Errorf("case %d: bucket has %s, %v, want %s", i, granted(got.Grants), err, c.want)
		}
		if c.object == "-" {
			continue
		}
		// The object is the stranger's: its own grants are the owner's.
		in := putInput("k", nil)
		in.Bucket = p("acls")
		if _, err := f.PutObject(as(t.Context(), stranger), in); err != nil {
			t.Fatal(err)
		}
		put := api.PutObjectAclInput{Bucket: p("acls"), Key: p("k"), ACL: c.in.ACL, AccessControlPolicy: c.in.AccessControlPolicy,
			GrantFullControl: c.in.GrantFullControl, GrantRead: c.in.GrantRead, GrantReadACP: c.in.GrantReadACP,
			GrantWrite: c.in.GrantWrite, GrantWriteACP: c.in.GrantWriteACP}
		if put.AccessControlPolicy != nil {
			put.AccessControlPolicy.Owner.ID = &strangerID
		}
		want := c.want
		if c.in.ACL != nil {
			want = strings.Replace(want, "owner FULL_CONTROL", "stranger FULL_CONTROL", 1)
		}
		if c.object != "" {
			want = c.object
		}
		if _, err := f.PutObjectAcl(f.ctx, &put); err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		o, err := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("acls"), Key: p("k")})
		if err != nil || *o.Owner.ID != strangerID || granted(o.Grants) != want {
			t.Errorf("case %d: object has %s, %v, want %s", i, granted(o.Grants), err, want)
		}
	}
}

func TestACLsRefused(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("acls", store.ObjectWriter)
	in := putInput("k", nil)
	in.Bucket = p("acls")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	public := &api.Grantee{Type: p("Group"), URI: p(allUsers)}
	body := func(to *api.Grantee) api.PutBucketAclInput {
		return api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID, grantOf("READ", to))}
	}
	noOwner := policyOf(ownerID, grantOf("READ", public))
	noOwner.Owner = nil
	noGrants := policyOf(ownerID)
	noGrants.Grants = nil
	for i, c := range []struct {
		in         api.PutBucketAclInput
		code, text string
	}{
		{api.PutBucketAclInput{}, "MissingSecurityHeader", "Your request was missing a required header\nMissingHeaderName=x-amz-acl"},
		{api.PutBucketAclInput{ACL: p("fake-acl")}, "InvalidArgument", "\nArgumentName=x-amz-acl\nArgumentValue=fake-acl"},
		{api.PutBucketAclInput{ACL: p("")}, "InvalidArgument", "ArgumentName=x-amz-acl"},
		{api.PutBucketAclInput{ACL: p("private"), GrantRead: p("uri=" + allUsers)}, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"},
		{api.PutBucketAclInput{ACL: p("private"), AccessControlPolicy: policyOf(ownerID)}, "UnexpectedContent", "This request does not support content"},
		{api.PutBucketAclInput{GrantRead: p("uri=" + allUsers), AccessControlPolicy: policyOf(ownerID)}, "UnexpectedContent", ""},
		{api.PutBucketAclInput{GrantWrite: p(`fakekey="1234"`)}, "InvalidArgument", "Argument format not recognized\nArgumentName=x-amz-grant-write\nArgumentValue=fakekey=\"1234\""},
		{api.PutBucketAclInput{GrantFullControl: p("")}, "InvalidArgument", "Argument format not recognized\nArgumentName=x-amz-grant-full-control\nArgumentValue="},
		{api.PutBucketAclInput{GrantReadACP: p("id")}, "InvalidArgument", "ArgumentName=x-amz-grant-read-acp\nArgumentValue=id"},
		{api.PutBucketAclInput{GrantWriteACP: p("id=" + ownerID + ",")}, "InvalidArgument", "Argument format not recognized"},
		{api.PutBucketAclInput{GrantRead: p(`uri="http://acs.amazonaws.com/groups/global/Nobody"`)}, "InvalidArgument",
			"Invalid group uri\nArgumentName=uri\nArgumentValue=http://acs.amazonaws.com/groups/global/Nobody"},
		{api.PutBucketAclInput{GrantRead: p("id=wrong-id")}, "InvalidArgument", "Invalid id\nArgumentName=id\nArgumentValue=wrong-id"},
		{api.PutBucketAclInput{GrantRead: p("id=" + owner)}, "InvalidArgument", "Invalid id"},
		{api.PutBucketAclInput{GrantRead: p("emailAddress=nobody@example.com")}, "UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record."},
		{api.PutBucketAclInput{GrantRead: p(strings.Repeat("uri="+allUsers+",", store.MaxGrants) + "uri=" + allUsers)}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: &api.AccessControlPolicy{}}, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema"},
		{api.PutBucketAclInput{AccessControlPolicy: noOwner}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: noGrants}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf("", grantOf("READ", public))}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID, grantOf("EXECUTE", public))}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID, api.Grant{Grantee: public})}, "MalformedACLError", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID, grantOf("READ", nil))}, "MalformedACLError", ""},
		{body(&api.Grantee{Type: p("Group")}), "MalformedACLError", ""},
		{body(&api.Grantee{Type: p("CanonicalUser"), URI: p(allUsers)}), "MalformedACLError", ""},
		{body(&api.Grantee{Type: p("AmazonCustomerByEmail"), ID: p(ownerID)}), "MalformedACLError", ""},
		{body(&api.Grantee{Type: p("Other"), ID: p(ownerID)}), "MalformedACLError", ""},
		{body(&api.Grantee{Type: p("Group"), URI: p("http://nowhere")}), "InvalidArgument", "Invalid group uri\nArgumentName=Group/URI\nArgumentValue=http://nowhere"},
		{body(canonicalGrantee("wrong-id")), "InvalidArgument", "Invalid id\nArgumentName=CanonicalUser/ID\nArgumentValue=wrong-id"},
		{body(&api.Grantee{Type: p("AmazonCustomerByEmail"), EmailAddress: p("nobody@example.com")}), "UnresolvableGrantByEmailAddress", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf("wrong-id")}, "InvalidArgument", "Invalid id\nArgumentName=CanonicalUser/ID\nArgumentValue=wrong-id"},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(strangerID)}, "AccessDenied", "Access Denied"},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(arn.AnonymousCanonicalID)}, "AccessDenied", ""},
		{api.PutBucketAclInput{AccessControlPolicy: policyOf(ownerID, slices.Repeat([]api.Grant{grantOf("READ", public)}, 101)...)}, "MalformedACLError", ""},
	} {
		c.in.Bucket = p("acls")
		_, err := f.PutBucketAcl(f.ctx, &c.in)
		wantError(t, err, c.code, c.text)
		_, err = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("acls"), Key: p("k"), ACL: c.in.ACL, AccessControlPolicy: c.in.AccessControlPolicy,
			GrantFullControl: c.in.GrantFullControl, GrantRead: c.in.GrantRead, GrantReadACP: c.in.GrantReadACP, GrantWrite: c.in.GrantWrite, GrantWriteACP: c.in.GrantWriteACP})
		wantError(t, err, c.code, c.text)
		b, err := f.GetBucketAcl(f.ctx, &api.GetBucketAclInput{Bucket: p("acls")})
		o, err2 := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("acls"), Key: p("k")})
		if err != nil || err2 != nil || granted(b.Grants) != "owner FULL_CONTROL" || granted(o.Grants) != "owner FULL_CONTROL" {
			t.Errorf("case %d changed something: %s, %s", i, granted(b.Grants), granted(o.Grants))
		}
	}
	_, err := f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("acls"), Key: p("k"), ACL: p("log-delivery-write")})
	wantError(t, err, "InvalidArgument", "ArgumentValue=log-delivery-write")
	_, err = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("acls"), Key: p("none"), ACL: p("private")})
	wantError(t, err, "NoSuchKey", "Key=none")
	_, err = f.PutBucketAcl(f.ctx, &api.PutBucketAclInput{Bucket: p("nowhere"), ACL: p("private")})
	wantError(t, err, "NoSuchBucket", "BucketName=nowhere")
	_, err = f.PutBucketAcl(f.ctx, &api.PutBucketAclInput{Bucket: p("acls"), ACL: p("private"), ExpectedBucketOwner: p(stranger)})
	wantError(t, err, "AccessDenied", "")
	_, err = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("acls"), Key: p("k"), ACL: p("private"), ExpectedBucketOwner: p("0000")})
	wantError(t, err, "InvalidBucketOwnerAWSAccountID", "[0000]")
}

// TestEnforcedACLs: without ACLs the owner's full control is all that can be put
// and got, and what was stored before counts again afterwards.
func TestEnforcedACLs(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("acls", store.ObjectWriter)
	in := putInput("k", nil)
	in.Bucket, in.ACL = p("acls"), p("public-read")
	if _, err := f.PutObject(as(t.Context(), stranger), in); err != nil {
		t.Fatal(err)
	}
	own := func(mode string) error {
		_, err := f.PutBucketOwnershipControls(f.ctx, &api.PutBucketOwnershipControlsInput{Bucket: p("acls"),
			OwnershipControls: &api.OwnershipControls{Rules: []api.OwnershipControlsRule{{ObjectOwnership: &mode}}}})
		return err
	}
	acls := func() string {
		b, err := f.GetBucketAcl(f.ctx, &api.GetBucketAclInput{Bucket: p("acls")})
		if err != nil {
			t.Fatal(err)
		}
		o, err := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("acls"), Key: p("k")})
		if err != nil {
			t.Fatal(err)
		}
		listed, err := f.ListObjects(f.ctx, &api.ListObjectsInput{Bucket: p("acls")})
		if err != nil || *listed.Contents[0].Owner.ID != *o.Owner.ID {
			t.Errorf("%+v, %v", listed, err)
		}
		return granted(b.Grants) + "; " + granted([]api.Grant{grantOf("owns", canonicalGrantee(*o.Owner.ID))}) + ", " + granted(o.Grants)
	}
	put := func(in api.PutBucketAclInput) (bucket, object error) {
		in.Bucket = p("acls")
		_, bucket = f.PutBucketAcl(f.ctx, &in)
		_, object = f.PutObjectAcl(f.ctx, &api.PutObjectAclInput{Bucket: p("acls"), Key: p("k"), ACL: in.ACL,
			AccessControlPolicy: in.AccessControlPolicy, GrantFullControl: in.GrantFullControl})
		return bucket, object
	}
	if _, err := f.PutBucketAcl(f.ctx, &api.PutBucketAclInput{Bucket: p("acls"), ACL: p("log-delivery-write")}); err != nil {
		t.Fatal(err)
	}
	wantError(t, own("BucketOwnerEnforced"), "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	if err := own("BucketOwnerPreferred"); err != nil {
		t.Fatal(err)
	}
	const before = "owner FULL_CONTROL, LogDelivery WRITE, LogDelivery READ_ACP; stranger owns, stranger FULL_CONTROL, AllUsers READ"
	if got := acls(); got != before {
		t.Errorf("got %s", got)
	}
	if _, err := f.PutBucketAcl(f.ctx, &api.PutBucketAclInput{Bucket: p("acls"), AccessControlPolicy: policyOf(ownerID,
		grantOf("READ", canonicalGrantee(ownerID)))}); err != nil {
		t.Fatal(err)
	}
	if err := own("BucketOwnerEnforced"); err != nil {
		t.Fatal(err)
	}
	const enforced = "owner FULL_CONTROL; owner owns, owner FULL_CONTROL"
	full := grantOf("FULL_CONTROL", canonicalGrantee(ownerID))
	for i, in := range []api.PutBucketAclInput{{ACL: p(ownerFullControl)}, {GrantFullControl: p("id=" + ownerID)},
		{AccessControlPolicy: policyOf(ownerID, full)}} {
		if b, o := put(in); b != nil || o != nil {
			t.Errorf("case %d: %v, %v", i, b, o)
		}
	}
	for _, in := range []api.PutBucketAclInput{{ACL: p("private")}, {ACL: p("public-read")}, {GrantFullControl: p("id=" + strangerID)},
		{AccessControlPolicy: policyOf(ownerID)}, {AccessControlPolicy: policyOf(ownerID, full, grantOf("READ", canonicalGrantee(strangerID)))},
		{AccessControlPolicy: policyOf(ownerID, grantOf("READ", canonicalGrantee(ownerID)))}} {
		b, o := put(in)
		wantError(t, b, "AccessControlListNotSupported", "The bucket does not allow ACLs")
		wantError(t, o, "AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	if got := acls(); got != enforced {
		t.Errorf("enforced: %s", got)
	}
	if _, err := f.DeleteBucketOwnershipControls(f.ctx, &api.DeleteBucketOwnershipControlsInput{Bucket: p("acls")}); err != nil {
		t.Fatal(err)
	}
	if got := acls(); got != "owner READ; stranger owns, stranger FULL_CONTROL, AllUsers READ" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestACLsOfNewObjects: every way to make an object sets its ACL, and a copy
// takes nothing of its source's.
func TestACLsOfNewObjects(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("acls", store.ObjectWriter)
	ctx := as(t.Context(), stranger)
	in := putInput("put", []byte("x"))
	in.Bucket, in.GrantRead, in.GrantFullControl = p("acls"), p("uri="+allUsers), p("id="+strangerID)
	if _, err := f.PutObject(ctx, in); err != nil {
		t.Fatal(err)
	}
	for key, acl := range map[string]*string{"copy": nil, "copy-read": p("bucket-owner-read")} {
		if _, err := f.CopyObject(ctx, &api.CopyObjectInput{Bucket: p("acls"), Key: &key, CopySource: p("acls/put"), ACL: acl}); err != nil {
			t.Fatal(err)
		}
	}
	up, err := f.CreateMultipartUpload(ctx, &api.CreateMultipartUploadInput{Bucket: p("acls"), Key: p("parts"), ACL: p("authenticated-read")})
	if err != nil {
		t.Fatal(err)
	}
	part, err := f.UploadPart(ctx, &api.UploadPartInput{Bucket: p("acls"), Key: p("parts"), UploadId: up.UploadId, PartNumber: p(int32(1)), Body: bodyOf([]byte("x")), ContentLength: p(int64(1))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.CompleteMultipartUpload(f.ctx, &api.CompleteMultipartUploadInput{Bucket: p("acls"), Key: p("parts"), UploadId: up.UploadId,
		MultipartUpload: &api.CompletedMultipartUpload{Parts: []api.CompletedPart{{PartNumber: p(int32(1)), ETag: part.ETag}}}}); err != nil {
		t.Fatal(err)
	}
	nobody := putInput("nobody", nil)
	nobody.Bucket = p("acls")
	if _, err := f.PutObject(as(t.Context(), ""), nobody); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"put": "stranger FULL_CONTROL, AllUsers READ", "copy": "stranger FULL_CONTROL", "copy-read": "stranger FULL_CONTROL, owner READ",
		"parts": "stranger FULL_CONTROL, AuthenticatedUsers READ", "nobody": "anonymous FULL_CONTROL",
	} {
		got, err := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("acls"), Key: &key})
		if err != nil || granted(got.Grants) != want {
			t.Errorf("%s: %s, %v, want %s", key, granted(got.Grants), err, want)
		}
	}
	list, err := f.ListObjectsV2(f.ctx, &api.ListObjectsV2Input{Bucket: p("acls"), FetchOwner: p(true)})
	if err != nil {
		t.Fatal(err)
	}
	owners := ""
	for _, o := range list.Contents {
		owners += fmt.Sprintf("%s %s\n", *o.Key, (*o.Owner.ID)[:4])
	}
	if want := "copy cccc\ncopy-read cccc\nnobody 65a0\nparts cccc\nput cccc\n"; owners != want {
		t.Errorf("got\n%s", owners)
	}
}

// TestBucketMadeAgain: making one's bucket again resets its ACL, if that is
// permitted.
func TestBucketMadeAgain(t *testing.T) {
	f := newFixture(t)
	create := func(in api.CreateBucketInput) error {
		in.Bucket, in.ObjectOwnership = p("again"), p("ObjectWriter")
		return f.create(in)
	}
	acl := func() string {
		got, err := f.GetBucketAcl(f.ctx, &api.GetBucketAclInput{Bucket: p("again")})
		if err != nil {
			t.Fatal(err)
		}
		return granted(got.Grants)
	}
	reading := api.CreateBucketInput{GrantRead: p("id=" + strangerID)}
	for i, c := range []struct {
		in     api.CreateBucketInput
		denied bool
		code   string
		want   string
	}{
		{reading, false, "", "stranger READ"},
		{api.CreateBucketInput{}, true, "", "stranger READ"},
		{api.CreateBucketInput{}, false, "", "owner FULL_CONTROL"},
		{reading, true, "AccessDenied", "owner FULL_CONTROL"},
		{reading, false, "", "stranger READ"},
	} {
		f.denied["s3:PutBucketAcl"] = c.denied
		err := create(c.in)
		if c.code != "" {
			wantError(t, err, c.code, "")
		} else if err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		if got := acl(); got != c.want {
			t.Errorf("case %d: %s, want %s", i, got, c.want)
		}
	}
}

func FuzzGrantHeader(f *testing.F) {
	f.Add(`id="a", uri=` + allUsers)
	f.Add(`emailAddress="a,b@example.com",id=`)
	f.Fuzz(func(t *testing.T, header string) {
		w, err := (&aclHeaders{read: &header}).wanted(cannedACLs)
		if err == nil && (len(w.grants) == 0 || len(w.grants) > store.MaxGrants) {
			t.Errorf("%q has %d grants", header, len(w.grants))
		}
	})
}
