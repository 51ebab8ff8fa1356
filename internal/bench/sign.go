package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"time"
)

const (
	region          = "us-east-1"
	timeFormat      = "20060102T150405Z"
	emptyHash       = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

type credentials struct{ access, secret string }

// header is a header to sign, its name in lower case.
type header struct{ name, value string }

// signer makes Signature Version 4 headers for S3. It keeps its buffers and its
// derived key, so that signing costs the client one HMAC and hardly an allocation:
// the client's CPU time is taken from the server's. Not safe for concurrent use.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
type signer struct {
	credentials
	day     string
	mac     hash.Hash
	canon   []byte
	headers []header
	names   []string
}

func derive(key []byte, data string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(data))
	return m.Sum(nil)
}

// signature appends the hexadecimal signature of a canonical request to dst.
// date has the form of timeFormat.
func (s *signer) signature(dst, canonical []byte, date string) []byte {
	if s.day != date[:8] {
		s.day = date[:8]
		key := derive([]byte("AWS4"+s.secret), s.day)
		for _, step := range []string{region, "s3", "aws4_request"} {
			key = derive(key, step)
		}
		s.mac = hmac.New(sha256.New, key)
	}
	sum := sha256.Sum256(canonical)
	toSign := append(canonical[:0], "AWS4-HMAC-SHA256\n"...)
	toSign = append(toSign, date...)
	toSign = append(toSign, '\n')
	toSign = s.appendScope(toSign)
	toSign = append(toSign, '\n')
	toSign = hex.AppendEncode(toSign, sum[:])
	s.mac.Reset()
	s.mac.Write(toSign)
	return hex.AppendEncode(dst, s.mac.Sum(sum[:0]))
}

func (s *signer) appendScope(dst []byte) []byte {
	return append(append(dst, s.day...), "/"+region+"/s3/aws4_request"...)
}

// request is what of a request is signed. path and query are encoded already, the
// query's pairs sorted.
type request struct {
	method, path, query string
	hash                string // x-amz-content-sha256
	extra               []header
}

// appendHeaders appends the lines that authenticate r at a host: host, x-amz-*,
// r.extra and authorization, each ended by CRLF.
func (s *signer) appendHeaders(dst []byte, r *request, host string, now time.Time) []byte {
	date := now.UTC().Format(timeFormat)
	s.headers = append(s.headers[:0], header{"host", host}, header{"x-amz-content-sha256", r.hash}, header{"x-amz-date", date})
	s.headers = append(s.headers, r.extra...)
	slices.SortFunc(s.headers, func(a, b header) int { return strings.Compare(a.name, b.name) })
	s.names = s.names[:0]
	for _, h := range s.headers {
		s.names = append(s.names, h.name)
		dst = append(dst, h.name...)
		dst = append(dst, ": "...)
		dst = append(dst, h.value...)
		dst = append(dst, "\r\n"...)
	}
	s.canon = appendCanonical(s.canon[:0], r, s.headers, s.names)
	dst = append(dst, "authorization: AWS4-HMAC-SHA256 Credential="...)
	dst = append(append(dst, s.access...), '/')
	signature := s.signature(nil, s.canon, date)
	dst = s.appendScope(dst)
	dst = append(dst, ",SignedHeaders="...)
	dst = appendJoined(dst, s.names)
	dst = append(dst, ",Signature="...)
	dst = append(dst, signature...)
	return append(dst, "\r\n"...)
}

func appendCanonical(dst []byte, r *request, headers []header, names []string) []byte {
	for _, line := range []string{r.method, r.path, r.query} {
		dst = append(append(dst, line...), '\n')
	}
	for _, h := range headers {
		dst = append(append(dst, h.name...), ':')
		dst = append(append(dst, h.value...), '\n')
	}
	dst = append(dst, '\n')
	dst = append(appendJoined(dst, names), '\n')
	return append(dst, r.hash...)
}

func appendJoined(dst []byte, names []string) []byte {
	for i, n := range names {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, n...)
	}
	return dst
}

// escape is S3's canonical encoding of a query value.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}
