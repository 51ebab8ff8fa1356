package gateway

import (
	"net"
	"net/url"
	"strings"
	"unicode/utf8"
)

// address is what host and path say of an S3 request, read once, so that the
// check and the handler cannot read it differently.
type address struct {
	bucket      string
	key         string // decoded
	virtualHost bool
	endpoint    endpoint
	ok          bool // false: the path is not well-formed
}

// endpoint is which of S3's endpoints a virtual host is of.
type endpoint uint8

const (
	restEndpoint endpoint = iota
	websiteEndpoint
	accelerateEndpoint
)

// splitAddress reads path-style and virtual-hosted-style addresses
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
// rawPath is the path as it stands in the request line. A host below none of
// the domains is taken for the endpoint itself.
func splitAddress(host, rawPath string, domains []string, region string) address {
	if bucket := hostBucket(host, domains); bucket != "" {
		key, ok := decodePath(strings.TrimPrefix(rawPath, "/"))
		bucket, endpoint := splitEndpoint(bucket, region)
		return address{bucket: bucket, key: key, virtualHost: true, endpoint: endpoint, ok: ok}
	}
	rawBucket, rawKey, _ := strings.Cut(strings.TrimPrefix(rawPath, "/"), "/")
	bucket, ok1 := decodePath(rawBucket)
	key, ok2 := decodePath(rawKey)
	return address{bucket: bucket, key: key, ok: ok1 && ok2 && !strings.Contains(bucket, "/")}
}

// endpoints are the names below which buckets have their hosts: the domain itself
// and, below it, the names that AWS gives S3's endpoints.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
func endpoints(domain, region string) []string {
	return []string{domain, "s3." + domain, "s3." + region + "." + domain, "s3-" + region + "." + domain,
		"s3.dualstack." + region + "." + domain}
}

// hostBucket is the part of the host before the longest of the domains, "" if
// the host is a domain itself, an address, or something else.
func hostBucket(host string, domains []string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	bucket, longest := "", 0
	for _, d := range domains {
		if b, ok := strings.CutSuffix(host, "."+d); ok && len(d) > longest {
			bucket, longest = b, len(d)
		} else if host == d {
			return ""
		}
	}
	return bucket
}

// splitEndpoint takes the name of an endpoint off the end of what stands before a
// domain. A bucket whose own name ends so is reached by its path.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
func splitEndpoint(name, region string) (bucket string, e endpoint) {
	for _, end := range []struct {
		suffix   string
		endpoint endpoint
	}{
		{".s3-website", websiteEndpoint},
		{".s3-website-" + region, websiteEndpoint},
		{".s3-website." + region, websiteEndpoint},
		{".s3-accelerate", accelerateEndpoint},
		{".s3-accelerate.dualstack", accelerateEndpoint},
	} {
		if b, ok := strings.CutSuffix(name, end.suffix); ok && b != "" {
			return b, end.endpoint
		}
	}
	return name, restEndpoint
}

// decodePath undoes percent-encoding once. A plus sign stands for itself. What
// comes out must be UTF-8.
func decodePath(raw string) (string, bool) {
	if strings.IndexByte(raw, '%') < 0 {
		return raw, utf8.ValidString(raw)
	}
	s, err := url.PathUnescape(raw)
	return s, err == nil && utf8.ValidString(s)
}

// rawPathOf is the path of the request line, which the signature covers
// letter by letter; net/url's forms may differ from it.
func rawPathOf(requestURI string) string {
	path, _, _ := strings.Cut(requestURI, "?")
	if i := strings.Index(path, "://"); i >= 0 && !strings.HasPrefix(path, "/") { // absolute form, as proxies send it
		rest := path[i+3:]
		if j := strings.IndexByte(rest, '/'); j >= 0 {
			return rest[j:]
		}
		return "/"
	}
	return path
}
