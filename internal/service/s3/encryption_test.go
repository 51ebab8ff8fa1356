package s3

import (
	"testing"

	api "github.com/sallyport/sallyport/internal/api/s3"
)

func defaultEncryption(algorithm string, key *string, blocked ...string) *api.ServerSideEncryptionConfiguration {
	rule := api.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &api.ServerSideEncryptionByDefault{SSEAlgorithm: &algorithm, KMSMasterKeyID: key}}
	if blocked != nil {
		rule.BlockedEncryptionTypes = &api.BlockedEncryptionTypes{EncryptionType: blocked}
	}
	return &api.ServerSideEncryptionConfiguration{Rules: []api.ServerSideEncryptionRule{rule}}
}

func (f *fixture) encrypt(c *api.ServerSideEncryptionConfiguration) error {
	_, err := f.PutBucketEncryption(f.ctx, &api.PutBucketEncryptionInput{Bucket: p("bucket"), ServerSideEncryptionConfiguration: c})
	return err
}

func (f *fixture) encryptionNow() api.ServerSideEncryptionRule {
	f.t.Helper()
	out, err := f.GetBucketEncryption(f.ctx, &api.GetBucketEncryptionInput{Bucket: p("bucket")})
	if err != nil {
		f.t.Fatal(err)
	}
	return out.ServerSideEncryptionConfiguration.Rules[0]
}

func TestBucketEncryption(t *testing.T) {
	f := newFixture(t)
	f.blockCustomerKeys = true
	a := keyOf("a")
	put := func(want, text string) {
		t.Helper()
		_, err := f.PutObject(f.ctx, a.put(putInput("k", nil)))
		if want != "" {
			wantError(t, err, want, text)
		} else if err != nil {
			t.Error(err)
		}
	}
	const blocked = "because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C)."
	put("AccessDenied", blocked)
	if rule := f.encryptionNow(); rule.BlockedEncryptionTypes == nil || rule.BlockedEncryptionTypes.EncryptionType[0] != "SSE-C" {
		t.Errorf("%+v", rule)
	}
	_, err := f.CreateMultipartUpload(f.ctx, &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k"),
		SSECustomerAlgorithm: a.algorithm, SSECustomerKey: a.key, SSECustomerKeyMD5: a.md5})
	wantError(t, err, "AccessDenied", blocked)
	_, err = f.PutObject(as(t.Context(), stranger), a.put(putInput("k", nil)))
	wantError(t, err, "AccessDenied", "Access Denied")

	if err := f.encrypt(defaultEncryption("AES256", nil, "NONE")); err != nil {
		t.Fatal(err)
	}
	put("", "")
	if rule := f.encryptionNow(); rule.BlockedEncryptionTypes.EncryptionType[0] != "NONE" || *rule.BucketKeyEnabled {
		t.Errorf("%+v", rule)
	}
	if err := f.encrypt(defaultEncryption("AES256", nil, "SSE-C")); err != nil {
		t.Fatal(err)
	}
	put("AccessDenied", blocked)
	if _, err := f.GetObject(f.ctx, a.get(getInput("k"))); err != nil { // what was there is still read
		t.Error(err)
	}
	if _, err := f.DeleteBucketEncryption(f.ctx, &api.DeleteBucketEncryptionInput{Bucket: p("bucket")}); err != nil {
		t.Fatal(err)
	}
	f.blockCustomerKeys = false
	put("", "")
	if rule := f.encryptionNow(); rule.BlockedEncryptionTypes != nil || *rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" {
		t.Errorf("%+v", rule)
	}
}

func TestBucketEncryptionRefused(t *testing.T) {
	f := newFixture(t)
	two := defaultEncryption("AES256", nil)
	two.Rules = append(two.Rules, two.Rules[0])
	for _, c := range []struct {
		code, text string
		c          *api.ServerSideEncryptionConfiguration
	}{
		{"MalformedXML", "", nil},
		{"MalformedXML", "", &api.ServerSideEncryptionConfiguration{}},
		{"MalformedXML", "", two},
		{"MalformedXML", "", &api.ServerSideEncryptionConfiguration{Rules: make([]api.ServerSideEncryptionRule, 1)}},
		{"MalformedXML", "", defaultEncryption("AES128", nil)},
		{"MalformedXML", "", defaultEncryption("AES256", nil, "SSE-S3")},
		{"MalformedXML", "", defaultEncryption("AES256", nil, "NONE", "SSE-C")},
		{"InvalidArgument", "a KMSMasterKeyID is not applicable", defaultEncryption("AES256", p("key"))},
	} {
		wantError(t, f.encrypt(c.c), c.code, c.text)
	}
}

// There is no KMS key of any id: the configuration is kept as AWS keeps it, and
// nothing is stored that is not encrypted as it says.
func TestKMSKeysAreMissing(t *testing.T) {
	f := newFixture(t)
	const uuid = "01234567-89ab-cdef-0123-456789abcdef"
	for key, want := range map[string]string{
		"fake-key-id": "Invalid keyId 'fake-key-id'",
		uuid:          "Key 'arn:aws:kms:us-east-1:" + owner + ":key/" + uuid + "' does not exist",
		"arn:aws:kms:us-east-1:" + stranger + ":key/" + uuid: "Key 'arn:aws:kms:us-east-1:" + stranger + ":key/" + uuid + "' does not exist",
		"arn:aws:kms:eu-west-1:" + owner + ":key/" + uuid:    "Invalid arn eu-west-1",
		"alias/mine": "Alias arn:aws:kms:us-east-1:" + owner + ":alias/mine is not found.",
	} {
		in := putInput("k", nil)
		in.ServerSideEncryption, in.SSEKMSKeyId = p("aws:kms"), p(key)
		_, err := f.PutObject(f.ctx, in)
		wantError(t, err, "KMS.NotFoundException", want)
		if err := f.encrypt(defaultEncryption("aws:kms", p(key))); err != nil {
			t.Fatal(err)
		}
		if got := f.encryptionNow().ApplyServerSideEncryptionByDefault; *got.KMSMasterKeyID != key || *got.SSEAlgorithm != "aws:kms" {
			t.Errorf("%+v", got)
		}
		_, err = f.PutObject(f.ctx, putInput("k", nil))
		wantError(t, err, "KMS.NotFoundException", want)
		_, err = f.CreateMultipartUpload(f.ctx, &api.CreateMultipartUploadInput{Bucket: p("bucket"), Key: p("k")})
		wantError(t, err, "KMS.NotFoundException", want)
		f.absent("k")
	}
	in := putInput("k", nil)
	in.ServerSideEncryption = p("AES256")
	if _, err := f.PutObject(f.ctx, in); err != nil {
		t.Error(err)
	}
	in = putInput("k", nil)
	in.SSEKMSKeyId = p("key")
	_, err := f.PutObject(f.ctx, in)
	wantError(t, err, "InvalidArgument", "requires HTTP header")
}
