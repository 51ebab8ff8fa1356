package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
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

// meter is a metrics configuration as requests are held to it.
type meter struct {
	id     string
	filter *objectFilter
}

// Meters are the ids of the metrics configurations of a bucket that count a
// request for a key, which is empty for the bucket itself.
func (s *Service) Meters(ctx context.Context, b *caller.SeenBucket, key, accessPoint string, tags *policy.Tags) (ids []string, err error) {
	meters, err := s.meters(ctx, b)
	for _, m := range meters {
		if m.filter.matches(key, accessPoint, tags.Get) {
			ids = append(ids, m.id)
		}
	}
	return ids, err
}

// meters are parsed once for each generation of the bucket.
func (s *Service) meters(ctx context.Context, b *caller.SeenBucket) (meters []meter, err error) {
	as := store.Bucket{ID: store.BucketID(b.ID), Generation: b.Generation}
	if known, ok := s.configurations.get(&as, store.Metrics).([]meter); ok {
		return known, nil
	}
	size := 0
	err = s.store.View(ctx, func(r *store.Reader) error {
		meters, size = []meter{}, 0
		now, err := r.BucketByID(as.ID)
		if errors.Is(err, store.ErrNoSuchBucket) {
			return nil
		}
		if err != nil {
			return err
		}
		as.Generation = now.Generation
		return r.ScanConfigurations(now, store.Metrics, "", func(id string, document []byte) error {
			c, err := readConfiguration[api.MetricsConfiguration](document)
			if err != nil {
				return err
			}
			meters, size = append(meters, meter{id, metricsFilter(c.Filter)}), size+len(document)
			return nil
		})
	})
	if err == nil {
		s.configurations.put(&as, store.Metrics, size, meters)
	}
	return meters, err
}

// HasMeter tells whether a bucket has a metrics configuration of an id.
func (s *Service) HasMeter(ctx context.Context, bucket uint64, id string) (has bool, err error) {
	err = s.store.View(ctx, func(r *store.Reader) error {
		b, err := r.BucketByID(store.BucketID(bucket))
		if err == nil {
			_, err = r.Configuration(b, store.Metrics, id)
		}
		has = err == nil
		if errors.Is(err, store.ErrNoSuchBucket) || errors.Is(err, store.ErrNoSuchConfiguration) {
			return nil
		}
		return err
	})
	return has, err
}
