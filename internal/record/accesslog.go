package record

import (
	"strconv"
	"strings"
	"time"
)

// S3 is what a record further has of a request for a bucket of S3's.
type S3 struct {
	BucketID     uint64
	Bucket       string
	BucketOwner  string // canonical id
	Logged       bool   // whether it goes to the server access log
	LogOperation string // such as "REST.GET.OBJECT"
	Key          string // "" for none
	Version      string // that the request names
	Requester    string // canonical id of a root user, ARN of others, "" for anonymous callers
	URI          string // as it was sent, with secrets masked
	Protocol     string // "HTTP/1.1"
	Referer      string
	HostID       string
	ObjectSize   int64 // -1 for none
	Turnaround   time.Duration
	Signature    string // "SigV4", "" for anonymous callers
	Cipher       string // OpenSSL's name, "" without TLS
	TLS          string // "TLSv1.3", "" without
	Auth         string // "AuthHeader", "QueryString", "" for anonymous callers
	AccessPoint  string // ARN
	ACLRequired  bool   // an ACL allowed it
	// Meters are the ids of the metrics configurations that count the request.
	Meters []string
}

// AppendAccessLine appends a line of the server access log, with its end. Every
// field that is empty is a hyphen. The region that a request came from is always
// one: it is known of requests from within AWS alone.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
func (r *Record) AppendAccessLine(b []byte) []byte {
	x := r.S3
	b = field(b, x.BucketOwner)
	b = field(b, x.Bucket)
	b = append(r.Start.UTC().AppendFormat(append(b, '['), "02/Jan/2006:15:04:05 +0000"), "] "...)
	b = field(b, r.SourceIP)
	b = field(b, x.Requester)
	b = field(b, r.RequestID)
	b = field(b, x.LogOperation)
	b = field(b, x.Key)
	if x.URI == "" { // a part of a request
		b = append(b, "- "...)
	} else {
		b = quoted(b, r.Method+" "+x.URI+" "+x.Protocol)
	}
	b = number(b, int64(r.Status))
	b = field(b, r.ErrorCode)
	b = positive(b, r.BytesOut)
	b = number(b, x.ObjectSize)
	b = number(b, r.Duration.Milliseconds())
	b = number(b, x.Turnaround.Milliseconds())
	b = quoted(b, x.Referer)
	b = quoted(b, r.UserAgent)
	b = field(b, x.Version)
	b = field(b, x.HostID)
	b = field(b, x.Signature)
	b = field(b, x.Cipher)
	b = field(b, x.Auth)
	b = field(b, r.Host)
	b = field(b, x.TLS)
	b = field(b, x.AccessPoint)
	acl := ""
	if x.ACLRequired {
		acl = "Yes"
	}
	b = field(b, acl)
	return append(b, "-\n"...)
}

// field appends what stands without quotes, and a space.
func field(b []byte, s string) []byte {
	if s == "" {
		return append(b, "- "...)
	}
	return append(plain(b, s, true), ' ')
}

func quoted(b []byte, s string) []byte {
	if s == "" {
		s = "-"
	}
	return append(plain(append(b, '"'), s, false), "\" "...)
}

// plain appends s with what would end its field in percent-encoding: control
// characters and quotes, and spaces where there are no quotes around it.
func plain(b []byte, s string, noSpaces bool) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c == '"' || c == ' ' && noSpaces {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}

func number(b []byte, n int64) []byte {
	if n < 0 {
		return append(b, "- "...)
	}
	return append(strconv.AppendInt(b, n, 10), ' ')
}

func positive(b []byte, n int64) []byte {
	if n == 0 {
		n = -1
	}
	return number(b, n)
}

// secrets are the parameters of a query string, in lower case, that are masked:
// with what they say a request could be made again, or another one, or an object
// be read: a presigned URL may have the headers with a customer's key among them.
var secrets = map[string]bool{
	"x-amz-signature": true, "x-amz-security-token": true, "signature": true,
	"x-amz-server-side-encryption-customer-key":             true,
	"x-amz-copy-source-server-side-encryption-customer-key": true,
}

// Masked is a URI without what is secret in its query string.
func Masked(uri string) string {
	path, query, ok := strings.Cut(uri, "?")
	if !ok {
		return uri
	}
	lower := strings.ToLower(query)
	if !strings.Contains(lower, "signature") && !strings.Contains(lower, "token") && !strings.Contains(lower, "customer-key") &&
		!strings.Contains(query, "%") {
		return uri
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, has := strings.Cut(part, "=")
		if has && secrets[strings.ToLower(decoded(name))] {
			parts[i] = name + "=***"
		}
	}
	return path + "?" + strings.Join(parts, "&")
}

// decoded undoes percent-encoding as far as it is well-formed.
func decoded(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
