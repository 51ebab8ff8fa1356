package s3

import (
	"context"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketVersioning enables or suspends versioning. What was written before
// stays as it is. MFA delete cannot be enabled: no account has a device for it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
func (s *Service) PutBucketVersioning(ctx context.Context, in *api.PutBucketVersioningInput) (*api.PutBucketVersioningOutput, error) {
	state, err := versioningState(in)
	if err != nil {
		return nil, err
	}
	err = s.configure(ctx, in.Bucket, in.ExpectedBucketOwner, func(b *store.Bucket) error {
		if b.Has(store.ObjectLock) && state != store.VersioningEnabled {
			return fail("InvalidBucketState", "An Object Lock configuration is present on this bucket, "+
				"so the versioning state cannot be changed.")
		}
		if b.Has(store.Replication) && state != store.VersioningEnabled {
			return fail("InvalidBucketState", "A replication configuration is present on this bucket, so you cannot change the versioning state. "+
				"To change the versioning state, first delete the replication configuration.")
		}
		b.Versioning = state
		return nil
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
	case "", "Disabled":
	case "Enabled":
		if in.MFA != nil {
			return 0, api.AccessDenied("MFA Authentication failed for this request")
		}
		return 0, api.AccessDenied("Mfa Authentication must be used for this request")
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

// GetBucketVersioning tells the versioning state, nothing if it was never enabled.
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
	return out, nil
}
