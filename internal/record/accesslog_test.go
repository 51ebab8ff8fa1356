package record

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestAccessLine(t *testing.T) {
	r := &Record{
		RequestID: "3E57427F3EXAMPLE", Start: time.Date(2026, 2, 6, 0, 0, 38, 0, time.UTC), Duration: 41 * time.Millisecond,
		Method: "GET", Host: "bucket.s3.test", UserAgent: `a "b"` + "\n", SourceIP: "192.0.2.3", Status: 404, ErrorCode: "NoSuchKey", BytesOut: 113,
		S3: &S3{Bucket: "bucket", BucketOwner: "79a5", LogOperation: "REST.GET.OBJECT", Key: "a%20b", Requester: "arn:aws:iam::1:user/x y",
			URI: "/a%20b?x=1", Protocol: "HTTP/1.1", HostID: "h/1=", ObjectSize: -1, Turnaround: 7 * time.Millisecond, Signature: "SigV4",
			Cipher: "TLS_AES_128_GCM_SHA256", TLS: "TLSv1.3", Auth: "AuthHeader", Version: "v 1", ACLRequired: true},
	}
	want := `79a5 bucket [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:iam::1:user/x%20y 3E57427F3EXAMPLE REST.GET.OBJECT a%20b ` +
		`"GET /a%20b?x=1 HTTP/1.1" 404 NoSuchKey 113 - 41 7 "-" "a %22b%22%0A" v%201 h/1= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader ` +
		"bucket.s3.test TLSv1.3 - Yes -\n"
	if got := string(r.AppendAccessLine(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	empty := &Record{Start: r.Start, S3: &S3{ObjectSize: -1}}
	want = "- - [06/Feb/2026:00:00:38 +0000] - - - - - - 0 - - - 0 0 \"-\" \"-\" - - - - - - - - - -\n"
	if got := string(empty.AppendAccessLine(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		"/k":           "/k",
		"/k?x=1&y":     "/k?x=1&y",
		"/signature?a": "/signature?a",
		"/k?X-Amz-Credential=AK&X-Amz-Signature=abc&x-id=1": "/k?X-Amz-Credential=AK&X-Amz-Signature=***&x-id=1",
		"/k?x-amz-security-TOKEN=abc&Signature=d%2F":        "/k?x-amz-security-TOKEN=***&Signature=***",
		"/k?X-Amz-%53ignature=abc":                          "/k?X-Amz-%53ignature=***",
		"/k?X-Amz-Server-Side-Encryption-Customer-Key=abc&x-amz-copy-source-server-side-encryption-customer-%6Bey=abc": "/k?X-Amz-Server-Side-Encryption-Customer-Key=***&x-amz-copy-source-server-side-encryption-customer-%6Bey=***",
		"https://h/k?Signature=abc": "https://h/k?Signature=***",
		"/k?%zz=1&%5":               "/k?%zz=1&%5",
	} {
		if got := Masked(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// FuzzAccessLine: whatever clients send, a line is one line of 27 fields.
func FuzzAccessLine(f *testing.F) {
	f.Add("a b\"\n", "/k?Signature=%", "x\x00\x7f")
	f.Fuzz(func(t *testing.T, agent, uri, key string) {
		r := &Record{UserAgent: agent, Host: key, Method: "GET", S3: &S3{URI: "/" + Masked(uri), Protocol: "HTTP/1.1", Key: key, Referer: Masked(agent), Version: uri}}
		line := string(r.AppendAccessLine(nil))
		if strings.Count(line, "\n") != 1 || strings.Count(line, `"`) != 6 {
			t.Fatalf("%q", line)
		}
		fields := 0
		for i, part := range strings.Split(strings.TrimSuffix(line, "\n"), `"`) {
			if i%2 == 1 {
				fields++
			} else {
				fields += len(strings.Fields(part))
			}
		}
		if fields != 28 { // the time has two
			t.Fatalf("%d fields: %q", fields, line)
		}
	})
}

func TestBucketMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewBucketMetrics(reg)
	add := func(op, method string, status int, meters ...string) {
		m.Add(context.Background(), &Record{Operation: op, Method: method, Status: status, BytesIn: 3, BytesOut: 5,
			S3: &S3{BucketID: 1, Bucket: "b", Meters: meters}})
	}
	add("GetObject", "GET", 200, "all", "some")
	add("ListObjectsV2", "GET", 200, "all")
	add("PutObject", "PUT", 403, "all")
	m.Add(context.Background(), &Record{Operation: "GetObject", Method: "GET", Status: 200})
	count := func() map[string]float64 {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, s := range f.Metric {
				name := f.GetName()
				for _, l := range s.Label {
					name += " " + l.GetValue()
				}
				if c := s.GetCounter(); c != nil {
					got[name] = c.GetValue()
				} else {
					got[name] = float64(s.GetHistogram().GetSampleCount())
				}
			}
		}
		return got
	}
	got := count()
	for name, want := range map[string]float64{
		"sallyport_bucket_requests_total b all Get": 1, "sallyport_bucket_requests_total b all List": 1, "sallyport_bucket_requests_total b all Put": 1,
		"sallyport_bucket_requests_total b some Get": 1, "sallyport_bucket_errors_total b 4xx all": 1,
		"sallyport_bucket_bytes_total b downloaded all": 15, "sallyport_bucket_bytes_total b uploaded some": 3,
		"sallyport_bucket_request_seconds b all": 3, "sallyport_bucket_first_byte_seconds b some": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	m.Sweep(func(k Meter) bool { return k.ID != "all" })
	for name := range count() {
		if strings.HasSuffix(name, " all") || strings.Contains(name, " all ") {
			t.Errorf("%s is still there", name)
		}
	}
	if count()["sallyport_bucket_requests_total b some Get"] != 1 {
		t.Error("what lives is gone")
	}
}
