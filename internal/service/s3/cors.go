package s3

import (
	"context"
	"errors"
	"slices"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// CORSRequest is what a browser says of a request that a page of another origin
// makes, or asks leave to make.
type CORSRequest struct {
	Origin  string
	Method  string   // of the request itself
	Headers []string // that a preflight asks leave to send
}

// CORSGrant is what the first rule that matches a request lets the page do.
type CORSGrant struct {
	Origin      string // as the answer names it: the request's, or "*"
	Credentials bool
	Headers     []string // those asked for, in lower case
	Rule        *api.CORSRule
}

// ErrNoCORS says that a bucket has no CORS configuration.
var ErrNoCORS = errors.New("s3: no CORS configuration")

// ErrCORSRefused says that no rule of a bucket's matches a request.
var ErrCORSRefused = errors.New("s3: no CORS rule matches")

// maxAskedHeaders bounds how many headers a preflight may ask for: each is held
// against each of the rules' patterns, for callers who need no credentials.
const maxAskedHeaders = 100

// CORS finds the rule for a request to a bucket: AWS asks nobody for a permission
// here. Beside ErrNoCORS and ErrCORSRefused the error may be NoSuchBucket. For a
// bucket without a configuration its row alone is read.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
func (s *Service) CORS(ctx context.Context, bucket string, q *CORSRequest) (*CORSGrant, error) {
	var c *api.CORSConfiguration
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, &bucket, nil)
		if err != nil {
			return err
		}
		c, err = configured[api.CORSConfiguration](s, r, b, store.CORS)
		return err
	})
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, ErrNoCORS
	}
	if g := grantCORS(c.CORSRules, q); g != nil {
		return g, nil
	}
	return nil, ErrCORSRefused
}

func grantCORS(rules []api.CORSRule, q *CORSRequest) *CORSGrant {
	if len(q.Headers) > maxAskedHeaders {
		return nil
	}
	headers := make([]string, len(q.Headers))
	for i, h := range q.Headers {
		headers[i] = strings.ToLower(h)
	}
	for i := range rules {
		rule := &rules[i]
		pattern, ok := matchingOrigin(rule.AllowedOrigins, q.Origin)
		if !ok || !slices.Contains(rule.AllowedMethods, q.Method) || !allowsHeaders(rule.AllowedHeaders, headers) {
			continue
		}
		g := &CORSGrant{Origin: q.Origin, Credentials: true, Headers: headers, Rule: rule}
		if pattern == "*" {
			g.Origin, g.Credentials = "*", false
		}
		return g
	}
	return nil
}

func matchingOrigin(patterns []string, origin string) (string, bool) {
	for _, p := range patterns {
		if oneWildcard(p, origin) {
			return p, true
		}
	}
	return "", false
}

// allowsHeaders tells whether each of the headers, which are in lower case, is
// allowed by a pattern.
func allowsHeaders(patterns, headers []string) bool {
	if len(headers) == 0 {
		return true
	}
	lower := make([]string, len(patterns))
	for i, p := range patterns {
		lower[i] = strings.ToLower(p)
	}
	for _, h := range headers {
		if !slices.ContainsFunc(lower, func(p string) bool { return oneWildcard(p, h) }) {
			return false
		}
	}
	return true
}

// oneWildcard matches a pattern with one asterisk at most, for any characters.
func oneWildcard(pattern, s string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	return len(s) >= len(before)+len(after) && strings.HasPrefix(s, before) && strings.HasSuffix(s, after)
}
