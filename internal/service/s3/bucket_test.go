package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

func (f *fixture) create(in api.CreateBucketInput) error {
	_, err := f.CreateBucket(f.ctx, &in)
	return err
}

func TestBucketNames(t *testing.T) {
	for name, want := range map[string]bool{
		"abc": true, "a-b.c": true, "123": true, strings.Repeat("a", 63): true, "my.bucket.1": true, "1.2.3.4a": true,
		"": false, "ab": false, strings.Repeat("a", 64): false, "Abc": false, "a_b": false, "-abc": false, "abc-": false,
		".abc": false, "abc.": false, "a..b": false, "a.-b": false, "a-.b": false, "192.168.5.4": false, "1.2.3.400": false, "xn--abc": false,
		"sthree-abc": false, "sthree-configurator": false, "amzn-s3-demo-x": false, "abc-s3alias": false, "abc--ol-s3": false,
		"abc.mrap": false, "abc--x-s3": false, "abc--table-s3": false, "a/b": false, "a b": false, "bücket": false, "a\x00b": false,
	} {
		if got := validName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	f := newFixture(t)
	wantError(t, f.create(api.CreateBucketInput{Bucket: p("A_B")}), "InvalidBucketName", "The specified bucket is not valid.\nBucketName=A_B")
}

func TestCreateBucket(t *testing.T) {
	f := newFixture(t)
	out, err := f.CreateBucket(f.ctx, &api.CreateBucketInput{Bucket: p("fresh")})
	if err != nil || *out.Location != "/fresh" || *out.BucketArn != "arn:aws:s3:::fresh" {
		t.Fatalf("%+v, %v", out, err)
	}
	head, err := f.HeadBucket(f.ctx, &api.HeadBucketInput{Bucket: p("fresh")})
	if err != nil || *head.BucketRegion != "us-east-1" || *head.AccessPointAlias {
		t.Errorf("%+v, %v", head, err)
	}
	o, err := f.GetBucketOwnershipControls(f.ctx, &api.GetBucketOwnershipControlsInput{Bucket: p("fresh")})
	if err != nil || *o.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerEnforced" {
		t.Errorf("%+v, %v", o, err)
	}
	pab, err := f.GetPublicAccessBlock(f.ctx, &api.GetPublicAccessBlockInput{Bucket: p("fresh")})
	if err != nil {
		t.Fatal(err)
	}
	if c := pab.PublicAccessBlockConfiguration; !*c.BlockPublicAcls || !*c.IgnorePublicAcls || !*c.BlockPublicPolicy || !*c.RestrictPublicBuckets {
		t.Errorf("%+v", c)
	}
	if err := f.create(api.CreateBucketInput{Bucket: p("fresh")}); err != nil {
		t.Errorf("again, in us-east-1: %v", err)
	}
	_, err = f.CreateBucket(as(t.Context(), stranger), &api.CreateBucketInput{Bucket: p("fresh")})
	wantError(t, err, "BucketAlreadyExists", "The requested bucket name is not available.")
	f.region = "eu-west-1"
	wantError(t, f.create(api.CreateBucketInput{Bucket: p("fresh"), CreateBucketConfiguration: located("eu-west-1")}),
		"BucketAlreadyOwnedByYou", "BucketName=fresh")
}

func located(constraint string) *api.CreateBucketConfiguration {
	return &api.CreateBucketConfiguration{LocationConstraint: &constraint}
}

func TestCreateBucketRefuses(t *testing.T) {
	const grant = `id="abc"`
	group := `uri="` + allUsers + `"`
	for i, c := range []struct {
		in         api.CreateBucketInput
		code, text string
	}{
		{api.CreateBucketInput{CreateBucketConfiguration: located("us-east-1")}, "InvalidLocationConstraint", "The specified location-constraint is not valid\nLocationConstraint=us-east-1"},
		{api.CreateBucketInput{CreateBucketConfiguration: located("nowhere")}, "InvalidLocationConstraint", "LocationConstraint=nowhere"},
		{api.CreateBucketInput{CreateBucketConfiguration: located("eu-east-1")}, "InvalidLocationConstraint", "LocationConstraint=eu-east-1"},
		{api.CreateBucketInput{CreateBucketConfiguration: located("eu-west-1")}, "IllegalLocationConstraintException",
			"The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to."},
		{api.CreateBucketInput{CreateBucketConfiguration: located("EU")}, "IllegalLocationConstraintException", "The EU location constraint"},
		{api.CreateBucketInput{CreateBucketConfiguration: &api.CreateBucketConfiguration{Tags: []api.Tag{{}}}}, "MalformedXML", ""},
		{api.CreateBucketInput{BucketNamespace: p("account-regional")}, "NotImplemented", ""},
		{api.CreateBucketInput{ObjectOwnership: p("RandomValue")}, "InvalidArgument", "Invalid x-amz-object-ownership header: RandomValue\nArgumentName=x-amz-object-ownership"},
		{api.CreateBucketInput{ObjectOwnership: p("")}, "InvalidArgument", "Invalid x-amz-object-ownership header: \n"},
		{api.CreateBucketInput{ACL: p("fake-acl")}, "InvalidArgument", "ArgumentName=x-amz-acl\nArgumentValue=fake-acl"},
		{api.CreateBucketInput{ACL: p("public-read")}, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
		{api.CreateBucketInput{GrantRead: p(grant)}, "InvalidBucketAclWithObjectOwnership", ""},
		{api.CreateBucketInput{ACL: p("private"), GrantRead: p(grant)}, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"},
		{api.CreateBucketInput{ACL: p("public-read"), ObjectOwnership: p("ObjectWriter")}, "InvalidBucketAclWithBlockPublicAccessError",
			"Bucket cannot have public ACLs set with BlockPublicAccess enabled"},
		{api.CreateBucketInput{GrantRead: p(group), ObjectOwnership: p("ObjectWriter")}, "InvalidBucketAclWithBlockPublicAccessError", ""},
		{api.CreateBucketInput{GrantRead: p(grant), ObjectOwnership: p("ObjectWriter")}, "InvalidArgument", "Invalid id\nArgumentName=id\nArgumentValue=abc"},
	} {
		f := newFixture(t)
		c.in.Bucket = p("fresh")
		wantError(t, f.create(c.in), c.code, c.text)
		if _, err := f.HeadBucket(f.ctx, &api.HeadBucketInput{Bucket: p("fresh")}); err == nil {
			t.Errorf("case %d made the bucket", i)
		}
	}
	f := newFixture(t)
	f.region = "eu-west-1"
	wantError(t, f.create(api.CreateBucketInput{Bucket: p("fresh")}), "IllegalLocationConstraintException",
		"The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	wantError(t, f.create(api.CreateBucketInput{Bucket: p("fresh"), CreateBucketConfiguration: located("us-east-1")}), "IllegalLocationConstraintException", "The us-east-1 location")
	for _, ok := range []string{"EU", "eu-west-1"} {
		if err := f.create(api.CreateBucketInput{Bucket: p("in-" + strings.ToLower(ok)), CreateBucketConfiguration: located(ok), ACL: p("private")}); err != nil {
			t.Error(err)
		}
	}
	loc, err := f.GetBucketLocation(f.ctx, &api.GetBucketLocationInput{Bucket: p("in-eu")})
	if err != nil || *loc.LocationConstraint != "eu-west-1" {
		t.Errorf("%+v, %v", loc, err)
	}
	loc, err = f.GetBucketLocation(f.ctx, &api.GetBucketLocationInput{Bucket: p("bucket")})
	if err != nil || loc.LocationConstraint != nil {
		t.Errorf("%+v, %v", loc, err)
	}
}

func TestBucketQuota(t *testing.T) {
	f := newFixture(t)
	err := f.store.Update(f.ctx, func(tx *store.Txn) error {
		for i := range maxBuckets - 1 {
			if err := tx.CreateBucket(&store.Bucket{Name: fmt.Sprintf("b-%05d", i), Account: owner, Region: "us-east-1"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, f.create(api.CreateBucketInput{Bucket: p("fresh")}), "TooManyBuckets", "You have attempted to create more buckets than allowed")
	if err := f.create(api.CreateBucketInput{Bucket: p("bucket")}); err != nil {
		t.Errorf("one's own bucket again: %v", err)
	}
	if _, err := f.CreateBucket(as(t.Context(), stranger), &api.CreateBucketInput{Bucket: p("fresh")}); err != nil {
		t.Error(err)
	}
}

func TestDeleteBucket(t *testing.T) {
	f := newFixture(t)
	remove := func() error {
		_, err := f.DeleteBucket(f.ctx, &api.DeleteBucketInput{Bucket: p("bucket")})
		return err
	}
	f.put("k", nil)
	wantError(t, remove(), "BucketNotEmpty", "The bucket you tried to delete is not empty\nBucketName=bucket")
	if _, err := f.DeleteObject(f.ctx, &api.DeleteObjectInput{Bucket: p("bucket"), Key: p("k")}); err != nil {
		t.Fatal(err)
	}
	f.begin(&api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k")})
	_, err := f.DeleteBucket(f.ctx, &api.DeleteBucketInput{Bucket: p("bucket"), ExpectedBucketOwner: p(stranger)})
	wantError(t, err, "AccessDenied", "")
	if err := remove(); err != nil {
		t.Errorf("with an upload in progress: %v", err)
	}
	wantError(t, remove(), "NoSuchBucket", "The specified bucket does not exist\nBucketName=bucket")
}

func TestListBuckets(t *testing.T) {
	f := newFixture(t)
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("list-%d", i))
		if err := f.create(api.CreateBucketInput{Bucket: &want[i]}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.CreateBucket(as(t.Context(), stranger), &api.CreateBucketInput{Bucket: p("list-x")}); err != nil {
		t.Fatal(err)
	}
	all, err := f.ListBuckets(f.ctx, &api.ListBucketsInput{})
	if err != nil || len(all.Buckets) != 8 || *all.Buckets[0].Name != "bucket" || all.Buckets[0].BucketRegion != nil ||
		*all.Owner.ID != (canonical{}).CanonicalID(owner) || all.ContinuationToken != nil || !all.Buckets[0].CreationDate.Equal(f.clock()) {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, n := range []int32{1, 3, 7, 10000} {
		var got []string
		in := &api.ListBucketsInput{MaxBuckets: &n, Prefix: p("list-"), BucketRegion: p("us-east-1")}
		for {
			out, err := f.ListBuckets(f.ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range out.Buckets {
				got = append(got, *b.Name)
				if *b.BucketRegion != "us-east-1" {
					t.Errorf("%+v", b)
				}
			}
			if *out.Prefix != "list-" || len(out.Buckets) > int(n) {
				t.Errorf("%+v", out)
			}
			if in.ContinuationToken = out.ContinuationToken; in.ContinuationToken == nil {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d at a time: %v", n, got)
		}
	}
	bad := func(in api.ListBucketsInput) error { _, err := f.ListBuckets(f.ctx, &in); return err }
	wantError(t, bad(api.ListBucketsInput{MaxBuckets: p(int32(0))}), "InvalidArgument", "ArgumentName=max-buckets\nArgumentValue=0")
	wantError(t, bad(api.ListBucketsInput{MaxBuckets: p(int32(10001))}), "InvalidArgument", "between 1 and 10000")
	wantError(t, bad(api.ListBucketsInput{ContinuationToken: p("x")}), "InvalidArgument", "The continuation token provided is incorrect")
	wantError(t, bad(api.ListBucketsInput{ContinuationToken: continuation("buckets "+stranger, "a")}), "InvalidArgument", "The continuation token")
	wantError(t, bad(api.ListBucketsInput{BucketRegion: p("mars")}), "InvalidArgument", "Argument value mars is not a valid AWS Region\nArgumentName=bucket-region")
	wantError(t, bad(api.ListBucketsInput{BucketRegion: p("eu-east-1")}), "InvalidArgument", "Argument value eu-east-1 is not a valid AWS Region")
	if out, err := f.ListBuckets(f.ctx, &api.ListBucketsInput{BucketRegion: p("eu-west-1")}); err != nil || out.Buckets == nil || len(out.Buckets) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestOwnershipControls(t *testing.T) {
	f := newFixture(t)
	put := func(rules ...api.OwnershipControlsRule) error {
		_, err := f.PutBucketOwnershipControls(f.ctx, &api.PutBucketOwnershipControlsInput{Bucket: p("bucket"), OwnershipControls: &api.OwnershipControls{Rules: rules}})
		return err
	}
	rule := func(s string) api.OwnershipControlsRule { return api.OwnershipControlsRule{ObjectOwnership: &s} }
	wantError(t, put(), "MalformedXML", "")
	wantError(t, put(rule("Nonsense")), "MalformedXML", "")
	wantError(t, put(rule("ObjectWriter"), rule("ObjectWriter")), "MalformedXML", "")
	for _, want := range []string{"ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"} {
		if err := put(rule(want)); err != nil {
			t.Fatal(err)
		}
		out, err := f.GetBucketOwnershipControls(f.ctx, &api.GetBucketOwnershipControlsInput{Bucket: p("bucket")})
		if err != nil || *out.OwnershipControls.Rules[0].ObjectOwnership != want {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if _, err := f.DeleteBucketOwnershipControls(f.ctx, &api.DeleteBucketOwnershipControlsInput{Bucket: p("bucket")}); err != nil {
		t.Fatal(err)
	}
	_, err := f.GetBucketOwnershipControls(f.ctx, &api.GetBucketOwnershipControlsInput{Bucket: p("bucket")})
	wantError(t, err, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found\nBucketName=bucket")
}

func TestPublicAccessBlock(t *testing.T) {
	f := newFixture(t)
	get := func() (*api.GetPublicAccessBlockOutput, error) {
		return f.GetPublicAccessBlock(f.ctx, &api.GetPublicAccessBlockInput{Bucket: p("bucket")})
	}
	_, err := get()
	wantError(t, err, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found\nBucketName=bucket")
	put := func(c *api.PublicAccessBlockConfiguration) error {
		_, err := f.PutPublicAccessBlock(f.ctx, &api.PutPublicAccessBlockInput{Bucket: p("bucket"), PublicAccessBlockConfiguration: c})
		return err
	}
	wantError(t, put(&api.PublicAccessBlockConfiguration{}), "InvalidRequest", "Must specify at least one configuration.")
	wantError(t, put(nil), "MalformedXML", "")
	if err := put(&api.PublicAccessBlockConfiguration{IgnorePublicAcls: p(true), BlockPublicPolicy: p(false)}); err != nil {
		t.Fatal(err)
	}
	out, err := get()
	if err != nil {
		t.Fatal(err)
	}
	if c := out.PublicAccessBlockConfiguration; *c.BlockPublicAcls || !*c.IgnorePublicAcls || *c.BlockPublicPolicy || *c.RestrictPublicBuckets {
		t.Errorf("%+v", c)
	}
	if _, err := f.DeletePublicAccessBlock(f.ctx, &api.DeletePublicAccessBlockInput{Bucket: p("bucket")}); err != nil {
		t.Fatal(err)
	}
	_, err = get()
	wantError(t, err, "NoSuchPublicAccessBlockConfiguration", "")
}

func TestBucketReads(t *testing.T) {
	f := newFixture(t)
	b := p("bucket")
	if out, err := f.GetBucketVersioning(f.ctx, &api.GetBucketVersioningInput{Bucket: b}); err != nil || out.Status != nil {
		t.Errorf("versioning %+v, %v", out, err)
	}
	enc, err := f.GetBucketEncryption(f.ctx, &api.GetBucketEncryptionInput{Bucket: b})
	if err != nil {
		t.Fatal(err)
	}
	if r := enc.ServerSideEncryptionConfiguration.Rules[0]; *r.ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" || *r.BucketKeyEnabled {
		t.Errorf("encryption %+v", r)
	}
	if out, err := f.GetBucketRequestPayment(f.ctx, &api.GetBucketRequestPaymentInput{Bucket: b}); err != nil || *out.Payer != "BucketOwner" {
		t.Errorf("payment %+v, %v", out, err)
	}
	if out, err := f.GetBucketLogging(f.ctx, &api.GetBucketLoggingInput{Bucket: b}); err != nil || out.LoggingEnabled != nil {
		t.Errorf("logging %+v, %v", out, err)
	}
	_, err = f.GetBucketNotificationConfiguration(f.ctx, &api.GetBucketNotificationConfigurationInput{Bucket: b})
	_, err2 := f.GetBucketAccelerateConfiguration(f.ctx, &api.GetBucketAccelerateConfigurationInput{Bucket: b})
	if err != nil || err2 != nil {
		t.Error(err, err2)
	}
	acl, err := f.GetBucketAcl(f.ctx, &api.GetBucketAclInput{Bucket: b})
	if err != nil || len(acl.Grants) != 1 || *acl.Grants[0].Permission != "FULL_CONTROL" || *acl.Grants[0].Grantee.ID != *acl.Owner.ID || *acl.Grants[0].Grantee.Type != "CanonicalUser" {
		t.Errorf("acl %+v, %v", acl, err)
	}
	for code, ask := range map[string]func() error{
		"NoSuchTagSet": func() error { _, err := f.GetBucketTagging(f.ctx, &api.GetBucketTaggingInput{Bucket: b}); return err },
		"NoSuchCORSConfiguration": func() error {
			_, err := f.GetBucketCors(f.ctx, &api.GetBucketCorsInput{Bucket: b})
			return err
		},
		"NoSuchLifecycleConfiguration": func() error {
			_, err := f.GetBucketLifecycleConfiguration(f.ctx, &api.GetBucketLifecycleConfigurationInput{Bucket: b})
			return err
		},
		"NoSuchWebsiteConfiguration": func() error {
			_, err := f.GetBucketWebsite(f.ctx, &api.GetBucketWebsiteInput{Bucket: b})
			return err
		},
		"ReplicationConfigurationNotFoundError": func() error {
			_, err := f.GetBucketReplication(f.ctx, &api.GetBucketReplicationInput{Bucket: b})
			return err
		},
		"ObjectLockConfigurationNotFoundError": func() error {
			_, err := f.GetObjectLockConfiguration(f.ctx, &api.GetObjectLockConfigurationInput{Bucket: b})
			return err
		},
	} {
		wantError(t, ask(), code, "BucketName=bucket")
	}
	b = p("nobody")
	_, err = f.GetBucketTagging(f.ctx, &api.GetBucketTaggingInput{Bucket: b})
	wantError(t, err, "NoSuchBucket", "")
	_, err = f.GetBucketLogging(f.ctx, &api.GetBucketLoggingInput{Bucket: p("bucket"), ExpectedBucketOwner: p("abcd")})
	wantError(t, err, "InvalidBucketOwnerAWSAccountID", "The value of the expected bucket owner parameter must be an AWS Account ID... [abcd]")
}

func TestObjectReads(t *testing.T) {
	f := newFixture(t)
	f.makeBucket("writers", store.ObjectWriter)
	in := putInput("k", nil)
	in.Tagging = p("&a=1&&b=2&")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	tags, err := f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("k")})
	if err != nil || len(tags.TagSet) != 2 || *tags.TagSet[0].Key != "a" || *tags.TagSet[1].Value != "2" {
		t.Errorf("%+v, %v", tags, err)
	}
	_, err = f.GetObjectTagging(f.ctx, &api.GetObjectTaggingInput{Bucket: p("bucket"), Key: p("none")})
	wantError(t, err, "NoSuchKey", "Key=none")
	acl, err := f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("bucket"), Key: p("k")})
	if err != nil || len(acl.Grants) != 1 || *acl.Owner.ID != (canonical{}).CanonicalID(owner) {
		t.Errorf("%+v, %v", acl, err)
	}
	foreign := putInput("f", nil)
	foreign.Bucket, foreign.ACL = p("writers"), p(ownerFullControl)
	if _, err := f.PutObject(as(t.Context(), stranger), foreign); err != nil {
		t.Fatal(err)
	}
	acl, err = f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("writers"), Key: p("f")})
	if err != nil || len(acl.Grants) != 2 || *acl.Owner.ID != (canonical{}).CanonicalID(stranger) || *acl.Grants[1].Grantee.ID != (canonical{}).CanonicalID(owner) {
		t.Errorf("%+v, %v", acl, err)
	}
	f.denied["s3:ListBucket"] = true
	_, err = f.GetObjectAcl(f.ctx, &api.GetObjectAclInput{Bucket: p("bucket"), Key: p("none")})
	wantError(t, err, "AccessDenied", "")
}
