package s3

import (
	"context"

	"github.com/sallyport/sallyport/internal/service/s3/store"
)

// event is what happened to an object, by S3's name for it without the "s3:"
// before it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
type event string

// The events of object operations.
const (
	createdPut       event = "ObjectCreated:Put"
	createdPost      event = "ObjectCreated:Post"
	createdCopy      event = "ObjectCreated:Copy"
	createdMultipart event = "ObjectCreated:CompleteMultipartUpload"
	removed          event = "ObjectRemoved:Delete"
	markerCreated    event = "ObjectRemoved:DeleteMarkerCreated"
	taggingPut       event = "ObjectTagging:Put"
	taggingDeleted   event = "ObjectTagging:Delete"
	aclPut           event = "ObjectAcl:Put"
	restorePosted    event = "ObjectRestore:Post"
	restoreCompleted event = "ObjectRestore:Completed"
	lifecycleExpired event = "LifecycleExpiration:Delete"
	lifecycleMarker  event = "LifecycleExpiration:DeleteMarkerCreated"
	transitioned     event = "LifecycleTransition"
)

// changed is called in the transaction of every change of an object, after it:
// whatever follows from the change is noted there, to be done once the change is
// durable. o is the version that was written or removed, or the delete marker.
func (s *Service) changed(ctx context.Context, t *store.Txn, b *store.Bucket, o *store.Object, e event) error {
	if err := s.replicates(t, b, o, e); err != nil {
		return err
	}
	return s.notifyOf(ctx, t, b, o, e)
}
