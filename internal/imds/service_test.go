package imds

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/linklocal"
)

// bench is a service with a clock and a source that a test moves.
type bench struct {
	*testing.T
	mu      sync.Mutex
	now     time.Time
	doc     Document
	err     error
	fetched int
	s       *Service
	url     string
	ttls    chan int // IP TTL of each write of a connection
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), ttls: make(chan int, 100)}
	b.doc = Document{
		InstanceID: "i-0123456789abcdef0", AccountID: "111111111111", Region: "us-east-1", AvailabilityZone: "us-east-1a", ImageID: "ami-0abc",
		InstanceType: "t3.micro", PrivateIP: "172.31.1.2", Hostname: "ip-172-31-1-2.ec2.internal", LaunchTime: b.now.Add(-time.Hour),
		ReservationID: "r-1", KeyName: "mine", PublicKey: "ssh-ed25519 AAAA mine", State: "running", Tags: map[string]string{"Name": "web", "a/b": "x"},
		InstanceProfile:  &InstanceProfile{ARN: "arn:aws:iam::111111111111:instance-profile/p", ID: "AIPA1"},
		IdentityDocument: `{"accountId":"111111111111"}`, IdentitySignature: "c2ln", IdentityPKCS7: "cGtjczc=", IdentityRSA2048: "cnNh",
	}
	b.s = New(Options{Source: b, Clock: b.clock})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.s.Serve(ctx, watched{l, b.ttls}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	b.url = "http://" + l.Addr().String()
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) after(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) set(change func()) {
	b.mu.Lock()
	change()
	b.mu.Unlock()
	b.after(fresh)
}

// Document makes credentials of an hour whose key says how they are delivered and
// how many came before.
func (b *bench) Document(_ context.Context, d Delivery) (*Document, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetched++
	if b.err != nil {
		return nil, b.err
	}
	doc := b.doc
	if doc.InstanceProfile != nil && doc.Credentials == nil {
		doc.Credentials = &Credentials{
			RoleName: "web", Code: "Success", Type: "AWS-HMAC", AccessKeyID: "ASIA" + string(d) + "-" + b.now.Format("15:04:05"), SecretAccessKey: "secret",
			Token: "token", LastUpdated: b.now, Expiration: b.now.Add(time.Hour),
		}
	}
	return &doc, nil
}

type reply struct {
	*http.Response
	text string
}

func (b *bench) do(method, path string, headers ...string) reply {
	b.Helper()
	req, err := http.NewRequest(method, b.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	if got := resp.Header.Get("Server"); got != "EC2ws" {
		b.Errorf("%s %s is answered by %q", method, path, got)
	}
	return reply{resp, string(text)}
}

func (b *bench) token(ttl string) string {
	b.Helper()
	r := b.do("PUT", tokenPath, headerTTL, ttl)
	if r.StatusCode != 200 || r.Header.Get(headerTTL) != ttl || r.Header.Get("Content-Type") != "text/plain" || len(r.text) != 56 {
		b.Fatalf("no token: %d %v %q", r.StatusCode, r.Header, r.text)
	}
	return r.text
}

func (b *bench) reads(path, want string, headers ...string) {
	b.Helper()
	if r := b.do("GET", path, headers...); r.StatusCode != 200 || r.text != want {
		b.Errorf("%s is %d %q, want %q", path, r.StatusCode, r.text, want)
	}
}

func (b *bench) fails(status int, method, path string, headers ...string) {
	b.Helper()
	r := b.do(method, path, headers...)
	if r.StatusCode != status {
		b.Errorf("%s %s %v is answered %d %q, want %d", method, path, headers, r.StatusCode, r.text, status)
	}
	if method != "HEAD" && !strings.Contains(r.text, "<title>"+r.Status[:3]+" - "+http.StatusText(status)+"</title>") {
		b.Errorf("%s %s: %q is not EC2's page", method, path, r.text)
	}
}

func TestTree(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]string{
		"/":                                               strings.Join(versions(), "\n"),
		"/latest":                                         "dynamic\nmeta-data",
		"/latest/":                                        "dynamic\nmeta-data",
		"/2008-09-01/":                                    "meta-data",
		"/latest/meta-data/ami-id":                        "ami-0abc",
		"/latest/meta-data/ami-id/":                       "ami-0abc",
		"/latest/meta-data/instance-id":                   "i-0123456789abcdef0",
		"/2021-07-15/meta-data/local-ipv4":                "172.31.1.2",
		"/latest/meta-data/iam":                           "info\nsecurity-credentials/",
		"/latest/meta-data/iam/":                          "info\nsecurity-credentials/",
		"/latest/meta-data/placement/":                    "availability-zone\nregion",
		"/1.0/meta-data/public-keys/":                     "0=mine",
		"/latest/meta-data/public-keys/0":                 "openssh-key",
		"/latest/meta-data/services/domain":               "amazonaws.com",
		"/latest/dynamic":                                 "instance-identity/",
		"/latest/dynamic/instance-identity/":              "document\npkcs7\nrsa2048\nsignature",
		"/latest/dynamic/instance-identity/document":      `{"accountId":"111111111111"}`,
		"/latest/meta-data/public-keys/0/openssh-key":     "ssh-ed25519 AAAA mine",
		"/latest/meta-data/iam/security-credentials/":     "web",
		"/latest/meta-data/network/interfaces/macs/":      macOf("i-0123456789abcdef0") + "/",
		"/latest/meta-data/placement/availability-zone":   "us-east-1a",
		"/latest/meta-data/iam/security-credentials/web/": object("Code", "Success", "LastUpdated", "2026-03-01T12:00:00Z", "Type", "AWS-HMAC", "AccessKeyId", "ASIA1.0-12:00:00", "SecretAccessKey", "secret", "Token", "token", "Expiration", "2026-03-01T13:00:00Z"),
		"/latest/meta-data/iam/info": "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"2026-03-01T12:00:00Z\",\n  \"InstanceProfileArn\" : " +
			"\"arn:aws:iam::111111111111:instance-profile/p\",\n  \"InstanceProfileId\" : \"AIPA1\"\n}",
	} {
		b.reads(path, want)
	}
	for _, path := range []string{
		"/latest/user-data", "/latest/meta-data/none", "/latest/meta-data/ami-id/x", "/latest/meta-data/tags/instance/", "/newest/meta-data/",
		"/2008-09-01/dynamic/", "/2009-04-04/meta-data/mac", "/latest/meta-data/iam/security-credentials/other", "/latest//meta-data", "/favicon.ico",
	} {
		b.fails(404, "GET", path)
	}
	root := b.do("GET", "/latest/meta-data/")
	if !strings.HasPrefix(root.text, "ami-id\nami-launch-index\nhostname\niam/\ninstance-action\n") || strings.HasSuffix(root.text, "\n") {
		t.Errorf("the tree is %q", root.text)
	}
	if root.Header.Get("Content-Type") != "text/plain" || root.Header.Get("Accept-Ranges") != "none" || !root.Close {
		t.Errorf("its header is %v", root.Header)
	}
	if r := b.do("HEAD", "/latest/meta-data/ami-id"); r.StatusCode != 200 || r.ContentLength != 8 {
		t.Errorf("HEAD is answered %d, %d bytes", r.StatusCode, r.ContentLength)
	}
	b.fails(405, "POST", "/latest/meta-data/ami-id")

	b.set(func() {
		b.doc.MetadataOptions.InstanceMetadataTags, b.doc.UserData = "enabled", []byte("#!/bin/sh\n")
	})
	b.reads("/latest/meta-data/tags/", "instance/")
	b.reads("/latest/meta-data/tags/instance", "Name")
	b.reads("/latest/meta-data/tags/instance/Name", "web")
	b.fails(404, "GET", "/2020-10-27/meta-data/tags/instance/Name")
	b.reads("/latest", "dynamic\nmeta-data\nuser-data")
	if r := b.do("GET", "/latest/user-data"); r.text != "#!/bin/sh\n" || r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("user data are %q, %v", r.text, r.Header)
	}
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	for _, ttl := range []string{"0", "21601", "-1", "+5", "x", "", "1.5", "000001"} {
		b.fails(400, "PUT", tokenPath, headerTTL, ttl)
	}
	b.fails(400, "PUT", tokenPath)
	b.fails(400, "PUT", tokenPath, headerTTL, "60", headerTTL, "60")
	b.fails(403, "PUT", tokenPath, headerTTL, "60", "X-Forwarded-For", "10.0.0.1")
	b.fails(403, "PUT", tokenPath, headerTTL, "60", "X-Forwarded-For", "")
	b.fails(405, "GET", tokenPath, headerTTL, "60")
	b.fails(405, "POST", tokenPath, headerTTL, "60")
	if r := b.do("GET", tokenPath); r.Header.Get("Allow") != "OPTIONS, PUT" {
		t.Errorf("allows %q", r.Header.Get("Allow"))
	}
	b.token("21600")
	short := b.token("1")
	token := b.token("60")
	b.reads("/latest/meta-data/instance-type", "t3.micro", headerToken, token)
	if r := b.do("GET", "/latest/meta-data/instance-type", headerToken, token); r.Header.Get(headerTTL) != "60" {
		t.Errorf("left: %v", r.Header)
	}
	b.reads("/latest/meta-data/instance-type", "t3.micro", headerToken, short)
	b.reads("/latest/meta-data/instance-type", "t3.micro") // version 1
	b.after(time.Second)
	b.fails(401, "GET", "/latest/meta-data/instance-type", headerToken, short)
	flipped := []byte(token)
	flipped[20] ^= 1
	for _, bad := range []string{"", "x", string(flipped), strings.Repeat("A", 56), newTokens().make("i-0123456789abcdef0", b.clock().Add(time.Minute)),
		b.s.tokens.make("i-other", b.clock().Add(time.Minute))} {
		b.fails(401, "GET", "/latest/meta-data/instance-type", headerToken, bad)
	}
	b.set(func() { b.doc.MetadataOptions.HTTPTokens = "required" })
	b.fails(401, "GET", "/latest/meta-data/instance-type")
	b.fails(401, "GET", "/latest/meta-data/none")
	b.fails(401, "HEAD", "/")
	b.reads("/latest/meta-data/instance-type", "t3.micro", headerToken, token)
	b.after(time.Minute)
	b.fails(401, "GET", "/latest/meta-data/instance-type", headerToken, token)
	b.set(func() { b.doc.MetadataOptions.HTTPEndpoint = "disabled" })
	b.fails(403, "PUT", tokenPath, headerTTL, "60")
	b.fails(403, "GET", "/latest/meta-data/instance-type")
	b.set(func() { b.doc.MetadataOptions.HTTPEndpoint, b.doc.State = "enabled", "stopped" })
	b.fails(503, "GET", "/latest/meta-data/instance-type")
}

// TestNoWayAroundTokens: no way of writing a path or a header, and no other method,
// gives without a token what takes one.
func TestNoWayAroundTokens(t *testing.T) {
	b := newBench(t)
	b.set(func() { b.doc.MetadataOptions.HTTPTokens = "required" })
	token := b.token("60")
	for _, path := range []string{
		"/latest/meta-data/iam/security-credentials/web", "//latest/meta-data/iam/security-credentials/web", "/latest//meta-data/iam/security-credentials/web",
		"/latest/./meta-data/iam/security-credentials/web", "/x/../latest/meta-data/iam/security-credentials/web", "/latest/meta-data/iam/security-credentials/web/",
		"/%6catest/meta-data/iam/security-credentials/web", "/latest%2fmeta-data%2fiam%2fsecurity-credentials%2fweb", "/latest/api/token/../../meta-data/iam/security-credentials/web",
		"/latest/meta-data/iam/security-credentials/web?x", "/latest/meta-data/iam%2Fsecurity-credentials/web", "/1.0/meta-data/iam/security-credentials/web", "/latest/api/token/", "/latest/api/token",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"} {
			for _, header := range [][]string{nil, {headerToken, ""}, {headerToken, " "}, {headerToken, "x", headerToken, token}, {"X-Aws-Ec2-Metadata-Tokens", token}, {"Authorization", token}, {"Cookie", headerToken + "=" + token}} {
				if r := b.do(method, path, header...); r.StatusCode < 300 || strings.Contains(r.text, "ASIA") {
					t.Errorf("%s %s %q: %d %s", method, path, header, r.StatusCode, r.text)
				}
			}
		}
	}
	// A token is a version's: without one what is optional is delivered as such, in
	// any writing of the path.
	b.set(func() { b.doc.MetadataOptions.HTTPTokens = "optional" })
	for _, path := range []string{"/latest/meta-data/iam/security-credentials/web", "/latest/meta-data/iam%2Fsecurity-credentials/web", "/latest/meta-data/iam/security%2dcredentials/web/"} {
		if r := b.do("GET", path); strings.Contains(r.text, "ASIA2.0") {
			t.Errorf("%s: %s", path, r.text)
		}
	}
}

// TestDelivery: what is fetched without a token is another session than what is
// fetched with one.
func TestDelivery(t *testing.T) {
	b := newBench(t)
	const path = "/latest/meta-data/iam/security-credentials/web"
	if r := b.do("GET", path); !strings.Contains(r.text, `"ASIA1.0-`) {
		t.Errorf("version 1 gives %s", r.text)
	}
	if r := b.do("GET", path, headerToken, b.token("60")); !strings.Contains(r.text, `"ASIA2.0-`) {
		t.Errorf("version 2 gives %s", r.text)
	}
}

func TestRotation(t *testing.T) {
	b := newBench(t)
	key := func() string {
		t.Helper()
		r := b.do("GET", "/latest/meta-data/iam/security-credentials/web")
		_, rest, _ := strings.Cut(r.text, `"AccessKeyId" : "ASIA1.0-`)
		key, _, _ := strings.Cut(rest, `"`)
		if r.StatusCode != 200 {
			return r.Status
		}
		return key
	}
	want := func(what, want string) {
		t.Helper()
		if got := key(); got != want {
			t.Errorf("%s: the key is of %s, want %s", what, got, want)
		}
	}
	want("at first", "12:00:00")
	b.after(29 * time.Minute)
	want("while they are young", "12:00:00")
	b.after(time.Minute)
	want("half way", "12:30:00")
	b.set(func() { b.err = errors.New("no connection") })
	b.after(50 * time.Minute)
	want("while nothing comes", "12:30:00")
	b.after(10 * time.Minute)
	want("over", "503 Service Unavailable")
	b.set(func() { b.err = nil })
	want("again", "13:30:04")
	// A role that may not be assumed any more is noticed when its session is to be renewed.
	b.set(func() {
		b.doc.Credentials = &Credentials{RoleName: "web", Code: "AssumeRoleUnauthorizedAccess", Message: "EC2 cannot assume the role web.", LastUpdated: b.now}
	})
	want("refused, but good", "13:30:04")
	b.after(time.Hour)
	b.reads("/latest/meta-data/iam/security-credentials/web", object("Code", "AssumeRoleUnauthorizedAccess", "Message", "EC2 cannot assume the role web.", "LastUpdated", "2026-03-01T13:30:04Z"))
	b.set(func() { b.doc.Credentials = nil })
	want("trusted again", "14:30:08")
	b.set(func() {
		b.doc.InstanceProfile = &InstanceProfile{ARN: "arn:aws:iam::111111111111:instance-profile/q", ID: "AIPA2"}
	})
	want("another profile", "14:30:10")
	b.set(func() { b.doc.InstanceProfile = nil })
	b.fails(404, "GET", "/latest/meta-data/iam/security-credentials/web")
	b.fails(404, "GET", "/latest/meta-data/iam/info")
	b.set(func() {
		b.doc.InstanceProfile = &InstanceProfile{ARN: "arn:aws:iam::111111111111:instance-profile/q", ID: "AIPA2"}
	})
	want("back", "14:30:14")
	b.set(func() {
		b.doc.Credentials = &Credentials{Code: "InstanceProfileNotFound", Message: "Gone.", LastUpdated: b.now}
	})
	b.reads("/latest/meta-data/iam/", "info")
	b.reads("/latest/meta-data/iam/info", object("Code", "InstanceProfileNotFound", "Message", "Gone.", "LastUpdated", "2026-03-01T14:30:14Z"))
	b.set(func() { b.err = errors.Join(errors.New("refused"), linklocal.ErrOver) })
	want("not the caller's any more", "503 Service Unavailable")
}

func TestHosts(t *testing.T) {
	b := newBench(t)
	port := b.url[strings.LastIndex(b.url, ":"):]
	for _, host := range []string{"169.254.169.254", "169.254.169.254:80", "[fd00:ec2::254]", "127.0.0.1", "localhost" + port, "instance-data", "LOCALHOST."} {
		b.reads("/latest/meta-data/ami-id", "ami-0abc", "Host", host)
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "10.0.0.1", "evil.example" + port, "169.254.169.254.nip.io", "[::1]"} {
		b.fails(403, "GET", "/latest/meta-data/ami-id", "Host", host)
		b.fails(403, "PUT", tokenPath, headerTTL, "60", "Host", host)
	}
}

// watched are connections that tell with which IP TTL they write.
type watched struct {
	net.Listener
	ttls chan int
}

func (w watched) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watchedConn{c.(*net.TCPConn), w.ttls}, nil
}

type watchedConn struct {
	*net.TCPConn
	ttls chan int
}

func (c *watchedConn) Write(p []byte) (int, error) {
	raw, err := c.SyscallConn()
	if err == nil {
		raw.Control(func(fd uintptr) {
			ttl, _ := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_TTL)
			select {
			case c.ttls <- ttl:
			default:
			}
		})
	}
	return c.TCPConn.Write(p)
}

// ReadFrom keeps net/http from going around Write.
func (c *watchedConn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

func TestHopLimit(t *testing.T) {
	b := newBench(t)
	b.token("60")
	if got := <-b.ttls; got != 1 {
		t.Errorf("a token goes %d hops, want 1", got)
	}
	b.do("GET", "/latest/meta-data/ami-id")
	if got := <-b.ttls; got <= 3 {
		t.Errorf("data go %d hops", got)
	}
	b.set(func() { b.doc.MetadataOptions.HTTPPutResponseHopLimit = 3 })
	b.token("60")
	if got := <-b.ttls; got != 3 {
		t.Errorf("a token goes %d hops, want 3", got)
	}
}

func FuzzFind(f *testing.F) {
	for _, path := range []string{"/", "/latest/meta-data/iam/info", "/1.0/meta-data/public-keys/0=x", "//", "/latest/../x"} {
		f.Add(path)
	}
	doc := &Document{InstanceID: "i-1", PublicKey: "k", KeyName: "n", Tags: map[string]string{"a": "b"}}
	f.Fuzz(func(t *testing.T, path string) {
		if kind, text, ok := find(doc, path); ok == (kind == "") || !ok && text != "" {
			t.Errorf("%q is %q %q %v", path, kind, text, ok)
		}
		newTokens().check(path, "i-1")
	})
}
