package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketInventoryConfiguration has lists of the bucket's objects delivered to
// a bucket, daily or weekly. AWS's formats ORC and Parquet, and lists under KMS
// keys, are NotImplemented.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
func (s *Service) PutBucketInventoryConfiguration(ctx context.Context, in *api.PutBucketInventoryConfigurationInput) (*api.PutBucketInventoryConfigurationOutput, error) {
	c := in.InventoryConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	if err := checkConfigurationID(in.Id, c.Id); err != nil {
		return nil, err
	}
	if err := checkInventory(c); err != nil {
		return nil, err
	}
	err := putIdentified(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Inventory, *c.Id, c)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketInventoryConfigurationOutput{}, nil
}

func checkInventory(c *api.InventoryConfiguration) error {
	if c.Destination == nil || c.Destination.S3BucketDestination == nil || c.Schedule == nil || c.IsEnabled == nil {
		return api.MalformedXML()
	}
	d := c.Destination.S3BucketDestination
	if _, err := reportBucket(d.Bucket); err != nil {
		return err
	}
	if d.AccountId != nil && (len(*d.AccountId) != 12 || !digits(*d.AccountId)) {
		return invalidArgument("Invalid Argument", "AccountId", *d.AccountId)
	}
	if value(d.Format) != "CSV" {
		return fail("NotImplemented", "Inventories in the format "+value(d.Format)+" are not implemented; CSV is.")
	}
	if e := d.Encryption; e != nil {
		switch {
		case (e.SSES3 == nil) == (e.SSEKMS == nil):
			return api.MalformedXML()
		case e.SSEKMS != nil:
			return fail("NotImplemented", "Inventories encrypted with SSE-KMS are not implemented; SSE-S3 is.")
		}
	}
	return nil
}

// GetBucketInventoryConfiguration tells the inventory configuration of an id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html
func (s *Service) GetBucketInventoryConfiguration(ctx context.Context, in *api.GetBucketInventoryConfigurationInput) (*api.GetBucketInventoryConfigurationOutput, error) {
	c, err := getConfiguration[api.InventoryConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Inventory, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.GetBucketInventoryConfigurationOutput{InventoryConfiguration: c}, nil
}

// DeleteBucketInventoryConfiguration ends the delivery of an inventory. What was
// delivered stays.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html
func (s *Service) DeleteBucketInventoryConfiguration(ctx context.Context, in *api.DeleteBucketInventoryConfigurationInput) (*api.DeleteBucketInventoryConfigurationOutput, error) {
	err := s.deleteIdentified(ctx, in.Bucket, in.ExpectedBucketOwner, store.Inventory, store.InventoryState, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketInventoryConfigurationOutput{}, nil
}

// ListBucketInventoryConfigurations lists the inventory configurations, 100 at a
// time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
func (s *Service) ListBucketInventoryConfigurations(ctx context.Context, in *api.ListBucketInventoryConfigurationsInput) (*api.ListBucketInventoryConfigurationsOutput, error) {
	l, err := listIdentified[api.InventoryConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, in.ContinuationToken, store.Inventory)
	if err != nil {
		return nil, err
	}
	return &api.ListBucketInventoryConfigurationsOutput{InventoryConfigurationList: l.list, IsTruncated: &l.truncated,
		ContinuationToken: l.continued, NextContinuationToken: l.next}, nil
}
