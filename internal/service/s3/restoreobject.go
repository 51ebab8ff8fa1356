package s3

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	api "github.com/sallyport/sallyport/internal/api/s3"
	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// The storage classes whose objects are read only after they were restored.
const (
	glacier     = "GLACIER"
	deepArchive = "DEEP_ARCHIVE"
)

// archived tells whether an object of a storage class must be restored before it
// is read.
func archived(class string) bool { return class == glacier || class == deepArchive }

// checkRestored refuses an archived object of which there is no restored copy.
func (s *Service) checkRestored(o *store.Object, message string) error {
	if !archived(o.StorageClass) || restoredUntil(o, s.store.Now()) != nil {
		return nil
	}
	return fail("InvalidObjectState", message, "StorageClass", o.StorageClass)
}

// restoredUntil is when the restored copy of an object goes, nil if there is none.
func restoredUntil(o *store.Object, now time.Time) *time.Time {
	if !archived(o.StorageClass) || !o.Restore.Expires.After(now) {
		return nil
	}
	return &o.Restore.Expires
}

// restoreHeader is x-amz-restore, which archived objects have from a restore on
// until the copy goes.
func (s *Service) restoreHeader(o *store.Object) *string {
	until := restoredUntil(o, s.store.Now())
	if until == nil {
		return nil
	}
	return set(`ongoing-request="false", expiry-date="` + until.UTC().Format(http.TimeFormat) + `"`)
}

// RestoreObject makes a copy of an archived object for some days, which ends at a
// midnight as AWS's do. The bytes are at hand, so there is nothing to wait for:
// the copy can be read at once, whatever the tier. begun is false if there was a
// copy already, whose end was moved.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
func (s *Service) RestoreObject(ctx context.Context, in *api.RestoreObjectInput) (out *api.RestoreObjectOutput, begun bool, err error) {
	request := in.RestoreRequest
	if err := checkRestore(request); err != nil {
		return nil, false, err
	}
	err = s.store.Update(ctx, func(t *store.Txn) error {
		b, o, err := find(&t.Reader, &target{in.Bucket, in.Key, in.VersionId, in.ExpectedBucketOwner})
		if err != nil {
			return err
		}
		if err := restorable(o, request); err != nil {
			return err
		}
		begun = restoredUntil(o, t.Now()) == nil
		if begun {
			o.Restore.Requested = t.Now()
		}
		o.Restore.Expires = restoreEnd(t.Now(), *request.Days)
		if err := t.UpdateObject(b, o); err != nil {
			return err
		}
		if !begun {
			return nil
		}
		return errors.Join(s.changed(ctx, t, b, o, restorePosted), s.changed(ctx, t, b, o, restoreCompleted))
	})
	if err != nil {
		return nil, false, s.reveal(ctx, err)
	}
	return &api.RestoreObjectOutput{}, begun, nil
}

// restoreEnd is the first midnight, in UTC, that is days or more after now.
func restoreEnd(now time.Time, days int32) time.Time {
	const day = 24 * time.Hour
	end := now.Add(time.Duration(days) * day)
	if midnight := end.Truncate(day); !midnight.Equal(end) {
		return midnight.Add(day)
	}
	return end
}

// maxRestoreDays keeps the end within what can be shown.
const maxRestoreDays = 36_500

func checkRestore(r *api.RestoreRequest) error {
	if r == nil {
		return api.MalformedXML()
	}
	if r.Type != nil || r.SelectParameters != nil || r.OutputLocation != nil {
		return api.NotImplemented("") // SELECT, which AWS has closed to new customers
	}
	for _, tier := range []*string{r.Tier, restoreTier(r)} {
		if tier != nil && !slices.Contains([]string{"Standard", "Bulk", "Expedited"}, *tier) {
			return api.MalformedXML()
		}
	}
	if r.Days != nil && (*r.Days < 1 || *r.Days > maxRestoreDays) {
		return invalidArgument("restoration days should be at least 1", "Days", strconv.Itoa(int(*r.Days)))
	}
	return nil
}

func restoreTier(r *api.RestoreRequest) *string {
	if r.GlacierJobParameters != nil {
		return r.GlacierJobParameters.Tier
	}
	return r.Tier
}

// restorable refuses objects that are read as they are, and what their class does
// not offer.
func restorable(o *store.Object, r *api.RestoreRequest) error {
	switch {
	case o.StorageClass == "INTELLIGENT_TIERING": // of which nothing is ever archived
		return fail("ObjectAlreadyInActiveTierError", "")
	case !archived(o.StorageClass):
		return fail("InvalidObjectState", "Restore is not allowed for the object's current storage class",
			"StorageClass", *classOf(o.StorageClass))
	case r.Days == nil:
		return api.MalformedXML()
	case o.StorageClass == deepArchive && value(restoreTier(r)) == "Expedited":
		return invalidArgument("Retrieval option is not supported by this storage class", "Tier", "Expedited")
	}
	return nil
}
