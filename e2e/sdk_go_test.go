package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestProfileChainWithTheGoSDK: role_arn, source_profile and endpoint_url of the
// shared configuration, without anything else. This SDK assumes the profile's
// role before it has read the profile's endpoint_url, so STS's own endpoint stands
// in a services section, which every SDK reads.
func TestProfileChainWithTheGoSDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startServer(t))
	green, blue := w.s.iam(w.s.profileKeys("green")), w.s.iam(w.s.profileKeys("blue"))
	role, user, bucket := w.text("guest-{n}"), w.text("gus-{n}"), w.text("blue-{n}-bucket")
	roleARN := "arn:aws:iam::" + w.blue.id + ":role/" + role
	makeBucket(t, w.s.s3(w.s.profileKeys("blue")), bucket)
	must(green.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &user}))(t)
	key := must(green.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &user}))(t).AccessKey
	w.keys["gus"] = credentials{AccessKeyID: *key.AccessKeyId, SecretAccessKey: *key.SecretAccessKey}

	files := map[string]string{}
	for _, kv := range chainEnv(w) {
		if name, value, ok := strings.Cut(kv, "="); ok {
			files[name] = value
		}
	}
	services := "services = here\n[services here]\nsts =\n  endpoint_url = " + w.s.endpoint + "\n"
	text, err := os.ReadFile(files["AWS_CONFIG_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files["AWS_CONFIG_FILE"], append(text, services...), 0o600); err != nil {
		t.Fatal(err)
	}
	chain, err := config.LoadDefaultConfig(t.Context(),
		config.WithSharedConfigProfile("chain"),
		config.WithSharedConfigFiles([]string{files["AWS_CONFIG_FILE"]}),
		config.WithSharedCredentialsFiles([]string{files["AWS_SHARED_CREDENTIALS_FILE"]}),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		t.Fatal(err)
	}
	store := s3.NewFromConfig(chain, pathStyle)
	list := func() error {
		_, err := store.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
		return err
	}
	wantCode(t, list(), "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: "+roleARN)
	must(blue.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: &role, AssumeRolePolicyDocument: aws.String(trusts(`{"AWS":"arn:aws:iam::` + w.green.id + `:root"}`)),
	}))(t)
	wantCode(t, list(), "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: "+roleARN)
	must(green.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: aws.String("visit"), PolicyDocument: aws.String(policyJSON(allow(`"sts:AssumeRole"`, `"`+roleARN+`"`))),
	}))(t)
	wantCode(t, list(), "AccessDenied", "because no identity-based policy allows the s3:ListBucket action")
	must(blue.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: &role, PolicyName: aws.String("share"), PolicyDocument: aws.String(policyJSON(
			allow(`"s3:ListBucket"`, `"arn:aws:s3:::`+bucket+`"`), allow(`["s3:GetObject","s3:PutObject"]`, `"arn:aws:s3:::`+bucket+`/*"`))),
	}))(t)
	wantCode(t, list(), "")
	putText(t, store, bucket, "gift.txt", "from green")
	if text, code := getText(t, w.s.s3(w.s.profileKeys("blue")), bucket, "gift.txt"); text != "from green" {
		t.Fatalf("the gift is %q %s", text, code)
	}
	id := must(sts.NewFromConfig(chain).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}))(t)
	if want := "arn:aws:sts::" + w.blue.id + ":assumed-role/" + role + "/"; !strings.HasPrefix(*id.Arn, want) || *id.Account != w.blue.id {
		t.Fatalf("the caller is %s of %s", *id.Arn, *id.Account)
	}
}

// TestObjectsWithTheGoSDK goes through the life of objects.
func TestObjectsWithTheGoSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	bucket := "sdk-objects"
	makeBucket(t, c, bucket)
	wantCode(t, func() error {
		_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("Not_A_Name")})
		return err
	}(), "InvalidBucketName")

	body := strings.Repeat("0123456789", 10_000)
	put := must(c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("a/b"), Body: strings.NewReader(body), ContentType: aws.String("text/x-test"),
		CacheControl: aws.String("max-age=7"), ContentLanguage: aws.String("en"), Metadata: map[string]string{"colour": "deep blue", "count": "7"},
	}))(t)
	head := must(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("a/b")}))(t)
	if *head.ETag != *put.ETag || *head.ContentLength != 100_000 || *head.ContentType != "text/x-test" || *head.CacheControl != "max-age=7" ||
		*head.ContentLanguage != "en" || head.Metadata["colour"] != "deep blue" || head.Metadata["count"] != "7" || head.ServerSideEncryption != types.ServerSideEncryptionAes256 {
		t.Fatalf("head says %+v", head)
	}
	for r, want := range map[string]string{"bytes=0-4": "01234", "bytes=99995-": "56789", "bytes=-3": "789", "bytes=99998-200000": "89"} {
		out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a/b"), Range: &r}))(t)
		got, err := io.ReadAll(out.Body)
		if err != nil || string(got) != want || !strings.HasSuffix(*out.ContentRange, "/100000") {
			t.Errorf("%s gives %q of %s (%v)", r, got, *out.ContentRange, err)
		}
	}
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a/b"), Range: aws.String("bytes=100000-")})
	wantCode(t, err, "InvalidRange")

	must(c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: aws.String(bucket + "/a/b")}))(t)
	must(c.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: &bucket, Key: aws.String("renamed"), CopySource: aws.String(bucket + "/a/b"),
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"colour": "red"},
	}))(t)
	_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("copy"), CopySource: aws.String(bucket + "/copy")})
	wantCode(t, err, "InvalidRequest", "without changing the object's metadata")
	for key, colour := range map[string]string{"copy": "deep blue", "renamed": "red"} {
		out := must(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key}))(t)
		if got, err := io.ReadAll(out.Body); err != nil || string(got) != body || out.Metadata["colour"] != colour {
			t.Errorf("%s has %d bytes and %v (%v)", key, len(got), out.Metadata, err)
		}
	}
	must(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("copy")}))(t)
	must(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("copy")}))(t) // twice is no error
	if _, code := getText(t, c, bucket, "copy"); code != "NoSuchKey" {
		t.Errorf("a deleted object: %s", code)
	}
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
	wantCode(t, err, "BucketNotEmpty")
}

// TestListingsWithTheGoSDK pages through prefixes and keys.
func TestListingsWithTheGoSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	bucket := "sdk-listings"
	makeBucket(t, c, bucket)
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("dir%d/file%02d", i%5, i), fmt.Sprintf("top%02d", i))
	}
	for _, key := range want {
		putText(t, c, bucket, key, key)
	}
	slices.Sort(want)
	var got []string
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(7)})
	for pages.HasMorePages() {
		for _, o := range must(pages.NextPage(t.Context()))(t).Contents {
			got = append(got, *o.Key)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the pages hold %q, want %q", got, want)
	}
	got = nil
	pages = s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &bucket, Delimiter: aws.String("/"), MaxKeys: aws.Int32(3)})
	for pages.HasMorePages() {
		page := must(pages.NextPage(t.Context()))(t)
		if n := len(page.Contents) + len(page.CommonPrefixes); n > 3 || *page.KeyCount != int32(n) {
			t.Errorf("a page of 3 has %d and says %d", n, *page.KeyCount)
		}
		for _, p := range page.CommonPrefixes {
			got = append(got, *p.Prefix)
		}
		for _, o := range page.Contents {
			got = append(got, *o.Key)
		}
	}
	if len(got) != 30 || !slices.IsSorted(got) || got[0] != "dir0/" || got[29] != "top24" {
		t.Fatalf("with a delimiter: %q", got)
	}
	after := must(c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("top"), StartAfter: aws.String("top22")}))(t)
	if len(after.Contents) != 2 || *after.Contents[0].Key != "top23" {
		t.Errorf("start-after gives %d keys", len(after.Contents))
	}
	var ids []types.ObjectIdentifier
	for _, key := range want {
		ids = append(ids, types.ObjectIdentifier{Key: &key})
	}
	many := must(c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: ids}}))(t)
	if len(many.Deleted) != len(want) || len(many.Errors) != 0 {
		t.Fatalf("%d deleted, %d errors", len(many.Deleted), len(many.Errors))
	}
	must(c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket}))(t)
}

// TestConditionalWrites: of those who write at once with If-None-Match, one wins.
func TestConditionalWrites(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := s.s3(s.profileKeys("green"))
	bucket := "sdk-conditions"
	makeBucket(t, c, bucket)
	const writers = 12
	codes := make(chan string, writers)
	for i := range writers {
		go func() {
			_, err := c.PutObject(context.Background(), &s3.PutObjectInput{
				Bucket: &bucket, Key: aws.String("once"), Body: strings.NewReader(fmt.Sprint(i)), IfNoneMatch: aws.String("*"),
			})
			codes <- errorCode(err)
		}()
	}
	won := 0
	for range writers {
		switch code := <-codes; code {
		case "":
			won++
		case "PreconditionFailed", "ConditionalRequestConflict":
		default:
			t.Errorf("a writer ended with %s", code)
		}
	}
	if won != 1 {
		t.Fatalf("%d writers won", won)
	}
	old := putText(t, c, bucket, "once", "second")
	put := func(etag, text string) error {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("once"), Body: strings.NewReader(text), IfMatch: &etag})
		return err
	}
	wantCode(t, put(old, "third"), "")
	wantCode(t, put(old, "fourth"), "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("none"), Body: strings.NewReader("x"), IfMatch: &old})
	wantCode(t, err, "NoSuchKey")
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("once"), IfMatch: &old})
	wantCode(t, err, "PreconditionFailed")
	if text, code := getText(t, c, bucket, "once"); text != "third" {
		t.Fatalf("the object is %q %s", text, code)
	}
}

// TestVirtualHosts: the bucket's name in the host, beside the path.
func TestVirtualHosts(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	address := strings.TrimPrefix(s.endpoint, "http://")
	_, port, _ := net.SplitHostPort(address)
	var hosts []string
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		hosts = append(hosts, to)
		return new(net.Dialer).DialContext(ctx, network, address)
	}, DisableKeepAlives: true}}
	c := s.s3(s.profileKeys("green"), func(o *s3.Options) {
		o.UsePathStyle, o.BaseEndpoint, o.HTTPClient = false, aws.String("http://localhost:"+port), plainBodies(client)
	})
	bucket := "sdk.virtual-host"
	makeBucket(t, c, bucket)
	for _, key := range []string{"a/b", "-/healthz", "sdk.virtual-host/x", "+ &=%"} {
		putText(t, c, bucket, key, "text of "+key)
		if text, code := getText(t, s.s3(s.profileKeys("green")), bucket, key); text != "text of "+key {
			t.Errorf("by path %s is %q %s", key, text, code)
		}
		if text, code := getText(t, c, bucket, key); text != "text of "+key {
			t.Errorf("by host %s is %q %s", key, text, code)
		}
	}
	if !slices.Contains(hosts, bucket+".localhost:"+port) {
		t.Fatalf("no request had the bucket in its host: %q", hosts)
	}
}

// TestUnsignedRequests are served what a public bucket policy gives, and no more.
func TestUnsignedRequests(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c, nobody := s.s3(s.profileKeys("green")), s.s3(credentials{})
	bucket := "sdk-public"
	makeBucket(t, c, bucket)
	putText(t, c, bucket, "open/a", "for all")
	putText(t, c, bucket, "closed/b", "for some")
	if _, code := getText(t, nobody, bucket, "open/a"); code != "AccessDenied" {
		t.Fatalf("without a policy: %s", code)
	}
	policy := policyJSON(allowTo(`"*"`, `"s3:GetObject"`, `"arn:aws:s3:::`+bucket+`/open/*"`))
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	wantCode(t, err, "AccessDenied") // today's default blocks public policies
	must(c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: &bucket}))(t)
	must(c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}))(t)
	if text, code := getText(t, nobody, bucket, "open/a"); text != "for all" {
		t.Errorf("a public object is %q %s", text, code)
	}
	if _, code := getText(t, nobody, bucket, "closed/b"); code != "AccessDenied" {
		t.Errorf("another object: %s", code)
	}
	if _, code := getText(t, nobody, bucket, "open/none"); code != "AccessDenied" {
		t.Errorf("an object that is not there, without ListBucket: %s", code)
	}
	_, err = nobody.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("open/a"), Body: strings.NewReader("x")})
	wantCode(t, err, "AccessDenied")
	_, err = nobody.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	wantCode(t, err, "AccessDenied")
	_, err = s.sts(credentials{}).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "MissingAuthenticationToken")
}
