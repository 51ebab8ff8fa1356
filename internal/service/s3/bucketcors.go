package s3

import (
	"context"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Limits of a CORS configuration.
const (
	maxCORSRules  = 100
	maxCORSRuleID = 255
)

// corsMethods are the methods that a CORS rule may allow.
var corsMethods = map[string]bool{"GET": true, "PUT": true, "POST": true, "DELETE": true, "HEAD": true}

// PutBucketCors says which pages of other origins may use a bucket from a browser.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
func (s *Service) PutBucketCors(ctx context.Context, in *api.PutBucketCorsInput) (*api.PutBucketCorsOutput, error) {
	if err := checkCORS(in.CORSConfiguration); err != nil {
		return nil, err
	}
	if err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.CORS, "", in.CORSConfiguration, nil); err != nil {
		return nil, err
	}
	return &api.PutBucketCorsOutput{}, nil
}

func checkCORS(c *api.CORSConfiguration) error {
	if c == nil || len(c.CORSRules) == 0 {
		return api.MalformedXML()
	}
	if len(c.CORSRules) > maxCORSRules {
		return api.InvalidRequest("The number of CORS rules should not exceed allowed limit of " + strconv.Itoa(maxCORSRules) + " rules.")
	}
	for i := range c.CORSRules {
		if err := checkCORSRule(&c.CORSRules[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkCORSRule(rule *api.CORSRule) error {
	if len(rule.AllowedMethods) == 0 || len(rule.AllowedOrigins) == 0 {
		return api.MalformedXML()
	}
	if id := value(rule.ID); len(id) > maxCORSRuleID {
		return invalidArgument("ID length should not exceed allowed limit of "+strconv.Itoa(maxCORSRuleID), "ID", id)
	}
	for _, method := range rule.AllowedMethods {
		if !corsMethods[method] {
			return api.InvalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + method)
		}
	}
	for _, origin := range rule.AllowedOrigins {
		if origin == "" {
			return api.MalformedXML()
		}
		if strings.Count(origin, "*") > 1 {
			return api.InvalidRequest(`AllowedOrigin "` + origin + `" can not have more than one wildcard.`)
		}
	}
	for _, header := range rule.AllowedHeaders {
		if strings.Count(header, "*") > 1 {
			return api.InvalidRequest(`AllowedHeader "` + header + `" can not have more than one wildcard.`)
		}
	}
	return checkExposed(rule.ExposeHeaders)
}

// checkExposed refuses what cannot be the name of a header; the names go into
// answers as they are.
func checkExposed(headers []string) error {
	for _, header := range headers {
		switch {
		case strings.Contains(header, "*"):
			return api.InvalidRequest(`ExposeHeader "` + header + `" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
		case !headerName(header):
			return api.InvalidRequest(`ExposeHeader "` + header + `" contains invalid character.`)
		}
	}
	return nil
}

// headerName tells whether a text is a token of RFC 9110.
func headerName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// GetBucketCors shows the CORS rules of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
func (s *Service) GetBucketCors(ctx context.Context, in *api.GetBucketCorsInput) (*api.GetBucketCorsOutput, error) {
	c, err := getConfiguration[api.CORSConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.CORS, "")
	if err != nil {
		return nil, err
	}
	return &api.GetBucketCorsOutput{CORSRules: c.CORSRules}, nil
}

// DeleteBucketCors takes the CORS rules away; there need not be any.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html
func (s *Service) DeleteBucketCors(ctx context.Context, in *api.DeleteBucketCorsInput) (*api.DeleteBucketCorsOutput, error) {
	if err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.CORS, "", nil); err != nil {
		return nil, err
	}
	return &api.DeleteBucketCorsOutput{}, nil
}
