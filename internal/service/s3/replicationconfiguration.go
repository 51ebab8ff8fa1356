package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/sallyport/sallyport/arn"
	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/replication"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// Limits of a replication configuration.
const (
	maxReplicationRules = 1000
	maxRuleID           = 255
	rtcMinutes          = 15 // the only time that Replication Time Control has
)

// PutBucketReplication says which objects of a bucket go to which other buckets.
// Both buckets must have versioning enabled.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
func (s *Service) PutBucketReplication(ctx context.Context, in *api.PutBucketReplicationInput) (*api.PutBucketReplicationOutput, error) {
	c := in.ReplicationConfiguration
	if c == nil {
		return nil, api.MalformedXML()
	}
	if err := checkReplication(c); err != nil {
		return nil, err
	}
	nameRules(c)
	err := putConfiguration(ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Replication, "", c, func(t *store.Txn, b *store.Bucket) error {
		if b.Versioning != store.VersioningEnabled {
			return api.InvalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
		}
		if role, err := arn.Parse(value(c.Role)); err != nil || role.Account != b.Account {
			return fail("InvalidArgument", "Invalid role specified in the replication configuration", "ArgumentName", "Role", "ArgumentValue", value(c.Role))
		}
		for i := range c.Rules {
			if err := checkDestination(&t.Reader, b, c.Rules[i].Destination); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketReplicationOutput{}, nil
}

// GetBucketReplication shows a bucket's replication configuration.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
func (s *Service) GetBucketReplication(ctx context.Context, in *api.GetBucketReplicationInput) (*api.GetBucketReplicationOutput, error) {
	c, err := getConfiguration[api.ReplicationConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, store.Replication, "")
	if err != nil {
		return nil, err
	}
	return &api.GetBucketReplicationOutput{ReplicationConfiguration: c}, nil
}

// DeleteBucketReplication ends the replication of new objects; there need not be
// any. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html
func (s *Service) DeleteBucketReplication(ctx context.Context, in *api.DeleteBucketReplicationInput) (*api.DeleteBucketReplicationOutput, error) {
	err := s.deleteConfiguration(ctx, in.Bucket, in.ExpectedBucketOwner, store.Replication, "", nil)
	if err != nil {
		return nil, err
	}
	return &api.DeleteBucketReplicationOutput{}, nil
}

func checkReplication(c *api.ReplicationConfiguration) error {
	if len(c.Rules) == 0 || len(c.Rules) > maxReplicationRules {
		return api.MalformedXML()
	}
	if role, err := arn.Parse(value(c.Role)); err != nil || role.Service != "iam" || !strings.HasPrefix(role.Resource, "role/") {
		return fail("InvalidArgument", "Invalid ARN for role", "ArgumentName", "Role", "ArgumentValue", value(c.Role))
	}
	ids, priorities := map[string]bool{}, map[int32]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		if err := checkReplicationRule(r); err != nil {
			return err
		}
		if (r.Filter == nil) != (c.Rules[0].Filter == nil) {
			return api.InvalidRequest("Rules of both schema versions cannot be mixed in one replication configuration.")
		}
		if id := value(r.ID); id != "" {
			if ids[id] {
				return api.InvalidRequest("Rule Id must be unique")
			}
			ids[id] = true
		}
		if r.Filter != nil {
			if priorities[*r.Priority] {
				return api.InvalidRequest("Found duplicate priority value in the replication configuration. Priority must be unique.")
			}
			priorities[*r.Priority] = true
		}
	}
	if c.Rules[0].Filter == nil {
		return checkFirstSchema(c.Rules)
	}
	return nil
}

// checkFirstSchema: rules without priorities have one destination and prefixes
// that do not overlap.
func checkFirstSchema(rules []api.ReplicationRule) error {
	for i := range rules {
		for j := range i {
			if value(rules[i].Destination.Bucket) != value(rules[j].Destination.Bucket) {
				return api.InvalidRequest("The destination bucket must be same for all rules")
			}
			a, b := value(rules[i].Prefix), value(rules[j].Prefix)
			if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
				return api.InvalidRequest("Found overlapping prefixes '" + b + "' and '" + a + "'")
			}
		}
	}
	return nil
}

func checkReplicationRule(r *api.ReplicationRule) error {
	if len(value(r.ID)) > maxRuleID {
		return fail("InvalidArgument", "ID length should not exceed allowed limit of 255", "ArgumentName", "ID", "ArgumentValue", value(r.ID))
	}
	if !switched(r.Status) || r.Destination == nil || value(r.Destination.Bucket) == "" {
		return api.MalformedXML()
	}
	if r.Filter == nil && r.Prefix == nil || r.Filter != nil && r.Prefix != nil {
		return api.MalformedXML()
	}
	if len(value(r.Prefix)) > maxKey {
		return fail("InvalidArgument", "The maximum size of a prefix is 1024.", "ArgumentName", "Prefix")
	}
	if r.Filter != nil {
		if err := checkSecondSchema(r); err != nil {
			return err
		}
	}
	if e := r.ExistingObjectReplication; e != nil && value(e.Status) == "Enabled" {
		return api.InvalidRequest("ExistingObjectReplication is not supported. Use S3 Batch Replication for objects that exist.")
	}
	if err := checkCriteria(r); err != nil {
		return err
	}
	return checkReplicationDestination(r.Destination)
}

// checkSecondSchema: rules with a Filter have a priority, and say what becomes of
// delete markers.
func checkSecondSchema(r *api.ReplicationRule) error {
	f, forms := r.Filter, 0
	for _, given := range []bool{f.Prefix != nil, f.Tag != nil, f.And != nil} {
		if given {
			forms++
		}
	}
	if forms > 1 || f.And != nil && len(f.And.Tags) == 0 || f.And != nil && f.And.Prefix == nil && len(f.And.Tags) < 2 {
		return api.MalformedXML()
	}
	prefix, tags := replication.Filter(r)
	if len(prefix) > maxKey {
		return fail("InvalidArgument", "The maximum size of a prefix is 1024.", "ArgumentName", "Prefix")
	}
	if _, err := tagsFrom(tags); err != nil {
		return err
	}
	switch {
	case r.Priority == nil:
		return api.InvalidRequest("Priority must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.")
	case *r.Priority < 0:
		return fail("InvalidArgument", "Priority must be a non-negative integer.", "ArgumentName", "Priority")
	case r.DeleteMarkerReplication == nil:
		return api.InvalidRequest("DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.")
	case !switched(r.DeleteMarkerReplication.Status):
		return api.MalformedXML()
	case len(tags) > 0 && *r.DeleteMarkerReplication.Status == "Enabled":
		return api.InvalidRequest("Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.")
	}
	return nil
}

func switched(status *string) bool { return value(status) == "Enabled" || value(status) == "Disabled" }

func checkCriteria(r *api.ReplicationRule) error {
	c := r.SourceSelectionCriteria
	if c == nil {
		return nil
	}
	if m := c.ReplicaModifications; m != nil && !switched(m.Status) {
		return api.MalformedXML()
	}
	if k := c.SseKmsEncryptedObjects; k != nil {
		if !switched(k.Status) {
			return api.MalformedXML()
		}
		if *k.Status == "Enabled" {
			return api.NotImplemented("") // there are no objects under KMS keys
		}
	}
	return nil
}

func checkReplicationDestination(d *api.Destination) error {
	if replication.Bucket(*d.Bucket) == "" {
		return fail("InvalidArgument", "Invalid bucket ARN.", "ArgumentName", "Bucket", "ArgumentValue", *d.Bucket)
	}
	if d.EncryptionConfiguration != nil {
		return api.NotImplemented("") // replicas under KMS keys
	}
	if _, err := storageClass(d.StorageClass); err != nil || value(d.StorageClass) == "" && d.StorageClass != nil {
		return api.MalformedXML()
	}
	if d.Account != nil && (len(*d.Account) != 12 || !digits(*d.Account)) {
		return fail("InvalidArgument", "Invalid account id.", "ArgumentName", "Account", "ArgumentValue", *d.Account)
	}
	if t := d.AccessControlTranslation; t != nil {
		if value(t.Owner) != "Destination" {
			return api.MalformedXML()
		}
		if d.Account == nil {
			return api.InvalidRequest("Account must be specified if AccessControlTranslation is specified")
		}
	}
	return checkReplicationTime(d)
}

func checkReplicationTime(d *api.Destination) error {
	t, m := d.ReplicationTime, d.Metrics
	if t != nil && (!switched(t.Status) || t.Time == nil) || m != nil && !switched(m.Status) {
		return api.MalformedXML()
	}
	if t != nil && value(t.Time.Minutes) != rtcMinutes || m != nil && m.EventThreshold != nil && value(m.EventThreshold.Minutes) != rtcMinutes {
		return fail("InvalidArgument", "Invalid Minutes. Supported value: 15", "ArgumentName", "Minutes")
	}
	if t != nil && *t.Status == "Enabled" && (m == nil || *m.Status != "Enabled") {
		return api.InvalidRequest("Metrics must be enabled if ReplicationTime is enabled")
	}
	return nil
}

// checkDestination: the bucket that replicas go to must be there and keep
// versions.
func checkDestination(r *store.Reader, source *store.Bucket, d *api.Destination) error {
	b, err := r.Bucket(replication.Bucket(*d.Bucket))
	switch {
	case errors.Is(err, store.ErrNoSuchBucket):
		return api.InvalidRequest("Destination bucket must exist.")
	case err != nil:
		return err
	case b.ID == source.ID:
		return api.InvalidRequest("The source bucket and the destination bucket cannot be the same.")
	case b.Versioning != store.VersioningEnabled:
		return api.InvalidRequest("Destination bucket must have versioning enabled.")
	case d.AccessControlTranslation != nil && b.Account == source.Account && *d.Account == source.Account:
		return api.InvalidRequest("AccessControlTranslation cannot be specified if the destination bucket is owned by the same account")
	}
	return nil
}

// nameRules gives ids to the rules that have none.
func nameRules(c *api.ReplicationConfiguration) {
	for i := range c.Rules {
		if value(c.Rules[i].ID) == "" {
			c.Rules[i].ID = set(rand.Text())
		}
	}
}

// replicationRoleTarget is the role that the caller hands to S3. What is no role
// the operation refuses.
func replicationRoleTarget(in any) (*caller.Target, error) {
	put, ok := in.(*api.PutBucketReplicationInput)
	if !ok || put.ReplicationConfiguration == nil {
		return &caller.Target{SkipDecision: true}, nil
	}
	text := value(put.ReplicationConfiguration.Role)
	role, err := arn.Parse(text)
	if err != nil || !arn.ValidAccountID(role.Account) {
		return &caller.Target{SkipDecision: true}, nil
	}
	return &caller.Target{Resource: authz.Resource{ARN: text, Account: role.Account}}, nil
}
