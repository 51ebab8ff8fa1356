package sigv4

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// sample is a random request as a client makes it.
type sample struct {
	method, path, body string
	query              url.Values
	header             http.Header
	token, service     string
	presign            bool
}

func randomText(rng *rand.Rand, n int) string {
	const alphabet = "abcXYZ019-._~ /+&=%?#!*'(),;:@$\"\\ü漢"
	runes := []rune(alphabet)
	var b strings.Builder
	for range rng.IntN(n) {
		b.WriteRune(runes[rng.IntN(len(runes))])
	}
	return b.String()
}

func randomSample(rng *rand.Rand) sample {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	s := sample{
		method: pick("GET", "PUT", "POST", "HEAD", "DELETE"), path: "/b/" + randomText(rng, 12) + "k",
		body: randomText(rng, 40), query: url.Values{}, header: http.Header{},
		service: pick("s3", "s3", "sts"), presign: rng.IntN(3) == 0,
	}
	for range rng.IntN(4) {
		s.query.Add(pick("prefix", "acl", "X-id", "a b", "ü")+randomText(rng, 3), randomText(rng, 8))
	}
	if rng.IntN(2) == 0 {
		s.token = "token/+=" + fmt.Sprint(rng.Int())
	}
	for range rng.IntN(4) {
		s.header.Set("X-Amz-Meta-"+pick("a", "b", "c"), "v"+pick("", " x", "  y   z ", " é"))
	}
	s.header.Set("Content-Type", "text/plain")
	if s.service == "sts" {
		s.path = "/" // the SDK does not normalise paths, the server does
	}
	if s.presign && s.service == "sts" {
		s.body = ""
	}
	return s
}

// sdkSigned is the sample signed by AWS's SDK, as a server receives it.
func sdkSigned(t *testing.T, s sample) *http.Request {
	t.Helper()
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:4566", Path: s.path, RawQuery: s.query.Encode()}
	u.RawPath = string(appendPathEncoded(nil, s.path))
	r := &http.Request{Method: s.method, URL: u, Host: u.Host, Header: s.header.Clone(), ContentLength: int64(len(s.body))}
	cred := aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret, SessionToken: s.token}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" })
	hash := HashPayload([]byte(s.body))
	if s.presign {
		if s.service == "s3" {
			hash = unsignedPayload
		}
		r.URL.RawQuery += "&X-Amz-Expires=600"
		target, h, err := signer.PresignHTTP(context.Background(), cred, r, hash, s.service, "us-east-1", docTime)
		if err != nil {
			t.Fatal(err)
		}
		u, _ = url.Parse(target)
		for name, values := range h {
			if name != "Host" && name != "Content-Length" {
				r.Header[http.CanonicalHeaderKey(name)] = values
			}
		}
	} else {
		if s.service == "s3" {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		if err := signer.SignHTTP(context.Background(), cred, r, hash, s.service, "us-east-1", docTime); err != nil {
			t.Fatal(err)
		}
		u = r.URL
	}
	in := httptest.NewRequest(s.method, u.RequestURI(), strings.NewReader(s.body))
	in.Host, in.Header = r.Host, r.Header
	in.Header.Set("Content-Length", fmt.Sprint(len(s.body)))
	return in
}

func rulesOf(s sample) Rules {
	if s.service == "s3" {
		return s3Rules
	}
	return stsRules
}

// accepted runs the whole way of a request with its body.
func accepted(r *http.Request, rules Rules, body string) error {
	req, err := check(r, rules, testSecret, []byte(body))
	if err != nil || rules.Dialect == Service {
		return err
	}
	b, err := req.Body(strings.NewReader(body))
	if err != nil {
		return err
	}
	_, err = readAll(b, 16)
	return err
}

// Whatever AWS's SDK signs is accepted, and nothing that differs from it.
func TestSDKSignsAndTamperingIsRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	refused := make(map[string]int)
	for i := range 600 {
		s := randomSample(rng)
		r := sdkSigned(t, s)
		if err := accepted(r, rulesOf(s), s.body); err != nil {
			t.Fatalf("sample %d: %+v\n%s %s\n%v\n%v", i, s, r.Method, r.RequestURI, r.Header, err)
		}
		for name, tamper := range tampers {
			bad := r.Clone(context.Background())
			body := s.body
			if !tamper(bad, &body) || bad.Method == r.Method && bad.RequestURI == r.RequestURI && bad.Host == r.Host &&
				body == s.body && fmt.Sprint(bad.Header) == fmt.Sprint(r.Header) {
				continue
			}
			if s.presign && s.service == "s3" && body != s.body {
				continue // a presigned body is not signed
			}
			if err := accepted(bad, rulesOf(s), body); err == nil {
				t.Errorf("sample %d: %s was accepted: %s %s", i, name, bad.Method, bad.RequestURI)
			}
			refused[name]++
		}
	}
	for name := range tampers {
		if refused[name] < 50 {
			t.Errorf("%s was tried %d times only", name, refused[name])
		}
	}
}

// replaceIn changes the Authorization header or the query, wherever text is.
func replaceIn(r *http.Request, from, to string) bool {
	auth := r.Header.Get("Authorization")
	switch {
	case strings.Contains(auth, from):
		r.Header.Set("Authorization", strings.Replace(auth, from, to, 1))
	case strings.Contains(r.RequestURI, url.QueryEscape(from)):
		r.RequestURI = strings.Replace(r.RequestURI, url.QueryEscape(from), url.QueryEscape(to), 1)
	default:
		return false
	}
	return true
}

// tampers change one thing each; false means that there is nothing to change.
var tampers = map[string]func(r *http.Request, body *string) bool{
	"method": func(r *http.Request, _ *string) bool { r.Method = "PATCH"; return true },
	"path": func(r *http.Request, _ *string) bool {
		path, q, _ := strings.Cut(r.RequestURI, "?")
		r.RequestURI = path + "x?" + q
		return true
	},
	"added parameter": func(r *http.Request, _ *string) bool {
		sep := "&"
		if !strings.Contains(r.RequestURI, "?") {
			sep = "?"
		}
		r.RequestURI += sep + "versionId=1"
		return true
	},
	"host":       func(r *http.Request, _ *string) bool { r.Host = "evil.example.com"; return true },
	"body":       func(_ *http.Request, body *string) bool { *body += "x"; return true },
	"scope date": func(r *http.Request, _ *string) bool { return replaceIn(r, "/20130524/", "/20130523/") },
	"region":     func(r *http.Request, _ *string) bool { return replaceIn(r, "/us-east-1/", "/us-east-2/") },
	"service": func(r *http.Request, _ *string) bool {
		return replaceIn(r, "/s3/", "/s4/") || replaceIn(r, "/sts/", "/iam/")
	},
	"terminator": func(r *http.Request, _ *string) bool { return replaceIn(r, "aws4_request", "aws5_request") },
	"request time": func(r *http.Request, _ *string) bool {
		if r.Header.Get("X-Amz-Date") != "" {
			r.Header.Set("X-Amz-Date", "20130524T000001Z")
			return true
		}
		return replaceIn(r, "20130524T000000Z", "20130524T000001Z")
	},
	"expiry": func(r *http.Request, _ *string) bool {
		r.RequestURI = strings.Replace(r.RequestURI, "X-Amz-Expires=600", "X-Amz-Expires=601", 1)
		return true
	},
	"signed header dropped from the list": func(r *http.Request, _ *string) bool {
		return replaceIn(r, ";x-amz-date", "") || replaceIn(r, "content-type;", "")
	},
	"signature": func(r *http.Request, _ *string) bool {
		i := strings.Index(r.RequestURI, "X-Amz-Signature=")
		if auth := r.Header.Get("Authorization"); auth != "" {
			r.Header.Set("Authorization", auth[:len(auth)-1]+flip(auth[len(auth)-1]))
		} else {
			i += len("X-Amz-Signature=")
			r.RequestURI = r.RequestURI[:i] + flip(r.RequestURI[i]) + r.RequestURI[i+1:]
		}
		return true
	},
	"signature cut": func(r *http.Request, _ *string) bool {
		auth := r.Header.Get("Authorization")
		if auth != "" {
			r.Header.Set("Authorization", auth[:len(auth)-1])
		}
		return auth != ""
	},
	"token": func(r *http.Request, _ *string) bool {
		if r.Header.Get("X-Amz-Security-Token") != "" {
			r.Header.Set("X-Amz-Security-Token", "other")
			return true
		}
		return replaceIn(r, "token/+=", "tokex/+=")
	},
	"added amz header": func(r *http.Request, _ *string) bool { r.Header.Set("X-Amz-Acl", "public-read"); return true },
	"second value of a header": func(r *http.Request, _ *string) bool {
		r.Header.Add("X-Amz-Meta-A", "w")
		return true
	},
	"content type": func(r *http.Request, _ *string) bool {
		r.Header.Set("Content-Type", "text/html")
		return strings.Contains(r.Header.Get("Authorization"), "content-type") || strings.Contains(r.RequestURI, "content-type")
	},
	"payload hash": func(r *http.Request, _ *string) bool {
		if strings.Contains(r.RequestURI, "X-Amz-Signature") && strings.Contains(r.RequestURI, "%2Fs3%2F") || r.Header.Get("X-Amz-Content-Sha256") != "" {
			r.Header.Set("X-Amz-Content-Sha256", streamUnsigned)
			return true
		}
		return false
	},
}

func flip(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// Our own client's requests are accepted, too, and the SDK's signature is the same.
func TestSignAndPresign(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		s := randomSample(rng)
		r := httptest.NewRequest(s.method, "http://127.0.0.1:4566"+string(appendPathEncoded(nil, s.path))+"?"+s.query.Encode(), nil)
		r.RequestURI = ""
		r.Header = s.header.Clone()
		cred := testCreds
		cred.SessionToken = s.token
		if s.presign {
			Presign(r, cred, "us-east-1", s.service, time.Hour, docTime)
		} else {
			Sign(r, cred, "us-east-1", s.service, HashPayload([]byte(s.body)), docTime)
		}
		if err := accepted(r, rulesOf(s), s.body); err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
	}
}
