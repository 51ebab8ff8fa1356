package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awscreds "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// profileKeys are the root user's keys of one of the server's accounts.
func (s *server) profileKeys(name string) credentials {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "aws", "credentials"))
	if err != nil {
		s.t.Fatal(err)
	}
	var c credentials
	in := false
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch {
		case strings.HasPrefix(key, "["):
			in = key == "["+name+"]"
		case in && key == "aws_access_key_id":
			c.AccessKeyID = value
		case in && key == "aws_secret_access_key":
			c.SecretAccessKey = value
		}
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		s.t.Fatalf("no keys of %s in the profiles", name)
	}
	return c
}

// sdk is a configuration of the AWS SDK for Go for this server alone. It never
// tries a request twice, so that no failure stays hidden.
func (s *server) sdk(c credentials) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.endpoint), Credentials: c.provider(),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		HTTPClient: plainBodies(&http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}),
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// plainBodies sends bodies that can be read and nothing more. The SDK closes a
// request's body when the answer's first bytes are there, and what it then says to
// io.WriterTo makes net/http drop a connection whose answer came fast and is long.
func plainBodies(c *http.Client) doer {
	return func(r *http.Request) (*http.Response, error) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = struct{ io.ReadCloser }{r.Body}
		}
		return c.Do(r)
	}
}

func (c credentials) provider() aws.CredentialsProvider {
	if c.AccessKeyID == "" {
		return aws.AnonymousCredentials{}
	}
	return awscreds.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
}

func pathStyle(o *s3.Options) { o.UsePathStyle = true }

func (s *server) s3(c credentials, more ...func(*s3.Options)) *s3.Client {
	return s3.NewFromConfig(s.sdk(c), append([]func(*s3.Options){pathStyle}, more...)...)
}

func (s *server) iam(c credentials) *iam.Client { return iam.NewFromConfig(s.sdk(c)) }

func (s *server) sts(c credentials) *sts.Client { return sts.NewFromConfig(s.sdk(c)) }

// errorCode is AWS's code of a failed call, "" for one that succeeded. What is not
// an answer of the server is its text.
func errorCode(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return "no answer: " + err.Error()
}

// wantCode fails the test unless the call ended with this code and its message
// holds the texts.
func wantCode(t testing.TB, err error, code string, texts ...string) {
	t.Helper()
	if got := errorCode(err); got != code {
		t.Fatalf("the error is %q (%v), want %q", got, err, code)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Fatalf("the error is %v, want %q in it", err, text)
		}
	}
}

// must returns a call's output.
func must[T any](out T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// s3Failure is the body of an S3 error, and JSON's and the Query protocol's in the
// same fields.
type s3Failure struct {
	Status    int    `xml:"-"`
	Code      string `xml:"Code"`
	Message   string `xml:"Message"`
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

// answer is a response that has been read to its end.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) failure() s3Failure {
	f := s3Failure{Status: a.StatusCode}
	xml.Unmarshal(a.body, &f)
	return f
}

// fails checks an S3 error in full: status, code, and the ids in body and header.
func (a answer) fails(t testing.TB, status int, code string) answer {
	t.Helper()
	f := a.failure()
	if f.Status != status || f.Code != code {
		t.Errorf("%s %s: answered %d %s, want %d %s\n%s", a.Request.Method, shorten(a.Request.URL.String()), f.Status, f.Code, status, code, shorten(string(a.body)))
	} else if f.RequestID == "" || f.RequestID != a.Header.Get("X-Amz-Request-Id") || f.HostID == "" || f.HostID != a.Header.Get("X-Amz-Id-2") {
		t.Errorf("%s %s: ids are %q and %q, in the header %v", a.Request.Method, shorten(a.Request.URL.String()), f.RequestID, f.HostID, a.Header)
	}
	return a
}

func (a answer) succeeds(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s: answered %d, want %d\n%s", a.Request.Method, shorten(a.Request.URL.String()), a.StatusCode, status, shorten(string(a.body)))
	}
	return a
}

func shorten(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// request makes an unsigned request for a path with its query, as they are to go
// out.
func (s *server) request(t testing.TB, method, target string, body []byte) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, s.endpoint+target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func payloadHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// sign signs a request with the AWS SDK's signer, at a time of one's own.
func sign(t testing.TB, req *http.Request, c credentials, service, hash string, at time.Time) *http.Request {
	t.Helper()
	if service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", hash)
	}
	err := awsv4.NewSigner().SignHTTP(context.Background(), c.aws(), req, hash, service, "us-east-1", at, func(o *awsv4.SignerOptions) {
		o.DisableURIPathEscaping = service == "s3"
	})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (c credentials) aws() aws.Credentials {
	return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}

// signedS3 makes and signs a request in one step. Headers come in pairs.
func (s *server) signedS3(t testing.TB, c credentials, method, target string, body []byte, headers ...string) *http.Request {
	t.Helper()
	req := s.request(t, method, target, body)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return sign(t, req, c, "s3", payloadHash(body), time.Now())
}

// send sends a request and reads the answer.
func send(t testing.TB, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, shorten(req.URL.String()), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the answer: %v", req.Method, shorten(req.URL.String()), err)
	}
	return answer{Response: resp, body: body}
}

// makeBucket makes a bucket with the SDK.
func makeBucket(t testing.TB, c *s3.Client, name string) {
	t.Helper()
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
}

// putText stores a text and returns its ETag.
func putText(t testing.TB, c *s3.Client, bucket, key, text string) string {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.ETag)
}

// getText reads an object, and returns AWS's code in place of its text when that
// fails.
func getText(t testing.TB, c *s3.Client, bucket, key string) (text, code string) {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", errorCode(err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), ""
}
