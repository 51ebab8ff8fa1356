package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/caller"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
	"github.com/sallyport/sallyport/policy"
)

// Kinds of resource in the operations' rows.
const (
	kindAny             = "*"
	kindBucket          = "bucket"
	kindObject          = "object"
	kindObjects         = "objects"
	kindSource          = "copy-source"
	kindSourceTags      = "copy-source-tags"
	kindCopiedTags      = "copied-tags"
	kindReplicationRole = "replication-role"
)

// asked is a target with what it points to, in one piece.
type asked struct {
	caller.Target
	s3     authz.S3
	object authz.Object
}

// Target says on which bucket or object an access of an operation is asked, with
// the bucket's policy and settings. A bucket that does not exist is the answer to
// everybody, whatever they may do.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func (s *Service) Target(ctx context.Context, access *wire.Access, in any) (*caller.Target, error) {
	if access.Resource == kindAny {
		return &caller.Target{Resource: authz.Resource{ARN: "*"}}, nil
	}
	a := askingOf(in)
	switch access.Resource {
	case kindBucket:
		if _, ok := in.(*api.CreateBucketInput); ok {
			return withRequestTags(ctx, newBucketTarget(&a), nil, in)
		}
		t, err := s.bucketTarget(ctx, access.Action, &a, in)
		return withRequestTags(ctx, t, err, in)
	case kindObject:
		t, err := s.objectTarget(ctx, access.Action, &a)
		return withRequestTags(ctx, t, err, in)
	case kindObjects:
		// Each of the objects is asked for in the course of the operation.
		t, err := s.bucketTarget(ctx, access.Action, &a, in)
		if err == nil {
			t.SkipDecision = true
		}
		return t, err
	case kindSource, kindSourceTags:
		return s.sourceTarget(ctx, access, &a)
	case kindReplicationRole:
		return replicationRoleTarget(in)
	case kindCopiedTags:
		return s.copiedTagsTarget(ctx, access.Action, &a)
	}
	return nil, fmt.Errorf("s3: %s asks on an unknown kind of resource %q", access.Action, access.Resource)
}

func bucketARN(bucket string) string { return "arn:aws:s3:::" + bucket }

func objectARN(bucket, key string) string { return "arn:aws:s3:::" + bucket + "/" + key }

// newBucketTarget is a bucket that is to be made: only the caller's own policies
// count, whoever may have a bucket of that name.
func newBucketTarget(a *asking) *caller.Target {
	return &caller.Target{
		Resource: authz.Resource{Kind: authz.ResourceOther, ARN: bucketARN(value(a.bucket))},
	}
}

func (s *Service) bucketTarget(ctx context.Context, action string, a *asking, in any) (*caller.Target, error) {
	t := &asked{}
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := existing(r, value(a.bucket))
		if err != nil {
			return err
		}
		return s.ofBucket(ctx, t, b, a)
	})
	if err != nil {
		return nil, err
	}
	t.Resource.Kind, t.Resource.ARN = authz.ResourceBucket, bucketARN(value(a.bucket))
	if put, ok := in.(*api.PutBucketPolicyInput); ok && action == "s3:PutBucketPolicy" {
		// A document that cannot be stored is refused in its own words then.
		if doc, err := policy.Validate([]byte(value(put.Policy)), policy.Bucket, policy.Options{Resource: t.Resource.ARN}); err == nil {
			t.NewPolicy = doc
		}
	}
	return &t.Target, nil
}

// existing finds a bucket. A name that no bucket ever had is another error than
// the name of none.
func existing(r *store.Reader, name string) (*store.Bucket, error) {
	if !possibleName(name) {
		return nil, api.InvalidBucketName(name)
	}
	return openBucket(r, &name, nil)
}

// ofBucket fills in what the bucket says, whatever is asked in it.
func (s *Service) ofBucket(ctx context.Context, t *asked, b *store.Bucket, a *asking) error {
	if a.owner != nil {
		if err := checkAccountID(*a.owner); err != nil {
			return err
		}
		t.ExpectedBucketOwner = *a.owner
	}
	see(ctx, b)
	t.RequestPayer = value(a.payer) == "requester"
	t.Resource.Account = b.Account
	t.Policy = s.policies.of(b)
	t.s3.Ownership, t.s3.RequesterPays = ownershipOf(b), b.RequesterPays
	t.s3.BPA = s.blockOf(b)
	bucketTagKeys(&t.Target, b)
	t.S3 = &t.s3
	if a.acl != (aclHeaders{}) || a.aclBody != nil {
		t.ACL = s.requestACL(a, b)
	}
	return t.bucketACL(ctx, b)
}

func checkAccountID(id string) error {
	if len(id) != 12 || !digits(id) {
		return api.InvalidBucketOwner(id)
	}
	return nil
}

func ownershipOf(b *store.Bucket) authz.Ownership {
	switch b.Ownership {
	case store.BucketOwnerEnforced:
		return authz.BucketOwnerEnforced
	case store.BucketOwnerPreferred:
		return authz.BucketOwnerPreferred
	}
	return authz.ObjectWriter
}

func (s *Service) objectTarget(ctx context.Context, action string, a *asking) (*caller.Target, error) {
	t := &asked{}
	err := s.store.View(ctx, func(r *store.Reader) error {
		b, err := existing(r, value(a.bucket))
		if err != nil {
			return err
		}
		if err := s.ofBucket(ctx, t, b, a); err != nil {
			return err
		}
		switch {
		case !usesObject(action):
			return nil
		case a.writes && action != "s3:GetObject":
			// It is asked on the object to come, not on one that it will replace.
			t.asOnBucket(b, authz.PermissionWrite, authz.PermissionWriteACP)
			return nil
		}
		return t.ofStored(ctx, r, b, a)
	})
	if err != nil {
		return nil, err
	}
	t.Resource.Kind, t.Resource.ARN = authz.ResourceObject, objectARN(value(a.bucket), value(a.key))
	if a.until != nil && (action == "s3:PutObject" || action == "s3:PutObjectRetention") {
		days := remainingDays(*a.until, s.store.Now())
		also(&t.Target, func(v *policy.Values) { v.SetInt(policy.KeyS3ObjectLockRemainingDays, days) })
	}
	if a.source != nil && action == "s3:PutObject" {
		src, err := ParseCopySource(*a.source)
		if err != nil {
			return nil, err
		}
		also(&t.Target, func(v *policy.Values) { v.Set(policy.KeyS3CopySource, src.Bucket+"/"+src.Key) })
	}
	return &t.Target, nil
}

// usesObject tells whether who owns the object, and its ACL and tags, count for an
// action: it works on an object that is there.
func usesObject(action string) bool {
	switch action {
	case "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload",
		"s3:ListMultipartUploadParts", "s3:BypassGovernanceRetention",
		"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner":
		return false
	}
	return true
}

// stored reads what counts of the version of an object, if it is there.
func stored(r *store.Reader, b *store.Bucket, key string, version *string) (o store.ObjectAccess, ok bool, err error) {
	if key == "" || len(key) > maxKey {
		return o, false, nil
	}
	if version == nil {
		o, err = r.ObjectAccess(b.ID, key)
	} else {
		id, bad := parseVersion(*version)
		if bad != nil {
			return o, false, nil
		}
		o, err = r.VersionAccess(b.ID, key, id)
	}
	if errors.Is(err, store.ErrNoSuchObject) {
		return o, false, nil
	}
	return o, err == nil, err
}

func tagsOf(tags []store.Tag) *policy.Tags {
	if len(tags) == 0 {
		return nil
	}
	m := make(map[string]string, len(tags))
	for _, tag := range tags {
		m[tag.Key] = tag.Value
	}
	return policy.MakeTags(m)
}

// sourceTarget is the object that is to be copied; its tags are asked for only if
// it has some.
func (s *Service) sourceTarget(ctx context.Context, access *wire.Access, a *asking) (*caller.Target, error) {
	src, err := ParseCopySource(value(a.source))
	if err != nil {
		return nil, err
	}
	from := asking{bucket: &src.Bucket, key: &src.Key, version: src.Version, owner: a.sourceOwner, payer: a.payer}
	t, err := s.objectTarget(ctx, access.Action, &from)
	if err != nil {
		return nil, err
	}
	if access.Resource == kindSourceTags && (t.S3.Object == nil || t.S3.Object.Tags == nil) {
		t.SkipDecision = true
	}
	if src.Version != nil {
		also(t, versionKey(*src.Version))
	}
	return t, nil
}

func versionKey(version string) func(*policy.Values) {
	return func(v *policy.Values) { v.Set(policy.KeyS3VersionID, version) }
}

// copiedTagsTarget is the copy as far as it gets tags from its source.
func (s *Service) copiedTagsTarget(ctx context.Context, action string, a *asking) (*caller.Target, error) {
	from, err := s.sourceTarget(ctx, &wire.Access{Action: "s3:GetObjectTagging", Resource: kindSourceTags}, a)
	if err != nil || from.SkipDecision {
		return from, err
	}
	to := *a
	to.version, to.source = nil, nil
	t, err := s.objectTarget(ctx, action, &to)
	if err != nil {
		return nil, err
	}
	tags := from.S3.Object.Tags
	also(t, func(v *policy.Values) {
		v.SetTags(policy.FamilyRequestObjectTag, tags)
		var names []string
		for _, tag := range tags.All() {
			names = append(names, tag.Key)
		}
		v.SetList(policy.KeyS3RequestObjectTagKeys, names)
	})
	return t, nil
}

// authorizeVersion asks for a permission on the version of an object that the
// request names, which is another than the one on the current version: action is
// the latter, such as s3:GetObject.
func (s *Service) authorizeVersion(ctx context.Context, action string, b *store.Bucket, key string, version *string) error {
	if version == nil {
		return s.authorize(ctx, action, b, key)
	}
	return s.askVersion(ctx, strings.Replace(action, "Object", "ObjectVersion", 1), b, key, version)
}

// ask is the Authorize of a Service that was given none: it asks whoever decides
// for the caller in ctx.
func (s *Service) ask(ctx context.Context, action string, b *store.Bucket, key string, version *string) error {
	t := &asked{}
	if err := s.ofBucket(ctx, t, b, &asking{}); err != nil {
		return err
	}
	t.Resource.Kind, t.Resource.ARN = authz.ResourceBucket, bucketARN(b.Name)
	switch {
	case action == "s3:ListBucket":
		also(&t.Target, func(v *policy.Values) { v.Set(policy.KeyS3Prefix, key) })
	case key != "":
		t.Resource.Kind, t.Resource.ARN = authz.ResourceObject, objectARN(b.Name, key)
		if !usesObject(action) {
			break
		}
		err := s.store.View(ctx, func(r *store.Reader) error {
			return t.ofStored(ctx, r, b, &asking{key: &key, version: version})
		})
		if err != nil {
			return err
		}
	}
	if version != nil {
		also(&t.Target, versionKey(*version))
	}
	return decide(ctx, action, &t.Target)
}

// decide asks for one more permission; where nobody decides it is refused.
func decide(ctx context.Context, action string, t *caller.Target) error {
	err := caller.Authorize(ctx, action, t)
	if errors.Is(err, caller.ErrNoDecision) {
		return api.AccessDenied("")
	}
	return err
}
