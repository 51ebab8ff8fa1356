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
		{"s3.example.com", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"other.org", "/b/k", address{bucket: "b", key: "k", ok: true}},
		{"[::1]:4566", "/b/k", address{bucket: "b", key: "k", ok: true}},
	} {
		if got := splitAddress(c.host, c.path, domains); got != c.want {
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
