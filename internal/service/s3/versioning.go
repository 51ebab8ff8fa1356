package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketVersioning enables or suspends versioning. What was written before
// stays as it is. MFA delete takes a code of the device of the root user of the
// bucket's owner: to be enabled, and from then on for every change.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
func (s *Service) PutBucketVersioning(ctx context.Context, in *api.PutBucketVersioningInput) (*api.PutBucketVersioningOutput, error) {
	state, err := versioningState(in)
	if err != nil {
		return nil, err
	}
	change := func(b *store.Bucket, proven string) error {
		if b.Has(store.ObjectLock) && state != store.VersioningEnabled {
			return fail("InvalidBucketState", "An Object Lock configuration is present on this bucket, "+
				"so the versioning state cannot be changed.")
		}
		if b.Has(store.Replication) && state != store.VersioningEnabled {
			return fail("InvalidBucketState", "A replication configuration is present on this bucket, so you cannot change the versioning state. "+
				"To change the versioning state, first delete the replication configuration.")
		}
		b.Versioning = state
		return changeMFADelete(b, in.VersioningConfiguration.MFADelete, proven)
	}
	err = s.withMFA(ctx, in.MFA, func(proven string) error {
		return s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error { return change(b, proven) })
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketVersioningOutput{}, nil
}

func versioningState(in *api.PutBucketVersioningInput) (store.Versioning, error) {
	c := in.VersioningConfiguration
	if c == nil {
		return 0, api.MalformedXML()
	}
	switch value(c.MFADelete) {
	case "", "Disabled", "Enabled":
	default:
		return 0, api.MalformedXML()
	}
	switch {
	case c.Status == nil:
		return 0, api.NewError("IllegalVersioningConfigurationException", "")
	case *c.Status == "Enabled":
		return store.VersioningEnabled, nil
	case *c.Status == "Suspended":
		return store.VersioningSuspended, nil
	}
	return 0, api.MalformedXML()
}

// GetBucketVersioning tells the versioning state and that of MFA delete, nothing
// of what was never set.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
func (s *Service) GetBucketVersioning(ctx context.Context, in *api.GetBucketVersioningInput) (*api.GetBucketVersioningOutput, error) {
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	out := &api.GetBucketVersioningOutput{}
	switch b.Versioning {
	case store.VersioningEnabled:
		out.Status = set("Enabled")
	case store.VersioningSuspended:
		out.Status = set("Suspended")
	}
	switch b.MFADelete {
	case store.MFADeleteEnabled:
		out.MFADelete = set("Enabled")
	case store.MFADeleteDisabled:
		out.MFADelete = set("Disabled")
	}
	return out, nil
}
