package gateway

import "testing"

func TestSplitAddress(t *testing.T) {
	domains := []string{"localhost", "s3.example.com", "example.com"}
	for _, c := range []struct {
		host, path string
		want       address
	}{
		{"127.0.0.1:4566", "/", address{ok: true}},
		{"127.0.0.1:4566", "/b", address{bucket: "b", ok: true}},
		{"127.0.0.1:4566", "/b/", address{bucket: "b", ok: true}},
		{"127.0.0.1:4566", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"127.0.0.1:4566", "/b//k", address{bucket: "b", key: "/k", ok: true}},
		{"127.0.0.1:4566", "/b/../c/k", address{bucket: "b", key: "../c/k", ok: true}},
		{"127.0.0.1:4566", "/b/%2e%2e%2fk", address{bucket: "b", key: "../k", ok: true}},
		{"127.0.0.1:4566", "/b%2fc/k", address{bucket: "b/c", key: "k"}},
		{"127.0.0.1:4566", "/b/a+b%20c%2B", address{bucket: "b", key: "a+b c+", ok: true}},
		{"127.0.0.1:4566", "/b/%252e", address{bucket: "b", key: "%2e", ok: true}},
		{"127.0.0.1:4566", "/b/%zz", address{bucket: "b"}},
		{"127.0.0.1:4566", "/b/%ff", address{bucket: "b", key: "\xff"}},
		{"localhost:4566", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"b.localhost:4566", "/k", address{bucket: "b", key: "k", virtualHost: true, ok: true}},
		{"b.localhost", "/", address{bucket: "b", virtualHost: true, ok: true}},
		{"b.localhost", "/-/readyz", address{bucket: "b", key: "-/readyz", virtualHost: true, ok: true}},
		{"b.localhost.", "//k", address{bucket: "b", key: "/k", virtualHost: true, ok: true}},
		{"a.b.S3.Example.COM", "/k", address{bucket: "a.b", key: "k", virtualHost: true, ok: true}},
		{"b.s3-website.localhost:4566", "/dir/", address{bucket: "b", key: "dir/", virtualHost: true, endpoint: websiteEndpoint, ok: true}},
		{"B.S3-Website-EU-West-1.localhost.", "/", address{bucket: "b", virtualHost: true, endpoint: websiteEndpoint, ok: true}},
		{"a.b.s3-website.eu-west-1.s3.example.com", "/k", address{bucket: "a.b", key: "k", virtualHost: true, endpoint: websiteEndpoint, ok: true}},
		{"b.s3-website-us-west-2.localhost", "/k", address{bucket: "b.s3-website-us-west-2", key: "k", virtualHost: true, ok: true}},
		{"s3-website.localhost", "/k", address{bucket: "s3-website", key: "k", virtualHost: true, ok: true}},
		{"b.s3-website.other.org", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"b.s3-accelerate.localhost", "/k", address{bucket: "b", key: "k", virtualHost: true, endpoint: accelerateEndpoint, ok: true}},
		{"b.s3-accelerate.dualstack.localhost", "/k", address{bucket: "b", key: "k", virtualHost: true, endpoint: accelerateEndpoint, ok: true}},
		{"s3.example.com", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"other.org", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"[::1]:4566", "/b/k", address{bucket: "b", key: "k", ok: true}},
	} {
		if got := splitAddress(c.host, c.path, domains, "eu-west-1"); got != c.want {
			t.Errorf("%s %s: got %+v, want %+v", c.host, c.path, got, c.want)
		}
	}
}

func TestRawPath(t *testing.T) {
	for in, want := range map[string]string{
		"/a%2Fb?x=/y": "/a%2Fb", "/": "/", "http://h/p?q": "/p", "http://h": "/", "/a://b": "/a://b", "*": "*",
	} {
		if got := rawPathOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
