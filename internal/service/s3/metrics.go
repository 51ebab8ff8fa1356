package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketMetricsConfiguration has the requests for a bucket, or for some of its
// objects, counted apart.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
func (s *Service) PutBucketMetricsConfiguration(ctx context.Context, in *api.PutBucketMetricsConfigurationInput) (*api.PutBucketMetricsConfigurationOutput, error) {
	c := in.MetricsConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	if err := checkConfigurationID(in.Id, c.Id); err != nil {
		return nil, err
	}
	if f := metricsFilter(c.Filter); f != nil {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	err := putIdentified(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Metrics, *c.Id, c)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketMetricsConfigurationOutput{}, nil
}

func metricsFilter(in *api.MetricsFilter) *objectFilter {
	if in == nil {
		return nil
	}
	f := &objectFilter{prefix: in.Prefix, tag: in.Tag, accessPoint: in.AccessPointArn}
	if in.And != nil {
		f.and = &objectAnd{in.And.Prefix, in.And.Tags, in.And.AccessPointArn}
	}
	return f
}

// GetBucketMetricsConfiguration tells the metrics configuration of an id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html
func (s *Service) GetBucketMetricsConfiguration(ctx context.Context, in *api.GetBucketMetricsConfigurationInput) (*api.GetBucketMetricsConfigurationOutput, error) {
	c, err := getConfiguration[api.MetricsConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Metrics, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.GetBucketMetricsConfigurationOutput{MetricsConfiguration: c}, nil
}

// DeleteBucketMetricsConfiguration ends the counting.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html
func (s *Service) DeleteBucketMetricsConfiguration(ctx context.Context, in *api.DeleteBucketMetricsConfigurationInput) (*api.DeleteBucketMetricsConfigurationOutput, error) {
	err := s.deleteIdentified(ctx, in.Bucket, in.ExpectedBucketOwner, store.Metrics, 0, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketMetricsConfigurationOutput{}, nil
}

// ListBucketMetricsConfigurations lists the metrics configurations, 100 at a time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html
func (s *Service) ListBucketMetricsConfigurations(ctx context.Context, in *api.ListBucketMetricsConfigurationsInput) (*api.ListBucketMetricsConfigurationsOutput, error) {
	l, err := listIdentified[api.MetricsConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, in.ContinuationToken, store.Metrics)
	if err != nil {
		return nil, err
	}
	return &api.ListBucketMetricsConfigurationsOutput{MetricsConfigurationList: l.list, IsTruncated: &l.truncated,
		ContinuationToken: l.continued, NextContinuationToken: l.next}, nil
}
