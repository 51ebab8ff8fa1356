package api_test

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/wire"
)

func TestTablesAreSound(t *testing.T) {
	for _, s := range services() {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}

// withoutPermission are the operations that AWS lets every caller have.
var withoutPermission = map[string]bool{"sts GetCallerIdentity": true, "sts GetSessionToken": true}

func TestEveryOperationAsksForSomething(t *testing.T) {
	prefixes := map[string][]string{
		"s3":             {"s3:", "s3express:", "s3-object-lambda:", "iam:PassRole"},
		"s3control":      {"s3:", "s3-outposts:"},
		"accessanalyzer": {"access-analyzer:"},
		"iam":            {"iam:"}, "sts": {"sts:"}, "organizations": {"organizations:"}, "kms": {"kms:"},
		"cloudtrail": {"cloudtrail:"}, "ec2": {"ec2:", "iam:"},
	}
	for _, s := range services() {
		for _, op := range s.Operations {
			name := s.Package + " " + op.Name
			if (len(op.Access) == 0) != withoutPermission[name] {
				t.Errorf("%s has %d access rows", name, len(op.Access))
			}
			in, always := op.NewInput(), false
			for i := range op.Access {
				a := &op.Access[i]
				ok := false
				for _, p := range prefixes[s.Package] {
					ok = ok || strings.HasPrefix(a.Action, p)
				}
				if !ok || a.Resource == "" {
					t.Errorf("%s: %s on %q", name, a.Action, a.Resource)
				}
				if a.When == nil || a.When(in) {
					always = true
				}
				a.Collect(in, func(string, []string) {})
			}
			if !always && !withoutPermission[name] {
				t.Errorf("%s asks for nothing when its input is empty", name)
			}
		}
	}
}

func TestS3RootsAreNamed(t *testing.T) {
	for _, op := range s3.API().Operations {
		sh := s3.API().Shape(op.Output)
		for _, m := range sh.Members {
			if m.Location == wire.InBody && sh.Payload == "" && op.OutputRoot == "" {
				t.Errorf("%s has no root element", op.Name)
				break
			}
		}
	}
}

// asked is what a request asks for, as "action resource".
func asked(op *wire.Operation, in any) (out []string) {
	for i := range op.Access {
		if a := &op.Access[i]; a.When == nil || a.When(in) {
			out = append(out, a.Action+" "+a.Resource)
		}
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func TestS3Access(t *testing.T) {
	for name, c := range map[string]struct {
		op   string
		in   any
		want string
	}{
		"get":                  {"GetObject", &s3.GetObjectInput{}, "s3:GetObject object"},
		"get a version":        {"HeadObject", &s3.HeadObjectInput{VersionId: ptr("v")}, "s3:GetObjectVersion object"},
		"attributes":           {"GetObjectAttributes", &s3.GetObjectAttributesInput{}, "s3:GetObject object, s3:GetObjectAttributes object"},
		"attributes version":   {"GetObjectAttributes", &s3.GetObjectAttributesInput{VersionId: ptr("v")}, "s3:GetObjectVersion object, s3:GetObjectVersionAttributes object"},
		"put":                  {"PutObject", &s3.PutObjectInput{}, "s3:PutObject object"},
		"put with all":         {"PutObject", &s3.PutObjectInput{ACL: ptr("private"), Tagging: ptr("a=b"), ObjectLockMode: ptr("GOVERNANCE"), ObjectLockLegalHoldStatus: ptr("ON"), IfMatch: ptr("e")}, "s3:PutObject object, s3:PutObjectAcl object, s3:PutObjectTagging object, s3:PutObjectRetention object, s3:PutObjectLegalHold object, s3:GetObject object"},
		"put grant":            {"PutObject", &s3.PutObjectInput{GrantReadACP: ptr("id=x")}, "s3:PutObject object, s3:PutObjectAcl object"},
		"copy":                 {"CopyObject", &s3.CopyObjectInput{CopySource: ptr("b/k"), TaggingDirective: ptr("REPLACE")}, "s3:GetObject copy-source, s3:PutObject object"},
		"copy a version":       {"CopyObject", &s3.CopyObjectInput{CopySource: ptr("/b/k?versionId=v"), TaggingDirective: ptr("REPLACE")}, "s3:GetObjectVersion copy-source, s3:PutObject object"},
		"copy with tags":       {"CopyObject", &s3.CopyObjectInput{CopySource: ptr("b/k")}, "s3:GetObject copy-source, s3:GetObjectTagging copy-source-tags, s3:PutObject object, s3:PutObjectTagging copied-tags"},
		"delete":               {"DeleteObject", &s3.DeleteObjectInput{}, "s3:DeleteObject object"},
		"delete a version":     {"DeleteObject", &s3.DeleteObjectInput{VersionId: ptr("v"), BypassGovernanceRetention: ptr(true)}, "s3:DeleteObjectVersion object, s3:BypassGovernanceRetention object"},
		"delete if match":      {"DeleteObject", &s3.DeleteObjectInput{IfMatch: ptr(`"e"`)}, "s3:DeleteObject object, s3:GetObject object"},
		"delete if any":        {"DeleteObject", &s3.DeleteObjectInput{IfMatch: ptr("*"), BypassGovernanceRetention: ptr(false)}, "s3:DeleteObject object"},
		"create":               {"CreateBucket", &s3.CreateBucketInput{}, "s3:CreateBucket bucket"},
		"create with all":      {"CreateBucket", &s3.CreateBucketInput{ACL: ptr("private"), ObjectLockEnabledForBucket: ptr(true), ObjectOwnership: ptr("ObjectWriter"), CreateBucketConfiguration: &s3.CreateBucketConfiguration{Tags: []s3.Tag{{Key: ptr("k")}}}}, "s3:CreateBucket bucket, s3:PutBucketAcl bucket, s3:PutBucketObjectLockConfiguration bucket, s3:PutBucketVersioning bucket, s3:PutBucketOwnershipControls bucket, s3:TagResource bucket"},
		"delete configuration": {"DeleteBucketCors", &s3.DeleteBucketCorsInput{}, "s3:PutBucketCORS bucket"},
		"list configurations":  {"ListBucketMetricsConfigurations", &s3.ListBucketMetricsConfigurationsInput{}, "s3:GetMetricsConfiguration bucket"},
		"list buckets":         {"ListBuckets", &s3.ListBucketsInput{}, "s3:ListAllMyBuckets *"},
		"head bucket":          {"HeadBucket", &s3.HeadBucketInput{}, "s3:ListBucket bucket"},
		"acl of a version":     {"PutObjectAcl", &s3.PutObjectAclInput{VersionId: ptr("v")}, "s3:PutObjectVersionAcl object"},
	} {
		if got := strings.Join(asked(s3.API().Operation(c.op), c.in), ", "); got != c.want {
			t.Errorf("%s: %s\n want %s", name, got, c.want)
		}
	}
}

func TestConditionKeys(t *testing.T) {
	collect := func(op string, in any) map[string]string {
		got := map[string]string{}
		for i := range s3.API().Operation(op).Access {
			a := &s3.API().Operation(op).Access[i]
			if a.When == nil || a.When(in) {
				a.Collect(in, func(name string, values []string) { got[name] = strings.Join(values, "|") })
			}
		}
		return got
	}
	for name, c := range map[string]struct {
		op   string
		in   any
		want map[string]string
	}{
		"listing": {"ListObjectsV2", &s3.ListObjectsV2Input{Prefix: ptr(""), MaxKeys: ptr(int32(5))}, map[string]string{"s3:prefix": "", "s3:max-keys": "5"}},
		"put": {"PutObject", &s3.PutObjectInput{Tagging: ptr("a=1&b%20c=%2F&bad=%zz"), StorageClass: ptr("GLACIER")}, map[string]string{
			"s3:RequestObjectTag/a": "1", "s3:RequestObjectTag/b c": "/", "s3:RequestObjectTagKeys": "a|b c",
			"s3:x-amz-storage-class": "GLACIER", "s3:ObjectCreationOperation": "true",
		}},
		"body tags": {"PutObjectTagging", &s3.PutObjectTaggingInput{VersionId: ptr("v"), Tagging: &s3.Tagging{TagSet: []s3.Tag{{Key: ptr("k"), Value: ptr("x")}}}}, map[string]string{
			"s3:RequestObjectTag/k": "x", "s3:RequestObjectTagKeys": "k", "s3:versionid": "v",
		}},
		"copy": {"UploadPartCopy", &s3.UploadPartCopyInput{CopySource: ptr("/b/k?versionId=v")}, map[string]string{
			"s3:x-amz-copy-source": "b/k", "s3:versionid": "v", "s3:ObjectCreationOperation": "false",
		}},
	} {
		got := collect(c.op, c.in)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for k, v := range c.want {
			if g, ok := got[k]; !ok || g != v {
				t.Errorf("%s: %s = %q, want %q", name, k, g, v)
			}
		}
	}
}
