package s3

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/lifecycle"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketLifecycleConfiguration replaces the lifecycle rules of a bucket: from 1
// to 1,000. What the first API's operation of PutBucketLifecycle sends is read as
// well, since both have one URI and one form.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
func (s *Service) PutBucketLifecycleConfiguration(ctx context.Context, in *api.PutBucketLifecycleConfigurationInput) (*api.PutBucketLifecycleConfigurationOutput, error) {
	if in.LifecycleConfiguration == nil {
		return nil, api.MalformedXML()
	}
	c := &lifecycle.Configuration{Rules: slices.Clone(in.LifecycleConfiguration.Rules),
		TransitionDefaultMinimumObjectSize: in.TransitionDefaultMinimumObjectSize}
	if c.TransitionDefaultMinimumObjectSize == nil {
		c.TransitionDefaultMinimumObjectSize = set(lifecycle.AllClasses128K)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	for i := range c.Rules {
		if value(c.Rules[i].ID) == "" {
			c.Rules[i].ID = set(ruleID())
		}
	}
	if err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Lifecycle, "", c, noMFADelete); err != nil {
		return nil, err
	}
	return &api.PutBucketLifecycleConfigurationOutput{TransitionDefaultMinimumObjectSize: c.TransitionDefaultMinimumObjectSize}, nil
}

// ruleID makes an id as AWS's are: a UUID of version 4 in base64.
func ruleID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// GetBucketLifecycleConfiguration shows the lifecycle rules of a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
func (s *Service) GetBucketLifecycleConfiguration(ctx context.Context, in *api.GetBucketLifecycleConfigurationInput) (*api.GetBucketLifecycleConfigurationOutput, error) {
	c, err := getConfiguration[lifecycle.Configuration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Lifecycle, "")
	if err != nil {
		return nil, err
	}
	return &api.GetBucketLifecycleConfigurationOutput{Rules: c.Rules, TransitionDefaultMinimumObjectSize: c.TransitionDefaultMinimumObjectSize}, nil
}

// DeleteBucketLifecycle takes the lifecycle rules off a bucket; there need not be
// any.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
func (s *Service) DeleteBucketLifecycle(ctx context.Context, in *api.DeleteBucketLifecycleInput) (*api.DeleteBucketLifecycleOutput, error) {
	if err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.Lifecycle, "", nil); err != nil {
		return nil, err
	}
	return &api.DeleteBucketLifecycleOutput{}, nil
}
