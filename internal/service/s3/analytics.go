package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketAnalyticsConfiguration has the objects of a bucket, or some of them,
// counted by storage class and age, and the counts delivered to a bucket daily.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
func (s *Service) PutBucketAnalyticsConfiguration(ctx context.Context, in *api.PutBucketAnalyticsConfigurationInput) (*api.PutBucketAnalyticsConfigurationOutput, error) {
	c := in.AnalyticsConfiguration
	if c == nil || c.StorageClassAnalysis == nil {
		return nil, api.MalformedXML()
	}
	if err := checkConfigurationID(in.Id, c.Id); err != nil {
		return nil, err
	}
	if f := analyticsFilter(c.Filter); f != nil {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	if x := c.StorageClassAnalysis.DataExport; x != nil {
		if x.Destination == nil || x.Destination.S3BucketDestination == nil {
			return nil, api.MalformedXML()
		}
		d := x.Destination.S3BucketDestination
		if _, err := reportBucket(d.Bucket); err != nil {
			return nil, err
		}
		if d.BucketAccountId != nil && (len(*d.BucketAccountId) != 12 || !digits(*d.BucketAccountId)) {
			return nil, invalidArgument("Invalid argument", "BucketAccountId", *d.BucketAccountId)
		}
	}
	err := putIdentified(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Analytics, *c.Id, c)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketAnalyticsConfigurationOutput{}, nil
}

func analyticsFilter(in *api.AnalyticsFilter) *objectFilter {
	if in == nil {
		return nil
	}
	f := &objectFilter{prefix: in.Prefix, tag: in.Tag}
	if in.And != nil {
		f.and = &objectAnd{in.And.Prefix, in.And.Tags, nil}
	}
	return f
}

// GetBucketAnalyticsConfiguration tells the analytics configuration of an id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html
func (s *Service) GetBucketAnalyticsConfiguration(ctx context.Context, in *api.GetBucketAnalyticsConfigurationInput) (*api.GetBucketAnalyticsConfigurationOutput, error) {
	c, err := getConfiguration[api.AnalyticsConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Analytics, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.GetBucketAnalyticsConfigurationOutput{AnalyticsConfiguration: c}, nil
}

// DeleteBucketAnalyticsConfiguration ends the analysis. What was delivered stays.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html
func (s *Service) DeleteBucketAnalyticsConfiguration(ctx context.Context, in *api.DeleteBucketAnalyticsConfigurationInput) (*api.DeleteBucketAnalyticsConfigurationOutput, error) {
	err := s.deleteIdentified(ctx, in.Bucket, in.ExpectedBucketOwner, store.Analytics, store.AnalyticsState, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketAnalyticsConfigurationOutput{}, nil
}

// ListBucketAnalyticsConfigurations lists the analytics configurations, 100 at a
// time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html
func (s *Service) ListBucketAnalyticsConfigurations(ctx context.Context, in *api.ListBucketAnalyticsConfigurationsInput) (*api.ListBucketAnalyticsConfigurationsOutput, error) {
	l, err := listIdentified[api.AnalyticsConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, in.ContinuationToken, store.Analytics)
	if err != nil {
		return nil, err
	}
	return &api.ListBucketAnalyticsConfigurationsOutput{AnalyticsConfigurationList: l.list, IsTruncated: &l.truncated,
		ContinuationToken: l.continued, NextContinuationToken: l.next}, nil
}
