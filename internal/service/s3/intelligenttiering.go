package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// An object in INTELLIGENT_TIERING stays in its Frequent Access tier here: there
// is one place where bytes lie, so no tier is cheaper than another. What a
// configuration says is kept and shown, and moves nothing.

// maxTierDays is the most days without access that a tier may wait for.
const maxTierDays = 730

// PutBucketIntelligentTieringConfiguration says after how many days without
// access objects in INTELLIGENT_TIERING may be archived. None is.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html
func (s *Service) PutBucketIntelligentTieringConfiguration(ctx context.Context, in *api.PutBucketIntelligentTieringConfigurationInput) (*api.PutBucketIntelligentTieringConfigurationOutput, error) {
	c := in.IntelligentTieringConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	if err := checkConfigurationID(in.Id, c.Id); err != nil {
		return nil, err
	}
	if f := tieringFilter(c.Filter); f != nil {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	if err := checkTierings(c.Tierings); err != nil {
		return nil, err
	}
	err := putIdentified(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.IntelligentTiering, *c.Id, c)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketIntelligentTieringConfigurationOutput{}, nil
}

// checkTierings checks that each tier is named once, and that it waits for as
// long as it may: 90 days or more, 180 for DEEP_ARCHIVE_ACCESS, which must be
// later than ARCHIVE_ACCESS.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tiering.html
func checkTierings(tierings []api.Tiering) error {
	if len(tierings) == 0 {
		return api.MalformedXML()
	}
	least := map[string]int32{"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
	days := map[string]int32{}
	for i := range tierings {
		tier, n := value(tierings[i].AccessTier), value(tierings[i].Days)
		if _, twice := days[tier]; twice || least[tier] == 0 {
			return api.MalformedXML()
		}
		if n < least[tier] || n > maxTierDays {
			return fail("InvalidArgument", "Invalid Argument", "ArgumentName", "Days")
		}
		days[tier] = n
	}
	if len(days) == 2 && days["DEEP_ARCHIVE_ACCESS"] <= days["ARCHIVE_ACCESS"] {
		return fail("InvalidArgument", "Invalid Argument", "ArgumentName", "Days")
	}
	return nil
}

func tieringFilter(in *api.IntelligentTieringFilter) *objectFilter {
	if in == nil {
		return nil
	}
	f := &objectFilter{prefix: in.Prefix, tag: in.Tag}
	if in.And != nil {
		f.and = &objectAnd{in.And.Prefix, in.And.Tags, nil}
	}
	return f
}

// GetBucketIntelligentTieringConfiguration tells the configuration of an id.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html
func (s *Service) GetBucketIntelligentTieringConfiguration(ctx context.Context, in *api.GetBucketIntelligentTieringConfigurationInput) (*api.GetBucketIntelligentTieringConfigurationOutput, error) {
	c, err := getConfiguration[api.IntelligentTieringConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.IntelligentTiering, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.GetBucketIntelligentTieringConfigurationOutput{IntelligentTieringConfiguration: c}, nil
}

// DeleteBucketIntelligentTieringConfiguration takes a configuration away.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html
func (s *Service) DeleteBucketIntelligentTieringConfiguration(ctx context.Context, in *api.DeleteBucketIntelligentTieringConfigurationInput) (*api.DeleteBucketIntelligentTieringConfigurationOutput, error) {
	err := s.deleteIdentified(ctx, in.Bucket, in.ExpectedBucketOwner, store.IntelligentTiering, 0, value(in.Id))
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketIntelligentTieringConfigurationOutput{}, nil
}

// ListBucketIntelligentTieringConfigurations lists the configurations, 100 at a
// time.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html
func (s *Service) ListBucketIntelligentTieringConfigurations(ctx context.Context, in *api.ListBucketIntelligentTieringConfigurationsInput) (*api.ListBucketIntelligentTieringConfigurationsOutput, error) {
	l, err := listIdentified[api.IntelligentTieringConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, in.ContinuationToken, store.IntelligentTiering)
	if err != nil {
		return nil, err
	}
	return &api.ListBucketIntelligentTieringConfigurationsOutput{IntelligentTieringConfigurationList: l.list, IsTruncated: &l.truncated,
		ContinuationToken: l.continued, NextContinuationToken: l.next}, nil
}
