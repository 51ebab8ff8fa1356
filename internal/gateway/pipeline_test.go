package gateway

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/sigv4"
)

type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// TestEveryOperationAsksForAPermission: an operation that is served and has no
// access row would be refused to all; one that is on the list of those that
// need none by mistake would be open to all. Both lists are looked at whole.
func TestEveryOperationAsksForAPermission(t *testing.T) {
	w := newWorld(t)
	allowed := map[string]bool{"sts.GetCallerIdentity": true, "sts.GetSessionToken": true}
	// Of these the token or assertion says who asks; the role's trust policy decides.
	unsigned := map[string]bool{"sts.AssumeRoleWithWebIdentity": true, "sts.AssumeRoleWithSAML": true}
	for _, m := range w.g.byPackage {
		served := 0
		for _, op := range m.api.Operations {
			if !op.Implemented(m.impl) {
				continue
			}
			served++
			name := m.api.Package + "." + op.Name
			if free := w.g.permissionless[op]; free != allowed[name] {
				t.Errorf("%s: needs no permission is %v", name, free)
			}
			if len(op.Access) == 0 && !allowed[name] {
				t.Errorf("%s is served and has no access row", name)
			}
			for _, a := range op.Access {
				if a.Action == "" || a.Resource == "" {
					t.Errorf("%s has an empty access row", name)
				}
			}
			if op.Unsigned && !unsigned[name] {
				t.Errorf("%s is served without a signature; say here why that is right", name)
			}
		}
		if served == 0 {
			t.Errorf("nothing of %s is served", m.api.Package)
		}
	}
}

func TestAdminPaths(t *testing.T) {
	w := newWorld(t)
	w.want(200, "ok")(w.send(w.request("GET", "/-/readyz", "")))
	w.want(200, "ok")(w.send(w.request("GET", "/-/healthz", "")))
	w.want(200, "sallyport_requests_total")(func() (int, string) {
		w.s3(w.green, "GET", "/", "")
		return w.send(w.request("GET", "/-/metrics", ""))
	}())
	w.want(404, "")(w.send(w.request("GET", "/-/other", "")))
	// Under a bucket's host the same path is a key.
	req := w.request("GET", "/-/healthz", "")
	req.Host = "some-bucket.s3.test"
	w.want(404, "<Code>NoSuchBucket</Code>")(w.send(req))
}

func TestServicesAreTold(t *testing.T) {
	w := newWorld(t)
	w.want(200, "<ListAllMyBucketsResult")(w.s3(w.green, "GET", "/", ""))
	w.want(200, "<Arn>arn:aws:iam::"+w.green.ID+":root</Arn>")(w.query(w.green, "sts", "Action=GetCallerIdentity&Version=2011-06-15"))
	w.want(200, "<ListUsersResponse")(w.query(w.green, "iam", "Action=ListUsers&Version=2010-05-08"))
	w.want(400, "InvalidAction")(w.query(w.green, "iam", "Action=GetCallerIdentity&Version=2011-06-15"))
	w.want(501, "NotImplemented")(w.query(w.green, "sqs", "Action=ListQueues"))
	w.want(400, "incorrect service &quot;sqs&quot;")(func() (int, string) {
		req := w.request("GET", "/some-bucket", "")
		req.Header.Set("X-Amz-Content-Sha256", sigv4.HashPayload(nil))
		sigv4.Sign(req, w.green.credentials(), "us-east-1", "sqs", sigv4.HashPayload(nil), time.Now())
		return w.send(req)
	}())
	w.want(403, "MissingAuthenticationToken")(func() (int, string) {
		req := w.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return w.send(req)
	}())
}

func TestCallersAreTold(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	w.want(200, "text")(w.s3(w.green, "GET", "/green-bucket/k", ""))
	w.want(403, "<Code>AccessDenied</Code>")(w.s3(w.blue, "GET", "/green-bucket/k", ""))
	w.want(403, "<Code>AccessDenied</Code>")(w.send(w.request("GET", "/green-bucket/k", "")))
	stranger := &RootAccount{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "x"}
	w.want(403, "<Code>InvalidAccessKeyId</Code>")(w.s3(stranger, "GET", "/green-bucket/k", ""))
	wrong := &RootAccount{AccessKeyID: w.green.AccessKeyID, SecretAccessKey: "x"}
	w.want(403, "<Code>SignatureDoesNotMatch</Code>")(w.s3(wrong, "GET", "/green-bucket/k", ""))
	w.want(403, "InvalidClientTokenId")(w.query(stranger, "sts", "Action=GetCallerIdentity&Version=2011-06-15"))
	w.want(403, "SignatureDoesNotMatch")(w.query(wrong, "sts", "Action=GetCallerIdentity&Version=2011-06-15"))
}

func TestVirtualHost(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/a/b", "text"))
	req := w.request("GET", "/a/b", "")
	req.Host = "green-bucket.s3.test"
	sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload(nil), time.Now())
	w.want(200, "text")(w.send(req))
	// The same signature for another host's bucket is no signature.
	req.Host = "other-bucket.s3.test"
	w.want(403, "SignatureDoesNotMatch")(w.send(req))
}

func TestRequestsHaveIDs(t *testing.T) {
	w := newWorld(t)
	resp, err := http.DefaultClient.Do(w.request("GET", "/nothing-here/k", ""))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	id, host := resp.Header.Get("X-Amz-Request-Id"), resp.Header.Get("X-Amz-Id-2")
	if len(id) != 16 || len(host) < 40 || !strings.Contains(string(body), "<RequestId>"+id+"</RequestId>") || !strings.Contains(string(body), "<HostId>"+host+"</HostId>") {
		t.Fatalf("ids %q %q in %s", id, host, body)
	}
}

func TestAFailureInTheBodyStoresNothing(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	req := w.request("PUT", "/green-bucket/k", "other text")
	sigv4.Sign(req, w.green.credentials(), "us-east-1", "s3", sigv4.HashPayload([]byte("some text.")), time.Now())
	w.want(400, "<Code>XAmzContentSHA256Mismatch</Code>")(w.send(req))
	w.want(404, "<Code>NoSuchKey</Code>")(w.s3(w.green, "GET", "/green-bucket/k", ""))
}

func TestBodiesThatNeedADigest(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	list := `<Delete><Object><Key>k</Key></Object></Delete>`
	w.want(400, "<Message>Missing required header for this request: Content-MD5</Message>")(w.s3(w.green, "POST", "/green-bucket?delete", list))
	w.want(400, "<Code>BadDigest</Code>")(w.s3(w.green, "POST", "/green-bucket?delete", list, "Content-Md5", "AAAAAAAAAAAAAAAAAAAAAA=="))
	w.want(200, "text")(w.s3(w.green, "GET", "/green-bucket/k", ""))
	sum := md5.Sum([]byte(list))
	w.want(200, "<Deleted><Key>k</Key></Deleted>")(w.s3(w.green, "POST", "/green-bucket?delete", list, "Content-Md5", base64.StdEncoding.EncodeToString(sum[:])))
}

func TestSumsOfUnknownAlgorithms(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	const text = "<Message>The algorithm type you specified in x-amz-checksum- header is invalid.</Message>"
	w.want(400, text)(w.s3(w.green, "PUT", "/green-bucket/k", "text", "X-Amz-Checksum-Crc16", "AAA="))
	w.want(400, text)(w.s3(w.green, "PUT", "/green-bucket/k?tagging", "<Tagging><TagSet/></Tagging>", "X-Amz-Checksum-Crc16", "AAA="))
	w.want(404, "")(w.s3(w.green, "GET", "/green-bucket/k", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text", "X-Amz-Checksum-Algorithm", "CRC32"))
}

func TestIfRangeIsHeeded(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket/k", "text"))
	w.want(206, "ex")(w.s3(w.green, "GET", "/green-bucket/k", "", "Range", "bytes=1-2", "If-Range", `"1cb251ec0d568de6a929b520c4aed8d1"`))
	w.want(200, "text")(w.s3(w.green, "GET", "/green-bucket/k", "", "Range", "bytes=1-2", "If-Range", `"of another"`))
}

// TestNobodyCopiesOrUploadsInParts: S3 has both for callers who sign alone,
// whatever the bucket lets everybody do.
func TestNobodyCopiesOrUploadsInParts(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	w.want(204, "")(w.s3(w.green, "DELETE", "/green-bucket?publicAccessBlock", ""))
	w.want(204, "")(w.s3(w.green, "PUT", "/green-bucket?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::green-bucket/*"}]}`))
	w.want(200, "")(w.send(w.request("PUT", "/green-bucket/k", "text")))
	w.want(403, "Anonymous users cannot initiate multipart uploads.  Please authenticate.")(w.send(w.request("POST", "/green-bucket/k?uploads", "")))
	req := w.request("PUT", "/green-bucket/copy", "")
	req.Header.Set("X-Amz-Copy-Source", "green-bucket/k")
	w.want(403, "Anonymous users cannot copy objects.  Please authenticate.")(w.send(req))
}

func TestHeadBucketTellsTheRegion(t *testing.T) {
	w := newWorld(t)
	w.want(200, "")(w.s3(w.green, "PUT", "/green-bucket", ""))
	resp, err := http.DefaultClient.Do(w.request("HEAD", "/green-bucket", ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 || resp.Header.Get("x-amz-bucket-region") != "us-east-1" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
}
