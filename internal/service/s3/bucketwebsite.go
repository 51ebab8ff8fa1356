package s3

import (
	"context"
	"strconv"
	"strings"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// maxRoutingRules is how many routing rules a website may have.
const maxRoutingRules = 50

// PutBucketWebsite makes a bucket a website.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
func (s *Service) PutBucketWebsite(ctx context.Context, in *api.PutBucketWebsiteInput) (*api.PutBucketWebsiteOutput, error) {
	if err := checkWebsite(in.WebsiteConfiguration); err != nil {
		return nil, err
	}
	if err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Website, "", in.WebsiteConfiguration, nil); err != nil {
		return nil, err
	}
	return &api.PutBucketWebsiteOutput{}, nil
}

func checkWebsite(c *api.WebsiteConfiguration) error {
	if c == nil {
		return api.MalformedXML()
	}
	if all := c.RedirectAllRequestsTo; all != nil {
		if c.IndexDocument != nil || c.ErrorDocument != nil || len(c.RoutingRules) > 0 {
			return invalidArgument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
				"RedirectAllRequestsTo", "not null")
		}
		if value(all.HostName) == "" {
			return api.MalformedXML()
		}
		return checkProtocol(all.Protocol)
	}
	if c.IndexDocument == nil {
		return invalidArgument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
			"IndexDocument", "null")
	}
	if suffix := value(c.IndexDocument.Suffix); suffix == "" || strings.Contains(suffix, "/") {
		return invalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
	}
	if c.ErrorDocument != nil && value(c.ErrorDocument.Key) == "" {
		return api.MalformedXML()
	}
	if n := len(c.RoutingRules); n > maxRoutingRules {
		return api.InvalidRequest(strconv.Itoa(n) + " routing rules provided, the number of routing rules in a website configuration is limited to " +
			strconv.Itoa(maxRoutingRules) + ".")
	}
	for i := range c.RoutingRules {
		if err := checkRoutingRule(&c.RoutingRules[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkRoutingRule(rule *api.RoutingRule) error {
	if c := rule.Condition; c != nil {
		if c.KeyPrefixEquals == nil && c.HttpErrorCodeReturnedEquals == nil {
			return api.InvalidRequest("Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.")
		}
		if code := c.HttpErrorCodeReturnedEquals; code != nil && !statusBetween(*code, 400, 599) {
			return api.InvalidRequest("The provided HTTP error code (" + *code + ") is not valid. Valid codes are 4XX or 5XX.")
		}
	}
	to := rule.Redirect
	switch {
	case to == nil || *to == (api.Redirect{}):
		return api.MalformedXML()
	case to.HttpRedirectCode != nil && !statusBetween(*to.HttpRedirectCode, 301, 399):
		return api.InvalidRequest("The provided HTTP redirect code (" + *to.HttpRedirectCode + ") is not valid. Valid codes are 3XX except 300.")
	case to.ReplaceKeyWith != nil && to.ReplaceKeyPrefixWith != nil:
		return api.InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
	}
	return checkProtocol(to.Protocol)
}

func checkProtocol(protocol *string) error {
	if p := value(protocol); protocol != nil && p != "http" && p != "https" {
		return api.InvalidRequest("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.")
	}
	return nil
}

// statusBetween tells whether a text is an HTTP status of three digits within
// bounds.
func statusBetween(text string, low, high int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && len(text) == 3 && n >= low && n <= high
}

// GetBucketWebsite shows how a bucket is a website.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html
func (s *Service) GetBucketWebsite(ctx context.Context, in *api.GetBucketWebsiteInput) (*api.GetBucketWebsiteOutput, error) {
	c, err := getConfiguration[api.WebsiteConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Website, "")
	if err != nil {
		return nil, err
	}
	return &api.GetBucketWebsiteOutput{
		RedirectAllRequestsTo: c.RedirectAllRequestsTo, IndexDocument: c.IndexDocument,
		ErrorDocument: c.ErrorDocument, RoutingRules: c.RoutingRules,
	}, nil
}

// DeleteBucketWebsite makes a bucket no website any more; it need not be one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html
func (s *Service) DeleteBucketWebsite(ctx context.Context, in *api.DeleteBucketWebsiteInput) (*api.DeleteBucketWebsiteOutput, error) {
	if err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.Website, "", nil); err != nil {
		return nil, err
	}
	return &api.DeleteBucketWebsiteOutput{}, nil
}

// Website is how a bucket is a website, for requests to its website's hosts:
// everybody may know. It is shared and must not be changed. The error is
// NoSuchBucket, NoSuchWebsiteConfiguration, or AccessDenied where requesters pay,
// for a browser cannot say that it does.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
func (s *Service) Website(ctx context.Context, bucket string) (c *api.WebsiteConfiguration, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, &bucket, nil)
		if err != nil {
			return err
		}
		if b.RequesterPays {
			return api.AccessDenied("")
		}
		c, err = configured[api.WebsiteConfiguration](s, r, b, store.Website)
		if err == nil && c == nil {
			err = api.NoSuchConfiguration(noConfiguration[store.Website], bucket)
		}
		return err
	})
	return c, err
}
