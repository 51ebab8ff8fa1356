package gateway

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/awsexport"
)

// bucketFiles are files of the bucket "shared" of the account that is imported.
func bucketFiles(policy string) []awsexport.File {
	owner, stranger := strings.Repeat("a1", 32), strings.Repeat("b2", 32)
	quoted := strings.NewReplacer(`"`, `\"`).Replace(policy)
	return []awsexport.File{
		{Name: "buckets.json", Text: `{"Buckets":[{"Name":"shared","CreationDate":"2020-01-01T00:00:00+00:00"},{"Name":"plain"}],"Owner":{"ID":"` + owner + `"}}`},
		{Name: "policy.json", Bucket: "shared", Kind: "policy", Text: `{"Policy":"` + quoted + `"}`},
		{Name: "acl.json", Bucket: "shared", Kind: "acl", Text: `{"Owner":{"ID":"` + owner + `"},"Grants":[
			{"Grantee":{"ID":"` + owner + `","Type":"CanonicalUser"},"Permission":"FULL_CONTROL"},
			{"Grantee":{"ID":"` + stranger + `","Type":"CanonicalUser"},"Permission":"READ"},
			{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}`},
		{Name: "ownership.json", Bucket: "shared", Kind: "ownership", Text: `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}`},
		{Name: "public-access-block.json", Bucket: "shared", Kind: "public-access-block"},
		{Name: "tagging.json", Bucket: "shared", Kind: "tagging", Text: `{"TagSet":[{"Key":"team","Value":"green"}]}`},
		{Name: "versioning.json", Bucket: "shared", Kind: "versioning", Text: `{"Status":"Enabled"}`},
		{Name: "account-block.json", Text: `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":true,"RestrictPublicBuckets":false}}`},
		{Name: "points.json", Text: `{"AccessPointList":[{"Name":"p"}]}`},
		{Name: "encryption.json", Bucket: "shared", Kind: "encryption", Text: `{}`},
	}
}

func TestImportBuckets(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:role/path/second","arn:aws:iam::210987654321:role/partner"]},` +
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/*"},{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::shared"}]}`
	in := importRequest{Files: append(bucketFiles(policy), files(handMade(t))...)}
	in.DryRun = true
	if got := w.brought(root, in); !strings.HasSuffix(names(got.Created), "bucket plain, bucket shared") {
		t.Errorf("a dry run makes %s", names(got.Created))
	}
	w.want(404, "NoSuchBucket")(w.s3(root, "GET", "/shared", ""))
	in.DryRun = false
	got := w.brought(root, in)
	if !strings.HasSuffix(names(got.Created), "bucket plain, bucket shared") || names(got.Changed) != "account "+imported {
		t.Errorf("made %s, changed %s", names(got.Created), names(got.Changed))
	}
	left := ""
	for _, l := range got.Left {
		left += l.File + ": " + l.What + "\n"
	}
	if want := "points.json: AccessPointList\nencryption.json: encryption\nbucket shared: grant of READ to " + strings.Repeat("b2", 32) + "\n"; left != want {
		t.Errorf("left:\n%swant:\n%s", left, want)
	}

	w.want(200, `"arn:aws:iam::123456789012:role/path/second"`)(w.s3(root, "GET", "/shared?policy", ""))
	w.want(200, `"arn:aws:iam::210987654321:role/partner"`)(w.s3(root, "GET", "/shared?policy", ""))
	w.want(200, "global/AllUsers")(w.s3(root, "GET", "/shared?acl", ""))
	w.want(200, "ObjectWriter")(w.s3(root, "GET", "/shared?ownershipControls", ""))
	w.want(404, "NoSuchPublicAccessBlockConfiguration")(w.s3(root, "GET", "/shared?publicAccessBlock", ""))
	w.want(200, "<Key>team</Key>")(w.s3(root, "GET", "/shared?tagging", ""))
	w.want(200, "Enabled")(w.s3(root, "GET", "/shared?versioning", ""))
	w.want(200, "BucketOwnerEnforced")(w.s3(root, "GET", "/plain?ownershipControls", ""))

	// The role of the same import is in the policy by its id: another of the name is not it.
	who := root.credentials()
	w.ok(who, "iam", "DeleteRolePolicy", "RoleName", "second", "PolicyName", "read")
	w.ok(who, "iam", "DeleteRole", "RoleName", "second")
	w.want(200, `"AROAFP4BKI7Y8TEXAMPLE"`)(w.s3(root, "GET", "/shared?policy", ""))

	// And back: the root user may give a deleted role's id to the role again.
	if got := w.brought(root, in); names(got.Created) != "role second" || names(got.Changed) != "" {
		t.Errorf("made %s, changed %s", names(got.Created), names(got.Changed))
	}
	w.want(200, `"arn:aws:iam::123456789012:role/path/second"`)(w.s3(root, "GET", "/shared?policy", ""))
	if got := w.brought(root, in); len(got.Created)+len(got.Changed) > 0 {
		t.Errorf("made %s, changed %s", names(got.Created), names(got.Changed))
	}
}

// TestImportedForeigners: a role that a policy names is meant once its account is
// here, in whichever order they come.
func TestImportedForeigners(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:role/partner"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/*"}]}`
	w.brought(root, importRequest{Files: append(bucketFiles(policy)[:2], files(handMade(t))...)})
	w.want(200, "")(w.s3(root, "PUT", "/shared/k", "the object"))
	partner := w.account("partner", "210987654321")
	w.role(partner, "partner", trusts(partner.ID), allow("s3:GetObject", "*"))
	w.role(partner, "other", trusts(partner.ID), allow("s3:GetObject", "*"))
	as := w.user(partner, "u", allow("sts:AssumeRole", "*"))
	for role, want := range map[string]int{"partner": 200, "other": 403} {
		session := credentialsIn(w.ok(as, "sts", "AssumeRole", "RoleArn", "arn:aws:iam::210987654321:role/"+role, "RoleSessionName", "session"))
		if status, body := w.as(session, "GET", "/shared/k", ""); status != want {
			t.Errorf("%s: %d %s", role, status, body)
		}
	}
	// Once the partner is here, an import makes the ARN in policies its role's id.
	got := w.brought(root, importRequest{Files: append(bucketFiles(policy)[:2], files(handMade(t))...)})
	if names(got.Changed) != "role EC2role, bucket shared" {
		t.Errorf("changed %s", names(got.Changed))
	}
}

// TestImportBucketPermissions: what is written past Block Public Access needs the
// permission to change it.
func TestImportBucketPermissions(t *testing.T) {
	w := newWorld(t)
	root := w.account("imported", imported)
	w.want(200, "")(w.s3(root, "PUT", "/shared", ""))
	public := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/*"}]}`
	in := importRequest{Files: bucketFiles(public)[1:2]}
	who := w.user(root, "u", allow("s3:PutBucketPolicy", "*"))
	if got := w.bring(who, in); got.status != 403 || !strings.Contains(got.Message, "s3:PutBucketPublicAccessBlock") {
		t.Errorf("%d %s", got.status, got.Message)
	}
	who = w.user(root, "v", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutBucketPolicy","s3:PutBucketPublicAccessBlock"],"Resource":"arn:aws:s3:::shared"}]}`)
	if got := w.bring(who, in); got.status != 200 {
		t.Errorf("%d %s", got.status, got.Message)
	}
	// A bucket of another account is nobody's to import.
	w.want(200, "")(w.s3(w.green, "PUT", "/greens", ""))
	files := bucketFiles(public)[1:2]
	files[0].Bucket = "greens"
	if got := w.bring(root.credentials(), importRequest{Files: files}); got.status != 400 || !strings.Contains(got.Message, "bucket greens") {
		t.Errorf("%d %s", got.status, got.Message)
	}
}
