package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// aclOutput is what get-bucket-acl and get-object-acl print.
type aclOutput struct {
	Owner  struct{ ID, DisplayName string }
	Grants []struct {
		Grantee    struct{ Type, ID, URI, DisplayName string }
		Permission string
	}
}

// aclTest is a bucket of green's with ACLs, which blue may write to by its ACL.
type aclTest struct {
	*server
	t           *testing.T
	bucket      string
	green, blue string // canonical ids
}

func newACLTest(t *testing.T, s *server, bucket, ownership string) *aclTest {
	copied := *s
	copied.t = t // failures belong to this test
	a := &aclTest{server: &copied, t: t, bucket: bucket, green: s.canonicalID(t, "green"), blue: s.canonicalID(t, "blue")}
	c := s.s3(s.profileKeys("green"))
	must(c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, ObjectOwnership: types.ObjectOwnership(ownership)}))(t)
	must(c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: &bucket}))(t)
	return a
}

func (s *server) canonicalID(t *testing.T, profile string) string {
	t.Helper()
	return *must(s.s3(s.profileKeys(profile)).ListBuckets(t.Context(), &s3.ListBucketsInput{}))(t).Owner.ID
}

func (a *aclTest) s3api(profile, operation string, args ...string) result {
	a.t.Helper()
	return a.aws(profile, append([]string{"s3api", operation, "--bucket", a.bucket}, args...)...)
}

// upload puts an object as blue does.
func (a *aclTest) upload(args ...string) result {
	a.t.Helper()
	return a.s3api("blue", "put-object", append([]string{"--key", "k"}, args...)...)
}

func (a *aclTest) get(profile string) result {
	a.t.Helper()
	return a.s3api(profile, "get-object", "--key", "k", "/dev/null")
}

// acl is an ACL in short.
func (a *aclTest) acl(r result) string {
	a.t.Helper()
	var out aclOutput
	r.decode(a.t, &out)
	name := func(id string) string {
		return map[string]string{a.green: "green", a.blue: "blue"}[id]
	}
	text := name(out.Owner.ID) + ":"
	for _, g := range out.Grants {
		text += " " + name(g.Grantee.ID) + g.Grantee.URI[strings.LastIndexByte(g.Grantee.URI, '/')+1:] + "=" + g.Permission
		if g.Grantee.DisplayName != name(g.Grantee.ID) || g.Grantee.Type == "" {
			a.t.Errorf("%+v", g)
		}
	}
	return text
}

func (a *aclTest) wantACL(r result, want string) {
	a.t.Helper()
	if got := a.acl(r); got != want {
		a.t.Errorf("the ACL is %q, not %q", got, want)
	}
}

// TestACLsWithTheCLI: canned ACLs, grant headers and bodies as the AWS CLI sends
// them, between two accounts.
func TestACLsWithTheCLI(t *testing.T) {
	t.Parallel()
	a := newACLTest(t, startServer(t), "acls", "ObjectWriter")
	a.s3api("green", "put-object", "--key", "k").ok(t)
	objectACL := func() result { t.Helper(); return a.s3api("green", "get-object-acl", "--key", "k") }
	a.wantACL(objectACL(), "green: green=FULL_CONTROL")
	a.get("blue").refused(t, "(AccessDenied)")
	a.s3api("green", "put-object-acl", "--key", "k", "--acl", "authenticated-read").ok(t)
	a.wantACL(objectACL(), "green: green=FULL_CONTROL AuthenticatedUsers=READ")
	a.get("blue").ok(t)
	bare(t, "GET", a.endpoint+"/acls/k", "").fails(t, 403, "AccessDenied")
	a.s3api("green", "put-object-acl", "--key", "k", "--acl", "public-read").ok(t)
	bare(t, "GET", a.endpoint+"/acls/k", "").succeeds(t, 200)
	a.s3api("green", "put-object-acl", "--key", "k", "--grant-read", `id="`+a.blue+`",uri=http://acs.amazonaws.com/groups/s3/LogDelivery`,
		"--grant-full-control", "emailaddress=green@example.com").ok(t)
	a.wantACL(objectACL(), "green: green=FULL_CONTROL blue=READ LogDelivery=READ")
	a.get("blue").ok(t)
	bare(t, "GET", a.endpoint+"/acls/k", "").fails(t, 403, "AccessDenied")
	a.s3api("green", "put-object-acl", "--key", "k", "--access-control-policy", `{"Owner":{"ID":"`+a.green+`"},"Grants":[`+
		`{"Grantee":{"Type":"CanonicalUser","ID":"`+a.blue+`"},"Permission":"READ_ACP"},`+
		`{"Grantee":{"Type":"AmazonCustomerByEmail","EmailAddress":"blue@example.com"},"Permission":"WRITE_ACP"}]}`).ok(t)
	a.wantACL(a.s3api("blue", "get-object-acl", "--key", "k"), "green: blue=READ_ACP blue=WRITE_ACP")
	a.get("blue").refused(t, "(AccessDenied)")
	a.s3api("blue", "put-object-acl", "--key", "k", "--acl", "public-read").ok(t)
	a.wantACL(objectACL(), "green: green=FULL_CONTROL AllUsers=READ")
	a.s3api("green", "put-object-acl", "--key", "k", "--grant-read", "id=wrong-id").refused(t, "(InvalidArgument)", "Invalid id")
	a.s3api("green", "put-object-acl", "--key", "k", "--access-control-policy", "{}").refused(t, "(MalformedACLError)")
	a.s3api("blue", "list-objects-v2").refused(t, "(AccessDenied)")
	a.s3api("green", "put-bucket-acl", "--acl", "public-read").ok(t)
	a.wantACL(a.s3api("green", "get-bucket-acl"), "green: green=FULL_CONTROL AllUsers=READ")
	a.s3api("blue", "list-objects-v2").ok(t)
	bare(t, "GET", a.endpoint+"/acls", "").succeeds(t, 200)
	bare(t, "GET", a.endpoint+"/acls/missing", "").fails(t, 404, "NoSuchKey")
	a.s3api("green", "put-public-access-block", "--public-access-block-configuration", "BlockPublicAcls=true,IgnorePublicAcls=true").ok(t)
	bare(t, "GET", a.endpoint+"/acls", "").fails(t, 403, "AccessDenied")
	a.s3api("green", "put-bucket-acl", "--acl", "public-read").refused(t, "(AccessDenied)", "BlockPublicAcls")
}

// TestOwnershipWithTheCLI: whose an upload of another account is, in the three
// modes, and what the bucket's owner can do with it.
func TestOwnershipWithTheCLI(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, c := range []struct {
		mode, acl string
		want      string // the object's ACL; empty where the upload is refused
		greenGets bool
	}{
		{"BucketOwnerEnforced", "bucket-owner-full-control", "green: green=FULL_CONTROL", true},
		{"BucketOwnerEnforced", "private", "", false},
		{"BucketOwnerPreferred", "", "blue: blue=FULL_CONTROL", false},
		{"BucketOwnerPreferred", "bucket-owner-full-control", "green: green=FULL_CONTROL", true},
		{"ObjectWriter", "", "blue: blue=FULL_CONTROL", false},
		{"ObjectWriter", "bucket-owner-full-control", "blue: blue=FULL_CONTROL green=FULL_CONTROL", true},
	} {
		t.Run(c.mode+" "+c.acl, func(t *testing.T) {
			a := newACLTest(t, s, strings.ToLower(strings.Trim(c.mode+"-"+c.acl, "-")), c.mode)
			green := s.s3(s.profileKeys("green"))
			must(green.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &a.bucket, Policy: aws.String(policyJSON(
				allowTo(`{"AWS":"`+s.account("blue").id+`"}`, `["s3:PutObject","s3:PutObjectAcl"]`, `"arn:aws:s3:::`+a.bucket+`/*"`)))}))(t)
			var args []string
			if c.acl != "" {
				args = []string{"--acl", c.acl}
			}
			if c.want == "" {
				a.upload(args...).refused(t, "(AccessControlListNotSupported)", "The bucket does not allow ACLs")
				return
			}
			a.upload(args...).ok(t)
			owner := "blue"
			if strings.HasPrefix(c.want, "green") {
				owner = "green"
			}
			a.wantACL(a.s3api(owner, "get-object-acl", "--key", "k"), c.want)
			if got := a.get("green"); c.greenGets {
				got.ok(t)
			} else {
				got.refused(t, "(AccessDenied)")
			}
			list := must(green.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &a.bucket, FetchOwner: aws.Bool(true)}))(t)
			if len(list.Contents) != 1 || *list.Contents[0].Owner.ID != s.canonicalID(t, owner) {
				t.Errorf("listed as %+v", list.Contents)
			}
		})
	}
}
