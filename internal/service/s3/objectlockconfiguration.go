package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Limits of a default retention.
const (
	maxLockDays  = 36500
	maxLockYears = 100
)

// lockEnabled is the configuration of a bucket made with Object Lock.
const lockEnabled = `{"ObjectLockEnabled":"Enabled"}`

// PutObjectLockConfiguration turns Object Lock on, for good, and says how long
// new objects are kept by default. The bucket must have versioning enabled.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
func (s *Service) PutObjectLockConfiguration(ctx context.Context, in *api.PutObjectLockConfigurationInput) (*api.PutObjectLockConfigurationOutput, error) {
	c := in.ObjectLockConfiguration
	if c == nil || value(c.ObjectLockEnabled) != "Enabled" {
		return nil, api.MalformedXML()
	}
	if c.Rule != nil {
		if err := checkDefaultRetention(c.Rule.DefaultRetention); err != nil {
			return nil, err
		}
	}
	err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.ObjectLock, "", c, func(_ *store.Txn, b *store.Bucket) error {
		if b.Versioning != store.VersioningEnabled {
			return fail("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutObjectLockConfigurationOutput{}, nil
}

func checkDefaultRetention(d *api.DefaultRetention) error {
	if d == nil || (d.Days == nil) == (d.Years == nil) {
		return api.MalformedXML()
	}
	if _, ok := modes[value(d.Mode)]; !ok {
		return api.MalformedXML()
	}
	days, years := value(d.Days), value(d.Years)
	switch {
	case days < 0, years < 0, days+years == 0:
		return fail("InvalidArgument", "Default retention period must be a positive integer value.")
	case days > maxLockDays, years > maxLockYears:
		return fail("InvalidArgument", "Default retention period too large")
	}
	return nil
}

// GetObjectLockConfiguration shows whether Object Lock is on, and the default
// retention.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
func (s *Service) GetObjectLockConfiguration(ctx context.Context, in *api.GetObjectLockConfigurationInput) (*api.GetObjectLockConfigurationOutput, error) {
	c, err := getConfiguration[api.ObjectLockConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.ObjectLock, "")
	if err != nil {
		return nil, err
	}
	return &api.GetObjectLockConfigurationOutput{ObjectLockConfiguration: c}, nil
}
