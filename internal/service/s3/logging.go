package s3

import (
	"context"
	"errors"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// PutBucketLogging has the requests for a bucket logged to a bucket of the same
// account and Region, or ends that. What the target's policy or ACL lets the
// logging service do is asked when a log is delivered.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
func (s *Service) PutBucketLogging(ctx context.Context, in *api.PutBucketLoggingInput) (*api.PutBucketLoggingOutput, error) {
	if in.BucketLoggingStatus == nil {
		return nil, api.MalformedXML()
	}
	c := in.BucketLoggingStatus.LoggingEnabled
	if c == nil {
		if err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.Logging, "", nil); err != nil {
			return nil, err
		}
		return &api.PutBucketLoggingOutput{}, nil
	}
	if err := s.checkLogging(ctx, c); err != nil {
		return nil, err
	}
	err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Logging, "", c, func(t *store.Txn, b *store.Bucket) error {
		return s.checkLogTarget(&t.Reader, b, c)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketLoggingOutput{}, nil
}

// checkLogging checks what a configuration says by itself.
func (s *Service) checkLogging(ctx context.Context, c *api.LoggingEnabled) error {
	if c.TargetBucket == nil || c.TargetPrefix == nil {
		return api.MalformedXML()
	}
	if f := c.TargetObjectKeyFormat; f != nil && (f.SimplePrefix == nil) == (f.PartitionedPrefix == nil) {
		return api.MalformedXML()
	}
	_, err := s.logGrants(ctx, c)
	return err
}

// checkLogTarget checks the bucket that logs are to go to.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#how-logs-delivered
func (s *Service) checkLogTarget(r *store.Reader, b *store.Bucket, c *api.LoggingEnabled) error {
	invalid := func(message string) error {
		return fail("InvalidTargetBucketForLogging", message, "TargetBucket", *c.TargetBucket)
	}
	target, err := r.Bucket(*c.TargetBucket)
	if errors.Is(err, store.ErrNoSuchBucket) {
		return invalid("")
	}
	if err != nil {
		return err
	}
	switch {
	case target.Account != b.Account:
		return invalid("The owner for the bucket to be logged and the target bucket must be the same.")
	case target.Region != b.Region:
		return fail("CrossLocationLoggingProhibitted", "", "TargetBucketLocation", target.Region)
	case len(c.TargetGrants) > 0 && target.Ownership == store.BucketOwnerEnforced:
		return fail("AccessControlListNotSupported", "")
	}
	if reason, err := s.unfitForLogs(r, target); err != nil || reason != "" {
		return errors.Join(err, invalid(reason))
	}
	return nil
}

// unfitForLogs tells why no logs go to a bucket, "" if they do.
func (s *Service) unfitForLogs(r *store.Reader, b *store.Bucket) (string, error) {
	if b.RequesterPays {
		return "The target bucket for logging must not have Requester Pays enabled.", nil
	}
	lock, err := configured[api.ObjectLockConfiguration](s, r, b, store.ObjectLock)
	if err != nil {
		return "", err
	}
	if lock != nil && lock.Rule != nil && lock.Rule.DefaultRetention != nil {
		return "The target bucket for logging must not have a default retention period.", nil
	}
	return "", nil
}

// logGrants is the ACL that a log gets in a bucket that has ACLs: the owner's full
// control and what the configuration grants. nil is none.
func (s *Service) logGrants(ctx context.Context, c *api.LoggingEnabled) (*givenACL, error) {
	if len(c.TargetGrants) == 0 {
		return nil, nil
	}
	w := &wantedACL{}
	for i := range c.TargetGrants {
		g, err := bodyGrant(&api.Grant{Grantee: c.TargetGrants[i].Grantee, Permission: c.TargetGrants[i].Permission})
		if err != nil {
			return nil, err
		}
		if err := w.add(g); err != nil {
			return nil, err
		}
	}
	return s.resolve(ctx, w)
}

// GetBucketLogging tells where a bucket's requests are logged.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
func (s *Service) GetBucketLogging(ctx context.Context, in *api.GetBucketLoggingInput) (*api.GetBucketLoggingOutput, error) {
	out := &api.GetBucketLoggingOutput{}
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := openBucket(r, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return err
		}
		out.LoggingEnabled, err = configured[api.LoggingEnabled](s, r, b, store.Logging)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
