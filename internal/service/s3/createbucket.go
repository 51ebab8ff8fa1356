package s3

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// maxBuckets is how many buckets an account may have, AWS's default quota.
const maxBuckets = 10_000

// usEast1 is the region that has no name in location constraints.
const usEast1 = "us-east-1"

// CreateBucket makes a bucket of the caller's account, closed to the public and
// without ACLs unless the request says otherwise.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
func (s *Service) CreateBucket(ctx context.Context, in *api.CreateBucketInput) (*api.CreateBucketOutput, error) {
	b, err := s.newBucket(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &api.CreateBucketOutput{Location: set("/" + b.Name), BucketArn: set(bucketARN(b.Name))}
	if s.region != usEast1 {
		out.Location = set("http://" + b.Name + ".s3.amazonaws.com/")
	}
	if err := s.checkQuota(ctx, b); err != nil {
		return nil, err
	}
	made := false
	err = s.store.Update(ctx, func(t *store.Txn) (err error) {
		made, err = s.create(t, b, value(in.ObjectLockEnabledForBucket))
		return err
	})
	if err == nil && !made {
		err = s.resetACL(ctx, b)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// newBucket checks what is asked for.
func (s *Service) newBucket(ctx context.Context, in *api.CreateBucketInput) (*store.Bucket, error) {
	name := value(in.Bucket)
	if !validName(name) {
		return nil, api.InvalidBucketName(name)
	}
	if err := s.checkLocation(in.CreateBucketConfiguration); err != nil {
		return nil, err
	}
	if namespace := value(in.BucketNamespace); namespace != "" && namespace != "global" {
		return nil, api.NotImplemented("x-amz-bucket-namespace")
	}
	b := &store.Bucket{Name: name, Account: caller.From(ctx).Account(), Region: s.region,
		Ownership:         store.BucketOwnerEnforced,
		PublicAccessBlock: &store.PublicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true},
	}
	if in.ObjectOwnership != nil {
		var ok bool
		if b.Ownership, ok = store.ParseOwnership(*in.ObjectOwnership); !ok {
			return nil, fail("InvalidArgument", "Invalid x-amz-object-ownership header: "+*in.ObjectOwnership,
				"ArgumentName", "x-amz-object-ownership")
		}
	}
	if c := in.CreateBucketConfiguration; c != nil && len(c.Tags) > 0 {
		var err error
		if b.Tags, err = tagsFrom(c.Tags); err != nil {
			return nil, err
		}
		if err := checkBucketTags(b.Tags, systemTagCreating); err != nil {
			return nil, err
		}
	}
	if value(in.ObjectLockEnabledForBucket) {
		b.Versioning = store.VersioningEnabled // which Object Lock needs
	}
	acl := aclHeaders{canned: in.ACL, fullControl: in.GrantFullControl, read: in.GrantRead, readACP: in.GrantReadACP,
		write: in.GrantWrite, writeACP: in.GrantWriteACP}
	return b, s.newBucketACL(ctx, &acl, b)
}

// checkLocation: buckets are made where the server is, and nowhere else.
func (s *Service) checkLocation(c *api.CreateBucketConfiguration) error {
	if c == nil {
		c = &api.CreateBucketConfiguration{}
	}
	if c.Bucket != nil || c.Location != nil {
		return api.NotImplemented("")
	}
	constraint := value(c.LocationConstraint)
	region := constraint
	if constraint == "EU" {
		region = "eu-west-1"
	}
	switch {
	case constraint == "" && s.region == usEast1, constraint != "" && region == s.region && region != usEast1:
		return nil
	case constraint == "":
		return fail("IllegalLocationConstraintException", "")
	case constraint == usEast1 && s.region == usEast1, !s.knowsRegion(region):
		return fail("InvalidLocationConstraint", "", "LocationConstraint", constraint)
	}
	return fail("IllegalLocationConstraintException", "The "+constraint+
		" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

// knowsRegion tells whether there is a region of that name: one of AWS's, or the
// server's own.
func (s *Service) knowsRegion(name string) bool {
	return name == s.region || name == usEast1 || name != "EU" && slices.Contains(awsRegions(), name)
}

// awsRegions are the regions that AWS's model has, in which a bucket can be made.
// us-east-1 is not among them, for it is what is meant by none.
func awsRegions() []string {
	return api.API().Shape("BucketLocationConstraint").Enum
}

func (s *Service) checkQuota(ctx context.Context, b *store.Bucket) error {
	return s.store.View(ctx, func(r *store.Reader) error {
		n, err := r.CountBuckets(b.Account, maxBuckets)
		if err != nil || n < maxBuckets {
			return err
		}
		if _, err := r.Bucket(b.Name); err == nil {
			return nil // it will not be another one
		}
		return fail("TooManyBuckets", "")
	})
}

// create makes the bucket. In us-east-1, and there alone, making one's own bucket
// again succeeds.
func (s *Service) create(t *store.Txn, b *store.Bucket, lock bool) (made bool, err error) {
	old, err := t.Bucket(b.Name)
	switch {
	case errors.Is(err, store.ErrNoSuchBucket):
		fresh := *b // the transaction may run again
		err := t.CreateBucket(&fresh)
		if errors.Is(err, store.ErrBucketExists) {
			return false, api.BucketAlreadyExists(b.Name) // made by others since this request looked
		}
		if err == nil && lock {
			err = t.PutConfiguration(&fresh, store.ObjectLock, "", []byte(lockEnabled))
		}
		return true, err
	case err != nil:
		return false, err
	case old.Account != b.Account:
		return false, api.BucketAlreadyExists(b.Name)
	case s.region == usEast1:
		return false, nil
	}
	return false, api.BucketAlreadyOwnedByYou(b.Name)
}
