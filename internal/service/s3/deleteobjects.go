package s3

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport/authz"
	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
	"github.com/sallyport/sallyport/internal/wire"
)

// maxDeletes is how many objects one request removes.
const maxDeletes = 1000

// DeleteObjects removes up to 1,000 objects at once. Each is asked for by itself:
// what is refused is an error in the answer, and the others go. Where MFA delete is
// enabled a version among them takes a code, and a code that is given must be right.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func (s *Service) DeleteObjects(ctx context.Context, in *api.DeleteObjectsInput) (*api.DeleteObjectsOutput, error) {
	if in.Delete == nil || len(in.Delete.Objects) == 0 || len(in.Delete.Objects) > maxDeletes {
		return nil, api.MalformedXML()
	}
	objects := in.Delete.Objects
	for i := range objects {
		if value(objects[i].Key) == "" {
			return nil, api.MalformedXML()
		}
	}
	b, err := s.bucket(ctx, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	bypass := value(in.BypassGovernanceRetention)
	if err := checkBypass(b, bypass); err != nil {
		return nil, err
	}
	refused, err := s.mayDelete(ctx, b, in)
	if err != nil {
		return nil, err
	}
	failed, done := make([]error, len(objects)), make([]deletion, len(objects))
	del := func(t *store.Txn, proven string) error {
		now, err := again(&t.Reader, b)
		if err != nil {
			return err
		}
		if now.MFADelete == store.MFADeleteEnabled && (in.MFA != nil || slices.ContainsFunc(objects, named)) {
			if err := mfaNeeded(now, proven); err != nil {
				return err
			}
		}
		t.Bypass(bypass)
		copy(failed, refused)
		return s.deleteAll(ctx, t, now, objects, done, failed)
	}
	err = s.withMFA(ctx, in.MFA, func(proven string) error {
		return s.store.Update(ctx, func(t *store.Txn) error { return del(t, proven) })
	})
	if err != nil {
		return nil, err
	}
	return deleted(objects, done, failed, value(in.Delete.Quiet)), nil
}

// named tells whether a version is named, to be removed for good.
func named(o api.ObjectIdentifier) bool { return o.VersionId != nil }

// mayDelete asks for the permission to delete each object.
func (s *Service) mayDelete(ctx context.Context, b *store.Bucket, in *api.DeleteObjectsInput) ([]error, error) {
	t := &asked{}
	if err := s.ofBucket(ctx, t, b, &asking{owner: in.ExpectedBucketOwner, payer: in.RequestPayer}); err != nil {
		return nil, err
	}
	t.Resource.Kind = authz.ResourceObject
	refused := make([]error, len(in.Delete.Objects))
	for i := range in.Delete.Objects {
		o := &in.Delete.Objects[i]
		if refused[i] = checkKey(*o.Key); refused[i] != nil {
			continue
		}
		t.Resource.ARN = objectARN(b.Name, *o.Key)
		refused[i] = s.mayDeleteOne(ctx, t, b, o)
		if refused[i] == nil && value(in.BypassGovernanceRetention) {
			refused[i] = decide(ctx, "s3:BypassGovernanceRetention", &t.Target)
		}
		if _, ok := wire.AsError(refused[i]); refused[i] != nil && !ok {
			return nil, refused[i]
		}
	}
	return refused, nil
}

func (s *Service) mayDeleteOne(ctx context.Context, t *asked, b *store.Bucket, o *api.ObjectIdentifier) error {
	t.Context, t.s3.Object = nil, nil
	action := "s3:DeleteObject"
	if o.VersionId != nil {
		action = "s3:DeleteObjectVersion"
		t.Context = versionKey(*o.VersionId)
	}
	tag := o.ETag != nil && *o.ETag != "*"
	if err := decide(ctx, action, &t.Target); err != nil || !tag && o.Size == nil && o.LastModifiedTime == nil {
		return err
	}
	// Whoever deletes by an entity tag, a size or a time learns whether the object
	// has it.
	t.Context = nil
	return s.authorizeVersion(ctx, "s3:GetObject", b, *o.Key, o.VersionId)
}

// deleteAll deletes what failed says nothing of, and notes what cannot be.
func (s *Service) deleteAll(ctx context.Context, t *store.Txn, b *store.Bucket, objects []api.ObjectIdentifier, done []deletion, failed []error) error {
	for i := range objects {
		if failed[i] != nil {
			continue
		}
		o := &objects[i]
		err := checkDelete(t, b, o)
		if err == nil {
			done[i], err = s.deleteIn(ctx, t, b, *o.Key, o.VersionId, &writeConditions{ifMatch: o.ETag})
		}
		if err == nil {
			continue
		}
		err = locked(err)
		if _, ok := wire.AsError(err); !ok {
			return err
		}
		failed[i] = err
	}
	return nil
}

// checkDelete refuses objects of another size or time than the request says they
// have.
func checkDelete(t *store.Txn, b *store.Bucket, o *api.ObjectIdentifier) error {
	if o.Size == nil && o.LastModifiedTime == nil {
		return nil
	}
	current, err := versionOf(&t.Reader, b, *o.Key, o.VersionId)
	switch {
	case errors.Is(err, store.ErrNoSuchObject):
		return nil // there is nothing that could be another one
	case err != nil:
		return err
	case o.Size != nil && *o.Size != current.Size,
		o.LastModifiedTime != nil && !o.LastModifiedTime.Truncate(time.Second).Equal(current.Modified.Truncate(time.Second)):
		return fail("PreconditionFailed", "")
	}
	return nil
}

func deleted(objects []api.ObjectIdentifier, done []deletion, failed []error, quiet bool) *api.DeleteObjectsOutput {
	out := &api.DeleteObjectsOutput{}
	for i := range objects {
		o := &objects[i]
		e, ok := wire.AsError(failed[i])
		switch {
		case ok:
			out.Errors = append(out.Errors, api.Error{Key: o.Key, VersionId: o.VersionId, Code: &e.Code, Message: &e.Message})
		case !quiet:
			d := api.DeletedObject{Key: o.Key, VersionId: o.VersionId, DeleteMarker: yes(done[i].marker)}
			if done[i].marker {
				d.DeleteMarkerVersionId = done[i].version
			}
			out.Deleted = append(out.Deleted, d)
		}
	}
	return out
}
