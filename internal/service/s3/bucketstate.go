package s3

import (
	"context"
	"errors"
	"slices"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/policy"
)

// BucketState is what bears on access to a bucket, as it is brought from elsewhere
// as a whole. What is nil stays as it is, or as it is in new buckets.
type BucketState struct {
	Policy    *string // empty: none
	Ownership *string // empty: none
	// Block is Block Public Access, nil for none; it counts if SetBlock is set.
	Block      *api.PublicAccessBlockConfiguration
	SetBlock   bool
	ACL        *api.AccessControlPolicy
	Tags       *[]policy.Tag
	ABAC       *bool
	Versioning *string // Enabled or Suspended; empty: neither
}

// CompareBucket says what SetBucket would change of an account's bucket, and
// whether there is one. A bucket of another account is an error, and so is what
// cannot be stored.
func (s *Service) CompareBucket(ctx context.Context, account, bucket string, want *BucketState) (found bool, changes []string, err error) {
	if !validName(bucket) {
		return false, nil, api.InvalidBucketName(bucket)
	}
	var b *store.Bucket
	err = s.store.View(ctx, func(r *store.Reader) error {
		b, err = r.Bucket(bucket)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoSuchBucket):
		b = s.plainBucket(account, bucket)
	case err != nil:
		return false, nil, err
	case b.Account != account:
		return false, nil, api.BucketAlreadyExists(bucket)
	default:
		found = true
	}
	set, err := s.stateSetter(ctx, b.Account, bucket, want)
	if err != nil {
		return found, nil, err
	}
	after := *b
	if err := set(&after); err != nil {
		return found, nil, err
	}
	return found, differences(b, &after), nil
}

// SetBucket makes the bucket, if the account has none of the name, and makes it
// what is wanted, in one transaction. The permissions for it have been asked.
func (s *Service) SetBucket(ctx context.Context, account, bucket string, want *BucketState) error {
	set, err := s.stateSetter(ctx, account, bucket, want)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(t *store.Txn) error {
		b, err := t.Bucket(bucket)
		if errors.Is(err, store.ErrNoSuchBucket) {
			b = s.plainBucket(account, bucket)
			if err := set(b); err != nil {
				return err
			}
			return t.CreateBucket(b)
		}
		if err != nil {
			return err
		}
		if b.Account != account {
			return api.BucketAlreadyExists(bucket)
		}
		_, err = t.UpdateBucket(bucket, set)
		return err
	})
}

// plainBucket is a bucket as CreateBucket makes it when nothing else is said.
func (s *Service) plainBucket(account, bucket string) *store.Bucket {
	return &store.Bucket{Name: bucket, Account: account, Region: s.region, Ownership: store.BucketOwnerEnforced,
		PublicAccessBlock: &store.PublicAccessBlock{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}}
}

// stateSetter checks what is wanted and is what sets it in a bucket's row.
func (s *Service) stateSetter(ctx context.Context, account, bucket string, want *BucketState) (func(*store.Bucket) error, error) {
	var stored, acl []byte
	if want.Policy != nil && *want.Policy != "" {
		text, err := s.storePolicy(ctx, bucket, *want.Policy)
		if err != nil {
			return nil, err
		}
		stored = []byte(text)
	}
	if want.ACL != nil {
		w, err := wantedBody(want.ACL)
		if err != nil {
			return nil, err
		}
		given, err := s.resolve(ctx, w)
		if err != nil {
			return nil, err
		}
		acl = given.encode(account, "")
	}
	var tags []store.Tag
	if want.Tags != nil {
		for _, t := range *want.Tags {
			tags = append(tags, store.Tag(t))
		}
	}
	ownership, versioning, err := want.states()
	if err != nil {
		return nil, err
	}
	return func(b *store.Bucket) error {
		if want.Policy != nil {
			b.Policy = stored
		}
		if want.ACL != nil {
			b.ACL = acl
		}
		if want.Tags != nil {
			b.Tags = tags
		}
		if want.ABAC != nil {
			b.ABAC = *want.ABAC
		}
		if want.Ownership != nil {
			b.Ownership = ownership
		}
		want.setBlock(b)
		return setVersioning(b, want.Versioning, versioning)
	}, nil
}

func (want *BucketState) setBlock(b *store.Bucket) {
	if !want.SetBlock {
		return
	}
	b.PublicAccessBlock = nil
	if c := want.Block; c != nil {
		b.PublicAccessBlock = &store.PublicAccessBlock{
			BlockPublicAcls: value(c.BlockPublicAcls), IgnorePublicAcls: value(c.IgnorePublicAcls),
			BlockPublicPolicy: value(c.BlockPublicPolicy), RestrictPublicBuckets: value(c.RestrictPublicBuckets),
		}
	}
}

func (want *BucketState) states() (o store.Ownership, v store.Versioning, err error) {
	ok := true
	if name := value(want.Ownership); name != "" {
		o, ok = store.ParseOwnership(name)
	}
	switch value(want.Versioning) {
	case "":
	case "Enabled":
		v = store.VersioningEnabled
	case "Suspended":
		v = store.VersioningSuspended
	default:
		ok = false
	}
	if !ok {
		return 0, 0, api.MalformedXML()
	}
	return o, v, nil
}

// setVersioning: what was versioned once can only be suspended.
func setVersioning(b *store.Bucket, want *string, v store.Versioning) error {
	if want == nil || b.Versioning == v {
		return nil
	}
	if b.MFADelete == store.MFADeleteEnabled {
		return fail("InvalidBucketState", "Mfa Authentication is enabled on this bucket, so the versioning state cannot be changed without it.")
	}
	if v != store.VersioningEnabled && (b.Has(store.ObjectLock) || b.Has(store.Replication)) {
		return fail("InvalidBucketState", "An Object Lock or replication configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	if v == store.Unversioned {
		v = store.VersioningSuspended
	}
	b.Versioning = v
	return nil
}

// differences names the settings that differ.
func differences(a, b *store.Bucket) (out []string) {
	for _, d := range []struct {
		name string
		same bool
	}{
		{"policy", string(a.Policy) == string(b.Policy)},
		{"ACL", string(a.ACL) == string(b.ACL)},
		{"object ownership", a.Ownership == b.Ownership},
		{"Block Public Access", a.PublicAccessBlock == b.PublicAccessBlock ||
			a.PublicAccessBlock != nil && b.PublicAccessBlock != nil && *a.PublicAccessBlock == *b.PublicAccessBlock},
		{"tags", sameTags(a.Tags, b.Tags)},
		{"attribute-based access control", a.ABAC == b.ABAC},
		{"versioning", a.Versioning == b.Versioning},
	} {
		if !d.same {
			out = append(out, d.name)
		}
	}
	return out
}

func sameTags(a, b []store.Tag) bool {
	if len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(t store.Tag) bool { return !slices.Contains(b, t) })
}
